package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"node.websocket/runtime"
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/storage"
)

// check is the command check: it compiles every module and evaluates those that compile, as the server does
// before the first client, and prints what is wrong.
func check(set option.Set, _ []string, stdout, stderr io.Writer) int {
	folder := option.Modules.In(set)
	if !isFolder(folder) {
		return fail(stderr, 1, errors.New(noFolder(folder)+"; name another with --modules DIR"))
	}
	log := slog.New(timeless{newTextHandler(stderr, slog.LevelWarn)})
	store := storage.NewMemory(slog.New(slog.DiscardHandler)) // a server may have that of --data open
	client, closeClient := openClient(set, log)
	defer closeClient()
	broken, all, err := checkModules(runtime.Options{
		Dir: folder, Log: log, Server: set.Shown(), ReadOptions: readOptions(set), TurnLimit: option.HandlerTimeout.In(set),
		Permissions: permissionsOf(set), Storage: store, Redis: client,
	})
	if failure := closeStorage(store); err == nil {
		err = failure
	}
	switch {
	case err != nil:
		return fail(stderr, 1, err)
	case len(broken) > 0:
		return fail(stderr, 1, fmt.Errorf("%d of %s broken: %s", len(broken), countOf(all, "module is", "modules are"), strings.Join(broken, " ")))
	}
	fmt.Fprintln(stdout, countOf(all, "module is", "modules are")+" fine")
	return 0
}

// checkModules returns the files of the modules that do not load, whose errors are in the log, and the
// number of all.
func checkModules(o runtime.Options) (broken []string, all int, err error) {
	rt, err := runtime.New(o)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), o.TurnLimit)
		defer cancel()
		if failure := rt.Close(ctx); err == nil {
			err = failure
		}
	}()
	found, err := rt.Check()
	for _, m := range found {
		if m.Err == nil {
			_, m.Err = rt.Resource(m.Name)
		}
		if m.Err != nil && !errors.Is(m.Err, fs.ErrNotExist) { // a file that was deleted meanwhile is not broken
			broken = append(broken, m.File)
		}
	}
	return broken, len(found), err
}

// countOf returns a number with the word for it.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// timeless is a handler whose lines have no time, for commands that end at once.
type timeless struct{ slog.Handler }

func (t timeless) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return t.Handler.Handle(ctx, r)
}

func (t timeless) WithAttrs(attrs []slog.Attr) slog.Handler {
	return timeless{t.Handler.WithAttrs(attrs)}
}

func (t timeless) WithGroup(name string) slog.Handler { return timeless{t.Handler.WithGroup(name)} }
