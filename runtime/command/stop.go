package command

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/transport"
)

// disposeLimit bounds the time that a stop waits for module.hot.dispose, and at most a quarter of its time. A worker
// that is busy must not hold up the others' clients.
const disposeLimit = time.Second

// cutAfter returns when a stop cuts the clients that are left, so that modules hear of it before the
// timeout.
func cutAfter(timeout time.Duration) time.Duration { return timeout - min(timeout/4, 2*time.Second) }

// checkStop refuses a spread that does not fit in the time of a stop.
func checkStop(set option.Set) error {
	spread, timeout := option.ShutdownSpread.In(set), option.ShutdownTimeout.In(set)
	if most := cutAfter(timeout); spread > most {
		return fmt.Errorf("--shutdown-spread: a stop that ends after --shutdown-timeout, %v s, cuts the clients that are left after %v s; "+
			"close them over at most that, or give the stop more time", timeout.Seconds(), most.Seconds())
	}
	return nil
}

// stop stops the server: it refuses new clients, disposes of the modules, closes the clients with 1001, and
// closes the runtime. If others accept from the same sockets, it refuses nobody. The channel is closed when
// all this is done, and no later than the timeout.
func stop(timeout time.Duration, inherited bool, server *transport.Server, rt *runtime.Runtime, log *slog.Logger) <-chan struct{} {
	ctx, cancel := context.WithTimeout(context.Background(), cutAfter(timeout))
	stopped := make(chan struct{})
	go func() { // ends with the shutdown, or is left behind when the program ends
		defer close(stopped)
		defer cancel()
		if inherited {
			server.StopAccepting(ctx)
		}
		server.Drain()
		brief, cancelBrief := context.WithTimeout(ctx, min(disposeLimit, timeout/4))
		if err := rt.Dispose(brief); err != nil {
			log.Warn("some modules are too busy to be told of the stop", "error", err)
		}
		cancelBrief()
		if err := server.Shutdown(ctx); err != nil {
			log.Warn("some clients were cut off", "error", err)
		}
		if err := rt.Close(ctx); err != nil {
			log.Warn("a module was cut off", "error", err)
		}
	}()
	done := make(chan struct{})
	go func() { // ends with the timeout at the latest
		defer close(done)
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		select {
		case <-stopped:
		case <-timer.C:
			log.Warn("the time of the stop is over: the program ends without what has not stopped", "timeout", timeout)
		}
	}()
	return done
}
