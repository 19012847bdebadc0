//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"node.websocket/examples/benchmark/load"
)

// A feature is one that not every server has.
type feature int

const (
	overTLS feature = 1 << iota
	compressed
	overHTTP2
	polling
)

// A server is one that can be measured.
type server struct {
	name    string
	variant bool   // it is another program of ours
	about   string // for the report: what it is, with its version
	dialect load.Dialect
	has     feature
	command []string // PORT is replaced
	tls     []string // what to add for TLS, with CERT and KEY
	deflate []string // what to add for compression
}

// A workshop is the folder of the programs to measure.
type workshop struct {
	dir       string // of this package
	scratch   string // a temporary folder
	cert, key string // files
}

// tlsFlags are those of all peers.
var tlsFlags = []string{"--cert", "CERT", "--key", "KEY"}

// A recipe makes a server ready. It returns an error that says why it cannot be measured.
type recipe struct {
	name    string
	prepare func(w *workshop) (*server, error)
}

// recipes are all servers, in the order of the report.
var recipes = []recipe{
	{"ours", func(w *workshop) (*server, error) {
		program, err := w.build("ours", filepath.Join(w.dir, "../.."), ".")
		if err != nil {
			return nil, err
		}
		return w.ours("ours", program), nil
	}},
	{"bun", func(w *workshop) (*server, error) {
		bun, err := w.find("node_modules/@oven/bun-*/bin/bun")
		if err != nil {
			return nil, err
		}
		return &server{about: "Bun " + version(bun, "--version"), has: overTLS | compressed,
			command: []string{bun, "peers/bun.js", "--port", "PORT"}, tls: tlsFlags, deflate: []string{"--compression"}}, nil
	}},
	{"deno", func(w *workshop) (*server, error) {
		deno, err := w.find("node_modules/@deno/*/deno")
		if err != nil {
			return nil, err
		}
		return &server{about: "Deno " + strings.TrimPrefix(version(deno, "--version"), "deno "), has: overTLS,
			command: []string{deno, "run", "--no-config", "--no-lock", "--allow-net", "--allow-read", "peers/deno.js", "--port", "PORT"}, tls: tlsFlags}, nil
	}},
	{"ws", func(w *workshop) (*server, error) { return w.node("ws", "peers/ws.js", overTLS|compressed, load.Plain) }},
	{"socket.io", func(w *workshop) (*server, error) {
		return w.node("socket.io", "peers/socketio.js", overTLS|compressed|polling, load.SocketIO)
	}},
	{"gorilla", func(w *workshop) (*server, error) {
		return w.peer("gorilla", "github.com/gorilla/websocket", overTLS|compressed)
	}},
	{"coder", func(w *workshop) (*server, error) {
		return w.peer("coder", "github.com/coder/websocket", overTLS|compressed)
	}},
	{"gobwas", func(w *workshop) (*server, error) { return w.peer("gobwas", "github.com/gobwas/ws", overTLS) }},
	{"gws", func(w *workshop) (*server, error) {
		return w.peer("gws", "github.com/lxzan/gws", overTLS|compressed)
	}},
}

// ours returns node.websocket as built.
func (w *workshop) ours(name, program string) *server {
	return &server{name: name, about: "node.websocket", has: overTLS | compressed | overHTTP2 | polling,
		command: []string{program, "--host", "127.0.0.1", "--port", "PORT", "--modules", "modules"},
		tls:     []string{"--tls-cert", "CERT", "--tls-key", "KEY"}, deflate: []string{"--compression"}}
}

// node returns a server that runs on Node.
func (w *workshop) node(npm, script string, has feature, dialect load.Dialect) (*server, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	release := exec.Command(node, "-p", "require('"+npm+"/package.json').version")
	release.Dir = w.dir
	out, err := release.Output()
	if err != nil {
		return nil, fmt.Errorf("npm's %s is not installed", npm)
	}
	about := fmt.Sprintf("%s %s on Node %s", npm, strings.TrimSpace(string(out)), strings.TrimPrefix(version(node, "--version"), "v"))
	return &server{about: about, has: has, dialect: dialect,
		command: []string{node, script, "--port", "PORT"}, tls: tlsFlags, deflate: []string{"--compression"}}, nil
}

// peer builds a server in Go, of peers/.
func (w *workshop) peer(name, module string, has feature) (*server, error) {
	program, err := w.build(name, w.dir, "./peers/"+name)
	if err != nil {
		return nil, err
	}
	list := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.Version}}", module)
	list.Dir = w.dir
	out, err := list.Output()
	if err != nil {
		return nil, err
	}
	return &server{about: strings.TrimSpace(string(out)), has: has,
		command: []string{program, "-port", "PORT"}, tls: tlsFlags, deflate: []string{"-compression"}}, nil
}

// build builds a program in Go and returns its file.
func (w *workshop) build(name, dir, pkg string) (string, error) {
	file := filepath.Join(w.scratch, name)
	command := exec.Command("go", "build", "-o", file, pkg)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
	}
	return file, nil
}

// find returns the file of a pattern, which an npm package for this system has brought.
func (w *workshop) find(pattern string) (string, error) {
	files, err := filepath.Glob(filepath.Join(w.dir, pattern))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		if exec.Command(file, "--version").Run() == nil {
			return file, nil
		}
	}
	return "", fmt.Errorf("there is no %s that runs here; npm ci installs it", pattern)
}

// install installs the npm packages, unless they are there.
func (w *workshop) install() error {
	want, err := os.ReadFile(filepath.Join(w.dir, "package-lock.json"))
	if err != nil {
		return err
	}
	mark := filepath.Join(w.dir, "node_modules", ".benchmark-lock.json") // a copy of what was installed
	if have, err := os.ReadFile(mark); err == nil && string(have) == string(want) {
		return nil
	}
	command := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	command.Dir = w.dir
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return os.WriteFile(mark, want, 0o644)
}

// version returns the first line that a program prints, without a remark in brackets.
func version(program string, args ...string) string {
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		return "of unknown version"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	line, _, _ = strings.Cut(line, " (")
	return line
}

// start starts a server in one of its forms.
func (s *server) start(w *workshop, form feature) (*process, load.Target, error) {
	args := append([]string(nil), s.command...)
	if form&(overTLS|overHTTP2) != 0 {
		args = append(args, s.tls...)
	}
	if form&compressed != 0 {
		args = append(args, s.deflate...)
	}
	for i := range args {
		args[i] = strings.NewReplacer("CERT", w.cert, "KEY", w.key).Replace(args[i])
	}
	p, err := start(w.dir, args...)
	if err != nil {
		return nil, load.Target{}, err
	}
	return p, load.Target{
		Address: p.address,
		Dialect: s.dialect,
		TLS:     form&(overTLS|overHTTP2) != 0,
		HTTP2:   form&overHTTP2 != 0,
		Deflate: form&compressed != 0,
	}, nil
}
