package command

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"node.websocket/runtime"
	"node.websocket/transport"
)

// shutdownLimit is how long a stop waits for clients to answer the close, and for turns to end.
const shutdownLimit = 10 * time.Second

// serve is the command that runs the server.
func serve(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	if err != nil {
		return fail(stderr, 2, err)
	}
	if o.help {
		printHelp(stdout)
		return 0
	}
	signals, hangups := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	signal.Notify(hangups, syscall.SIGHUP)
	if err := run(o, stderr, signals, hangups); err != nil {
		return fail(stderr, 1, err)
	}
	return 0
}

// run serves until a signal comes, or until it cannot. A second signal ends it at once; a hangup reloads all modules.
func run(o options, stderr io.Writer, signals, hangups <-chan os.Signal) error {
	log := slog.New(newTextHandler(stderr, o.logLevel))
	if info, err := os.Stat(o.modules); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s here; make one with a module in it, or name another with --modules DIR", o.modules)
	}
	var public fs.FS
	if o.public != "" {
		if info, err := os.Stat(o.public); err != nil || !info.IsDir() {
			return fmt.Errorf("there is no folder %s; name one that exists with --public DIR, or none with --public ''", o.public)
		}
		root, err := os.OpenRoot(o.public) // as for modules: no link leads out of it
		if err != nil {
			return err
		}
		defer root.Close()
		public = root.FS()
	}

	var listeners, flashListeners []net.Listener
	var err error
	if listeners, o.port, err = listen(o.host, o.port, "--port"); err != nil {
		return err
	}
	if o.flashPort != 0 {
		if flashListeners, o.flashPort, err = listen(o.host, o.flashPort, "--flash-policy-port"); err != nil {
			return err
		}
	}
	if o.keep.server != nil { // from here on; its list is named after the port
		kept := keepLog(o, log)
		defer func() { kept.close(o.keep.flushTimeout(), signals) }()
		log = kept.both
	}
	tlsConfig, certificate, err := o.tls.config(log)
	if err != nil {
		return err
	}
	rt, err := runtime.New(runtime.Options{Dir: o.modules, Log: log, Server: o.serverOptions(), CheckOverrides: checkOverrides, Watch: o.watch})
	if err != nil {
		return err
	}
	found, err := rt.Check()
	if err != nil {
		return err
	}
	server := transport.NewServer(transport.Options{
		Origins:    o.origins,
		Protocols:  o.protocols,
		Public:     public,
		Log:        log,
		MaxMessage: o.maxMessage,
		Heartbeat:  o.heartbeatDuration(),

		Compression:     o.protocol.compression,
		ContextTakeover: o.protocol.contextTakeover,
		NoDrafts:        !o.protocol.drafts,

		TLS:            tlsConfig,
		ProxyProtocol:  o.proxy.protocol,
		TrustedProxies: o.proxy.trust,

		Transports:    allTransports(o.fallback.transports),
		ResponseLimit: o.fallback.responseLimit,
		Cookie:        o.fallback.cookie,
	}, handler{rt})

	failed := make(chan error, len(listeners)+len(flashListeners))
	for _, l := range listeners {
		go func() { failed <- server.Serve(l) }() // ends when the server shuts down, or its listener fails
	}
	for _, l := range flashListeners {
		go func() { failed <- server.ServeFlashPolicy(l, o.port) }() // likewise
	}
	fmt.Fprint(stderr, banner(o, certificate, found))

	over := make(chan struct{})
	defer close(over)
	go func() { // ends with run. Apart from it, because a stop does not wait for modules that take their time to load
		for {
			select {
			case s := <-hangups:
				log.Info("reloading all modules", "signal", s.String())
				rt.Reload(true)
			case <-over:
				return
			}
		}
	}()
	select {
	case s := <-signals:
		log.Info("stopping", "signal", s.String(), "clients", server.Clients())
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	done := make(chan struct{})
	go func() { // ends with the shutdown
		defer close(done)
		if err := server.Shutdown(ctx); err != nil {
			log.Warn("some clients were cut off", "error", err)
		}
		if err := rt.Close(ctx); err != nil {
			log.Warn("a module was cut off", "error", err)
		}
	}()
	select {
	case <-done:
		log.Info("stopped")
		return nil
	case s := <-signals:
		o.keep.flush = 0
		return fmt.Errorf("stopped at once by a second %v", s)
	}
}

// banner says what is served where.
func banner(o options, certificate string, found []runtime.Module) string {
	host := o.host
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	at := net.JoinHostPort(host, strconv.Itoa(o.port))
	s := ""
	if o.tls.on {
		s = "s"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n  node.websocket is at ws%s://%s/\n\n", s, at)
	broken := ""
	b.WriteString("    modules  ")
	for _, m := range found {
		b.WriteString(" /" + strings.TrimSuffix(m.Name, "_default"))
		if m.Err != nil {
			broken += "    broken    " + m.File + ": see above\n"
			b.WriteString("(!)")
		}
	}
	if len(found) == 0 {
		b.WriteString(" none yet: write " + o.modules + "/test.js")
	}
	b.WriteString("\n" + broken)
	if o.public != "" {
		fmt.Fprintf(&b, "    pages     http%s://%s/\n", s, at)
	}
	if certificate != "" {
		b.WriteString("    certificate " + certificate + "\n")
	}
	if o.flashPort != 0 {
		fmt.Fprintf(&b, "    policy    for Flash, on port %d\n", o.flashPort)
	}
	b.WriteString("\n")
	return b.String()
}
