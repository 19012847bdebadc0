//go:build unix

package runtime

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"node.websocket/runtime/permission"
)

func granted(programs ...string) permission.Set {
	return permission.Set{Run: permission.List{Names: programs}}
}

func TestPrograms(t *testing.T) {
	t.Setenv("TEST_SECRET", "secret")
	t.Setenv("TEST_GRANTED", "granted")
	dir := t.TempDir()
	echo := filepath.Join(dir, "echo words")
	write(t, echo, "#!/bin/sh\necho \"$0 $*\"; echo to stderr >&2")
	if err := os.Chmod(echo, 0o755); err != nil {
		t.Fatal(err)
	}
	p := granted("echo", "false", "env", "sleep", "yes", echo, "/bin/pwd")
	p.Env.Names = []string{"TEST_G*"}
	r, _ := newRuntimeWith(t, map[string]string{"test.js": tryModule}, Options{Permissions: p})
	_, s := connect(t, r, "test")
	const call = `const {exec, execFile} = require('child_process'), promisify = require('util').promisify, run = promisify(execFile);`
	for code, want := range map[string]string{
		`return (await run('echo', ['a b', '$HOME'])).stdout`:                                                                                 "a b $HOME\n",
		`return (await promisify(exec)('echo one  two')).stdout`:                                                                              "one two\n",
		`return new Promise((resolve) => execFile('echo', ['x'], (...a) => resolve(a)))`:                                                      ",x\n,",
		`return new Promise((resolve) => execFile('echo', (...a) => resolve(a)))`:                                                             ",\n,",
		`const r = await run('$D/echo words', ['1']); return r.stdout + r.stderr`:                                                             "$D/echo words 1\nto stderr\n",
		`return (await run('pwd', {cwd: '$D'})).stdout`:                                                                                       "$D\n",
		`return (await run('echo', ['é'], {encoding: 'buffer'})).stdout.length`:                                                               "3",
		`return (await run('env')).stdout.split('\n').filter((v) => v.startsWith('TEST_'))`:                                                   "TEST_GRANTED=granted",
		`return (await run('env', {env: {A: 1, B: undefined}})).stdout`:                                                                       "A=1\n",
		`return await run('env', {env: {LD_PRELOAD: 'x.so'}})`:                                                                                "ERR_ACCESS_DENIED setting LD_PRELOAD, which makes a program load others, is not granted to modules; the server would have to be started with --allow-run",
		`return await run('cat', ['/etc/passwd'])`:                                                                                            "ERR_ACCESS_DENIED running cat is not granted to modules; the server would have to be started with --allow-run=cat",
		`return await run('$D/sleep')`:                                                                                                        "ERR_ACCESS_DENIED running $D/sleep is not granted to modules; the server would have to be started with --allow-run=$D/sleep",
		`return await promisify(exec)('echo $(id)')`:                                                                                          "ERR_ACCESS_DENIED running a command line that needs a shell, which can run everything, is not granted to modules; the server would have to be started with --allow-run=sh; execFile needs none",
		`return await promisify(exec)('A=1 env')`:                                                                                             "ERR_ACCESS_DENIED running a command line that needs a shell, which can run everything, is not granted to modules; the server would have to be started with --allow-run=sh; execFile needs none",
		`return await promisify(exec)('id -u')`:                                                                                               "ERR_ACCESS_DENIED running id is not granted to modules; the server would have to be started with --allow-run=id",
		`return new Promise((resolve) => execFile('false', (e) => resolve([e.message, e.code, e.killed, e.signal, e.cmd])))`:                  "Command failed: false\n,1,false,,false",
		`return new Promise((resolve) => execFile('sleep', ['1000'], {timeout: 1}, (e) => resolve([e.code, e.killed, e.signal, e.message])))`: ",true,SIGTERM,Command failed: sleep 1000\nit was ended after 0.001 s, its time",
		`return new Promise((resolve) => execFile('yes', {maxBuffer: 10}, (e, out) => resolve([e.code, e.killed, out.length])))`:              "ERR_CHILD_PROCESS_STDIO_MAXBUFFER,true,10",
		`return new Promise((resolve) => execFile('sleep', ['1000'], {signal: AbortSignal.timeout(1)}, (e) => resolve(e.name)))`:              "AbortError",
		`return new Promise((resolve) => { const c = execFile('sleep', ['1000']); c.on('exit', (...a) => resolve(a)); c.kill(); })`:           ",SIGTERM",
		`return new Promise((resolve) => execFile('none').on('error', (e) => resolve(e.code)))`:                                               "ERR_ACCESS_DENIED",
		`return (await Promise.all(Array.from({length: 20}, (_, i) => run('echo', [i])).map((p) => p.catch((e) => e)))).length`:               "20",
		`return execFile('echo', [7])`:                                                                                                        `ERR_INVALID_ARG_TYPE The "args[0]" argument must be of type string. Received type number (7)`,
		`return require('child_process').execSync('echo')`:                                                                                    "ERR_METHOD_NOT_IMPLEMENTED child_process.execSync is not available: all connections of the module would wait for the program; use exec or execFile",
		`return process.env.TEST_GRANTED + process.env.TEST_SECRET`:                                                                           "grantedundefined",
	} {
		code, want := strings.ReplaceAll(code, "$D", dir), strings.ReplaceAll(want, "$D", dir)
		if got := tried(t, s, call+code); got != want {
			t.Errorf("%s\n gives %q\n want  %q", code, got, want)
		}
	}
}

