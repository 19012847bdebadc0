package command

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/coreos/go-systemd/v22/daemon"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/redis"
	"node.websocket/runtime/storage"
	"node.websocket/transport"
)

// serve is the command that runs the server.
func serve(args []string, stdout, stderr io.Writer) int {
	given, err := option.Serve.Parse(args)
	set := given
	if err == nil {
		set, err = checkTLS(set)
	}
	if err == nil {
		err = checkProxies(set, option.Host.In(set))
	}
	if err == nil {
		err = checkStop(set)
	}
	if err != nil {
		return fail(stderr, 2, err)
	}
	if option.Help.In(set) {
		fmt.Fprint(stdout, "node.websocket: a WebSocket server that is scripted in JavaScript\n\n")
		printCommands(stdout)
		option.Serve.PrintHelp(stdout)
		fmt.Fprint(stdout, "\nA value is read as a JavaScript literal, or else as the text it is:\n"+
			"  --port='8080'  --origins=\"['http://a.com','http://b.com']\"\n")
		return 0
	}
	if option.Version.In(set) {
		fmt.Fprintln(stdout, versionLine())
		return 0
	}
	if option.PrintConfig.In(set) {
		printWarnings(given, stderr)
		if err := option.Serve.PrintConfig(stdout, given); err != nil {
			return fail(stderr, 1, err)
		}
		return 0
	}
	signals, hangups := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	signal.Notify(hangups, syscall.SIGHUP)
	log, out := newLog(set, stderr)
	defer out.close()
	switch err := run(set, log, out, signals, hangups); {
	case err != nil && isJSON(set):
		log.Error("node.websocket ends", "error", err)
		return 1
	case err != nil:
		return fail(out, 1, err)
	}
	return 0
}

