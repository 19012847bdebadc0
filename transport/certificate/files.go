package certificate

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// checkInterval is the least time between two looks at the files of a certificate.
const checkInterval = time.Second

// Files reads a certificate, with those it depends on, and its key from two files in PEM. They are read again
// after they have changed: the next TLS handshake uses the new certificate, and nobody is disconnected. If
// the new files cannot be used, log gets an error, once, and the old certificate stays in use.
func Files(cert, key string, log *slog.Logger) (Source, error) {
	f := &files{cert: cert, key: key, log: log, checked: time.Now()}
	if err := f.load(); err != nil {
		return Source{}, err
	}
	return Source{
		Note:  "of " + cert,
		apply: func(config *tls.Config) { config.GetCertificate = f.get },
	}, nil
}

// files is a certificate and its key in two files. It has neither a goroutine nor a watch: the files are looked
// at when a client comes, because nobody notices a stale certificate before.
type files struct {
	// Fixed after Files.
	cert, key string
	log       *slog.Logger

	mu sync.Mutex

	// Guarded by mu.
	pair    *tls.Certificate
	seen    [2]os.FileInfo // of the files that pair was read from
	checked time.Time
	failure string // the last error that was logged; "" if the files are those of pair
}

// load reads the files. It leaves pair alone if they cannot be read, or do not belong together.
func (f *files) load() error {
	seen, err := f.stat() // before the files are read, so that a change meanwhile is noticed at the next check
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	f.pair, f.seen = &pair, seen
	return nil
}

func (f *files) stat() (seen [2]os.FileInfo, err error) {
	for i, name := range []string{f.cert, f.key} {
		if seen[i], err = os.Stat(name); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// get is the GetCertificate of tls.Config.
func (f *files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.checked) >= checkInterval {
		f.checked = now
		f.refreshLocked()
	}
	return f.pair, nil
}

// refreshLocked reads the files again if they have changed, and logs an error only once.
func (f *files) refreshLocked() {
	now, err := f.stat()
	if err == nil {
		if sameFile(now[0], f.seen[0]) && sameFile(now[1], f.seen[1]) {
			f.failure = ""
			return
		}
		err = f.load()
	}
	if err == nil {
		f.failure = ""
		f.log.Info("the certificate has been read again", "file", f.cert, "until", f.pair.Leaf.NotAfter.Format(time.DateOnly))
		return
	}
	if err.Error() != f.failure {
		f.failure = err.Error()
		f.log.Error("the new certificate cannot be used; the old one serves on", "file", f.cert, "error", err)
	}
}

// sameFile reports whether a file has been neither written nor replaced between two looks at it.
func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
