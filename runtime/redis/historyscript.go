package redis

import "github.com/gomodule/redigo/redis"

// The history of topics in Redis. Of each topic there are two keys:
//
//	HISTORY:stream:TOPIC  a stream of the messages that are kept: p, the publisher; n, its number; m, the sealed
//	                      message. It expires after the window without a message.
//	HISTORY:topic:TOPIC   a hash: e, the epoch; b, the bytes in the stream; and for each publisher l:PUBLISHER,
//	                      the number and the time of its last message, and d:PUBLISHER, the number of the last one
//	                      that is not kept any more. It outlasts the stream, so that it is known what is missing.
//
// Besides there are HISTORY, the epoch of all, with which that of each topic begins; HISTORY:topics, a sorted
// set of the topics by their names; HISTORY:used, one by the times of their last messages; and HISTORY:bytes, the sum of
// all b. Without its epoch, or with another, a history is void: so deleting one key makes all of them
// begin anew, which is done when messages may be missing from any of them.
//
// Beyond keptTopics, or keptBytes of all, the topics on which nothing was published for the longest time are forgotten.
// HISTORY:forgotten counts that, and is a part of the epoch of all as clients are told of it: whoever has been told
// before does not know whether a topic that begins later has begun before.
//
// Each operation is one script, carried out in one step. A write that fails, because Redis has no memory left, say,
// makes all histories begin anew.

// historyPrelude precedes all scripts. ARGV: what the names of keys begin with, and random text for a new epoch.
const historyPrelude = `
local base, fresh = ARGV[1], ARGV[2]
local index, used, total, forgotten = base .. ':topics', base .. ':used', base .. ':bytes', base .. ':forgotten'
local stream, meta
local void -- of the topic: its history is of another epoch of all, and so not in the sum of bytes
local function choose(name) stream, meta = base .. ':stream:' .. name, base .. ':topic:' .. name end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function text(n) return string.format('%.0f', n) end
local function age() -- the epoch of all
  local e = redis.call('GET', base)
  if not e then
    e = fresh
    redis.call('SET', base, e)
    redis.call('DEL', index, used, total, forgotten)
  end
  return e
end
local function told(all) return all .. '~' .. (redis.call('GET', forgotten) or '') end
local function find(all) -- the epoch of the topic, if it has a history
  local e = redis.call('HGET', meta, 'e')
  void = e and string.sub(e, 1, #all + 1) ~= all .. '.'
  return not void and e
end
local function clear() -- returns the bytes of all that are left
  local b = redis.call('HGET', meta, 'b')
  redis.call('DEL', stream, meta)
  return redis.call('DECRBY', total, b or 0)
end
local function begin(name, all)
  local e, b = all .. '.' .. fresh, not void and redis.call('HGET', meta, 'b') or 0
  redis.call('HSET', meta, 'e', e, 'b', 0) -- first, because only the first write of a script fails if there is no memory
  redis.call('DEL', stream)
  redis.call('DECRBY', total, b)
  redis.call('ZADD', index, 0, name)
  redis.call('ZADD', used, text(now), name)
  for _, other in ipairs(redis.call('ZRANDMEMBER', index, 3)) do
    if redis.call('EXISTS', base .. ':topic:' .. other) == 0 then redis.call('ZREM', index, other) end
  end
  return e
end
local function positions()
  local last, dropped, times = {}, {}, {}
  local all = redis.call('HGETALL', meta)
  for i = 1, #all, 2 do
    local kind, publisher = string.sub(all[i], 1, 2), string.sub(all[i], 3)
    if kind == 'l:' then
      local n, time = string.match(all[i + 1], '^(%d+) (%d+)$')
      last[publisher], times[publisher] = tonumber(n), tonumber(time)
    elseif kind == 'd:' then dropped[publisher] = tonumber(all[i + 1]) end
  end
  return last, dropped, times
end
local function extend(life) -- that of what all topics share, which outlasts each of them; windows differ
  if redis.call('PTTL', index) < tonumber(life) then
    for _, key in ipairs({index, used, total, forgotten}) do redis.call('PEXPIRE', key, life + 3600000) end
  end
end
local function expire() -- notes what has gone with the stream
  if redis.call('HGET', meta, 'b') ~= '0' and redis.call('EXISTS', stream) == 0 then
    for publisher, n in pairs((positions())) do redis.call('HSET', meta, 'd:' .. publisher, text(n)) end
    redis.call('DECRBY', total, redis.call('HGET', meta, 'b'))
    redis.call('HSET', meta, 'b', 0)
  end
end
`

// keepScript keeps a message, and publishes it. A message that is sent again is published again, because other
// nodes may have missed it, and is not kept twice. ARGV: the topic, the channel, the sealed message, the publisher,
// its number, how many messages are kept, their bytes, what each counts for beside its own, the window, the time
// for which it is known what is missing, both in milliseconds, and the bounds on the bytes and the number of all topics.
var keepScript = redis.NewScript(0, keepSource)

