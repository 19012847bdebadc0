package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestArchives reads what writeTar and writeZip write, which is the same each time.
func TestArchives(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)
	files := []file{{"program", 0o755, []byte("binary")}, {"README.md", 0o644, []byte("text")}}
	const want = "v1/program 755 2026-01-02T03:04:06Z binary\nv1/README.md 644 2026-01-02T03:04:06Z text\n"
	for name, c := range map[string]struct {
		write func(to io.Writer, folder string, files []file, at time.Time) error
		list  func(data []byte) (string, error)
	}{
		"tar": {writeTar, listTar}, "zip": {writeZip, listZip},
	} {
		var first, second bytes.Buffer
		for _, to := range []*bytes.Buffer{&first, &second} {
			if err := c.write(to, "v1", files, at); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: the archives differ", name)
		}
		if got, err := c.list(first.Bytes()); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

func listTar(data []byte) (list string, err error) {
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	for archive := tar.NewReader(packed); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return list, nil
		} else if err != nil {
			return "", err
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			return "", err
		}
		list += fmt.Sprintf("%s %o %s %s\n", header.Name, header.Mode, header.ModTime.UTC().Format(time.RFC3339), text)
	}
}

func listZip(data []byte) (list string, err error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", err
	}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return "", err
		}
		list += fmt.Sprintf("%s %o %s %s\n", f.Name, f.Mode(), f.Modified.UTC().Format(time.RFC3339), text)
	}
	return list, nil
}

func TestRefused(t *testing.T) {
	for _, version := range []string{"", "1.2.3", "v1.2", "v1.2.3/..", "v1.2.3 -X a=b"} {
		if err := release("../../..", t.TempDir(), version, nil); err == nil || !strings.Contains(err.Error(), "is not a version") {
			t.Errorf("%q: %v", version, err)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "0")
	if err := release("../../..", t.TempDir(), "v1.2.3", []string{"linux"}); err == nil || !strings.Contains(err.Error(), "is not a target") {
		t.Error(err)
	}
}

// TestClientPackage checks that the package has a version, and what its package.json names.
func TestClientPackage(t *testing.T) {
	name, archive, err := clientPackage("../../..", "v1.2.3-rc.1", time.Unix(0, 0))
	if err != nil || name != "node.websocket-1.2.3-rc.1.tgz" {
		t.Fatal(name, err)
	}
	list, err := listTar(archive)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"package/package.json 644 ", `"version": "1.2.3-rc.1"`, `"./client.js"`, "package/client.js 644 ", `"./client.d.ts"`, "package/client.d.ts 644 ", "package/LICENSE 644 ",
	} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestDockerfile compares the Dockerfile with the rest of the tree: it stamps the version as a release does, has the Go that go.mod asks for,
// and copies what is there.
func TestDockerfile(t *testing.T) {
	const root = "../../.."
	data, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	dockerfile := string(data)
	for _, want := range []string{
		"FROM golang:" + regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(module))[1] + " ", stamp + "$VERSION", "-trimpath", "CGO_ENABLED=0", "\nUSER 65534",
	} {
		if !strings.Contains(dockerfile, want) {
			t.Errorf("it has no %q", want)
		}
	}
	copies := regexp.MustCompile(`(?m)^COPY (\w.*) \S+$`).FindAllStringSubmatch(dockerfile, -1)
	if len(copies) < 2 {
		t.Fatalf("it copies %q", copies)
	}
	for _, c := range copies {
		for name := range strings.FieldsSeq(c[1]) {
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Error(err)
			}
		}
	}
}
