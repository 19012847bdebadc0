package websocket

import (
	"encoding/binary"
	"math/bits"
)

// mask masks or unmasks b in place, which are the same exclusive or (RFC 6455 §5.3). key is the
// masking key read as little-endian, so that its lowest byte is for b[0]. mask returns the key
// rotated for the byte after b, so that a payload can be unmasked in pieces of any size.
func mask(b []byte, key uint32) uint32 {
	next := bits.RotateLeft32(key, -8*(len(b)&3))
	wide := uint64(key)<<32 | uint64(key)

	// Four words per iteration, so that the loop and the bounds checks cost little compared with
	// memory.
	for len(b) >= 32 {
		w := b[:32:32]
		binary.LittleEndian.PutUint64(w[0:], binary.LittleEndian.Uint64(w[0:])^wide)
		binary.LittleEndian.PutUint64(w[8:], binary.LittleEndian.Uint64(w[8:])^wide)
		binary.LittleEndian.PutUint64(w[16:], binary.LittleEndian.Uint64(w[16:])^wide)
		binary.LittleEndian.PutUint64(w[24:], binary.LittleEndian.Uint64(w[24:])^wide)
		b = b[32:]
	}
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^wide)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(wide)
		wide >>= 8
	}
	return next
}
