package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
)

func TestPBKDF2(t *testing.T) {
	never := func() bool { return false }
	for _, length := range []int{1, 32, 33, 100} {
		got, err := PBKDF2(sha256.New, []byte("password"), []byte("salt"), 3, length, never)
		if want, _ := pbkdf2.Key(sha256.New, "password", []byte("salt"), 3, length); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %x, %v, want %x", length, got, err, want)
		}
	}
}

// A client that names the number of iterations, or the length, cannot keep it from ending.
func TestPBKDF2Stops(t *testing.T) {
	for _, n := range [][2]int{{1 << 40, 1}, {1, 1 << 40}} {
		asked := 0
		_, err := PBKDF2(sha256.New, nil, nil, n[0], n[1], func() bool { asked++; return asked == 3 })
		if !errors.Is(err, ErrStopped) || asked != 3 {
			t.Errorf("%v: %v after it asked %d times", n, err, asked)
		}
	}
}

func TestScryptLimits(t *testing.T) {
	for _, p := range [][4]int{{1 << 20, 8, 1, 1 << 40}, {1 << 14, 8, 1, 1 << 20}, {1 << 40, 1 << 40, 1, 1 << 62}} {
		if _, err := Scrypt(nil, nil, p[0], p[1], p[2], 8, p[3]); !errors.Is(err, ErrScryptMemory) {
			t.Errorf("%v: %v", p, err)
		}
	}
	if _, err := Scrypt(nil, nil, 1<<14, 8, 1<<6, 8, 1<<30); !errors.Is(err, ErrScryptWork) {
		t.Error(err)
	}
}

// The pieces of GCM are those of the standard library's whole, also where its 32 bits of counter are over
// in the middle.
func TestGCMStream(t *testing.T) {
	block, _ := aes.NewCipher(make([]byte, 16))
	text := bytes.Repeat([]byte("some text "), 20)
	for _, size := range []int{12, 16, 1, 60} {
		iv := bytes.Repeat([]byte{7}, size)
		gcm, _ := cipher.NewGCMWithNonceSize(block, size)
		want := gcm.Seal(nil, iv, text, []byte("extra"))
		for _, piece := range []int{1, 15, 16, 17, len(text)} {
			c, err := NewCipher("aes-128-gcm", false, make([]byte, 16), iv)
			if err != nil {
				t.Fatal(err)
			}
			c.Extra([]byte("extra"))
			var got []byte
			for from := 0; from < len(text); from += piece {
				got = append(got, c.Update(text[from:min(from+piece, len(text))])...)
			}
			if _, err := c.Final(); err != nil || !bytes.Equal(append(got, c.Tag(16)...), want) {
				t.Errorf("iv of %d, pieces of %d: %x, %v\nwant %x", size, piece, got, err, want)
			}
		}
	}
	s := &gcmStream{block: block}
	copy(s.counter[:], bytes.Repeat([]byte{0xff}, 16))
	s.begin()
	got := make([]byte, 48)
	s.XORKeyStream(got, got)
	want := make([]byte, 48)
	for i, low := range []byte{0xff, 0, 1} {
		counter := bytes.Repeat([]byte{0xff}, 16)
		copy(counter[12:], []byte{low, low, low, low})
		if low != 0xff {
			copy(counter[12:], []byte{0, 0, 0, low})
		}
		block.Encrypt(want[16*i:], counter)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s\nwant %s", hex.EncodeToString(got), hex.EncodeToString(want))
	}
}
