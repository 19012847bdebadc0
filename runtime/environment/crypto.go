package environment

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/subtle"
	"encoding"
	"errors"
	"hash"
	"io"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment/crypto"
)

// cryptoHost gives js/crypto.js and js/subtle.js what they need of Go.
func (e *Environment) cryptoHost(o *goja.Object, set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm := e.vm
	set("hash", 3, e.newHash)
	set("hmac", 2, e.newHMAC)
	set("cipher", 4, e.newCipher)
	set("cipherForm", 1, func(call goja.FunctionCall) goja.Value {
		key, iv, mode, known := crypto.CipherForm(call.Argument(0).String())
		if !known {
			return goja.Null()
		}
		return vm.NewArray(key, iv, mode)
	})
	set("isHash", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(crypto.Hash(call.Argument(0).String()) != nil)
	})
	set("equal", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(subtle.ConstantTimeCompare(e.bytes(call.Argument(0)), e.bytes(call.Argument(1))) == 1)
	})
	names := []any{}
	for _, name := range crypto.Hashes() {
		names = append(names, name)
	}
	_ = o.Set("hashes", vm.NewArray(names...))
	e.deriveHost(set)
}

// A step is one function for all that is done to a hash: with bytes it adds them, with null it returns a
// step for a copy, and without an argument the ArrayBuffer of the digest.
func (e *Environment) step(write func([]byte), sum func() []byte, clone func() goja.Value) goja.Value {
	return e.vm.ToValue(func(call goja.FunctionCall) goja.Value {
		switch v := call.Argument(0); {
		case goja.IsUndefined(v):
			return e.vm.ToValue(e.vm.NewArrayBuffer(sum()))
		case goja.IsNull(v):
			return clone()
		default:
			write(e.bytes(v))
			return goja.Undefined()
		}
	})
}

// newHash returns the step of a hash by name, with an output of a length if that is not undefined: null if
// there is none, and false if it has outputs of another length alone.
func (e *Environment) newHash(call goja.FunctionCall) goja.Value {
	name, length := call.Argument(0).String(), call.Argument(1)
	if shake := crypto.Shake(name); shake != nil {
		n := 16
		if name[len(name)-1] == '6' {
			n = 32
		}
		if !goja.IsUndefined(length) {
			n = int(length.ToInteger())
			e.limiter.bytes("crypto.createHash", float64(n))
		}
		return e.shakeStep(shake, n)
	}
	h := crypto.Hash(name)
	if h == nil {
		return goja.Null()
	}
	state := h()
	if !goja.IsUndefined(length) && length.ToInteger() != int64(state.Size()) {
		return e.vm.ToValue(false)
	}
	return e.hashStep(state, h)
}

func (e *Environment) hashStep(state hash.Hash, h func() hash.Hash) goja.Value {
	return e.step(func(b []byte) { state.Write(b) }, func() []byte { return state.Sum(nil) }, func() goja.Value {
		copied := h()
		copyState(copied, state)
		return e.hashStep(copied, h)
	})
}

func (e *Environment) shakeStep(state interface {
	io.ReadWriter
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}, length int) goja.Value {
	return e.step(func(b []byte) { _, _ = state.Write(b) }, func() []byte {
		out := make([]byte, length)
		_, _ = state.Read(out)
		return out
	}, func() goja.Value {
		copied := crypto.Shake("shake128") // the state says which it is
		copyState(copied, state)
		return e.shakeStep(copied, length)
	})
}

// copyState makes to what from is. All the hashes can do that.
func copyState(to, from any) {
	state, err := from.(encoding.BinaryMarshaler).MarshalBinary()
	if err == nil {
		err = to.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
	}
	if err != nil {
		panic(err)
	}
}

// newHMAC returns the step of an HMAC, or null if there is no such hash.
func (e *Environment) newHMAC(call goja.FunctionCall) goja.Value {
	h := crypto.Hash(call.Argument(0).String())
	if h == nil {
		return goja.Null()
	}
	state := hmac.New(h, e.bytes(call.Argument(1)))
	return e.step(func(b []byte) { state.Write(b) }, func() []byte { return state.Sum(nil) }, goja.Null)
}

