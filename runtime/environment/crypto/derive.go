package crypto

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// ErrStopped is returned by a function whose stop has returned true.
var ErrStopped = errors.New("stopped")

// stopEvery is the number of iterations between calls of stop: half a millisecond's.
const stopEvery = 1 << 10

// PBKDF2 derives length bytes from a password (RFC 8018 §5.2). That of the standard library cannot be
// stopped, and a client may name the number of iterations.
func PBKDF2(h func() hash.Hash, password, salt []byte, iterations, length int, stop func() bool) ([]byte, error) {
	prf := hmac.New(h, password)
	var key, sum []byte
	steps := 0
	for block := uint32(1); len(key) < length; block++ {
		prf.Reset()
		prf.Write(salt)
		prf.Write(binary.BigEndian.AppendUint32(nil, block))
		sum = prf.Sum(sum[:0])
		from := len(key)
		key = append(key, sum...)
		for range iterations - 1 {
			if steps++; steps%stopEvery == 0 && stop() {
				return nil, ErrStopped
			}
			prf.Reset()
			prf.Write(sum)
			sum = prf.Sum(sum[:0])
			for i, c := range sum {
				key[from+i] ^= c
			}
		}
		if steps++; steps%stopEvery == 0 && stop() {
			return nil, ErrStopped
		}
	}
	return key[:length], nil
}

// Bounds of Scrypt, which cannot be stopped.
const (
	MaxScryptMemory = 64 << 20 // bytes
	maxScryptWork   = 1 << 22  // n·r·p: about two seconds
)

// ErrScryptMemory and ErrScryptWork are returned by Scrypt for parameters that are over a limit.
var (
	ErrScryptMemory = errors.New("memory limit exceeded")
	ErrScryptWork   = errors.New("N·r·p is over the limit of 4194304")
)

// Scrypt derives length bytes from a password (RFC 7914), with at most maxMemory bytes of memory.
func Scrypt(password, salt []byte, n, r, p, length, maxMemory int) ([]byte, error) {
	if float64(128)*float64(r)*(float64(n)+2+float64(p)) > float64(min(maxMemory, MaxScryptMemory)) {
		return nil, ErrScryptMemory
	}
	if float64(n)*float64(r)*float64(p) > maxScryptWork {
		return nil, ErrScryptWork
	}
	return scrypt.Key(password, salt, n, r, p, length)
}
