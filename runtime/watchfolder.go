package runtime

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"node.websocket/runtime/source"
)

// WatchFolder begins to watch a folder of modules, except node_modules. The function that it returns, which must be
// called once, calls changed when files may have changed since, until ctx ends. It does not call it again before it has
// returned.
func WatchFolder(dir string, log *slog.Logger) (run func(ctx context.Context, changed func()), err error) {
	folder, err := source.OpenFolder(dir, filepath.ToSlash(filepath.Clean(dir)), log)
	if err != nil {
		return nil, fmt.Errorf("watch the modules: %w", err)
	}
	watcher, err := source.NewWatcher(folder)
	if err != nil {
		_ = folder.Close()
		return nil, fmt.Errorf("watch the modules: %w", err)
	}
	return func(ctx context.Context, changed func()) {
		defer folder.Close()
		over := make(chan struct{})
		defer context.AfterFunc(ctx, func() { close(over) })()
		watcher.Run(over, changed)
	}, nil
}
