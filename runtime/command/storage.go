package command

import (
	"errors"
	"log/slog"
	"time"

	"node.websocket/runtime/command/option"
	"node.websocket/runtime/storage"
)

// openStorage opens what require('storage') uses: a file in the folder of --data, or memory.
func openStorage(set option.Set, log *slog.Logger) (*storage.Store, error) {
	if dir := option.Data.In(set); dir != "" {
		return storage.OpenDisk(dir, log)
	}
	return storage.NewMemory(log), nil
}

// storageLimit bounds the time that a stop waits for the storage to write what modules have asked for.
const storageLimit = 5 * time.Second

// closeStorage waits until the storage has written what it was asked for, unless its disk hangs.
func closeStorage(store *storage.Store) error {
	closed := make(chan error, 1)
	go func() { closed <- store.Close() }() // ends with the write in progress
	select {
	case err := <-closed:
		return err
	case <-time.After(storageLimit):
		return errors.New("the storage does not finish writing; what modules stored last may be lost")
	}
}
