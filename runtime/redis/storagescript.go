package redis

import (
	"fmt"
	"strconv"

	"github.com/gomodule/redigo/redis"

	"node.websocket/runtime/storage"
)

// storageScript carries out operations of the storage, in order and in one step. It stops when the
// results have reached their limit in bytes, and returns those that there are.
//
// KEYS: values, a hash: the time at which the value ends, in milliseconds since 1970 or 0 for none, a space, and
// the JSON text; keys, a sorted set of all keys with score 0, for lists; times, a sorted set of the
// keys whose values end, by that time.
//
// ARGV: the limits in bytes of the results and of a list; the number of values that one expiry
// removes; and then each operation's letter and arguments. An empty text stands for no value,
// because no JSON text is empty.
//
// A script is not rolled back when one of its commands fails. What can fail, by the kinds of the
// keys, is tried first, and the first command that writes needs memory: only there Redis checks
// whether it has enough, whether it is a replica and whether it can save. A key is noted before its
// value is stored, so that whatever fails between the two leaves a key without a value, which all
// operations ignore.
var storageScript = redis.NewScript(3, `
local values, keys, times = KEYS[1], KEYS[2], KEYS[3]
redis.call('HLEN', values) redis.call('ZCARD', keys) redis.call('ZCARD', times)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local mostResults, mostList, mostExpired = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local mostNumber = 9007199254740991
local at = 3

local function argument()
  at = at + 1
  return ARGV[at]
end

local function ending(ttl)
  ttl = tonumber(ttl)
  return ttl == 0 and 0 or now + ttl
end

local function read(key)
  local stored = redis.call('HGET', values, key)
  if not stored then return nil, 0 end
  local space = string.find(stored, ' ', 1, true)
  if not space then return nil, 0 end
  local time = tonumber(string.sub(stored, 1, space - 1)) or 0
  if time ~= 0 and time <= now then return nil, 0 end
  return string.sub(stored, space + 1), time
end

local function write(key, value, time)
  local text = string.format('%.0f', time)
  redis.call('ZADD', keys, 0, key)
  redis.call('HSET', values, key, text .. ' ' .. value)
  if time == 0 then redis.call('ZREM', times, key) else redis.call('ZADD', times, text, key) end
end

local function remove(key)
  redis.call('HDEL', values, key)
  redis.call('ZREM', times, key)
  redis.call('ZREM', keys, key)
end

local function list(from, to, limit)
  local entries, size = {}, 0
  while true do
    local page = redis.call('ZRANGEBYLEX', keys, from, to, 'LIMIT', 0, 100)
    for _, key in ipairs(page) do
      if #entries >= 2 * limit or size >= mostList then return entries, size end
      local value = read(key)
      if value then
        entries[#entries + 1] = key
        entries[#entries + 1] = value
        size = size + #key + #value
      end
      from = '(' .. key
    end
    if #page < 100 then return entries, size end
  end
end

local operations = {}
function operations.g()
  local value = read(argument())
  return value or false, value and #value or 0
end
function operations.s()
  local key, value, time = argument(), argument(), ending(argument())
  write(key, value, time)
  return false, 0
end
function operations.d()
  local key = argument()
  local value = read(key)
  remove(key)
  return value and 1 or 0, 0
end
function operations.l()
  local from, to, limit = argument(), argument(), tonumber(argument())
  return list(from, to, limit)
end
function operations.i()
  local key, by, ttl = argument(), tonumber(argument()), argument()
  local value, time = read(key)
  if not value then value, time = '0', ending(ttl) end
  local sum = string.find(value, '^-?%d+$') and tonumber(value)
  if not sum or sum > mostNumber or sum < -mostNumber then return 1, 0 end
  sum = sum + by
  if sum > mostNumber or sum < -mostNumber then return 2, 0 end
  sum = string.format('%.0f', sum)
  write(key, sum, time)
  return sum, #sum
end
function operations.c()
  local key, expected, value, ttl = argument(), argument(), argument(), argument()
  if (read(key) or '') ~= expected then return 0, 0 end
  if value == '' then remove(key) else write(key, value, ending(ttl)) end
  return 1, 0
end
function operations.x()
  local ended = redis.call('ZRANGEBYSCORE', times, '-inf', string.format('%.0f', now), 'LIMIT', 0, mostExpired)
  for _, key in ipairs(ended) do
    if read(key) then redis.call('ZREM', times, key) else remove(key) end
  end
  return #ended == mostExpired and 1 or false, 0
end

local results, total = {}, 0
while at < #ARGV and total < mostResults do
  local result, size = operations[argument()]()
  results[#results + 1] = result
  total = total + size
end
return results
`)

