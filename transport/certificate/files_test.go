package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// write writes a new certificate and its key, each where a name is given, and returns the certificate.
func write(t *testing.T, cert, key string) (der []byte) {
	t.Helper()
	pair, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if name == "" {
			continue
		}
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		// A file system whose clock is coarse may give two files in a row the same time.
		if err := os.Chtimes(name, time.Time{}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return pair.Certificate[0]
}

// A change shows in the next handshake, a second after the last look at the earliest; files that cannot be used leave
// the old certificate in use, and are logged once.
func TestFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := Files(cert, key, nil); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("without files: %v", err)
	}
	first := write(t, cert, key)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		source, err := Files(cert, key, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		config := Config(source, nil)
		want := func(when string, der []byte, lines int) {
			t.Helper()
			pair, err := config.GetCertificate(&tls.ClientHelloInfo{})
			if err != nil || !bytes.Equal(pair.Certificate[0], der) {
				t.Errorf("%s: another certificate, or %v", when, err)
			}
			if n := strings.Count(log.String(), "\n"); n != lines {
				t.Errorf("%s: %d lines, want %d:\n%s", when, n, lines, log.String())
			}
		}
		want("at first", first, 0)
		second := write(t, cert, key)
		want("within the second", first, 0)
		time.Sleep(checkInterval) // the bubble's clock
		want("a second later", second, 1)
		write(t, cert, "")
		for range 2 {
			time.Sleep(checkInterval) // of the bubble's own clock
			want("with the wrong key", second, 2)
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(checkInterval) // of the bubble's own clock
		want("without a key", second, 3)
		fourth := write(t, cert, key)
		time.Sleep(checkInterval) // of the bubble's own clock
		want("at last", fourth, 4)
	})
}
