package websocket

import (
	"bytes"
	"testing"
)

// serverHeaders has headers of each form of the length, on both sides of its limits.
var serverHeaders = []struct {
	op     Opcode
	n      int
	header []byte
}{
	{Text, 0, []byte{0x81, 0}},
	{Text, 5, []byte{0x81, 5}},
	{Binary, 125, []byte{0x82, 125}},
	{Binary, 126, []byte{0x82, 126, 0, 126}},
	{Text, 65535, []byte{0x81, 126, 0xff, 0xff}},
	{Text, 65536, []byte{0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
	{Ping, 125, []byte{0x89, 125}},
	{Pong, 3, []byte{0x8a, 3}},
}

func TestAppendFrame(t *testing.T) {
	for _, c := range serverHeaders {
		payload := bytes.Repeat([]byte("*"), c.n)
		want := append([]byte("before"), c.header...)
		want = append(want, payload...)
		if got := AppendFrame([]byte("before"), c.op, payload); !bytes.Equal(got, want) {
			t.Errorf("opcode %d, %d bytes: % .20x", c.op, c.n, got)
		}
		if got := AppendFrame([]byte("before"), c.op, string(payload)); !bytes.Equal(got, want) {
			t.Errorf("opcode %d, %d bytes of a string: % .20x", c.op, c.n, got)
		}
	}
}

func TestAppendFrameRefusesLongControls(t *testing.T) {
	for _, op := range []Opcode{Close, Ping, Pong} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("opcode %d with 126 bytes was taken", op)
				}
			}()
			AppendFrame(nil, op, make([]byte, MaxControlPayload+1))
		}()
	}
}
