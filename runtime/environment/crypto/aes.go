package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

// Errors of ciphers. Node's words for them are in js/.
var (
	ErrKeyLength = errors.New("Invalid key length")
	ErrIV        = errors.New("Invalid initialization vector")
	ErrTag       = errors.New("Unsupported state or unable to authenticate data")
	ErrBlocks    = errors.New("wrong final block length")
	ErrPadding   = errors.New("bad decrypt")
)

// A Cipher encrypts or decrypts what comes in pieces.
type Cipher struct {
	decrypts  bool
	block     cipher.Block
	stream    cipher.Stream    // of CTR and GCM; or nil
	mode      cipher.BlockMode // of CBC; or nil
	noPadding bool
	pending   []byte // of CBC: less than a block, or when decrypting, at most one

	// of GCM
	gcm     cipher.AEAD // or nil
	iv      []byte
	extra   []byte // additional data that is authenticated
	text    []byte // so far
	tag     []byte // to compare with; or the result
	tagSize int
}

// CipherForm returns the sizes of key and initialization vector in bytes and the mode of a cipher such as
// "aes-256-gcm". known is false if there is no such cipher.
func CipherForm(name string) (key, iv int, mode string, known bool) {
	parts := strings.Split(strings.ToLower(name), "-")
	if len(parts) != 3 || parts[0] != "aes" {
		return 0, 0, "", false
	}
	bits, _ := strconv.Atoi(parts[1])
	if bits != 128 && bits != 192 && bits != 256 {
		return 0, 0, "", false
	}
	switch parts[2] {
	case "cbc", "ctr":
		return bits / 8, aes.BlockSize, parts[2], true
	case "gcm":
		return bits / 8, 12, parts[2], true
	}
	return 0, 0, "", false
}

// NewCipher returns a cipher of a name that CipherForm knows. It keeps iv.
func NewCipher(name string, decrypts bool, key, iv []byte) (*Cipher, error) {
	keySize, ivSize, mode, _ := CipherForm(name)
	if len(key) != keySize {
		return nil, ErrKeyLength
	}
	if len(iv) != ivSize && (mode != "gcm" || len(iv) == 0) {
		return nil, ErrIV
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	c := &Cipher{decrypts: decrypts, block: block, iv: iv, tagSize: 16}
	switch mode {
	case "ctr":
		c.stream = cipher.NewCTR(block, iv)
	case "cbc":
		if c.mode = cipher.NewCBCEncrypter(block, iv); decrypts {
			c.mode = cipher.NewCBCDecrypter(block, iv)
		}
	case "gcm":
		if c.gcm, err = cipher.NewGCMWithNonceSize(block, len(iv)); err != nil {
			return nil, err
		}
		c.stream = newGCMStream(block, c.gcm, iv)
	}
	return c, nil
}

// Extra adds data that GCM authenticates. It reports whether the cipher does that.
func (c *Cipher) Extra(data []byte) bool {
	c.extra = append(c.extra, data...)
	return c.gcm != nil
}

// SetTag sets the tag that Final compares with, of 4 to 16 bytes.
func (c *Cipher) SetTag(tag []byte) { c.tag = append([]byte(nil), tag...) }

// Tag returns the tag that Final has computed, of n bytes at most 16; or nil.
func (c *Cipher) Tag(n int) []byte { return c.tag[:min(n, len(c.tag))] }

// NoPadding makes CBC take whole blocks alone.
func (c *Cipher) NoPadding(no bool) { c.noPadding = no }

// Update returns what becomes of data. All of what GCM decrypts is to be thrown away if Final fails.
func (c *Cipher) Update(data []byte) []byte {
	if c.mode == nil {
		out := make([]byte, len(data))
		c.stream.XORKeyStream(out, data)
		if c.gcm != nil {
			c.text = append(c.text, data...)
		}
		return out
	}
	c.pending = append(c.pending, data...)
	n := len(c.pending) / aes.BlockSize * aes.BlockSize
	if c.decrypts && !c.noPadding && n > 0 && n == len(c.pending) {
		n -= aes.BlockSize // the last block holds the padding
	}
	out := make([]byte, n)
	c.mode.CryptBlocks(out, c.pending[:n])
	c.pending = append([]byte(nil), c.pending[n:]...)
	return out
}

// Final returns the rest.
func (c *Cipher) Final() ([]byte, error) {
	switch {
	case c.gcm != nil && c.decrypts:
		sealed := c.gcm.Seal(nil, c.iv, c.plain(), c.extra)
		if want := sealed[len(c.text):]; len(c.tag) < 4 || subtle.ConstantTimeCompare(want[:len(c.tag)], c.tag) != 1 {
			return nil, ErrTag
		}
		return nil, nil
	case c.gcm != nil:
		sealed := c.gcm.Seal(nil, c.iv, c.text, c.extra)
		c.tag = sealed[len(c.text):]
		return nil, nil
	case c.mode == nil:
		return nil, nil
	case c.noPadding:
		if len(c.pending) > 0 {
			return nil, ErrBlocks
		}
		return nil, nil
	case c.decrypts:
		return c.unpad()
	}
	n := aes.BlockSize - len(c.pending)%aes.BlockSize
	for range n { // RFC 5652 §6.3
		c.pending = append(c.pending, byte(n))
	}
	c.mode.CryptBlocks(c.pending, c.pending)
	return c.pending, nil
}

// plain decrypts the text of GCM once more, because only Seal makes a tag that may be compared in part.
func (c *Cipher) plain() []byte {
	out := make([]byte, len(c.text))
	newGCMStream(c.block, c.gcm, c.iv).XORKeyStream(out, c.text)
	return out
}

func (c *Cipher) unpad() ([]byte, error) {
	if len(c.pending) != aes.BlockSize {
		return nil, ErrBlocks
	}
	c.mode.CryptBlocks(c.pending, c.pending)
	n := int(c.pending[aes.BlockSize-1])
	if n == 0 || n > aes.BlockSize {
		return nil, ErrPadding
	}
	for _, b := range c.pending[aes.BlockSize-n:] {
		if int(b) != n {
			return nil, ErrPadding
		}
	}
	return c.pending[:aes.BlockSize-n], nil
}

// A gcmStream is the key stream of GCM (NIST SP 800-38D §6.5), which counts in 32 bits.
type gcmStream struct {
	block   cipher.Block
	counter [aes.BlockSize]byte
	left    uint64 // bytes until the 32 bits are over
	stream  cipher.Stream
}

// newGCMStream finds the first counter block, which for an iv of other than 12 bytes is a hash that the
// standard library keeps to itself: the stream's first block is that, encrypted.
func newGCMStream(block cipher.Block, gcm cipher.AEAD, iv []byte) *gcmStream {
	s := &gcmStream{block: block}
	block.Decrypt(s.counter[:], gcm.Seal(nil, iv, make([]byte, aes.BlockSize), nil)[:aes.BlockSize])
	s.begin()
	return s
}

func (s *gcmStream) begin() {
	s.left = (1<<32 - uint64(binary.BigEndian.Uint32(s.counter[12:]))) * aes.BlockSize
	s.stream = cipher.NewCTR(s.block, s.counter[:])
}

func (s *gcmStream) XORKeyStream(dst, src []byte) {
	for len(src) > 0 {
		if s.left == 0 {
			clear(s.counter[12:])
			s.begin()
		}
		n := int(min(uint64(len(src)), s.left))
		s.stream.XORKeyStream(dst[:n], src[:n])
		dst, src, s.left = dst[n:], src[n:], s.left-uint64(n)
	}
}
