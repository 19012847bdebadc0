package socket

import "testing"

func TestBufferSizes(t *testing.T) {
	for _, test := range [][2]int{{0, 4 << 10}, {1, 4 << 10}, {4 << 10, 4 << 10}, {4<<10 + 1, 16 << 10}, {64 << 10, 64 << 10}, {256 << 10, 256 << 10},
		{256<<10 + 1, 512 << 10}, {1 << 20, 1 << 20}, {1<<20 + 1, 2 << 20}} {
		b := TakeBuffer(test[0])
		if len(b.B) != 0 || cap(b.B) != test[1] {
			t.Errorf("%d bytes: length %d, capacity %d, want %d", test[0], len(b.B), cap(b.B), test[1])
		}
		b.B = append(b.B, 1)
		b.Release()
	}
	if b := TakeBuffer(1); len(b.B) != 0 {
		t.Error("a buffer that was used before is not empty")
	}
}
