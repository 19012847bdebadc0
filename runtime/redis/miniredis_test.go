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

// mixes reports whether what arrives by SUBSCRIBE and by PSUBSCRIBE on one connection is in order. With
// miniredis two goroutines send it.
const mixes = false