// TestShell checks that a command line goes to the shell if that is granted.
func TestShell(t *testing.T) {
	t.Parallel()
	r, _ := newRuntimeWith(t, map[string]string{"test.js": tryModule}, Options{Permissions: granted("sh")})
	_, s := connect(t, r, "test")
	if got := tried(t, s, `return (await require('util').promisify(require('child_process').exec)('echo $((20 + 1)) | tr 1 2')).stdout`); got != "22\n" {
		t.Error(got)
	}
	r, _ = newRuntimeWith(t, map[string]string{"test.js": tryModule}, Options{Permissions: permission.Set{Run: permission.List{All: true}}})
	_, s = connect(t, r, "test")
	if got := tried(t, s, `return (await require('util').promisify(require('child_process').execFile)('/bin/none')).stdout`); got != "ENOENT ENOENT: no such file or directory, spawn '/bin/none'" {
		t.Error(got)
	}
}

// TestProgramsEnd checks that programs, and what they have started, end with the file that started them
// while it was loaded, and with the runtime, even if they ignore signals.
func TestProgramsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "endless")
	write(t, script, "#!/bin/sh\ntrap '' TERM\nsleep 1000 & echo $$ $! > \"$1.tmp\"; mv \"$1.tmp\" \"$1\"; wait; wait")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	start := `require('child_process').execFile('` + script + `', ['` + dir + `/NAME'], () => {});`
	module := start + `exports.Module = class { onData(){ ` + strings.Replace(start, "NAME", "handler", 1) + ` } }`
	r, _ := newRuntimeWith(t, map[string]string{"test.js": strings.Replace(module, "NAME", "first", 1)}, Options{Permissions: granted(script)})
	_, s := connect(t, r, "test")
	s.deliver(text("start"))
	pids := func(name string) (list []int) {
		var data []byte
		eventually(t, "the program "+name, func() (ok bool) {
			data, _ = os.ReadFile(filepath.Join(dir, name))
			return len(data) > 0
		})
		for field := range strings.FieldsSeq(string(data)) {
			pid, _ := strconv.Atoi(field)
			list = append(list, pid)
		}
		return list
	}
	lives := func(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
	first, handler := pids("first"), pids("handler")
	write(t, filepath.Join(r.options.Dir, "test.js"), strings.Replace(module, "NAME", "second", 1))
	r.reload(false, time.Minute)
	second := pids("second")
	eventually(t, "the end of the old file's program", func() bool { return !lives(first[0]) && (!lives(first[1]) || isZombie(first[1])) })
	if !lives(handler[0]) || !lives(second[0]) {
		t.Error("a reload ended the programs of a handler, or of the new version")
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, pid := range append(handler, second...) {
		// The kernel takes a moment for a SIGKILL.
		eventually(t, "the end of what a program has started", func() bool { return !lives(pid) || isZombie(pid) })
	}
}

// isZombie reports whether a process has ended, and waits to be reaped by init, which may be none.
func isZombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}