// run serves until it gets a signal or fails. A second signal ends it at once; a hangup reloads all
// modules.
func run(set option.Set, log *slog.Logger, stderr io.Writer, signals, hangups <-chan os.Signal) (err error) {
	for _, w := range append(set.Warnings(), option.Serve.Ineffective(set)...) {
		log.Warn(w)
	}
	if err := makeFolders(set); err != nil {
		return err
	}
	modules := option.Modules.In(set)
	if !isFolder(modules) {
		return fmt.Errorf("%s; make one with a module in it, as by the command new, or name another with --modules DIR", noFolder(modules))
	}
	set, public, err := openPublic(set)
	if err != nil {
		return err
	}
	if public != nil {
		defer public.Close()
	}

	sockets, set, err := open(set)
	if err != nil {
		return err
	}
	set = option.LogKey.With(set, logKey(set)) // the default contains the port
	flushTimeout := option.LogFlushTimeout.In(set)
	measured := &observer{}
	own := log // without Redis
	if option.Redis.In(set) != nil {
		kept := keepLog(set, log)
		defer func() { kept.close(flushTimeout, signals) }()
		log, measured.log = kept.both, kept.redis
	}
	page, pageURL := newConsole(set, sockets.clients, log)
	if page != nil {
		log = page.Log()
	}
	tlsConfig, certificate, err := configureTLS(set, log)
	if err != nil {
		return err
	}

	var store *storage.Store
	store, measured.storage, err = openStorage(set, log)
	if err != nil {
		return err
	}
	defer func() {
		if failure := closeStorage(store); err == nil {
			err = failure
		}
	}()

	var nodes runtime.Bus
	shared, closeBus := openBus(set, log)
	defer closeBus()
	if measured.bus = shared; shared != nil {
		nodes = bus{shared}
	}
	client, closeClient := openClient(set, log)
	defer closeClient()
	measured.client, _ = client.(*redis.Client)

	limit := limitMemory(set, os.DirFS("/"))
	defer tuneCollector()()

	rt, err := runtime.New(runtime.Options{
		Dir: modules, Log: log, Server: set.Shown(), ReadOptions: readOptions(set), Prepare: prepare, Watch: option.Watch.In(set),
		TurnLimit: option.HandlerTimeout.In(set), Permissions: permissionsOf(set), Storage: store, Bus: nodes, Redis: client,
		RecoveryWindow: option.RecoveryWindow.In(set), TimeTurns: option.Metrics.In(set) || len(sockets.internal) > 0,
	})
	if err != nil {
		return err
	}
	found, err := rt.Check()
	if err != nil {
		return err
	}
	options := transportOptions(set)
	options.Log, options.TLS = log, tlsConfig
	if public != nil {
		options.Public = public.FS()
	}
	measured.runtime = rt
	measure := measured.handler()
	if option.Metrics.In(set) {
		options.Metrics = measure
	}
	var resources transport.Handler = handler{rt}
	if page != nil {
		resources = page.Around(resources, rt)
	}
	server := transport.NewServer(options, resources)
	measured.server = server
	if page != nil {
		page.Watch(server)
	}

	failed := make(chan error, sockets.len())
	for _, l := range sockets.clients {
		go func() { failed <- server.Serve(l) }() // ends when the server shuts down or the listener fails
	}
	for _, l := range sockets.flash {
		go func() { failed <- server.ServeFlashPolicy(l, option.Port.In(set)) }() // likewise
	}
	internal := newInternal(set, sockets.internal, server.Probes(), measure)
	defer internal.Close()
	for _, l := range sockets.internal {
		go func() { failed <- internal.Serve(l) }() // ends with run, or when the listener fails
	}
	now := newServing(set, certificate, found, options.Public)
	now.console = pageURL
	if isJSON(set) {
		now.log(log)
		if pageURL != "" { // its token is not for all who read what is in Redis
			own.Info("console", "url", pageURL)
		}
	} else {
		fmt.Fprint(stderr, now.banner())
	}
	if option.Preload.In(set) {
		rt.Preload(found)
	}

	if option.AllowRepl.In(set) {
		if l, err := listenRepl(option.Port.In(set)); err != nil {
			log.Warn("the command repl cannot reach this server", "error", err)
		} else {
			defer l.Close()
			go (&replServer{rt, log}).serve(l) // ends with run
		}
	}

	notify(daemon.SdNotifyReady, log)
	over := make(chan struct{})
	defer close(over)
	go reloadOn(hangups, over, rt, log)
	go newMemory(limit, server, log).watch(over)
	select {
	case s := <-signals:
		log.Info("stopping", "signal", s.String(), "clients", server.Clients())
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	}
	notify(daemon.SdNotifyStopping, log)
	select {
	case <-stop(option.ShutdownTimeout.In(set), sockets.inherited, server, rt, log):
		log.Info("stopped")
		return nil
	case s := <-signals:
		flushTimeout = 0
		return fmt.Errorf("stopped at once by a second %v", s)
	}
}

// reloadOn reloads all modules for each hangup, until over is closed. It runs in a goroutine of its
// own because a stop does not wait for a module that is slow to load.
func reloadOn(hangups <-chan os.Signal, over <-chan struct{}, rt *runtime.Runtime, log *slog.Logger) {
	for {
		select {
		case s := <-hangups:
			log.Info("reloading all modules", "signal", s.String())
			rt.Reload(true)
		case <-over:
			return
		}
	}
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// noFolder tells why a path is not that of a folder.
func noFolder(name string) string {
	if _, err := os.Stat(name); err == nil {
		return name + " is a file, not a folder"
	}
	return "there is no folder " + name + " here"
}

// publicFolder returns the folder of the pages, or "" for none: unless --public names one, it is the first that
// exists of public and examples/public.
func publicFolder(set option.Set) string {
	if option.Public.GivenIn(set) {
		return option.Public.In(set)
	}
	for _, name := range []string{"public", "examples/public"} {
		if isFolder(name) {
			return name
		}
	}
	return ""
}

// openPublic opens the folder of the pages; no symbolic link leads out of it. Without pages the root
// is nil, and --public is empty in the set it returns.
func openPublic(set option.Set) (option.Set, *os.Root, error) {
	name := publicFolder(set)
	set = option.Public.With(set, name)
	if name == "" {
		return set, nil, nil
	}
	if !isFolder(name) {
		return set, nil, fmt.Errorf("%s; name one that exists with --public DIR, or none with --public ''", noFolder(name))
	}
	root, err := os.OpenRoot(name)
	return set, root, err
}
