package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strconv"
	"time"

	"node.websocket/runtime"
	"node.websocket/runtime/command/console"
	"node.websocket/runtime/command/option"
)

const (
	// probeTimeout bounds the time that a request on the internal port, and its answer, may each take.
	probeTimeout = 10 * time.Second
	// profileTimeout is that time with --pprof: a profile takes as long as it is asked to.
	profileTimeout = 2 * time.Minute
	// idleProbe is the time for which a connection to the internal port is kept for its next request.
	idleProbe = time.Minute
)

// newInternal returns the server of --internal-port, which has no TLS, for these listeners.
func newInternal(set option.Set, listeners []net.Listener, probes, metrics http.Handler) *http.Server {
	timeout := probeTimeout
	mux := http.NewServeMux()
	mux.Handle("/", probes)
	mux.Handle("GET /metrics", metrics)
	if option.PProf.In(set) {
		timeout = profileTimeout
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
		mux.HandleFunc("GET /debug/pprof/javascript", profileModules)
	}
	handler := http.Handler(mux)
	if !slices.ContainsFunc(listeners, isReachedFromElsewhere) {
		handler = onlyLocal(mux)
	}
	return &http.Server{Handler: handler, ReadHeaderTimeout: probeTimeout, WriteTimeout: timeout, IdleTimeout: idleProbe}
}

// isReachedFromElsewhere reports whether others than this machine reach a listener.
func isReachedFromElsewhere(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && !a.IP.IsLoopback()
}

// onlyLocal refuses requests for other names than those of this machine. What listens on a loopback address is reached
// by pages of any site, through the user's browser, if the site has its own name lead here (DNS rebinding); such a page
// could read the answers.
func onlyLocal(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "" && !console.IsLocalName(r.Host) {
			http.Error(w, "this port is at localhost, and not at another name", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// profileModules answers with a profile of the modules' JavaScript, in the form of pprof, over so many seconds: 30,
// as for Go's profile, unless ?seconds= tells another number.
func profileModules(w http.ResponseWriter, r *http.Request) {
	seconds := 30.0
	if text := r.FormValue("seconds"); text != "" {
		var err error
		if seconds, err = strconv.ParseFloat(text, 64); err != nil || !(seconds > 0 && seconds < profileTimeout.Seconds()) {
			http.Error(w, fmt.Sprintf("seconds: want a number above 0 and below %v", profileTimeout.Seconds()), http.StatusBadRequest)
			return
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(seconds*float64(time.Second)))
	defer cancel()
	profile, err := runtime.Profile(ctx)
	switch {
	case errors.Is(err, runtime.ErrProfiling):
		http.Error(w, err.Error(), http.StatusConflict)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="javascript"`)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(profile)
}
