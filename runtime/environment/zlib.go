package environment

import (
	"bytes"
	"errors"
	"hash/crc32"

	"github.com/dop251/goja"

	"node.websocket/runtime/environment/zlib"
)

// zlibHost gives js/zlib.js what it needs of Go.
func (e *Environment) zlibHost(o *goja.Object, set func(string, int, func(goja.FunctionCall) goja.Value)) {
	_ = o.Set("limit", byteLimit)
	set("crc32", 2, func(call goja.FunctionCall) goja.Value {
		return e.vm.ToValue(int64(crc32.Update(uint32(call.Argument(1).ToInteger()), crc32.IEEETable, e.bytes(call.Argument(0)))))
	})
	// The arguments are those of zlib.Compress and zlib.Decompress, and a callback or undefined.
	take := func(call goja.FunctionCall) (f zlib.Format, data, dictionary []byte, level, most int, fail func(error) goja.Value) {
		f = zlib.Format(call.Argument(0).ToInteger())
		data = e.bytes(call.Argument(1))
		if !goja.IsUndefined(call.Argument(5)) { // JavaScript may change them meanwhile
			data = bytes.Clone(data)
		}
		if d, ok := e.Bytes(call.Argument(2)); ok {
			dictionary = bytes.Clone(d)
		}
		level, most = int(call.Argument(3).ToInteger()), int(min(call.Argument(4).ToInteger(), byteLimit))
		return f, data, dictionary, level, most, func(err error) goja.Value { return e.zlibError(err, most) }
	}
	set("compress", 6, func(call goja.FunctionCall) goja.Value {
		f, data, dictionary, level, most, fail := take(call)
		return e.do("zlib", call.Argument(5), len(data), func(stop func() bool) ([]byte, error) {
			return zlib.Compress(f, data, dictionary, level, most, stop)
		}, fail)
	})
	set("decompress", 6, func(call goja.FunctionCall) goja.Value {
		f, data, dictionary, _, most, fail := take(call)
		return e.do("zlib", call.Argument(5), len(data), func(stop func() bool) ([]byte, error) {
			return zlib.Decompress(f, data, dictionary, most, stop)
		}, fail)
	})
}

// zlibError returns the Error that Node's zlib has for one of Go's.
func (e *Environment) zlibError(err error, most int) goja.Value {
	code, number := "Z_DATA_ERROR", -3
	switch {
	case errors.Is(err, zlib.ErrTooLarge):
		return e.makeError("tooLarge", e.vm.ToValue(most))
	case errors.Is(err, zlib.ErrEnd):
		code, number = "Z_BUF_ERROR", -5
	case errors.Is(err, zlib.ErrStopped), errors.Is(err, errJobs), errors.Is(err, errJobTime):
		code, number = "ERR_OPERATION_FAILED", 0
	}
	o := e.limiter.made(e.limiter.errors, err.Error())
	_ = o.Set("errno", number)
	_ = o.Set("code", code)
	return o
}
