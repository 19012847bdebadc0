package redis

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/storage"
)

const (
	// storagePatience is the time for which an operation waits for a Redis that is away, if it was
	// there before: as long as a restart or a failover takes.
	storagePatience = 5 * time.Second
	// storageProbe limits connecting and the greeting while Redis is away.
	storageProbe = time.Second
	// storagePause is the pause between attempts to connect.
	storagePause = 100 * time.Millisecond
	// idleLimit is the time after which a connection is tried before it is used, because a server, or
	// what is between, may have closed it meanwhile.
	idleLimit = time.Second
)

// NewStorageEngine returns an engine for [storage.New] that keeps values in Redis. It connects when
// it is first used. keys is what the names of its three keys begin with.
//
// What Apply was given is carried out in one step, by a script, or not at all. If the connection
// breaks before the reply has come, the error says that it may have been carried out; it is not
// repeated, unless it only reads. Any number of processes can use the same keys.
func NewStorageEngine(server *Server, keys string) *StorageEngine {
	return &StorageEngine{server: server, keys: []any{keys + ":values", keys + ":keys", keys + ":times"}, limit: answerLimit, patience: storagePatience}
}

// A StorageEngine is the engine of NewStorageEngine. It is used by one goroutine, but for IsUp.
type StorageEngine struct {
	// fixed
	server   *Server
	keys     []any
	limit    time.Duration // for connecting, and for each reply
	patience time.Duration

	reached use

	conn    redis.Conn // nil if not connected
	release func()
	usedAt  time.Time // of conn
	used    bool      // there was an operation
	away    bool      // the last one has failed because Redis was away
}

// Apply implements [storage.Engine].
func (e *StorageEngine) Apply(ops []storage.Operation) ([]storage.Result, error) {
	if !e.used && !slices.ContainsFunc(ops, func(o storage.Operation) bool { return o.Kind != storage.Expire }) {
		return make([]storage.Result, len(ops)), nil // no module uses the storage, so Redis need not permit it
	}
	e.used = true
	deadline := time.Now().Add(e.patience)
	for {
		results, sent, err := e.try(ops)
		_, isAnswer := answerOf(err)
		e.reached.note(err == nil || isAnswer)
		if err == nil {
			e.away = false
			return results, nil
		}
		f := faultOf(e.server, err, storageHints)
		if f.kind == "LOADING" { // it is back, and worth waiting for
			e.away = false
		}
		switch {
		case isAnswer && !passes(f): // it is there, and did nothing
			e.away = false
			return nil, e.failure(err, "")
		case sent && !isAnswer && writes(ops):
			e.hangUp()
			e.away = true
			return nil, e.failure(err, "; the operation may have been carried out")
		}
		e.hangUp() // so that the next attempt asks for the server's address again
		if e.away || !time.Now().Add(storagePause).Before(deadline) {
			e.away = true
			return nil, e.failure(err, "; the operation was not carried out")
		}
		time.Sleep(storagePause)
	}
}

// try carries out operations once. sent reports whether Redis may have begun to.
func (e *StorageEngine) try(ops []storage.Operation) (results []storage.Result, sent bool, err error) {
	if err := e.connected(); err != nil {
		return nil, false, err
	}
	reply, err := storageScript.Do(e.conn, append(e.keys[:3:3], storageArguments(ops)...)...)
	if err != nil {
		return nil, true, err
	}
	e.usedAt = time.Now()
	if results, err = storageResults(ops, reply); err != nil {
		e.hangUp()
	}
	return results, true, err
}

// connected makes sure that there is a connection, which worked a moment ago.
func (e *StorageEngine) connected() error {
	if e.conn != nil && time.Since(e.usedAt) > idleLimit {
		_, err := redis.DoWithTimeout(e.conn, min(e.limit, storageProbe), "PING")
		if _, isAnswer := answerOf(err); err != nil && !isAnswer {
			e.hangUp()
		}
	}
	if e.conn != nil {
		return nil
	}
	limit := e.limit
	if e.away {
		limit = min(limit, storageProbe)
	}
	conn, release, err := e.server.connect(context.Background(), limit)
	if err != nil {
		return err
	}
	e.conn, e.release, e.usedAt = conn, release, time.Now()
	return nil
}

func (e *StorageEngine) hangUp() {
	if e.conn != nil {
		_ = e.conn.Close()
		e.release()
		e.conn = nil
	}
}

// Close implements [storage.Engine].
func (e *StorageEngine) Close() error {
	e.hangUp()
	return nil
}

// failure returns err for the module's author. outcome tells what became of the operation.
func (e *StorageEngine) failure(err error, outcome string) error {
	return fmt.Errorf("Redis at %s: %s%s", e.server, faultOf(e.server, err, storageHints).text, outcome)
}

// passes reports whether a reply means that Redis did nothing, and that it, or the primary that
// takes its place, will soon.
func passes(f fault) bool {
	switch f.kind {
	case "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY":
		return true
	}
	return false
}

// writes reports whether one of the operations may change something.
func writes(ops []storage.Operation) bool {
	return slices.ContainsFunc(ops, func(o storage.Operation) bool { return o.Kind != storage.Get && o.Kind != storage.List })
}

// storageHints has advice for replies of Redis to the storage, by their code.
var storageHints = map[string]string{
	"OOM":       "give Redis more memory (maxmemory), delete values, or give them a ttl",
	"LOADING":   "it is loading its data",
	"READONLY":  "this is a replica; name the primary with --redis",
	"WRONGTYPE": "keys of the storage's names are something else; set --redis-prefix, or delete them",
	"NOAUTH":    "put user and password into --redis",
	"WRONGPASS": "correct user and password in --redis",
	"NOPERM": "allow its user EVALSHA, EVAL, TIME, HLEN, HGET, HSET, HDEL, ZCARD, ZADD, ZREM, ZRANGEBYLEX and ZRANGEBYSCORE " +
		"on all keys that begin with the storage's name",
	"MISCONF": "Redis cannot save its data; see its own log",
	"MOVED":   "name the node of the cluster that has the storage's keys",
}
