package command

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"node.websocket/transport"
)

// options is everything that the command line says. Its zero value is not useful: see defaultOptions.
type options struct {
	port       int         // 0 to 65535; 0: any free one
	host       string      // an address or a name of this machine
	origins    []string    // whose pages may connect; "*": any
	protocols  []string    // subprotocols that are agreed to; none: none
	modules    string      // folder of the modules
	public     string      // folder of the pages; "": none
	maxMessage int         // bytes, of one message
	heartbeat  float64     // seconds of silence before a ping
	logLevel   slog.Level  // the least that is logged
	watch      bool        // reload modules when their files change
	keep       keepOptions // the log in Redis
	logs       logsOptions // of the command logs
	help       bool

	flashPort int // 1 to 65535; 0: none. Flash's requests for a policy are answered there too
	tls       tlsOptions
	proxy     proxyOptions
	protocol  protocolOptions
	fallback  fallbackOptions
}

func defaultOptions() options {
	o := options{
		port: 8080, host: "localhost", origins: []string{"*"}, modules: "modules",
		maxMessage: 1 << 20, heartbeat: 25, logLevel: slog.LevelInfo, watch: true,
		protocol: protocolOptions{drafts: true},
		fallback: fallbackOptions{responseLimit: 128 << 10},
		keep:     defaultKeepOptions,
	}
	if info, err := os.Stat("examples/public"); err == nil && info.IsDir() {
		o.public = "examples/public"
	}
	return o
}

// flagSpec is one option of the command line.
type flagSpec struct {
	name   string
	also   string // another spelling
	value  string // what stands for its value in the help; "": it needs none
	alone  bool   // without a value, it is true
	help   string
	accept string // what is accepted, for errors
	set    func(o *options, v any) bool
	try    func(o *options, v any) error // in place of set: its error says it all, and repeats nothing that is secret
}

type flagGroup struct {
	title string
	flags []flagSpec
}

var flagGroups = []flagGroup{
	{"Where to listen", []flagSpec{
		{name: "port", value: "N", help: "the port (8080; 0: any free one)", accept: "a number from 0 to 65535",
			set: func(o *options, v any) bool { return setInt(&o.port, v, 0, 65535) }},
		{name: "host", value: "NAME", help: "the address, or a name of this machine (localhost)", accept: "a name or an address, such as 0.0.0.0",
			set: func(o *options, v any) bool { return setString(&o.host, v) && o.host != "" }},
		{name: "flash-policy-port", value: "N", help: "a port that answers Flash's requests for a policy alone, as 843 (none)", accept: "a number from 1 to 65535",
			set: func(o *options, v any) bool { return setInt(&o.flashPort, v, 1, 65535) }},
	}},
	tlsFlags,
	proxyFlags,
	{"What to serve", []flagSpec{
		{name: "modules", value: "DIR", help: "the folder of the modules (modules)", accept: "the name of a folder",
			set: func(o *options, v any) bool { return setString(&o.modules, v) && o.modules != "" }},
		{name: "watch", value: "BOOL", alone: true, help: "reload modules when they are saved (true); SIGHUP reloads all in any case", accept: "true or false",
			set: func(o *options, v any) bool { return setBool(&o.watch, v) }},
		{name: "public", value: "DIR", help: "the folder of the pages for plain GETs (examples/public, where it exists); '' for none", accept: "the name of a folder, or ''",
			set: func(o *options, v any) bool {
				if v == nil || v == false {
					v = ""
				}
				return setString(&o.public, v)
			}},
	}},
	{"Whom to serve", []flagSpec{
		{name: "origins", value: "LIST", help: "whose pages may connect: '*' (any), 'http://a.com', or ['http://a.com','http://b.com']", accept: "'*', an origin such as 'http://a.com', or a list of them",
			set: func(o *options, v any) bool { return setList(&o.origins, v) && checkOrigins(o.origins) }},
		{name: "protocols", value: "LIST", help: "subprotocols to agree to: 'v1', or ['v1','v2']", accept: "a name such as 'v1', or a list of them",
			set: func(o *options, v any) bool { return setList(&o.protocols, v) && checkProtocols(o.protocols) }},
		{name: "max-message", value: "BYTES", help: "the longest message that a client may send (1048576)", accept: "a number from 1 to 1073741824",
			set: func(o *options, v any) bool { return setInt(&o.maxMessage, v, 1, 1<<30) }},
		{name: "heartbeat", value: "SECONDS", help: "how long a client may be silent before it is sent a ping (25)", accept: "a number from 1 to 86400",
			set: func(o *options, v any) bool {
				n, ok := v.(float64)
				o.heartbeat = n
				return ok && n >= 1 && n <= 86_400
			}},
	}},
	protocolFlags,
	fallbackFlags,
	{"What to say", []flagSpec{
		{name: "log", value: "LEVEL", alone: true, help: "true (as info), false (errors alone), or debug, info, warn, error", accept: "true, false, debug, info, warn or error",
			set: setLog},
		{name: "help", help: "this text", accept: "",
			set: func(o *options, _ any) bool { o.help = true; return true }},
	}},
	{"Where to keep the log", keepFlags},
}

// parseOptions reads the command line: --name value, --name=value, and --name alone for what is true or false.
func parseOptions(args []string) (options, error) { return parseFlags(flagGroups, args) }

