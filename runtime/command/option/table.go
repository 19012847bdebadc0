// Package option is the table of the program's options.
//
// # What
//
// table.go has one row for each option: its name, unit, kind, default, limits and help, and whether a
// module may override it. The command line, --help, the README's table, Module.options and
// connection.server.options are all read from that row.
//
// # How to use
//
//	set, err := option.Serve.Parse(args)
//	…
//	port := option.Port.In(set)
//
// To add an option, add its row to table.go, use its value, and run go generate in this folder, which
// writes the README's table again.
//
// # Concurrency
//
// The table is fixed once the program has started, and a [Set] never changes: any goroutine may use
// both. The package starts none.
package option

import (
	"log/slog"
	"math"
	"net/netip"
	"time"

	"node.websocket/runtime/permission"
	"node.websocket/runtime/redis"
	"node.websocket/transport"
)

//go:generate go test -run ^TestReadme$ -update .

// Serve is the table of the server's options.
var Serve = Table{listening, security, proxies, content, permissions, clients, versions, carriage, ending, observing, reports, keeping, settings}

// Where the server listens.
var (
	listening = &section{title: "Where to listen"}

	Port = add(listening, row{
		Name: "port", Unit: "N", Shown: true, Variable: "PORT",
		Help: "the port; `0`: any free one",
	}, 8080, number{least: 0, most: 65535})

	Host = add(listening, row{
		Name: "host", Unit: "NAME", Shown: true,
		Help: "the address, or a name of this machine; `0.0.0.0`: every address",
	}, "localhost", text{of: "a name or an address, such as 0.0.0.0"})

	FlashPolicyPort = add(listening, row{
		Name: "flash-policy-port", Unit: "N",
		Help: "a port that answers Flash's requests for a policy alone, as `843`",
	}, 0, number{least: 1, most: 65535})

	InternalPort = add(listening, row{
		Name: "internal-port", Unit: "N",
		Help: "a port for `/health`, `/ready` and `/metrics` that clients need not reach, in plain HTTP",
	}, 0, number{least: 1, most: 65535})
)

// TLS, and where certificates come from.
var (
	security = &section{title: "TLS"}

	TLS = add(security, row{
		Name: "tls", Unit: "BOOL", Shown: true,
		Help: "serve `wss://` and `https://`; alone, with a certificate made for localhost",
	}, false, truth{})

	TLSCert = add(security, row{
		Name: "tls-cert", Unit: "FILE",
		Help: "the certificate and those it depends on, PEM; read again when it changes",
	}, "", text{of: "the name of a file"})

	TLSKey = add(security, row{
		Name: "tls-key", Unit: "FILE",
		Help: "its key, PEM; read again when it changes",
	}, "", text{of: "the name of a file"})

	TLSClientCA = add(security, row{
		Name: "tls-client-ca", Unit: "FILE",
		Help: "clients need a certificate of one of these authorities, PEM",
	}, "", text{of: "the name of a file"})

	ACMEDomain = add(security, row{
		Name: "acme-domain", Unit: "LIST",
		Help: "get certificates for these names from Let's Encrypt, whose terms you accept by this",
	}, nil, words{of: "a name such as 'chat.example.com', or a list of them", check: validDomains})

	ACMECache = add(security, row{
		Name: "acme-cache", Unit: "DIR", Default: "`node.websocket` in your cache folder",
		Help: "the folder that these are kept in",
	}, "", text{of: "the name of a folder"})

	ACMEDirectory = add(security, row{
		Name: "acme-directory", Unit: "URL", Default: "Let's Encrypt",
		Help: "another authority that speaks ACME",
	}, "", text{of: "an https:// URL", check: isHTTPS})
)

// Proxies in front of the server.
var (
	proxies = &section{title: "Behind a proxy"}

	TrustProxy = add(proxies, row{
		Name: "trust-proxy", Unit: "LIST",
		Help: "proxies that tell the client's address and TLS: `127.0.0.1`, or `10.0.0.0/8,fd00::/8`",
	}, []netip.Prefix(nil), networks{})

	ProxyProtocol = add(proxies, row{
		Name: "proxy-protocol", Unit: "BOOL",
		Help: "connections of `--trust-proxy`, or on loopback all, begin with a PROXY header",
	}, false, truth{})
)

