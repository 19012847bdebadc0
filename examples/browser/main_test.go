package browser

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"node.websocket/runtime/command/commandtest"
)

// Fixed before the tests run.
var (
	screenshots = flag.String("screenshots", "", "folder that the pictures of the pages are written to; none: they are only looked at")

	tabs      context.Context // the browser; each child of it is a tab
	noBrowser error           // why there is no browser, or nil
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "node.websocket-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		return 1
	}
	defer os.RemoveAll(dir)

	if err := commandtest.Build("../..", dir); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		return 1
	}

	stop, err := startBrowser(filepath.Join(dir, "profile"))
	noBrowser = err
	if err == nil {
		defer stop()
	}
	return m.Run()
}

func startBrowser(profile string) (stop func(), err error) {
	path, err := findBrowser()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // the sandbox does not work as root, as in CI
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("ignore-certificate-errors", true), // --tls makes its own
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		cancelAllocator()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	tabs = ctx
	return func() {
		// Cancel waits until the browser has ended, so that its profile can be removed.
		limit, done := context.WithTimeout(ctx, 20*time.Second)
		defer done()
		if err := chromedp.Cancel(limit); err != nil {
			fmt.Fprintln(os.Stderr, "browser: closing it:", err)
		}
		cancel()
		cancelAllocator()
	}, nil
}

func findBrowser() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no chromium, chromium-browser, google-chrome or chrome on the PATH; set CHROMIUM to a browser's path")
}

// needBrowser skips a test if there is no browser, and fails it with CI=true.
func needBrowser(t *testing.T) {
	t.Helper()
	if noBrowser != nil {
		commandtest.Missing(t, noBrowser.Error())
	}
}
