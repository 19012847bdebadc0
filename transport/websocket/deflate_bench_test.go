package websocket

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"testing"

	klauspost "github.com/klauspost/compress/flate"
)

// BenchmarkInflate compares the inflater with klauspost/compress and the standard library, whose
// readers pull, so that a message must be collected first. The package comment has the figures.
func BenchmarkInflate(b *testing.B) {
	for _, size := range []int{256, 4 << 10, 64 << 10, 1 << 20} {
		for _, takeover := range []bool{false, true} {
			text := chat(farthest + size)
			history, text := text[:farthest], text[farthest:]
			if !takeover {
				history = nil
			}
			var buffer bytes.Buffer
			w, _ := flate.NewWriterDict(&buffer, 6, history)
			w.Write(text)
			w.Flush()
			p := buffer.Bytes()[:buffer.Len()-len(flushed)]
			name := fmt.Sprintf("%d/takeover=%v/", size, takeover)
			b.Run(name+"own", func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					z := takeInflater(history, farthest, size)
					if _, v := z.inflate(p); v != inflatedAll || len(z.take()) != size {
						b.Fatal(v, len(z.out))
					}
					z.release()
				}
			})
			for _, rival := range []struct {
				name   string
				reader io.Reader
			}{{"klauspost", klauspost.NewReader(nil)}, {"compress-flate", flate.NewReader(nil)}} {
				b.Run(name+rival.name, func(b *testing.B) {
					q := pullInflater{reader: rival.reader}
					b.SetBytes(int64(size))
					b.ReportAllocs()
					for b.Loop() {
						if out, err := q.inflate(p, history, size); err != nil || len(out) != size {
							b.Fatal(err, len(out))
						}
					}
				})
			}
		}
	}
}

// pullInflater inflates whole messages with a flate.Reader, as most WebSocket servers do.
type pullInflater struct {
	reader io.Reader // a flate.Resetter
	source bytes.Reader
	in     []byte
	out    [ownOutput]byte
}

// inflate returns the message whose compressed bytes are p, in memory of its own.
func (q *pullInflater) inflate(p, history []byte, limit int) ([]byte, error) {
	q.in = append(append(q.in[:0], p...), flushed+"\x01"+flushed...)
	q.source.Reset(q.in)
	if err := q.reader.(flate.Resetter).Reset(&q.source, history); err != nil {
		return nil, err
	}
	out := q.out[:0]
	for {
		if len(out) == cap(out) {
			grown := make([]byte, len(out), min(2*cap(out), limit+1))
			copy(grown, out)
			out = grown
		}
		n, err := q.reader.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case len(out) > limit:
			return nil, faultTooBig.err()
		case err == io.EOF:
			if n := len(out); n > ownOutput && n >= cap(out)/2 {
				return out, nil
			}
			return bytes.Clone(out), nil
		case err != nil:
			return nil, err
		}
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