// Folders.
var (
	content = &section{title: "What to serve"}

	Modules = add(content, row{
		Name: "modules", Unit: "DIR",
		Help: "the folder of the modules",
	}, "modules", text{of: "the name of a folder"})

	Watch = add(content, row{
		Name: "watch", Unit: "BOOL",
		Help: "reload modules when they are saved; SIGHUP reloads all in any case",
	}, true, truth{})

	Preload = add(content, row{
		Name: "preload", Unit: "BOOL",
		Help: "load the first 100 modules in the background at start; `false`: when asked for",
	}, true, truth{})

	Workers = add(content, row{
		Name: "workers", Unit: "N", Module: true,
		Help: "how many VMs share the connections of a module, for as many cores",
	}, 1, number{least: 1, most: 64})

	HandlerTimeout = add(content, row{
		Name: "handler-timeout", Unit: "SECONDS", Module: true,
		Help: "how long one call of a module may take",
	}, 5*time.Second, seconds{100 * time.Millisecond, time.Hour})

	Data = add(content, row{
		Name: "data", Unit: "DIR",
		Help: "the folder of what `require('storage')` keeps; none: in the Redis of `--redis`, or in memory",
	}, "", text{of: "the name of a folder"})

	History = add(content, row{
		Name: "history", Unit: "N", Module: true, Default: "none",
		Help: "how many messages of topics are kept, and how long: `room/*=100,news=10:600`",
	}, nil, kept{})

	RecoveryWindow = add(content, row{
		Name: "recovery-window", Unit: "SECONDS",
		Help: "how long they are kept after a topic's last message, and its subscribers",
	}, 2*time.Minute, seconds{least: time.Second, most: 24 * time.Hour})

	Public = add(content, row{
		Name: "public", Unit: "DIR", Default: "`public`, `examples/public`, or none",
		Help: "the folder of the pages for plain GETs; `''`: none",
	}, "public", text{of: "the name of a folder, or ''", empty: true})
)

// What modules may reach beside their clients.
var (
	permissions = &section{title: "What modules may do"}

	AllowRead = add(permissions, row{
		Name: "allow-read", Unit: "LIST",
		Help: "let modules read these files and folders, as `/srv/data,news.json`; alone: all",
	}, permission.List{}, grant{of: "a path"})

	AllowNet = add(permissions, row{
		Name: "allow-net", Unit: "LIST",
		Help: "let modules fetch from these hosts, as `a.com,*.b.com:443,10.0.0.0/8`; alone: all",
	}, permission.List{}, grant{of: "a host such as a.com or 10.0.0.1:80", check: permission.ValidHost})

	AllowEnv = add(permissions, row{
		Name: "allow-env", Unit: "LIST",
		Help: "let modules see these variables of the environment, as `PORT,API_*`; alone: all",
	}, permission.List{}, grant{of: "the name of a variable", check: permission.ValidVariable})

	AllowRun = add(permissions, row{
		Name: "allow-run", Unit: "LIST",
		Help: "let modules run these programs, as `ps,/usr/bin/git`; alone: all",
	}, permission.List{}, grant{of: "the name of a program"})
)

