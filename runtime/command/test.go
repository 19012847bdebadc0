package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/storage"
)

// testModules is the command test. It prints the results as TAP, the Test Anything Protocol, version
// 14, and the warnings and errors of modules on stderr.
func testModules(set option.Set, operands []string, stdout, stderr io.Writer) int {
	folder := option.Modules.In(set)
	if !isFolder(folder) {
		return fail(stderr, 1, errors.New(noFolder(folder)+"; name another with --modules DIR"))
	}
	glob := ""
	if len(operands) > 0 {
		glob = operands[0]
	}
	files, err := testFiles(folder, glob)
	if err != nil {
		return fail(stderr, 2, err)
	}
	if len(files) == 0 {
		return fail(stderr, 1, fmt.Errorf("no tests: there is no file %s.test.js in %s", cmp.Or(glob, "*"), folder))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	out := &tap{to: stdout}
	fmt.Fprintln(stdout, "TAP version 14")
	for _, file := range files {
		if err := testFile(ctx, set, file, out, stderr); err != nil {
			return fail(stderr, 1, err)
		}
	}
	fmt.Fprintf(stdout, "1..%d\n", out.passed+out.failed)
	if out.failed > 0 {
		return fail(stderr, 1, fmt.Errorf("%d of %s", out.failed, countOf(out.passed+out.failed, "test has failed", "tests have failed")))
	}
	return 0
}

// testFile runs the tests of one file, with modules of its own, which other files do not see.
func testFile(ctx context.Context, set option.Set, file string, out *tap, stderr io.Writer) (err error) {
	log := slog.New(timeless{newTextHandler(stderr, slog.LevelWarn)})
	client, closeClient := openClient(set, log)
	defer closeClient()
	rt, err := runtime.New(runtime.Options{
		Dir: option.Modules.In(set), Log: log, Server: set.Shown(), ReadOptions: readOptions(set),
		TurnLimit: option.HandlerTimeout.In(set), Permissions: permissionsOf(set), Storage: storage.NewMemory(slog.New(slog.DiscardHandler)), Redis: client,
	})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), disposeLimit)
		defer cancel()
		_ = rt.Close(ctx) // a test that hangs has been reported
	}()
	fmt.Fprintln(out.to, "# "+path.Join(filepath.ToSlash(option.Modules.In(set)), file))
	err = rt.Test(ctx, file, option.TestTimeout.In(set), out.result)
	if broken, ok := errors.AsType[*runtime.TestError](err); ok {
		out.result(broken.TestResult)
		return nil
	}
	return err
}

var isTestFile = regexp.MustCompile(`\.test\.(js|mjs|cjs|ts)$`)

// testFiles returns the files with tests that match a pattern of path.Match, by their paths in the
// folder. The pattern need not have the ending, and a name without a slash is looked for in all folders.
func testFiles(folder, glob string) (files []string, err error) {
	if _, err := path.Match(glob, ""); err != nil {
		return nil, fmt.Errorf("%q is no pattern of names, such as 'chat*'", glob)
	}
	glob = strings.TrimPrefix(filepath.ToSlash(glob), filepath.ToSlash(filepath.Clean(folder))+"/")
	err = fs.WalkDir(os.DirFS(folder), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || file != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !isTestFile.MatchString(file):
			return nil
		}
		bare := isTestFile.ReplaceAllString(file, "")
		for _, name := range []string{file, bare, path.Base(file), path.Base(bare)} {
			if ok, _ := path.Match(glob, name); ok || glob == "" {
				files = append(files, file)
				return nil
			}
		}
		return nil
	})
	return files, err
}

// A tap writes results in the form of TAP.
type tap struct {
	to             io.Writer
	passed, failed int
}

// result writes one.
func (t *tap) result(r runtime.TestResult) {
	status := "ok"
	if r.Message == "" {
		t.passed++
	} else {
		status = "not ok"
		t.failed++
	}
	name := strings.NewReplacer("#", `\#`, `\`, `\\`).Replace(escapeControl(r.Name))
	fmt.Fprintf(t.to, "%s %d - %s\n", status, t.passed+t.failed, name)
	if r.Message == "" {
		return
	}
	fmt.Fprintf(t.to, "  ---\n  message: %s\n", strconv.QuoteToASCII(r.Message))
	if r.At != "" {
		fmt.Fprintf(t.to, "  at: %s\n", strconv.QuoteToASCII(r.At))
	}
	if r.Detail != "" {
		fmt.Fprint(t.to, "  code: |\n")
		for line := range strings.SplitSeq(strings.TrimRight(r.Detail, "\n"), "\n") {
			fmt.Fprintf(t.to, "    |%s\n", escapeControl(line))
		}
	}
	fmt.Fprint(t.to, "  ...\n")
}
