package zlib

import (
	"bytes"
	"errors"
	"testing"
)

func never() bool { return false }

func TestRoundTrip(t *testing.T) {
	text := bytes.Repeat([]byte("some text, and more of it. "), 20_000)
	for _, f := range []Format{Raw, Zlib, Gzip} {
		for level := -2; level <= 9; level++ {
			for _, text := range [][]byte{nil, text[:1], text} {
				packed, err := Compress(f, text, nil, level, 1<<20, never)
				if err != nil {
					t.Fatal(f, level, err)
				}
				for _, as := range []Format{f, Auto} {
					if as == Auto && f == Raw {
						continue
					}
					if got, err := Decompress(as, packed, nil, len(text), never); err != nil || !bytes.Equal(got, text) {
						t.Errorf("format %d, level %d, as %d: %d bytes, %v", f, level, as, len(got), err)
					}
				}
			}
		}
	}
}

// A bomb of 64 MiB ends at the bound.
func TestBomb(t *testing.T) {
	packed, err := Compress(Gzip, make([]byte, 64<<20), nil, 9, 1<<20, never)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decompress(Gzip, packed, nil, 1<<20, never); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := Compress(Gzip, make([]byte, 1<<20), nil, 0, 1<<10, never); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func TestStops(t *testing.T) {
	asked := 0
	stop := func() bool { asked++; return asked > 3 }
	if _, err := Compress(Raw, make([]byte, 1<<24), nil, 1, 1<<24, stop); !errors.Is(err, ErrStopped) {
		t.Error(err)
	}
	packed, _ := Compress(Raw, make([]byte, 1<<24), nil, 1, 1<<24, never)
	asked = 0
	if _, err := Decompress(Raw, packed, nil, 1<<24, stop); !errors.Is(err, ErrStopped) {
		t.Error(err)
	}
}

func TestBroken(t *testing.T) {
	for _, f := range []Format{Raw, Zlib, Gzip} {
		packed, _ := Compress(f, []byte("some text"), nil, -1, 1<<10, never)
		for n := range packed {
			if _, err := Decompress(f, packed[:n], nil, 1<<10, never); !errors.Is(err, ErrEnd) {
				t.Errorf("format %d, %d of %d bytes: %v", f, n, len(packed), err)
			}
		}
	}
	for _, f := range []Format{Zlib, Gzip, Auto} {
		if _, err := Decompress(f, []byte("no compressed data"), nil, 1<<10, never); !errors.Is(err, ErrHeader) {
			t.Errorf("format %d: %v", f, err)
		}
	}
}

func FuzzDecompress(f *testing.F) {
	packed, _ := Compress(Gzip, []byte("some text"), nil, -1, 1<<10, never)
	f.Add(packed, 3)
	f.Add([]byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1}, 1)
	f.Fuzz(func(t *testing.T, data []byte, format int) {
		if out, err := Decompress(Format(format&3), data, nil, 1<<16, never); err == nil && len(out) > 1<<16 {
			t.Error(len(out))
		}
	})
}
