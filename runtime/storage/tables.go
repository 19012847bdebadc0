package storage

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"time"
)

// A table has keys in the order of their bytes, each with a value. What it returns is valid until the next
// change.
type table interface {
	get(key []byte) []byte // nil if there is none
	put(key, value []byte) error
	delete(key []byte) error
	// ascend calls f for each key from the first that is not before from, until f returns false. f must not
	// change the table.
	ascend(from []byte, f func(key, value []byte) bool)
}

// tables are those of an engine that keeps values itself, in one transaction.
type tables struct {
	values table     // of each key: when its value's time comes, 8 bytes, then the JSON text
	times  table     // the same time, then the key; the value is empty. Only of values that have a time
	now    time.Time // of the transaction
	wrote  bool      // something was changed
	// room returns an error if there is no room for bytes in a number of entries beyond those that are
	// there. Nil means that there always is, or that put fails.
	room func(bytes, entries int) error
}

// never is the time of a value that has no time to live.
const never = 0

// apply carries out the first of ops, as many as their results allow. An error undoes the transaction.
func (t *tables) apply(ops []Operation) ([]Result, error) {
	results := make([]Result, 0, len(ops))
	size := 0
	for i := range ops {
		r, err := t.do(&ops[i])
		if err != nil {
			return nil, err
		}
		results = append(results, r)
		if size += r.size(); size >= MaxResults {
			break
		}
	}
	return results, nil
}

var yes, no = []byte("true"), []byte("false")

func truth(b bool) []byte {
	if b {
		return yes
	}
	return no
}

// do carries out one operation. What fails for this one alone is in the result.
func (t *tables) do(o *Operation) (r Result, err error) {
	key := []byte(o.Key)
	switch o.Kind {
	case Get:
		value, _ := t.value(key)
		r.Value = bytes.Clone(value)
	case Set:
		err = t.set(key, o.Value, t.timeAfter(o.TTL))
	case Delete:
		value, _ := t.value(key)
		r.Value, err = truth(value != nil), t.remove(key)
	case List:
		r.Entries = t.list(key, o.After, o.Limit)
	case Increment:
		value, at := t.value(key)
		if value == nil {
			at = t.timeAfter(o.TTL)
		}
		var sum []byte
		if sum, r.Err = add(value, o.By); r.Err == nil {
			r.Value, err = sum, t.set(key, sum, at)
		}
	case CompareAndSet:
		value, _ := t.value(key)
		same := (value == nil) == (o.Expected == nil) && bytes.Equal(value, o.Expected)
		r.Value = truth(same)
		switch {
		case !same:
		case o.Value == nil:
			err = t.remove(key)
		default:
			err = t.set(key, o.Value, t.timeAfter(o.TTL))
		}
	case Expire:
		r.Value, err = t.expire()
	}
	if err == errFull {
		return Result{Err: err}, nil
	}
	return r, err
}

// add returns the sum of a value, 0 if it is nil, and a number.
func add(value []byte, by int64) ([]byte, error) {
	sum := int64(0)
	if value != nil {
		var err error
		if sum, err = strconv.ParseInt(string(value), 10, 64); err != nil || sum > MaxNumber || sum < -MaxNumber {
			return nil, ErrNotNumber
		}
	}
	if sum += by; sum > MaxNumber || sum < -MaxNumber {
		return nil, ErrTooLarge
	}
	return strconv.AppendInt(nil, sum, 10), nil
}

// timeAfter returns the time, in milliseconds since 1970, at which a value that is stored now ends.
func (t *tables) timeAfter(ttl time.Duration) uint64 {
	if ttl == 0 {
		return never
	}
	return uint64(t.now.Add(ttl).UnixMilli())
}

// over reports whether a time has come.
func (t *tables) over(at uint64) bool { return at != never && at <= uint64(t.now.UnixMilli()) }

// value returns the JSON text of a key's value, and its time. It is nil if there is none.
func (t *tables) value(key []byte) (json []byte, at uint64) {
	stored := t.values.get(key)
	if len(stored) < 8 {
		return nil, never
	}
	if at = binary.BigEndian.Uint64(stored); t.over(at) {
		return nil, never
	}
	return stored[8:], at
}

// timeKey returns the key of a value in times.
func timeKey(at uint64, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(key)), at), key...)
}

func (t *tables) set(key, json []byte, at uint64) error {
	if t.room != nil {
		bytes, entries := len(key)+8+len(json), 1
		if old := t.values.get(key); old != nil {
			bytes, entries = len(json)+8-len(old), 0
		}
		if at != never {
			bytes, entries = bytes+len(key)+8, entries+1
		}
		if err := t.room(bytes, entries); err != nil {
			return err
		}
	}
	if err := t.forgetTime(key, at); err != nil {
		return err
	}
	t.wrote = true
	if at != never {
		if err := t.times.put(timeKey(at, key), nil); err != nil {
			return err
		}
	}
	return t.values.put(key, append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(json)), at), json...))
}

// forgetTime removes the time of a key's value unless it is at.
func (t *tables) forgetTime(key []byte, at uint64) error {
	if stored := t.values.get(key); len(stored) >= 8 {
		if old := binary.BigEndian.Uint64(stored); old != never && old != at {
			return t.times.delete(timeKey(old, key))
		}
	}
	return nil
}

func (t *tables) remove(key []byte) error {
	if t.values.get(key) == nil {
		return nil
	}
	t.wrote = true
	if err := t.forgetTime(key, never); err != nil {
		return err
	}
	return t.values.delete(key)
}

func (t *tables) list(prefix []byte, after string, limit int) []Entry {
	entries, size := []Entry{}, 0
	from := prefix
	if after != "" && bytes.Compare([]byte(after), prefix) >= 0 {
		from = append([]byte(after), 0) // the first key that can follow
	}
	t.values.ascend(from, func(key, stored []byte) bool {
		if !bytes.HasPrefix(key, prefix) || len(entries) >= limit || size >= MaxPage {
			return false
		}
		if len(stored) >= 8 && !t.over(binary.BigEndian.Uint64(stored)) {
			entries = append(entries, Entry{string(key), bytes.Clone(stored[8:])})
			size += len(key) + len(stored)
		}
		return true
	})
	return entries
}

// expire removes values whose time has come, up to MaxExpired. more is nil if it has removed all.
func (t *tables) expire() (more []byte, err error) {
	var times [][]byte
	t.times.ascend(nil, func(key, _ []byte) bool {
		if !t.over(binary.BigEndian.Uint64(key)) {
			return false
		}
		times = append(times, bytes.Clone(key))
		return len(times) < MaxExpired
	})
	for _, k := range times {
		t.wrote = true
		if err := t.times.delete(k); err != nil {
			return nil, err
		}
		if err := t.values.delete(k[8:]); err != nil {
			return nil, err
		}
	}
	if len(times) == MaxExpired {
		more = yes
	}
	return more, nil
}
