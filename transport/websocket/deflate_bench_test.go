package websocket

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"testing"
)

// BenchmarkInflate has compress/flate beside it, which pulls and has to be given all of a message. On a noisy machine of two
// cores, Go 1.26, the numbers of which are only good against each other, this inflater took the part of its time that is
// given for each size: 128 bytes 1.0, 2 KiB 0.7, 16 KiB 0.5, 256 KiB 0.6.
func BenchmarkInflate(b *testing.B) {
	for _, size := range []int{128, 2 << 10, 16 << 10, 256 << 10} {
		text := chat(size)
		var buffer bytes.Buffer
		w, _ := flate.NewWriter(&buffer, 6)
		w.Write(text)
		w.Flush()
		p := buffer.Bytes()
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				z := takeInflater(nil, farthest, size)
				if v := z.inflate(p[:len(p)-4]); v != inflatedAll || len(z.take()) != size {
					b.Fatal(v, len(z.out))
				}
				z.release()
			}
		})
		b.Run(fmt.Sprint(size, "/compress-flate"), func(b *testing.B) {
			source := bytes.NewReader(p)
			r := flate.NewReader(source)
			b.SetBytes(int64(size))
			for b.Loop() {
				source.Reset(p)
				r.(flate.Resetter).Reset(source, nil)
				if _, err := io.ReadFull(r, make([]byte, size)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendCompressed(b *testing.B) {
	for _, size := range []int{200, 1000, 16 << 10} {
		for _, takeover := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/takeover=%v", size, takeover), func(b *testing.B) {
				text := chat(256 << 10)
				c := NewCompressor(agree(b, takeover, "permessage-deflate"), DeflateOptions{ContextTakeover: takeover, Threshold: -1})
				var dst []byte
				begin, wire := 0, 0
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					dst = AppendCompressed(dst[:0], c, Text, text[begin:begin+size])
					wire += len(dst)
					if begin += size; begin+size > len(text) {
						begin = 0
					}
				}
				b.ReportMetric(float64(wire)/float64(b.N*size), "size-ratio")
			})
		}
	}
}
