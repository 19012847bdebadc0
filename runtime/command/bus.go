package command

import (
	"context"
	"log/slog"
	"time"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/redis"
)

// bus is a redis.Bus as a runtime.Bus.
type bus struct{ *redis.Bus }

func (b bus) Publish(name string, m runtime.Message) {
	b.Bus.Publish(name, redis.Message{Binary: m.Binary, Data: m.Data})
}

// busLimit bounds the time that a stop waits for Redis to take the last messages for other nodes.
const busLimit = time.Second

// openBus joins the nodes that share a Redis. Without one, the bus is nil.
func openBus(set option.Set, log *slog.Logger) (b *redis.Bus, closeBus func()) {
	server := option.Redis.In(set)
	if server == nil {
		return nil, func() {}
	}
	r := redis.NewBus(redis.BusOptions{Server: server, Prefix: option.RedisPrefix.In(set), Tell: log, Window: option.RecoveryWindow.In(set)})
	return r, func() {
		ctx, cancel := context.WithTimeout(context.Background(), busLimit)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			log.Warn("other nodes miss messages", "error", err)
		}
	}
}