// Who may connect, and limits.
var (
	clients = &section{title: "Whom to serve"}

	Origins = add(clients, row{
		Name: "origins", Unit: "LIST", Module: true, Shown: true,
		Help: "whose pages may connect: `'*'` (any), `'http://a.com'`, or a list of such",
	}, []string{"*"}, words{of: "'*', an origin such as 'http://a.com', or a list of them", check: validOrigins})

	Protocols = add(clients, row{
		Name: "protocols", Unit: "LIST", Module: true,
		Help: "subprotocols to agree to: `'v1'`, or `['v1','v2']`",
	}, nil, words{of: "a name such as 'v1', or a list of them", empty: true, check: validProtocols})

	MaxConnections = add(clients, row{
		Name: "max-connections", Unit: "N",
		Help: "how many clients are served at once; one more gets 503",
	}, transport.DefaultMaxConnections, number{least: 1, most: 10_000_000})

	MaxConnectionsPerIP = add(clients, row{
		Name: "max-connections-per-ip", Unit: "N",
		Help: "how many of them may come from one address, or one /64 of IPv6; `0`: any",
	}, 0, number{least: 0, most: 10_000_000})

	MaxMessage = add(clients, row{
		Name: "max-message", Unit: "BYTES", Module: true,
		Help: "the longest message that a client may send",
	}, transport.DefaultMaxMessage, number{of: "bytes", least: 1, most: 1 << 30})

	MaxQueue = add(clients, row{
		Name: "max-queue", Unit: "BYTES", Module: true,
		Help: "how much may wait to be sent to a client; over HTTP/2, four times as much",
	}, transport.DefaultMaxQueue, number{of: "bytes", least: 1 << 10, most: 1 << 30})

	HighWaterMark = add(clients, row{
		Name: "high-water-mark", Unit: "BYTES", Module: true,
		Help: "while more waits, `send` returns false and the client is not read",
	}, transport.DefaultHighWater, number{of: "bytes", least: 1, most: 1 << 30})

	Requests = add(clients, row{
		Name: "requests", Unit: "BOOL", Module: true,
		Help: "let `client.js` send requests, to which `connection.reply` replies",
	}, false, truth{})

	OnSlow = add(clients, row{
		Name: "on-slow", Unit: "WHAT", Module: true,
		Help: "if a client takes too long for that: `close` it with 1008, or `drop` further messages",
	}, "close", choice{"close", "drop"})

	RateLimit = add(clients, row{
		Name: "rate-limit", Unit: "N[,BYTES]", Module: true,
		Help: "how many messages, and bytes of them, a client may send in a second; `0`: any",
	}, Rate{}, rates{})

	HandshakeTimeout = add(clients, row{
		Name: "handshake-timeout", Unit: "SECONDS",
		Help: "how long a request, and a module's answer to it, may take",
	}, transport.DefaultHandshakeTimeout, seconds{100 * time.Millisecond, 10 * time.Minute})

	MaxMemory = add(clients, row{
		Name: "max-memory", Unit: "BYTES", Default: "`GOMEMLIMIT`, or 0.9 of the cgroup's",
		Help: "the most memory; near it, clients get 503; `0`: any",
	}, -1, number{of: "bytes", least: 0, most: math.MaxInt})

	PingInterval = add(clients, row{
		Name: "ping-interval", Also: "heartbeat", Unit: "SECONDS", Module: true,
		Help: "how long a client may be silent before it is sent a ping",
	}, transport.DefaultHeartbeat, seconds{time.Second, 24 * time.Hour})

	PongTimeout = add(clients, row{
		Name: "pong-timeout", Unit: "SECONDS", Module: true,
		Help: "how long it may then stay silent, or not take what it is sent, before it is cut",
	}, transport.DefaultPongTimeout, seconds{time.Second, 24 * time.Hour})

	IdleTimeout = add(clients, row{
		Name: "idle-timeout", Unit: "SECONDS", Module: true,
		Help: "how long a client may send no message before it is closed with 1000; `0`: for ever",
	}, 0, seconds{0, 7 * 24 * time.Hour})
)

// What operators see.
var (
	observing = &section{title: "How it goes"}

	AllowRepl = add(observing, row{
		Name: "allow-repl", Unit: "BOOL",
		Help: "let the command `repl` of the same user evaluate JavaScript in the modules",
	}, false, truth{})

	Metrics = add(observing, row{
		Name: "metrics", Unit: "BOOL",
		Help: "serve `/metrics`, for Prometheus, also on the port of clients",
	}, false, truth{})

	Console = add(observing, row{
		Name: "console", Unit: "TOKEN", Default: "this machine",
		Help: "who may open `/_console`: who has this token, or `@FILE`'s; alone: a new one",
	}, ConsoleAccess{}, console{})

	PProf = add(observing, row{
		Name: "pprof", Unit: "BOOL", Needs: "internal-port",
		Help: "serve profiles of Go and of the modules at `/debug/pprof/` on `--internal-port`",
	}, false, truth{})
)

// Versions and extensions of the protocol.
var (
	versions = &section{title: "Which protocols"}

	Compression = add(versions, row{
		Name: "compression", Unit: "BOOL", Module: true,
		Help: "compress messages of 256 bytes and more for clients that can (permessage-deflate)",
	}, false, truth{})

	ContextTakeover = add(versions, row{
		Name: "context-takeover", Unit: "BOOL",
		Help: "compress them together with earlier ones: smaller, up to 40 KiB a client",
	}, false, truth{})

	Drafts = add(versions, row{
		Name: "drafts", Unit: "BOOL",
		Help: "serve the versions before 13 that old browsers and televisions speak",
	}, true, truth{})
)

