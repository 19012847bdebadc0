package crypto

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"
	"maps"
	"slices"
	"strings"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
)

// hashes are the constructors by Node's names, in lower case.
var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha512-224": sha512.New512_224, "sha512-256": sha512.New512_256,
	"sha3-224":   func() hash.Hash { return sha3.New224() },
	"sha3-256":   func() hash.Hash { return sha3.New256() },
	"sha3-384":   func() hash.Hash { return sha3.New384() },
	"sha3-512":   func() hash.Hash { return sha3.New512() },
	"blake2b512": func() hash.Hash { h, _ := blake2b.New512(nil); return h }, // fails for a key that is too long
	"blake2s256": func() hash.Hash { h, _ := blake2s.New256(nil); return h },
}

// Hash returns the constructor of a hash by its name in any case, such as "sha256", "SHA-256" or
// "RSA-SHA256". It returns nil if there is none.
func Hash(name string) func() hash.Hash {
	name = strings.TrimPrefix(strings.ToLower(name), "rsa-")
	if h := hashes[name]; h != nil {
		return h
	}
	switch name {
	case "sha512/224", "sha512/256":
		return hashes[strings.Replace(name, "/", "-", 1)]
	case "sha-1", "sha-224", "sha-256", "sha-384", "sha-512":
		return hashes[strings.Replace(name, "-", "", 1)]
	}
	return nil
}

// Hashes returns the names of the hashes, and of those with an output as long as one likes, in order.
func Hashes() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(hashes)), "shake128", "shake256")))
}

// Shake returns a new hash whose output is as long as one likes, or nil if it is none of those.
func Shake(name string) *sha3.SHAKE {
	switch strings.ToLower(name) {
	case "shake128":
		return sha3.NewSHAKE128()
	case "shake256":
		return sha3.NewSHAKE256()
	}
	return nil
}
