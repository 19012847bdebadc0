//go:build unix

package permission

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// makeTree makes a directory that is granted in part:
//
//	granted/file  granted/sub/file  granted/fifo  secret  other/file
//
// and links in granted that lead to these.
func makeTree(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"granted/file", "granted/sub/file", "secret", "other/file", "granted-too/file"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("content of "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "granted/fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{
		"granted/inside": "sub/file", "granted/absolute": filepath.Join(dir, "granted/sub"), "granted/out": "../secret", "granted/out-absolute": filepath.Join(dir, "secret"),
		"granted/up": "..", "granted/loop": "loop", "granted/null": "/dev/null", "granted/environ": "/proc/self/environ", "alias": "granted", "granted/to-other": "../other/file",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadConfined(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	for _, test := range []struct{ grant, name, want string }{
		{"granted", "granted/file", "content of granted/file"},
		{"granted", "granted/sub/../file", "content of granted/file"},
		{"granted", "other/../granted/file", "content of granted/file"},
		{"granted", "granted/inside", "content of granted/sub/file"},
		{"granted", "granted/absolute/file", "content of granted/sub/file"},
		{"granted", "granted/none", "no such file"},
		{"granted", "granted/loop", "too many links"},
		{"granted", "granted/fifo", ErrNotRegular.Error()},
		{"granted", "granted/\x00", "invalid argument"},
		{"granted", "", "--allow-read="},
		{"granted", "secret", "--allow-read=" + dir + "/secret"},
		{"granted", "granted/../secret", "--allow-read=" + dir + "/secret"},
		{"granted", "granted-too/file", "--allow-read="},
		{"granted", "granted/out", "--allow-read=" + dir + "/secret"},
		{"granted", "granted/out-absolute", "--allow-read=" + dir + "/secret"},
		{"granted", "granted/up/secret", "--allow-read=" + dir + "/secret"},
		{"granted", "granted/up/nothing", "no such file"},
		{"granted", "granted/null", "--allow-read=/dev/null"},
		{"granted", "alias/file", "--allow-read="},
		{"granted,other", "granted/to-other", "content of other/file"},
		{"alias", "alias/file", "content of granted/file"},
		{"secret", "secret", "content of secret"},
		{"secret", "other/file", "--allow-read="},
		{"granted/out", "granted/out", "content of secret"},
		{"granted/file", "granted/sub/file", "--allow-read="},
		{"", "secret", "--allow-read="},
		{"*", "secret", "content of secret"},
		{"*", "granted/out-absolute", "content of secret"},
		{"*", "granted/null", "--allow-read=/dev/null"},
	} {
		var s Set
		for grant := range strings.SplitSeq(test.grant, ",") {
			switch grant {
			case "":
			case "*":
				s.Read.All = true
			default:
				s.Read.Names = append(s.Read.Names, filepath.Join(dir, grant))
			}
		}
		data, err := s.ReadFile(filepath.Join(dir, "/")+"/"+test.name, 100, func() error { return nil })
		got := string(data)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("with %q, %q: %s; want %s", test.grant, test.name, got, test.want)
		}
	}
}

// TestReadSystem checks that a grant of everything does not mean the system's own files, unless they are named.
func TestReadSystem(t *testing.T) {
	t.Parallel()
	all, named := Set{Read: List{All: true}}, Set{Read: List{Names: []string{"/dev"}}}
	for _, name := range []string{"/dev/zero", "/dev/../dev/null", "/dev", "/proc/self/environ", "/proc/self/fd/0", "/sys/kernel"} {
		_, _, err := all.Open(name)
		if !errors.As(err, new(*Denied)) && !errors.Is(err, fs.ErrNotExist) { // other systems have no /proc
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := named.Open("/dev/zero"); err != ErrNotRegular {
		t.Errorf("a device: %v", err)
	}
	if _, err := named.ReadDir("/dev", 1_000_000); err != nil {
		t.Errorf("a directory that is named: %v", err)
	}
}

func TestReadLimits(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	s := Set{Read: List{Names: []string{dir}}}
	proceed, stopped := func() error { return nil }, errors.New("stopped")
	if data, err := s.ReadFile(dir+"/secret", 17, proceed); err != nil || len(data) != 17 {
		t.Errorf("as large as the limit: %q, %v", data, err)
	}
	if _, err := s.ReadFile(dir+"/secret", 16, proceed); err != ErrTooLarge {
		t.Errorf("larger: %v", err)
	}
	if _, err := s.ReadFile(dir+"/secret", 17, func() error { return stopped }); err != stopped {
		t.Errorf("stopped: %v", err)
	}
	if _, err := s.ReadFile(dir, 17, proceed); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a directory: %v", err)
	}
	if entries, err := s.ReadDir(dir+"/granted", 12); err != nil || len(entries) != 12 || entries[0].Name() != "absolute" {
		t.Errorf("a directory: %v, %v", entries, err)
	}
	if _, err := s.ReadDir(dir+"/granted", 11); err != ErrTooLarge {
		t.Errorf("a directory that is larger: %v", err)
	}
	info, err := s.Stat(dir+"/granted/out", false)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("a link: %v, %v", info, err)
	}
	granted := Set{Read: List{Names: []string{dir + "/granted"}}}
	if _, err := granted.Stat(dir+"/granted/out", false); err != nil {
		t.Errorf("a link that leads out, itself: %v", err)
	}
	if _, err := granted.Stat(dir+"/granted/up/secret", false); !errors.As(err, new(*Denied)) {
		t.Errorf("a file below a link that leads out: %v", err)
	}
	if real, err := granted.RealPath(dir + "/granted/inside"); err != nil || real != dir+"/granted/sub/file" {
		t.Errorf("the real path: %s, %v", real, err)
	}
}