// Transports.
var (
	carriage = &section{title: "How clients come"}

	Transports = add(carriage, row{
		Name: "transports", Unit: "LIST", Module: true,
		Help: "the transports that are served: `'*'`, or a list such as `['websocket','xhr-polling']`",
	}, transport.Transports(), newCarriers())

	EventLoop = add(carriage, row{
		Name: "event-loop", Unit: "BOOL",
		Help: "on Linux: one goroutine reads all WebSockets of a module, with TLS or without",
	}, true, truth{})

	ResponseLimit = add(carriage, row{
		Name: "response-limit", Unit: "BYTES", Module: true,
		Help: "how much goes into one streaming response before the client asks again",
	}, transport.DefaultResponseLimit, number{of: "bytes", least: 1, most: 1 << 30})

	Cookie = add(carriage, row{
		Name: "cookie", Unit: "BOOL", Module: true,
		Help: "set the cookie `JSESSIONID` for clients without WebSocket, for load balancers",
	}, false, truth{})
)

// How the program stops.
var (
	ending = &section{title: "How to stop"}

	ShutdownTimeout = add(ending, row{
		Name: "shutdown-timeout", Unit: "SECONDS",
		Help: "how long a stop may take; clients that are left are cut 2 s before",
	}, 10*time.Second, seconds{0, time.Hour})

	ShutdownSpread = add(ending, row{
		Name: "shutdown-spread", Unit: "SECONDS",
		Help: "close the clients over this time, so that they do not all come back at once",
	}, 0, seconds{0, time.Hour})
)

// What the program prints.
var (
	reports = &section{title: "What to say"}

	Log = add(reports, row{
		Name: "log", Unit: "LEVEL", Shown: true,
		Help: "`true` (as `info`), `false` (errors alone), or `debug`, `info`, `warn`, `error`",
	}, slog.LevelInfo, threshold{})

	AccessLog = add(reports, row{
		Name: "access-log", Unit: "BOOL",
		Help: "log plain HTTP too: each page, and each answer of an `onRequest`",
	}, false, truth{})

	LogFormat = add(reports, row{
		Name: "log-format", Unit: "FORM", Default: "`text`, and `json` in Redis",
		Help: "`json`: lines of JSON; `text`: for people, and 2009's form in Redis",
	}, "", choice{"json", "text"})
)

// Redis: the nodes that it joins, and the log.
var (
	keeping = &section{title: "Other nodes, and the log in Redis"}

	Redis = add(keeping, row{
		Name: "redis", Unit: "URL",
		Help: "use the Redis at `redis://host:port/db`, of sentinels, or where `@FILE` says",
	}, (*redis.Server)(nil), redisURL{})

	RedisPrefix = add(keeping, row{
		Name: "redis-prefix", Needs: "redis", Unit: "TEXT",
		Help: "what the name of each key and channel in Redis begins with",
	}, "", text{of: "a text", empty: true})

	LogKey = add(keeping, row{
		Name: "logKey", Also: "log-key", Needs: "redis", Unit: "NAME", Default: "`node.websocket.HOST.PORT`", Shown: true,
		Help: "the list in Redis that takes the log",
	}, "", text{of: "a name"})

	LogMax = add(keeping, row{
		Name: "log-max", Needs: "redis", Unit: "N",
		Help: "how many entries the list keeps",
	}, 100_000, number{least: 1, most: 1_000_000_000})

	LogBuffer = add(keeping, row{
		Name: "log-buffer", Needs: "redis", Unit: "N",
		Help: "how many lines wait while Redis is away, and at most 32 MiB of them",
	}, 10_000, number{least: 1, most: 10_000_000})

	LogFlushTimeout = add(keeping, row{
		Name: "log-flush-timeout", Needs: "redis", Unit: "SECONDS",
		Help: "how long a stop waits for Redis to take the last lines",
	}, 2*time.Second, seconds{0, time.Hour})
)

// Where options are written, and what is asked of the program itself.
var (
	settings = &section{title: "These options"}

	Config = add(settings, row{
		Name: "config", Unit: "FILE",
		Help: "a file of options, `.toml` or `.json`",
	}, "", text{of: "the name of a file that ends in .toml or .json", check: isConfig})

	PrintConfig = add(settings, row{
		Name: "print-config",
		Help: "print all options and where each value comes from, as such a file in TOML",
	}, false, truth{})

	Version = add(settings, row{Name: "version", Help: "print the program's version"}, false, truth{})

	Help = add(settings, row{Name: "help", Help: "this text"}, false, truth{})
)
