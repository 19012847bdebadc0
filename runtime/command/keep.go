package command

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"node.websocket/runtime/redis"
)

// keepOptions say how the log is kept in Redis.
type keepOptions struct {
	server *redis.Server // nil: the log goes to stderr alone
	prefix string        // of all keys
	key    string        // the list that takes the log; "": named after host and port
	max    int           // entries that the list keeps
	buffer int           // lines that wait while Redis is away
	text   bool          // entries in the form of 2009
	flush  float64       // seconds for which a stop waits for Redis; 0: not at all
}

var defaultKeepOptions = keepOptions{max: 100_000, buffer: 10_000, flush: 2}

var keepFlags = []flagSpec{
	{name: "redis", value: "URL", help: "keep the log in redis://[user:password@]host:port/db, rediss://…?ca=FILE, unix:///path", accept: "a URL such as redis://127.0.0.1:6379/0",
		try: func(o *options, v any) (err error) {
			url, _ := v.(string)
			o.keep.server, err = redis.ParseURL(url)
			return err
		}},
	{name: "redis-prefix", value: "TEXT", help: "what the name of each key in Redis begins with ('')", accept: "a text",
		set: func(o *options, v any) bool { return setString(&o.keep.prefix, v) }},
	{name: "logKey", also: "log-key", value: "NAME", help: "the list in Redis that takes the log (node.websocket.HOST.PORT)", accept: "a name",
		set: func(o *options, v any) bool { return setString(&o.keep.key, v) && o.keep.key != "" }},
	{name: "log-max", value: "N", help: "how many entries the list keeps (100000)", accept: "a number from 1 to 1000000000",
		set: func(o *options, v any) bool { return setInt(&o.keep.max, v, 1, 1_000_000_000) }},
	{name: "log-buffer", value: "N", help: "how many lines wait while Redis is away (10000), and at most 32 MiB of them", accept: "a number from 1 to 10000000",
		set: func(o *options, v any) bool { return setInt(&o.keep.buffer, v, 1, 10_000_000) }},
	{name: "log-format", value: "FORM", help: "what an entry is: json, or text, 2009's [date] [type] message (json)", accept: "json or text",
		set: func(o *options, v any) bool { o.keep.text = v == "text"; return v == "json" || v == "text" }},
	{name: "log-flush-timeout", value: "N", help: "for how many seconds a stop waits for Redis to take the last lines (2)", accept: "a number from 0 to 3600",
		set: func(o *options, v any) bool {
			n, ok := v.(float64)
			o.keep.flush = n
			return ok && n >= 0 && n <= 3600
		}},
}

// withoutPassword is an argument that an error may repeat: the URL of a Redis can stand in the wrong place.
func withoutPassword(arg string) string {
	begin, end := strings.Index(arg, "://"), strings.LastIndex(arg, "@")
	if begin < 0 || end < begin {
		return arg
	}
	return arg[:begin] + "://…" + arg[end:]
}

func (k keepOptions) flushTimeout() time.Duration {
	return time.Duration(k.flush * float64(time.Second))
}

// key is the list in Redis that takes the log.
func (o options) key() string {
	if o.keep.key != "" {
		return o.keep.prefix + o.keep.key
	}
	return fmt.Sprintf("%snode.websocket.%s.%d", o.keep.prefix, o.host, o.port)
}

// A keptLog is the log that goes to stderr and to Redis.
type keptLog struct {
	stderr, both *slog.Logger
	redis        *redis.Log
}

// keepLog joins Redis to the log on stderr. What there is to say of Redis goes to stderr alone.
func keepLog(o options, stderr *slog.Logger) keptLog {
	l := redis.NewLog(redis.LogOptions{
		Server: o.keep.server, Key: o.key(), Max: o.keep.max, Buffer: o.keep.buffer, Text: o.keep.text, Level: o.logLevel, Tell: stderr,
	})
	return keptLog{stderr: stderr, both: slog.New(slog.NewMultiHandler(stderr.Handler(), l.Handler())), redis: l}
}

// close writes what waits, for as long as it may take; a signal ends it at once.
func (k keptLog) close(limit time.Duration, signals <-chan os.Signal) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	go func() { // ends with the function
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := k.redis.Close(ctx); err != nil {
		k.stderr.Warn("the end of the log is missing in Redis", "error", err)
	}
}
