package clients

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestRelease makes the archive of a release for this machine, and runs the program that is in it in an empty folder.
func TestRelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build := exec.Command("go", "run", "./deploy/release", "-o", dir, "v1.2.3-rc.1", runtime.GOOS+"/"+runtime.GOARCH)
	cgo, err := exec.Command("go", "env", "CGO_ENABLED").Output()
	if err != nil {
		t.Fatal(err)
	}
	// As other tests build, so that it has to be linked alone.
	build.Dir, build.Env = "..", append(os.Environ(), "GOFLAGS=-trimpath=false", "CGO_ENABLED="+strings.TrimSpace(string(cgo)))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	name := "node.websocket-v1.2.3-rc.1-" + runtime.GOOS + "-" + runtime.GOARCH
	archive, err := os.ReadFile(filepath.Join(dir, name+".tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if want := fmt.Sprintf("%x  %s.tar.gz\n", sha256.Sum256(archive), name); err != nil || !strings.HasPrefix(string(sums), want) || !strings.HasSuffix(string(sums), "  node.websocket-1.2.3-rc.1.tgz\n") {
		t.Errorf("%v: %swant %s", err, sums, want)
	}
	if out, err := exec.Command("tar", "-xzf", filepath.Join(dir, name+".tar.gz"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, file := range []string{"LICENSE", "README.md"} {
		if _, err := os.Stat(filepath.Join(dir, name, file)); err != nil {
			t.Error(err)
		}
	}
	version := exec.Command(filepath.Join(dir, name, "node.websocket"), "version")
	version.Dir = t.TempDir()
	if out, err := version.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "node.websocket v1.2.3-rc.1 (go") {
		t.Errorf("%v: %s", err, out)
	}
}
