//go:build redisserver

// The files with this tag need redis-server:
//
//	go test -tags redisserver ./runtime/redis
//
// All other tests run with it too then, in place of miniredis. The tests of the bus are among these files: what
// miniredis sends to subscribers is out of order, and it hangs if they send PING meanwhile.

package redis

import (
	"fmt"
	"testing"

	"node.websocket/runtime/redis/redistest"
)

// A testRedis is a redis-server of a test's own.
type testRedis struct {
	*redistest.Server
	t    testing.TB
	user string // "user:password@" for its URL
}

// startRedis starts a redis-server that keeps nothing on disk unless args say so.
func startRedis(t testing.TB, args ...string) *testRedis {
	t.Helper()
	return &testRedis{Server: redistest.New(t, args...).Start(), t: t}
}

func (r *testRedis) server() *Server {
	return parse(r.t, fmt.Sprintf("redis://%s127.0.0.1:%d/0", r.user, r.Port))
}

// do runs a command as another client.
func (r *testRedis) do(args ...any) any { return do(r.t, r.server(), args...) }

// anyRedis returns a redis-server. Without the build tag it is a stand-in.
func anyRedis(t testing.TB) *Server {
	t.Helper()
	return startRedis(t).server()
}
