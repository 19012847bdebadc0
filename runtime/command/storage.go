package command

import (
	"errors"
	"log/slog"
	"time"

	"node.websocket/runtime/command/option"
	"node.websocket/runtime/redis"
	"node.websocket/runtime/storage"
)

// storageKeys begins the names of the storage's keys in Redis, after the prefix. In a cluster,
// what is in braces selects the node, so they are all on one.
const storageKeys = "{node.websocket:storage}"

// openStorage opens what require('storage') uses: a file in the folder of --data, or Redis, or memory. engine is nil
// unless it is in Redis.
// --data comes before --redis, because a Redis may be meant for the log alone, and a folder is not.
func openStorage(set option.Set, log *slog.Logger) (store *storage.Store, engine *redis.StorageEngine, err error) {
	if dir := option.Data.In(set); dir != "" {
		store, err = storage.OpenDisk(dir, log)
		return store, nil, err
	}
	if server := option.Redis.In(set); server != nil {
		engine = redis.NewStorageEngine(server, option.RedisPrefix.In(set)+storageKeys)
		return storage.New(engine, log), engine, nil
	}
	return storage.NewMemory(log), nil, nil
}

// storageLimit bounds the time that a stop waits for the storage to write what modules have asked for.
const storageLimit = 5 * time.Second

// closeStorage waits until the storage has written what it was asked for, unless its disk or Redis hangs.
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
