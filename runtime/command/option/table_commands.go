package option

import (
	"log/slog"
	"time"
)

// Logs is the table of the options of the command logs: its own, and those of the server that say which
// log it is.
var Logs = Table{showing, {"Which log, as the server was told", []*row{
	Redis.row, RedisPrefix.row, LogKey.row, Host.row, Port.row, Config.row, Help.row,
}}}

// Check is the table of the options of the command check: those of the server that a module may need to load.
var Check = Table{
	{"Which modules", []*row{Modules.row, HandlerTimeout.row}},
	permissions,
	{"What modules connect to", []*row{Redis.row}},
	{"These options", []*row{Config.row, Help.row}},
}

// Test is the table of the options of the command test: those of Check, and its own.
var Test = Table{
	{"Which tests", []*row{Modules.row, HandlerTimeout.row}},
	trying,
	permissions,
	{"What modules connect to", []*row{Redis.row}},
	{"These options", []*row{Config.row, Help.row}},
}

// New, Repl and Types are the tables of the options of the commands of these names, and HelpAlone is that of commands
// without any.
var (
	Repl      = Table{{"Which server", []*row{Port.row, Config.row, Help.row}}}
	New       = Table{writing, {"Where", []*row{Modules.row, Public.row, Config.row, Help.row}}}
	Types     = Table{{"Where", []*row{Modules.row, Config.row, Help.row}}}
	HelpAlone = Table{{"These options", []*row{Help.row}}}
)

// What the command logs shows.
var (
	showing = &section{title: "What to show"}

	Tail = add(showing, row{
		Name: "tail", Unit: "N",
		Help: "the last N entries that match",
	}, 20, number{least: 0, most: 1_000_000_000})

	Range = add(showing, row{
		Name: "range", Unit: "A:B",
		Help: "the entries from index A to B, as LRANGE has them: `0:99`, or `-20:-1`",
	}, (*[2]int64)(nil), bounds{})

	Follow = add(showing, row{Name: "follow", Help: "go on with what is appended, until ^C"}, false, truth{})

	Resource = add(showing, row{
		Name: "resource", Unit: "NAME",
		Help: "only what this resource, such as `chat`, has logged",
	}, "", text{of: "a name"})

	Level = add(showing, row{
		Name: "level", Unit: "LEVEL",
		Help: "only what is at least `debug`, `info`, `warn` or `error`",
	}, slog.LevelDebug, levelName{})

	JSON = add(showing, row{Name: "json", Help: "the entries as JSON, one a line"}, false, truth{})
)

// What the command new writes.
var (
	writing = &section{title: "What to write"}

	TS = add(writing, row{Name: "ts", Help: "a module in TypeScript"}, false, truth{})
)

// How the command test runs tests.
var (
	trying = &section{title: "How to test"}

	TestTimeout = add(trying, row{
		Name: "timeout", Unit: "SECONDS",
		Help: "how long a test may take",
	}, 5*time.Second, seconds{100 * time.Millisecond, time.Hour})

	Reporter = add(trying, row{
		Name: "reporter", Unit: "FORM",
		Help: "`tap`, `junit` (XML for a CI server) or `spec` (for people)",
	}, "tap", choice{"tap", "junit", "spec"})

	WatchTests = add(trying, row{Name: "watch", Help: "run the tests again whenever a file is saved"}, false, truth{})
)
