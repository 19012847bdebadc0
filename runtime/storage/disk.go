package storage

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockTimeout bounds the time that OpenDisk waits for another process to close the file, as at a restart.
const lockTimeout = 2 * time.Second

var valuesBucket, timesBucket = []byte("values"), []byte("times")

// OpenDisk returns a store whose values are in the file storage.db of a folder. It makes both if need be.
// It fails if another process has the file open, or if the file is of another kind.
func OpenDisk(dir string, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the storage: %w", err)
	}
	d := &disk{name: filepath.Join(dir, "storage.db")}
	if err := d.open(); err != nil {
		return nil, err
	}
	return New(d, log), nil
}

// disk is the engine of OpenDisk.
type disk struct {
	name string
	db   *bbolt.DB
}

func (d *disk) open() (err error) {
	defer func() {
		if x := recover(); x != nil { // bbolt panics when it reads a page that cannot be
			err = d.damaged(fmt.Errorf("%v", x))
		}
	}()
	switch d.db, err = bbolt.Open(d.name, 0o600, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType}); {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("open %s: another process has it open; stop that one, or name another folder with --data DIR", d.name)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return d.damaged(err)
	case err != nil:
		return fmt.Errorf("open the storage: %w", err)
	}
	if err := d.prepare(); err != nil {
		_ = d.db.Close()
		return fmt.Errorf("open %s: %w", d.name, err)
	}
	return nil
}

func (d *disk) damaged(cause error) error {
	return fmt.Errorf("open %s: it is not a file of this program, or it is damaged (%w); put a copy in its place, or move it away to begin anew", d.name, cause)
}

// prepare makes the buckets, and makes sure that the folder has the file after a loss of power.
func (d *disk) prepare() error {
	if err := d.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{valuesBucket, timesBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if folder, err := os.Open(filepath.Dir(d.name)); err == nil {
		_ = folder.Sync() // not every system can
		_ = folder.Close()
	}
	return nil
}

func (d *disk) Apply(ops []Operation) (results []Result, err error) {
	tx, err := d.db.Begin(writes(ops))
	if err != nil {
		return nil, fmt.Errorf("use %s: %w", d.name, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	t := &tables{values: bucket{tx.Bucket(valuesBucket)}, times: bucket{tx.Bucket(timesBucket)}, now: time.Now()}
	if results, err = t.apply(ops); err == nil && t.wrote {
		err = tx.Commit()
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", d.name, err)
	}
	return results, nil
}

// writes reports whether one of the operations may change something.
func writes(ops []Operation) bool {
	for i := range ops {
		if k := ops[i].Kind; k != Get && k != List {
			return true
		}
	}
	return false
}

func (d *disk) Close() error {
	if err := d.db.Close(); err != nil {
		return fmt.Errorf("close %s: %w", d.name, err)
	}
	return nil
}

// bucket is a table on disk.
type bucket struct{ b *bbolt.Bucket }

func (b bucket) get(key []byte) []byte       { return b.b.Get(key) }
func (b bucket) put(key, value []byte) error { return b.b.Put(key, value) }
func (b bucket) delete(key []byte) error     { return b.b.Delete(key) }

func (b bucket) ascend(from []byte, f func(key, value []byte) bool) {
	c := b.b.Cursor()
	for key, value := c.Seek(from); key != nil; key, value = c.Next() {
		if !f(key, value) {
			return
		}
	}
}
