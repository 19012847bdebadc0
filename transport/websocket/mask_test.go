package websocket

import (
	"bytes"
	"testing"
)

// TestMask compares every length and every cut with RFC 6455 §5.3, byte by byte.
func TestMask(t *testing.T) {
	const key = 0x3d21fa37 // 37 fa 21 3d on the wire
	for n := range 100 {
		plain := make([]byte, n)
		want := make([]byte, n)
		for i := range plain {
			plain[i] = byte(i * 7)
			want[i] = plain[i] ^ frameKey[i%4]
		}
		for cut := 0; cut <= n; cut++ {
			got := bytes.Clone(plain)
			mask(got[cut:], mask(got[:cut], key))
			if !bytes.Equal(got, want) {
				t.Fatalf("%d bytes cut at %d: % x, want % x", n, cut, got, want)
			}
		}
	}
}