// storageArguments returns the arguments of storageScript after its keys.
func storageArguments(ops []storage.Operation) []any {
	args := []any{storage.MaxResults, storage.MaxPage, storage.MaxExpired}
	for i := range ops {
		o := &ops[i]
		ttl := o.TTL.Milliseconds()
		switch o.Kind {
		case storage.Get:
			args = append(args, "g", o.Key)
		case storage.Set:
			args = append(args, "s", o.Key, o.Value, ttl)
		case storage.Delete:
			args = append(args, "d", o.Key)
		case storage.List:
			from, to := interval(o.Key, o.After)
			args = append(args, "l", from, to, o.Limit)
		case storage.Increment:
			args = append(args, "i", o.Key, o.By, ttl)
		case storage.CompareAndSet:
			args = append(args, "c", o.Key, o.Expected, o.Value, ttl)
		case storage.Expire:
			args = append(args, "x")
		}
	}
	return args
}

// interval returns the arguments of ZRANGEBYLEX for the keys that begin with a prefix and come after
// another key.
func interval(prefix, after string) (from, to string) {
	from, to = "["+prefix, "+"
	if after != "" && after >= prefix {
		from = "(" + after
	}
	end := []byte(prefix)
	for len(end) > 0 && end[len(end)-1] == 0xff {
		end = end[:len(end)-1]
	}
	if len(end) > 0 {
		end[len(end)-1]++ // the first text that is after all with the prefix
		to = "(" + string(end)
	}
	return from, to
}

// storageResults reads the reply of storageScript to ops, or to the first of them.
func storageResults(ops []storage.Operation, reply any) ([]storage.Result, error) {
	values, ok := reply.([]any)
	if !ok || len(values) == 0 || len(values) > len(ops) {
		return nil, fmt.Errorf("the script of the storage returned %T of %d results, for %d operations", reply, len(values), len(ops))
	}
	results := make([]storage.Result, len(values))
	for i, v := range values {
		if results[i], ok = storageResult(ops[i].Kind, v); !ok {
			return nil, fmt.Errorf("the script of the storage returned %T for an operation of kind %d", v, ops[i].Kind)
		}
	}
	return results, nil
}

// storageResult reads the reply to one operation.
func storageResult(kind storage.Kind, v any) (r storage.Result, ok bool) {
	switch v := v.(type) {
	case nil:
		return r, kind == storage.Get || kind == storage.Set || kind == storage.Expire
	case []byte:
		r.Value = v
		return r, kind == storage.Get || kind == storage.Increment
	case int64:
		switch {
		case kind == storage.Delete, kind == storage.CompareAndSet, kind == storage.Expire:
			r.Value = strconv.AppendBool(nil, v == 1)
		case kind == storage.Increment && v == 1:
			r.Err = storage.ErrNotNumber
		case kind == storage.Increment && v == 2:
			r.Err = storage.ErrTooLarge
		default:
			return r, false
		}
		return r, true
	case []any:
		r.Entries = make([]storage.Entry, 0, len(v)/2)
		for j := 0; j+1 < len(v); j += 2 {
			key, ok1 := v[j].([]byte)
			value, ok2 := v[j+1].([]byte)
			if !ok1 || !ok2 {
				return r, false
			}
			r.Entries = append(r.Entries, storage.Entry{Key: string(key), Value: value})
		}
		return r, kind == storage.List
	}
	return r, false
}