// newCipher returns the functions of a cipher as an array: update, final, extra, setTag, tag, noPadding.
// Its arguments are a name that is known, whether it decrypts, the key and the initialization vector. It
// returns the message of what is wrong with these instead.
func (e *Environment) newCipher(call goja.FunctionCall) goja.Value {
	vm := e.vm
	c, err := crypto.NewCipher(call.Argument(0).String(), call.Argument(1).ToBoolean(), e.bytes(call.Argument(2)), bytes.Clone(e.bytes(call.Argument(3))))
	if err != nil {
		return vm.ToValue(err.Error())
	}
	total := 0
	return vm.NewArray(
		func(call goja.FunctionCall) goja.Value {
			data := e.bytes(call.Argument(0))
			total += len(data)
			e.limiter.bytes("cipher.update", float64(total))
			return vm.ToValue(vm.NewArrayBuffer(c.Update(data)))
		},
		func(goja.FunctionCall) goja.Value {
			out, err := c.Final()
			if err != nil {
				return vm.ToValue(err.Error())
			}
			return vm.ToValue(vm.NewArrayBuffer(out))
		},
		func(call goja.FunctionCall) goja.Value {
			data := e.bytes(call.Argument(0))
			total += len(data)
			e.limiter.bytes("cipher.setAAD", float64(total))
			return vm.ToValue(c.Extra(data))
		},
		func(call goja.FunctionCall) goja.Value {
			c.SetTag(e.bytes(call.Argument(0)))
			return goja.Undefined()
		},
		func(call goja.FunctionCall) goja.Value {
			return vm.ToValue(vm.NewArrayBuffer(bytes.Clone(c.Tag(int(call.Argument(0).ToInteger())))))
		},
		func(call goja.FunctionCall) goja.Value {
			c.NoPadding(call.Argument(0).ToBoolean())
			return goja.Undefined()
		},
	)
}

// deriveHost has the functions that make keys of passwords. The arguments have been checked; the last is
// the callback or undefined.
func (e *Environment) deriveHost(set func(string, int, func(goja.FunctionCall) goja.Value)) {
	copied := func(call goja.FunctionCall, at int) []byte { return bytes.Clone(e.bytes(call.Argument(at))) }
	whole := func(call goja.FunctionCall, at int) int { return int(call.Argument(at).ToInteger()) }
	set("pbkdf2", 6, func(call goja.FunctionCall) goja.Value {
		password, salt, iterations, length := copied(call, 0), copied(call, 1), whole(call, 2), whole(call, 3)
		h := crypto.Hash(call.Argument(4).String())
		e.limiter.bytes("crypto.pbkdf2", float64(length))
		return e.do("crypto.pbkdf2", call.Argument(5), len(password)+len(salt), func(stop func() bool) ([]byte, error) {
			return crypto.PBKDF2(h, password, salt, iterations, length, stop)
		}, e.deriveError)
	})
	set("scrypt", 8, func(call goja.FunctionCall) goja.Value {
		password, salt, length := copied(call, 0), copied(call, 1), whole(call, 2)
		n, r, p, memory := whole(call, 3), whole(call, 4), whole(call, 5), whole(call, 6)
		e.limiter.bytes("crypto.scrypt", float64(length))
		return e.do("crypto.scrypt", call.Argument(7), len(password)+len(salt), func(func() bool) ([]byte, error) {
			return crypto.Scrypt(password, salt, n, r, p, length, memory)
		}, e.deriveError)
	})
	set("hkdf", 6, func(call goja.FunctionCall) goja.Value {
		h := crypto.Hash(call.Argument(0).String())
		secret, salt, info, length := copied(call, 1), copied(call, 2), copied(call, 3), whole(call, 4)
		return e.do("crypto.hkdf", call.Argument(5), len(secret)+len(salt)+len(info), func(func() bool) ([]byte, error) {
			return hkdf.Key(h, secret, salt, string(info), length)
		}, e.deriveError)
	})
}

func (e *Environment) deriveError(err error) goja.Value {
	switch {
	case errors.Is(err, crypto.ErrStopped):
		return e.nodeError("Error", "ERR_OPERATION_FAILED", "the derivation was interrupted")
	case errors.Is(err, crypto.ErrScryptMemory), errors.Is(err, crypto.ErrScryptWork):
		return e.nodeError("RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params: "+err.Error())
	}
	return e.nodeError("Error", "ERR_OPERATION_FAILED", err.Error())
}