const keepSource = historyPrelude + `
local name, channel, message, publisher, number = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local most, mostBytes, size, window, memory = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11], tonumber(ARGV[12])
local allBytes, allTopics = tonumber(ARGV[13]), tonumber(ARGV[14])
choose(name)
local function keep()
  local all = age()
  local isNew = not find(all)
  if isNew then begin(name, all) else expire() end
  local last = redis.call('HGET', meta, 'l:' .. publisher)
  if not last and redis.call('HLEN', meta) > 200 then
    -- Publishers that have ended would stay. Without them, nobody knows what of theirs is missing.
    local _, _, times = positions()
    local gone = {}
    for p, time in pairs(times) do
      if now - time > 2 * window then gone[#gone + 1] = p end
    end
    for _, p in ipairs(gone) do redis.call('HDEL', meta, 'l:' .. p, 'd:' .. p) end
    if #gone > 0 then redis.call('HSET', meta, 'e', all .. '.' .. fresh) end
  end
  if last and tonumber(string.match(last, '^%d+')) >= tonumber(number) then return end
  redis.call('XADD', stream, '*', 'p', publisher, 'n', number, 'm', message)
  redis.call('HSET', meta, 'l:' .. publisher, number .. ' ' .. text(now))
  local more = #message + size
  local bytes, count = redis.call('HINCRBY', meta, 'b', more), redis.call('XLEN', stream)
  while count > most or bytes > mostBytes and count > 1 do
    local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
    redis.call('HSET', meta, 'd:' .. oldest[2][2], oldest[2][4])
    redis.call('XDEL', stream, oldest[1])
    count, more = count - 1, more - #oldest[2][6] - size
    bytes = redis.call('HINCRBY', meta, 'b', -#oldest[2][6] - size)
  end
  redis.call('PEXPIRE', stream, window)
  redis.call('PEXPIRE', meta, memory)
  if not last or now - string.match(last, '%d+$') > 1000 then redis.call('ZADD', used, text(now), name) end
  local sum, topics = 0, 0
  if more ~= 0 then sum = redis.call('INCRBY', total, more) end
  if isNew then topics = redis.call('ZCARD', used) end
  extend(memory)
  for _, other in ipairs((sum > allBytes or topics > allTopics) and redis.call('ZRANGE', used, 0, 9) or {}) do
    if other == name or sum <= allBytes and topics <= allTopics then break end
    choose(other)
    redis.call('INCR', forgotten)
    sum, topics = clear(), topics - 1
    redis.call('ZREM', used, other)
    redis.call('ZREM', index, other)
  end
end
if not pcall(keep) then redis.call('DEL', base) end
return redis.call('PUBLISH', channel, message)
`

// missedScript returns what was published on a topic after a position: the epoch, or an empty text if there
// is no history; 1 if nothing else is missing; 1 if there is more; the last numbers, each after its
// publisher; and the sealed messages. ARGV: the topic; 1 to begin a history if there is none; the bytes to
// return at most, or -1 for no messages; what each counts for beside its own; the time for which it is known
// what is missing; the epoch of the position; and the position, each number after its publisher.
var missedScript = redis.NewScript(0, missedSource)

const missedSource = historyPrelude + `
local name, open, most, overhead, memory, epoch = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8]
local position = {}
for i = 9, #ARGV, 2 do position[ARGV[i]] = tonumber(ARGV[i + 1]) end
choose(name)
local all = age()
local e = find(all)
local complete = e and (epoch == '' or epoch == told(all) or epoch == e)
if not e then
  if open ~= '1' then return {'', 0, 0, {}, {}} end
  e = begin(name, all)
end
if redis.call('PTTL', meta) < tonumber(memory) then redis.call('PEXPIRE', meta, memory) end
extend(memory)
expire()
local last, dropped = positions()
for publisher, n in pairs(dropped) do
  complete = complete and (position[publisher] or 0) >= n
end
local numbers, messages, bytes, more, from = {}, {}, 0, 0, '-'
for publisher, n in pairs(last) do
  numbers[#numbers + 1] = publisher
  numbers[#numbers + 1] = text(n)
end
while from and most >= 0 do
  local page = redis.call('XRANGE', stream, from, '+', 'COUNT', 100)
  from = #page == 100 and '(' .. page[100][1]
  for _, entry in ipairs(page) do
    local fields = entry[2]
    if tonumber(fields[4]) > (position[fields[2]] or 0) then
      bytes = bytes + #fields[6] + overhead
      if bytes > most and #messages > 0 then
        more, from = 1, false
        break
      end
      messages[#messages + 1] = fields[6]
    end
  end
end
return {e, complete and 1 or 0, more, numbers, messages}
`

// statesScript returns the epoch of all, 1 if there are more topics whose names begin with a prefix, and of each its
// name, its epoch, and the last numbers as above. ARGV: the prefix, and how many topics to return at most.
var statesScript = redis.NewScript(0, statesSource)

const statesSource = historyPrelude + `
local prefix, most = ARGV[3], tonumber(ARGV[4])
local all, states, more = age(), {}, 0
for _, name in ipairs(redis.call('ZRANGEBYLEX', index, '[' .. prefix, '(' .. prefix .. '\255', 'LIMIT', 0, most + 1)) do
  choose(name)
  local e = find(all)
  if not e then redis.call('ZREM', index, name)
  elseif #states == most then more = 1
  else
    local numbers = {}
    for publisher, n in pairs((positions())) do
      numbers[#numbers + 1] = publisher
      numbers[#numbers + 1] = text(n)
    end
    states[#states + 1] = {name, e, numbers}
  end
end
return {told(all), more, states}
`
