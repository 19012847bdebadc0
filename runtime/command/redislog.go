package command

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/redis"
)

// logKey returns the name of the list in Redis that takes the log, prefix included.
func logKey(set option.Set) string {
	prefix := option.RedisPrefix.In(set)
	if key := option.LogKey.In(set); key != "" {
		return prefix + key
	}
	return fmt.Sprintf("%snode.websocket.%s.%d", prefix, option.Host.In(set), option.Port.In(set))
}

// A keptLog is a log that goes to stderr and to Redis.
type keptLog struct {
	stderr, both *slog.Logger
	redis        *redis.Log
}

// keepLog joins Redis to the log on stderr. Messages about Redis itself go to stderr only. --logKey
// must be the whole name of the list; see logKey.
func keepLog(set option.Set, stderr *slog.Logger) keptLog {
	l := redis.NewLog(redis.LogOptions{
		Server: option.Redis.In(set),
		Key:    option.LogKey.In(set),
		Max:    option.LogMax.In(set),
		Buffer: option.LogBuffer.In(set),
		Text:   option.LogFormat.In(set) == "text",
		Level:  option.Log.In(set),
		Tell:   stderr,
	})
	return keptLog{stderr: stderr, both: slog.New(slog.NewMultiHandler(stderr.Handler(), l.Handler())), redis: l}
}

// close waits until Redis has taken the lines that wait, for limit at most; a signal ends the wait.
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

// openClient returns what require('redis') uses, or nil without --redis, and what closes it.
func openClient(set option.Set, log *slog.Logger) (client runtime.Redis, closeClient func()) {
	server := option.Redis.In(set)
	if server == nil {
		return nil, func() {}
	}
	c := redis.NewClient(server, log)
	return c, c.Close
}