// parseFlags is parseOptions for a table of options.
func parseFlags(groups []flagGroup, args []string) (options, error) {
	o := defaultOptions()
	for i := 0; i < len(args); i++ {
		name, text, hasValue := strings.Cut(args[i], "=")
		if args[i] == "-h" {
			name = "--help"
		}
		bare, ok := strings.CutPrefix(name, "--")
		if !ok || bare == "" {
			return o, fmt.Errorf("%q: options begin with two dashes, as in --port 8080; see --help", withoutPassword(args[i]))
		}
		flag := findFlag(groups, bare)
		if flag == nil {
			return o, fmt.Errorf("--%s: no such option%s; see --help", bare, suggestion(groups, bare))
		}
		var value any = true
		switch {
		case hasValue:
			value = readLiteral(text)
		case flag.value != "" && i+1 < len(args) && !strings.HasPrefix(args[i+1], "--"):
			i++
			text = args[i]
			value = readLiteral(text)
		case flag.value != "" && !flag.alone:
			return o, fmt.Errorf("--%s: it needs a value: %s", flag.name, flag.accept)
		}
		if flag.try != nil {
			if err := flag.try(&o, value); err != nil {
				return o, fmt.Errorf("--%s: %w", flag.name, err)
			}
		} else if !flag.set(&o, value) {
			return o, fmt.Errorf("--%s: %q is not accepted; it takes %s", flag.name, withoutPassword(text), flag.accept)
		}
	}
	return o, o.tls.check()
}

func findFlag(groups []flagGroup, name string) *flagSpec {
	for _, g := range groups {
		for i, f := range g.flags {
			if f.name == name || f.also == name {
				return &g.flags[i]
			}
		}
	}
	return nil
}

// suggestion names the option that was probably meant: one that begins alike, or has the same letters.
func suggestion(groups []flagGroup, name string) string {
	sorted := func(s string) string {
		b := []byte(strings.ToLower(strings.ReplaceAll(s, "-", "")))
		slices.Sort(b)
		return string(b)
	}
	for _, g := range groups {
		for _, f := range g.flags {
			if sorted(name) == sorted(f.name) || len(name) >= 3 && (strings.HasPrefix(f.name, name) || strings.HasPrefix(name, f.name)) {
				return "; --" + f.name + " is one"
			}
		}
	}
	return ""
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, "node.websocket: a WebSocket server that is scripted in JavaScript\n\n"+
		"  go run . [options]        serves modules/chat.js at ws://localhost:8080/chat\n"+
		"  go run . logs [options]   shows the log that is kept in Redis; see logs --help\n")
	printFlags(w, flagGroups)
	fmt.Fprint(w, "\nA value is read as a JavaScript literal, or else as the text it is:\n  --port='8080'  --origins=\"['http://a.com','http://b.com']\"\n")
}

func printFlags(w io.Writer, groups []flagGroup) {
	for _, g := range groups {
		fmt.Fprintf(w, "\n%s\n", g.title)
		for _, f := range g.flags {
			fmt.Fprintf(w, "  %-22s %s\n", strings.TrimSpace("--"+f.name+" "+f.value), f.help)
		}
	}
}

// serverOptions is what modules see as connection.server.options, with the names of 2009.
func (o options) serverOptions() map[string]any {
	origins := any(o.origins)
	if len(o.origins) == 1 {
		origins = o.origins[0]
	}
	return map[string]any{"port": o.port, "host": o.host, "origins": origins, "log": o.logLevel <= slog.LevelInfo, "logKey": o.key(), "tls": o.tls.on}
}

func (o options) heartbeatDuration() time.Duration {
	return time.Duration(o.heartbeat * float64(time.Second))
}

func setBool(field *bool, v any) bool {
	b, ok := v.(bool)
	*field = b
	return ok
}

// setInt takes a number, or a string that holds one, as --port='8080' does.
func setInt(field *int, v any, least, most int) bool {
	if s, ok := v.(string); ok {
		v = readLiteral(s)
	}
	n, ok := v.(float64)
	if !ok || n != math.Trunc(n) || n < float64(least) || n > float64(most) {
		return false
	}
	*field = int(n)
	return true
}

// setString takes a string, or a number that was meant as one, such as a folder 20090101.
func setString(field *string, v any) bool {
	switch v := v.(type) {
	case string:
		*field = v
	case float64:
		*field = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return false
	}
	return true
}

// setList takes a list of strings, or one string.
func setList(field *[]string, v any) bool {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	list := []string{}
	for _, item := range items {
		s, ok := item.(string)
		if !ok || s == "" {
			return false
		}
		list = append(list, s)
	}
	*field = list
	return len(list) > 0
}

// checkOrigins finds what can never match.
func checkOrigins(origins []string) bool {
	return !slices.ContainsFunc(origins, func(o string) bool { return !transport.ValidOrigin(o) })
}

// checkProtocols finds what no client can offer.
func checkProtocols(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !transport.ValidProtocol(name) })
}

func setLog(o *options, v any) bool {
	levels := map[any]slog.Level{
		true: slog.LevelInfo, false: slog.LevelError, "debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	if _, isList := v.([]any); isList {
		return false
	}
	level, ok := levels[v]
	o.logLevel = level
	return ok
}
