package runtime

// background runs work on a goroutine of its own, which ends with it, and then then in a turn. See
// environment.Options.
func (w *worker) background(name string, work func(), then func() error) {
	go func() {
		work()
		w.post(func() {
			if w.stopped {
				return
			}
			if err := w.Try(name, then); err != nil {
				w.fail(nil, name, err)
			}
		})
	}()
}
