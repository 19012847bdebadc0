package option

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"node.websocket/runtime/redis"
)

// redisURL is the kind of the URL of a Redis. @FILE stands for the URL that the file has: a URL with a password on the
// command line is shown to everybody on the machine who lists its processes.
type redisURL struct{}

func (redisURL) accepts() string { return "a URL such as redis://127.0.0.1:6379/0" }

func (redisURL) read(v any) (*redis.Server, error) {
	s, _ := v.(string)
	if file, ok := strings.CutPrefix(s, "@"); ok {
		var err error
		if s, err = readSecret(file); err != nil {
			return nil, explained{err}
		}
	}
	server, err := redis.ParseURL(s)
	if err != nil {
		return nil, explained{err}
	}
	return server, nil
}

// warn warns of a file that everybody on the machine can read.
func (redisURL) warn(v any) string {
	s, _ := v.(string)
	if file, ok := strings.CutPrefix(s, "@"); ok {
		return warnOfReaders(file)
	}
	return ""
}

// warnOfReaders returns a warning if everybody on the machine can read a file that has a password.
func warnOfReaders(file string) string {
	if runtime.GOOS == "windows" { // where permissions are no bits
		return ""
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o004 == 0 {
		return ""
	}
	return fmt.Sprintf("everybody on this machine can read %s and the password in it; run chmod o= %s", file, file)
}

func (redisURL) text(*redis.Server) string { return "" } // it may contain a password

// mostSecret is the most bytes of a file with a URL.
const mostSecret = 4 << 10

// readSecret returns the text of a file, without the spaces and line breaks around it. It may be a pipe, as of a
// shell's <(…).
func readSecret(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		cause := err
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			cause = e.Err
		}
		return "", fmt.Errorf("cannot read the file %q: %w", name, cause)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostSecret+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot read the file %q", name)
	case len(data) > mostSecret:
		return "", fmt.Errorf("the file %q is too long for one URL", name)
	}
	return strings.TrimSpace(string(data)), nil
}
