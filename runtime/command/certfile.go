package command

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certCheck is how often the files of a certificate are looked at, at most, when clients come.
const certCheck = time.Second

// A certFile is a certificate and its key in two files, which are read again when they have changed. Who is connected stays so; the next
// handshake gets the new one. No goroutine and no watch is needed for that: what nobody asks for need not be new.
type certFile struct {
	// Fixed.
	cert, key string
	log       *slog.Logger

	mu sync.Mutex

	// Guarded by mu.
	pair    *tls.Certificate
	seen    [2]os.FileInfo // of the pair
	checked time.Time
	failure string // what is wrong with the new files, as it was logged
}

// loadCertFile reads the files for the first time.
func loadCertFile(cert, key string, log *slog.Logger) (*certFile, error) {
	f := &certFile{cert: cert, key: key, log: log, checked: time.Now()}
	if err := f.load(); err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	return f, nil
}

// load reads the files. It leaves the pair alone if they cannot be read, or do not belong together.
func (f *certFile) load() error {
	seen, err := f.stat() // before they are read, so that what changes meanwhile is read again
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

func (f *certFile) stat() (seen [2]os.FileInfo, err error) {
	for i, name := range []string{f.cert, f.key} {
		if seen[i], err = os.Stat(name); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// get is tls.Config's GetCertificate.
func (f *certFile) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.checked) >= certCheck {
		f.checked = now
		f.refreshLocked()
	}
	return f.pair, nil
}

// refreshLocked reads the files again if they are not those of the pair. What is wrong with them is logged once.
func (f *certFile) refreshLocked() {
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

// sameFile says whether a file has been neither written to nor replaced.
func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
