// Package zlib compresses and decompresses as the zlib module does: gzip, zlib and raw deflate, with a bound on
// what comes out. It knows no JavaScript.
package zlib

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// A Format names the header and trailer around compressed data.
type Format int

const (
	Raw  Format = iota // RFC 1951
	Zlib               // RFC 1950
	Gzip               // RFC 1952
	Auto               // for Decompress: Gzip or Zlib, by its first bytes
)

// Errors of Compress and Decompress.
var (
	ErrTooLarge = errors.New("the output is larger than it may be")
	ErrStopped  = errors.New("stopped")
	ErrHeader   = errors.New("incorrect header check")
	ErrEnd      = errors.New("unexpected end of file")
	ErrCheck    = errors.New("incorrect data check")
)

// chunk is the number of bytes between calls of stop.
const chunk = 64 << 10

// A bounded buffer fails when it would be longer than most.
type bounded struct {
	bytes.Buffer
	most int
	stop func() bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		return 0, ErrTooLarge
	}
	if b.stop() {
		return 0, ErrStopped
	}
	return b.Buffer.Write(p)
}

// Compress returns data compressed at a level from -2 (Huffman codes alone) and -1 (the usual) to 9, in at
// most most bytes. dictionary is for Raw and Zlib, and may be nil.
func Compress(f Format, data, dictionary []byte, level, most int, stop func() bool) ([]byte, error) {
	out := &bounded{most: most, stop: stop}
	var w io.WriteCloser
	var err error
	switch f {
	case Gzip:
		var z *gzip.Writer
		if z, err = gzip.NewWriterLevel(out, level); err == nil {
			z.OS = 3 // as Node writes it: Unix
			w = z
		}
	case Zlib:
		w, err = zlib.NewWriterLevelDict(out, level, dictionary)
	default:
		w, err = flate.NewWriterDict(out, level, dictionary)
	}
	if err != nil {
		return nil, err
	}
	for len(data) > 0 {
		if stop() {
			return nil, ErrStopped
		}
		n := min(chunk, len(data))
		if _, err := w.Write(data[:n]); err != nil {
			return nil, err
		}
		data = data[n:]
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Decompress returns what data holds, in at most most bytes. Several members of gzip make one result; what
// follows them, or the one of another format, is ignored.
func Decompress(f Format, data, dictionary []byte, most int, stop func() bool) ([]byte, error) {
	out := &bounded{most: most, stop: stop}
	if f == Auto {
		if f = Zlib; len(data) > 0 && data[0] == 0x1f {
			f = Gzip
		}
	}
	in := bytes.NewReader(data)
	var err error
	switch f {
	case Gzip:
		err = gunzip(out, in)
	case Zlib:
		var r io.ReadCloser
		if r, err = zlib.NewReaderDict(in, dictionary); err == nil {
			err = drain(out, r)
		}
	default:
		err = drain(out, flate.NewReaderDict(in, dictionary))
	}
	if err != nil {
		return nil, plain(err)
	}
	return out.Bytes(), nil
}

// gunzip reads members until something else follows.
func gunzip(out *bounded, in *bytes.Reader) error {
	var magic [2]byte
	if n, _ := in.ReadAt(magic[:], 0); n == 2 && magic != [2]byte{0x1f, 0x8b} || n > 0 && magic[0] != 0x1f {
		return ErrHeader // the library wants ten bytes first
	}
	r, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	for {
		r.Multistream(false)
		if err := drain(out, r); err != nil {
			return err
		}
		next, err := in.ReadByte()
		if err != nil || next != 0x1f {
			return nil
		}
		_ = in.UnreadByte()
		if err := r.Reset(in); err != nil {
			return err
		}
	}
}

func drain(out *bounded, r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{r}, make([]byte, chunk))
	return err
}

// plain returns this package's error for one of the libraries'.
func plain(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrEnd
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, zlib.ErrHeader):
		return ErrHeader
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zlib.ErrChecksum):
		return ErrCheck
	}
	return err
}
