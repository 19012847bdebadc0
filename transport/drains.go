package transport

import (
	"errors"
	"os"
	"sync"
	"time"

	"node.websocket/transport/socket"
)

// drains sends the queues of a Server's eventWires of which the kernel has not taken all, as it takes more. It
// does so on a goroutine of its own, apart from their loops, which wait while JavaScript runs. Any goroutine
// may call its methods.
type drains struct {
	idle time.Duration // how long run waits for a wire; fixed

	mu sync.Mutex // taken after that of an eventWire

	// Guarded by mu.
	poller  *socket.Poller       // nil: run has ended
	wires   map[int32]*eventWire // by the number of the descriptor
	stopped bool                 // run ends as soon as there is no wire
}

// add has the queue of a wire sent, until remove.
func (d *drains) add(w *eventWire, fd socket.Descriptor) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.poller == nil {
		poller, err := socket.NewPoller()
		if err != nil {
			return err
		}
		d.poller, d.wires = poller, make(map[int32]*eventWire)
		go d.run(poller)
	}
	if err := d.poller.Watch(fd, socket.Token{Slot: fd.Number()}, 0, socket.Writable); err != nil {
		return err
	}
	d.wires[fd.Number()] = w
	if len(d.wires) == 1 {
		d.poller.WakeAt(time.Time{})
	}
	return nil
}

// remove forgets a wire, whose descriptor is still open.
func (d *drains) remove(fd socket.Descriptor) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.poller.Watch(fd, socket.Token{}, socket.Writable, 0)
	delete(d.wires, fd.Number())
	d.restLocked()
}

// restLocked has run end, after a while, if there is no wire.
func (d *drains) restLocked() {
	switch {
	case d.poller == nil || len(d.wires) > 0:
	case d.stopped:
		d.poller.WakeAt(time.Unix(1, 0))
	default:
		d.poller.WakeAt(time.Now().Add(d.idle))
	}
}

// stop has run end as soon as there is no wire.
func (d *drains) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	d.restLocked()
}

// run writes what the kernel takes. It ends when there has been no wire for a while.
func (d *drains) run(poller *socket.Poller) {
	var events []socket.Event
	for {
		var err error
		events, err = poller.Wait(events[:0], true)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if d.end() {
				return
			}
			continue
		}
		mustPoll(err)
		for _, e := range events {
			d.mu.Lock()
			w := d.wires[e.Token.Slot]
			d.mu.Unlock()
			if w != nil { // it may be another one than the event was for, which does no harm
				w.flush(true)
			}
		}
	}
}

// end closes the Poller, unless there is a wire.
func (d *drains) end() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.wires) > 0 {
		d.poller.WakeAt(time.Time{})
		return false
	}
	d.poller.Close()
	d.poller = nil
	return true
}
