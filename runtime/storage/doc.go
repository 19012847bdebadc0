// Package storage keeps values that outlive connections, versions and, on disk, the process. It knows
// no JavaScript: keys are strings, and values the JSON texts of what a module has stored.
//
// # Use
//
//	store, err := storage.OpenDisk("data", log)     // or storage.NewMemory(log)
//	store.Do([]storage.Operation{{Kind: storage.Set, Key: "a", Value: []byte("1")}}, func(results []storage.Result) { … })
//	err = store.Close()
//
// # What is kept, and when
//
// A [Store] collects what all its callers ask for and carries out, in one transaction of its engine, as
// much as waits: so a thousand operations that come together cost one write to the disk, and not a
// thousand. An operation's result is told once that transaction has been written: what was confirmed
// survives the end of the process, however it ends. The operations of one call of Do are carried out in
// order.
//
// On disk that is one file, storage.db, of go.etcd.io/bbolt. Only one process at a time can have it open.
// In memory, values take at most 64 MiB together.
//
// A value with a time to live is gone for every operation from that time on. The space that it takes is
// freed in the background.
//
// # Concurrency
//
// A Store's methods may be called from any goroutine. The package starts one goroutine for each Store,
// which does all the reading and writing. It ends at [Store.Close], when all that was asked for is done.
package storage
