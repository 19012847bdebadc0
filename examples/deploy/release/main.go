// Release builds the archives of a release, each with the program, LICENSE and README.md, and the package of
// client.js for npm. It writes SHA256SUMS beside them:
//
//	cd examples && go run ./deploy/release v1.2.3                        # all targets, into dist
//	cd examples && go run ./deploy/release -o archives v1.2.3 linux/amd64
//
// The same commit and the same version of Go give the same bytes, because paths are trimmed, cgo is off, and
// every file has the time of the commit, or of SOURCE_DATE_EPOCH. The variables GOFLAGS and CGO_ENABLED, if
// they are set, replace the first two.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// targets are those of a release, unless the command line names others.
var targets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

func main() {
	out := flag.String("o", "dist", "the folder of the archives, which is made")
	source := flag.String("source", "..", "the folder of the program's source")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./deploy/release [-o DIR] [-source DIR] VERSION [OS/ARCH …]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if chosen := flag.Args()[1:]; len(chosen) > 0 {
		targets = chosen
	}
	if err := release(*source, *out, flag.Arg(0), targets); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// stamp makes the linker set what the command version prints. The version follows it.
const stamp = "-s -w -X node.websocket/runtime/command.stamped="

// versions matches the versions of releases, as in semver.org.
var versions = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// release writes the archives of a version for each target, and SHA256SUMS, into the folder out.
func release(source, out, version string, targets []string) error {
	if !versions.MatchString(version) {
		return fmt.Errorf("%q is not a version such as v1.2.3 or v1.2.3-rc.1", version)
	}
	at, err := timeOf(source)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var sums strings.Builder
	write := func(name string, archive []byte) error {
		if err := os.WriteFile(filepath.Join(out, name), archive, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(archive), name)
		fmt.Println(filepath.Join(out, name))
		return nil
	}
	for _, target := range targets {
		system, architecture, ok := strings.Cut(target, "/")
		if !ok {
			return fmt.Errorf("%q is not a target such as linux/amd64", target)
		}
		files, err := contents(source, version, system, architecture)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("node.websocket-%s-%s-%s", version, system, architecture)
		var archive bytes.Buffer
		if system == "windows" {
			err = writeZip(&archive, name, files, at)
			name += ".zip"
		} else {
			err = writeTar(&archive, name, files, at)
			name += ".tar.gz"
		}
		if err != nil {
			return err
		}
		if err := write(name, archive.Bytes()); err != nil {
			return err
		}
	}
	name, archive, err := clientPackage(source, version, at)
	if err != nil {
		return err
	}
	if err := write(name, archive); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// timeOf returns the time that the files of an archive get: that of the commit, because that of the build
// differs each time.
func timeOf(source string) (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		cmd := exec.Command("git", "log", "-1", "--format=%ct")
		cmd.Dir, cmd.Stderr = source, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("git log, for the time of the commit; outside of a repository, set SOURCE_DATE_EPOCH: %w", err)
		}
		text = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// A file is one of an archive.
type file struct {
	name string
	mode int64
	data []byte
}

// contents builds the program for a target, and returns it with the other files of its archive.
func contents(source, version, system, architecture string) ([]file, error) {
	dir, err := os.MkdirTemp("", "release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := "node.websocket"
	if system == "windows" {
		program += ".exe"
	}
	build := exec.Command("go", "build", "-ldflags", stamp+version, "-o", filepath.Join(dir, program), ".")
	build.Dir, build.Stdout, build.Stderr = source, os.Stderr, os.Stderr
	build.Env = append([]string{"GOFLAGS=-trimpath", "CGO_ENABLED=0"}, os.Environ()...) // the last of a name counts
	build.Env = append(build.Env, "GOOS="+system, "GOARCH="+architecture)
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build for %s/%s: %w", system, architecture, err)
	}
	files := []file{{name: program, mode: 0o755}, {name: "LICENSE", mode: 0o644}, {name: "README.md", mode: 0o644}}
	for i, from := range []string{dir, source, source} {
		if files[i].data, err = os.ReadFile(filepath.Join(from, files[i].name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// clientPackage returns the package of client.js, as npm pack makes it but for the version and the license, and its name.
func clientPackage(source, version string, at time.Time) (string, []byte, error) {
	folder := filepath.Join(source, "transport", "client")
	var files []file
	for _, path := range []string{
		filepath.Join(folder, "package.json"), filepath.Join(folder, "client.js"), filepath.Join(folder, "client.d.ts"), filepath.Join(source, "LICENSE"),
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", nil, err
		}
		files = append(files, file{filepath.Base(path), 0o644, data})
	}
	const unreleased = `"version": "0.0.0"`
	if !bytes.Contains(files[0].data, []byte(unreleased)) {
		return "", nil, fmt.Errorf("package.json of the client has no %s", unreleased)
	}
	version = strings.TrimPrefix(version, "v")
	files[0].data = bytes.Replace(files[0].data, []byte(unreleased), []byte(`"version": "`+version+`"`), 1)
	var archive bytes.Buffer
	err := writeTar(&archive, "package", files, at)
	return "node.websocket-" + version + ".tgz", archive.Bytes(), err
}

// writeTar writes files in a folder as a compressed tar archive.
func writeTar(to io.Writer, folder string, files []file, at time.Time) error {
	packed := gzip.NewWriter(to)
	archive := tar.NewWriter(packed)
	for _, f := range files {
		header := tar.Header{Name: folder + "/" + f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: at, Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(&header); err != nil {
			return err
		}
		if _, err := archive.Write(f.data); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return packed.Close()
}

// writeZip writes files in a folder as a zip archive.
func writeZip(to io.Writer, folder string, files []file, at time.Time) error {
	archive := zip.NewWriter(to)
	for _, f := range files {
		header := zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: at}
		header.SetMode(os.FileMode(f.mode))
		w, err := archive.CreateHeader(&header)
		if err != nil {
			return err
		}
		if _, err := w.Write(f.data); err != nil {
			return err
		}
	}
	return archive.Close()
}
