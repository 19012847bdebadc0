package command

import (
	"bufio"
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
	"strings"
	"syscall"

	"golang.org/x/term"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/storage"
)

// testModules is the command test. It prints the results on stdout, and the warnings and errors of modules on stderr.
func testModules(set option.Set, operands []string, stdout, stderr io.Writer) int {
	folder := option.Modules.In(set)
	if !isFolder(folder) {
		return fail(stderr, 1, errors.New(noFolder(folder)+"; name another with --modules DIR"))
	}
	glob := ""
	if len(operands) > 0 {
		glob = operands[0]
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if option.WatchTests.In(set) {
		return watchTests(ctx, set, glob, stdout, stderr)
	}
	code, err := runTests(ctx, set, glob, stdout, stderr)
	if err != nil {
		return fail(stderr, code, err)
	}
	return 0
}

// runTests runs the tests of the files that a pattern matches. The error tells why it exits with code.
func runTests(ctx context.Context, set option.Set, glob string, stdout, stderr io.Writer) (code int, err error) {
	files, err := testFiles(option.Modules.In(set), glob)
	if err != nil {
		return 2, err
	}
	if len(files) == 0 {
		return 1, fmt.Errorf("no tests: there is no file %s.test.js in %s", cmp.Or(glob, "*"), option.Modules.In(set))
	}
	to := newReporter(option.Reporter.In(set), stdout)
	passed, failed := 0, 0
	to.begin()
	for _, file := range files {
		to.file(path.Join(filepath.ToSlash(option.Modules.In(set)), file))
		if err := testFile(ctx, set, file, stderr, func(r runtime.TestResult) {
			if r.Message == "" {
				passed++
			} else {
				failed++
			}
			to.result(r)
		}); err != nil {
			return 1, err
		}
	}
	to.end(passed, failed)
	if failed > 0 {
		return 1, fmt.Errorf("%d of %s", failed, countOf(passed+failed, "test has failed", "tests have failed"))
	}
	return 0, nil
}

// clearScreen clears a terminal.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// watchTests runs the tests, and again whenever a file is saved, until ctx ends, or q is typed.
func watchTests(ctx context.Context, set option.Set, glob string, stdout, stderr io.Writer) int {
	ctx, end := context.WithCancel(ctx)
	defer end()
	again := make(chan struct{}, 1)
	changed := func() {
		select {
		case again <- struct{}{}:
		default:
		}
	}
	watch, err := runtime.WatchFolder(option.Modules.In(set), slog.New(timeless{newTextHandler(stderr, slog.LevelWarn)}))
	if err != nil {
		return fail(stderr, 1, err)
	}
	go watch(ctx, changed) // ends with ctx
	if term.IsTerminal(int(os.Stdin.Fd())) {
		go func() { // ends with the terminal or the program
			for lines := bufio.NewScanner(os.Stdin); lines.Scan() && lines.Text() != "q"; {
				changed()
			}
			end()
		}()
	}
	for {
		if isTerminal(stdout) {
			fmt.Fprint(stdout, clearScreen)
		}
		run, interrupt := context.WithCancel(ctx)
		ran := make(chan error, 1)
		go func() { // ends with run, after the test in progress
			_, err := runTests(run, set, glob, stdout, stderr)
			ran <- err
		}()
		select {
		case err := <-ran:
			if err != nil && ctx.Err() == nil {
				fail(stderr, 0, err)
			}
			fmt.Fprintln(stderr, "node.websocket: waiting for a change; Enter runs the tests again, and q and Enter, or ^C, ends")
			select {
			case <-again:
			case <-ctx.Done():
			}
		case <-again:
			interrupt()
			<-ran
		case <-ctx.Done():
		}
		interrupt()
		if ctx.Err() != nil {
			return 0
		}
	}
}

// testFile runs the tests of one file, with modules of its own, which other files do not see.
func testFile(ctx context.Context, set option.Set, file string, stderr io.Writer, report func(runtime.TestResult)) (err error) {
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
	err = rt.Test(ctx, file, option.TestTimeout.In(set), report)
	if broken, ok := errors.AsType[*runtime.TestError](err); ok {
		report(broken.TestResult)
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
