package environment

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"github.com/dop251/goja"

	"node.websocket/runtime/permission"
)

const (
	// maxFile bounds the bytes of a file that is read.
	maxFile = byteLimit
	// maxEntries bounds the entries of a directory that is read.
	maxEntries = 100_000
	// filesAtOnce is the number of operations on files that a VM has under way. Each may hold a thread,
	// and maxFile bytes.
	filesAtOnce = 4
	// fileTime bounds the time of one.
	fileTime = 30 * time.Second
)

// fileHost gives js/fs.js what reads files.
func (e *Environment) fileHost(set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm, granted := e.vm, e.options.Permissions
	files := &pool{most: filesAtOnce, limit: fileTime}
	set("readFile", 1, func(call goja.FunctionCall) goja.Value {
		name := call.Argument(0).String()
		return operation(e, files, "fs.readFile", func(ctx context.Context) ([]byte, error) {
			data, err := granted.ReadFile(name, maxFile, ctx.Err)
			return data, failed("open", name, err)
		}, func(data []byte) goja.Value { return vm.ToValue(vm.NewArrayBuffer(data)) })
	})
	set("readdir", 1, func(call goja.FunctionCall) goja.Value {
		name := call.Argument(0).String()
		return operation(e, files, "fs.readdir", func(context.Context) ([]fs.DirEntry, error) {
			entries, err := granted.ReadDir(name, maxEntries)
			return entries, failed("scandir", name, err)
		}, func(entries []fs.DirEntry) goja.Value {
			names, kinds := make([]any, len(entries)), make([]any, len(entries))
			for i, entry := range entries {
				names[i], kinds[i] = vm.ToValue(entry.Name()), vm.ToValue(modeOf(entry.Type()))
			}
			o := vm.NewObject()
			_ = o.Set("names", vm.NewArray(names...))
			_ = o.Set("modes", vm.NewArray(kinds...))
			return o
		})
	})
	set("stat", 2, func(call goja.FunctionCall) goja.Value {
		name, follow := call.Argument(0).String(), call.Argument(1).ToBoolean()
		doing := "stat"
		if !follow {
			doing = "lstat"
		}
		return operation(e, files, "fs."+doing, func(context.Context) (fs.FileInfo, error) {
			info, err := granted.Stat(name, follow)
			return info, failed(doing, name, err)
		}, func(info fs.FileInfo) goja.Value {
			o := vm.NewObject()
			_ = o.Set("mode", modeOf(info.Mode()))
			_ = o.Set("size", info.Size())
			_ = o.Set("mtimeMs", float64(info.ModTime().UnixMicro())/1000)
			return o
		})
	})
	set("access", 1, func(call goja.FunctionCall) goja.Value {
		name := call.Argument(0).String()
		return operation(e, files, "fs.access", func(context.Context) (bool, error) {
			file, _, err := granted.Open(name)
			if errors.Is(err, permission.ErrNotRegular) {
				return true, nil
			}
			if err == nil {
				err = file.Close()
			}
			return true, failed("access", name, err)
		}, func(bool) goja.Value { return goja.Undefined() })
	})
	set("realpath", 1, func(call goja.FunctionCall) goja.Value {
		name := call.Argument(0).String()
		return operation(e, files, "fs.realpath", func(context.Context) (string, error) {
			real, err := granted.RealPath(name)
			return real, failed("realpath", name, err)
		}, func(real string) goja.Value { return vm.ToValue(real) })
	})
}

// failed adds to an error what was done to which file.
func failed(doing, name string, err error) error {
	if err == nil {
		return nil
	}
	return &systemError{doing, name, err}
}

// modeOf returns a mode as Node's stat has it, with the bits of POSIX.
func modeOf(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	for kind, bit := range map[fs.FileMode]uint32{
		fs.ModeDir: syscall.S_IFDIR, fs.ModeSymlink: syscall.S_IFLNK, fs.ModeNamedPipe: syscall.S_IFIFO, fs.ModeSocket: syscall.S_IFSOCK,
		fs.ModeSetuid: syscall.S_ISUID, fs.ModeSetgid: syscall.S_ISGID, fs.ModeSticky: syscall.S_ISVTX,
	} {
		if mode&kind != 0 {
			bits |= bit
		}
	}
	switch {
	case mode&fs.ModeCharDevice != 0:
		bits |= syscall.S_IFCHR
	case mode&fs.ModeDevice != 0:
		bits |= syscall.S_IFBLK
	case mode.IsRegular():
		bits |= syscall.S_IFREG
	}
	return bits
}
