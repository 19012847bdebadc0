package command

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"node.websocket/runtime/command/commandtest"
	"node.websocket/transport/websocket/websockettest"
)

// A slowReader takes what is written only when it is told to.
type slowReader struct {
	next chan struct{} // each value lets one Write return
	text strings.Builder
}

func (r *slowReader) Write(p []byte) (int, error) {
	<-r.next
	return r.text.Write(p)
}

// TestLogWriter checks that nobody waits for the reader of a log, and that all lines come in order, but for those
// that found no room, which are counted.
func TestLogWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &slowReader{next: make(chan struct{})}
		w := newLogWriter(r)
		w.tell = func(lost int) { fmt.Fprintf(w, "lost %d\n", lost) }
		fmt.Fprint(w, "first\n")
		synctest.Wait() // it is being written
		line := strings.Repeat("x", 1023) + "\n"
		for range maxUnwritten/len(line) + 7 {
			fmt.Fprint(w, line)
		}
		for _, step := range []struct{ what, write, want string }{
			{"the first line", "", "first\n"},
			{"what found room", "lost, too\n", strings.Repeat(line, maxUnwritten/len(line))},
			{"the lines that were lost", "", "lost 8\n"},
		} {
			if step.write != "" {
				fmt.Fprint(w, step.write)
			}
			r.next <- struct{}{}
			synctest.Wait()
			if r.text.String() != step.want {
				t.Errorf("%s: %.80q (%d bytes), want %.80q (%d bytes)", step.what, r.text.String(), r.text.Len(), step.want, len(step.want))
			}
			r.text.Reset()
		}

		fmt.Fprint(w, "a\n")
		synctest.Wait()
		fmt.Fprint(w, "b\nc\n")
		fmt.Fprint(w, "d\n")
		r.next <- struct{}{}
		close(r.next)
		w.close()
		if got, want := r.text.String(), "a\nb\nc\nd\n"; got != want {
			t.Errorf("after close: %q, want %q", got, want)
		}
	})
}

// TestLogWriterEnd checks that a program does not wait long for nobody.
func TestLogWriterEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &slowReader{next: make(chan struct{})}
		w := newLogWriter(r)
		fmt.Fprint(w, "never read\n")
		start := time.Now()
		w.close()
		if d := time.Since(start); d != lastWrite {
			t.Errorf("closed after %v, want %v", d, lastWrite)
		}
		close(r.next)
	})
}

// TestLogWriterMemory checks that a line takes no memory once there has been one.
func TestLogWriterMemory(t *testing.T) {
	w := newLogWriter(io.Discard)
	defer w.close()
	line := []byte("a line\n")
	if n := testing.AllocsPerRun(1000, func() { w.Write(line) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLogThatNobodyReads checks that the program goes on when the pipe of its log is full, and ends when it is
// told to. A reader that comes back reads everything up to the lines that were dropped, and how many these are.
func TestLogThatNobodyReads(t *testing.T) {
	const messages, length = 3000, 1000 // the pipe and the program hold less
	dir := t.TempDir()
	commandtest.WriteFile(t, dir+"/test.js", `this.Module = function(){ };
this.Module.prototype.onData = function(data, connection){ connection.log(data); connection.send(data.slice(0, 8)); };`)
	for _, returns := range []bool{true, false} {
		t.Run(fmt.Sprintf("returns=%v", returns), func(t *testing.T) {
			cmd := commandtest.Command(t.Context(), "--port", "0", "--host", "127.0.0.1", "--modules", dir, "--public", "")
			out, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := false
			defer func() {
				if !ended {
					_ = cmd.Process.Kill()
					_ = cmd.Wait()
				}
			}()
			log := bufio.NewReader(out)
			address := ""
			for address == "" {
				line, err := log.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				if m := regexp.MustCompile(`ws://(\S+:\d+)/`).FindStringSubmatch(line); m != nil {
					address = m[1]
				}
			}
			c := websockettest.Dial(t, address).Open("/test")
			for i := range messages {
				c.SendText(fmt.Sprintf("line%04d%s", i, strings.Repeat(".", length)))
				c.Want(1, fmt.Sprintf("line%04d", i))
			}
			if returns {
				next := 0
				for lost := 0; next+lost < messages; {
					line, err := log.ReadString('\n')
					if err != nil {
						t.Fatalf("%v after %d lines", err, next)
					}
					if strings.Contains(line, fmt.Sprintf("line%04d", next)) {
						next++
					} else if _, n, ok := strings.Cut(line, " lines="); ok {
						if lost, err = strconv.Atoi(strings.TrimSpace(n)); err != nil || lost+next != messages {
							t.Fatalf("%d lines and then %q, want %d in all", next, line, messages)
						}
					}
				}
				if next == messages {
					t.Fatal("no line was dropped: nothing was tested")
				}
			}
			c.Conn.Close()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			done := make(chan *os.ProcessState, 1)
			go func() { // ends with the process
				state, _ := cmd.Process.Wait()
				done <- state
			}()
			select {
			case state := <-done:
				if ended = true; state.ExitCode() != 0 {
					t.Error(state)
				}
			case <-time.After(30 * time.Second):
				t.Error("does not end while nobody reads its log")
			}
		})
	}
}
