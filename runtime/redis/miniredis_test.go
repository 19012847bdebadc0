//go:build !redisserver

package redis

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// anyRedis returns a stand-in for redis-server. With the build tag redisserver it is the real one.
func anyRedis(t testing.TB) *Server {
	t.Helper()
	return parse(t, "redis://"+miniredis.RunT(t).Addr())
}
