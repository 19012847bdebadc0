package redis

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A push is one batch on its way: what the mark must be for it to be written, what it is then, and the entries.
type push struct {
	list, mark, trimmed string // keys
	before, after       int64
	max                 int
	lines               []string
}

// A pushed is what became of it.
type pushed struct {
	written   bool
	mark      int64 // if it was not written: the mark that was found
	forgotten bool  // it was written, and there was no mark
}

// markLife is how long Redis keeps the mark of a writer that says nothing: as long as it may be cut off and still know
// what became of its last batch.
const markLife = 7 * 24 * time.Hour

// closedMark is how long it keeps the mark of a writer that has ended: what an earlier connection sent,
// and Redis has not read so far, must still find it.
const closedMark = time.Minute

// pushScript writes a batch if the mark of its writer is what the writer believes, all in one step. A writer without a
// mark may write: it is new, or Redis has forgotten it.
//
// A script is not undone when a command of it fails, so the order counts. LLEN fails if the list is none. The first command
// that writes is one that needs memory: Redis checks its own memory, whether it is a replica and whether it can save only
// there. What trims comes before what appends, and runs although there may be nothing to trim; and the mark is written once
// with its old value: so a missing right shows before there is a line. After RPUSH nothing is left that can fail.
//
// KEYS: list, mark, trimmed. ARGV: mark before, mark after, milliseconds that the mark lives, the list's limit, entries …
var pushScript = redis.NewScript(3, `
local mark = redis.call('GET', KEYS[2])
if mark and mark ~= ARGV[1] then return {0, mark} end
local n = #ARGV - 4
local surplus = math.max(redis.call('LLEN', KEYS[1]) + n - ARGV[4], 0)
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
redis.call('INCRBY', KEYS[3], surplus)
redis.call('LTRIM', KEYS[1], surplus, -1)
if n > 0 then
  redis.call('RPUSH', KEYS[1], unpack(ARGV, 5))
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return {mark and 1 or 2, ARGV[2]}
`)

// byScript writes a batch with pushScript.
func (p push) byScript(conn redis.Conn, life time.Duration) (pushed, error) {
	args := append(make([]any, 0, 7+len(p.lines)), p.list, p.mark, p.trimmed, p.before, p.after, life.Milliseconds(), p.max)
	for _, line := range p.lines {
		args = append(args, line)
	}
	reply, err := redis.Int64s(pushScript.Do(conn, args...))
	if err != nil {
		return pushed{}, err
	}
	if len(reply) != 2 {
		return pushed{}, fmt.Errorf("the script that writes the log returned %d values, not 2", len(reply))
	}
	return pushed{written: reply[0] > 0, mark: reply[1], forgotten: reply[0] == 2}, nil
}

// noScripts says that this Redis lets its user run no scripts.
func noScripts(err error) bool {
	if err == nil {
		return false
	}
	text := strings.ToLower(err.Error())
	return strings.HasPrefix(text, "noperm") && strings.Contains(text, "'eval") ||
		strings.HasPrefix(text, "err unknown command") && strings.Contains(text, "eval")
}

// byTransaction writes a batch as pushScript does, with one more round trip: WATCH makes EXEC do nothing if mark or list
// were touched after they were looked at. ok is false if they were; then nothing is known, and it can be tried again.
func (p push) byTransaction(conn redis.Conn, life time.Duration) (result pushed, ok bool, err error) {
	mark, length, err := p.look(conn)
	if err != nil {
		return pushed{}, false, err
	}
	if mark != "" && mark != strconv.FormatInt(p.before, 10) {
		n, err := strconv.ParseInt(mark, 10, 64)
		return pushed{mark: n}, true, err
	}
	surplus := max(length+len(p.lines)-p.max, 0)
	commands := [][]any{{"SET", p.mark, p.after, "PX", life.Milliseconds()}, {"INCRBY", p.trimmed, surplus}, {"LTRIM", p.list, surplus, -1}}
	if len(p.lines) > 0 {
		entries := []any{"RPUSH", p.list}
		for _, line := range p.lines {
			entries = append(entries, line)
		}
		commands = append(commands, entries)
	}
	reply, err := transaction(conn, commands...)
	if err != nil || reply == nil {
		return pushed{}, false, err
	}
	return pushed{written: true, mark: p.after, forgotten: mark == ""}, true, nil
}

// look watches mark and list, and tells the mark, if there is one, and how long the list is. If it is no list, that is an
// error: EXEC would set the mark, and append nothing.
func (p push) look(conn redis.Conn) (mark string, length int, err error) {
	for _, command := range [][]any{{"WATCH", p.mark, p.list}, {"GET", p.mark}, {"LLEN", p.list}} {
		if err := conn.Send(command[0].(string), command[1:]...); err != nil {
			return "", 0, err
		}
	}
	answers, err := redis.Values(conn.Do("")) // all at once
	if err != nil {
		return "", 0, err
	}
	for _, answer := range answers {
		if err, isError := answer.(redis.Error); isError {
			return "", 0, err
		}
	}
	if answers[1] != nil {
		if mark, err = redis.String(answers[1], nil); err != nil {
			return "", 0, err
		}
	}
	length, err = redis.Int(answers[2], nil)
	return mark, length, err
}

// transaction runs commands between MULTI and EXEC. It returns their answers, or nil if a watched key was touched. If
// Redis refuses one of them none is run, and the error is why.
func transaction(conn redis.Conn, commands ...[]any) ([]any, error) {
	if err := conn.Send("MULTI"); err != nil {
		return nil, err
	}
	for _, command := range commands {
		if err := conn.Send(command[0].(string), command[1:]...); err != nil {
			return nil, err
		}
	}
	if err := conn.Send("EXEC"); err != nil {
		return nil, err
	}
	answers, err := redis.Values(conn.Do(""))
	if err != nil {
		return nil, err
	}
	for _, answer := range answers { // the first says why; EXEC's own only that there was one
		if err, isError := answer.(redis.Error); isError {
			return nil, err
		}
	}
	last := answers[len(answers)-1]
	if last == nil {
		return nil, nil
	}
	results, err := redis.Values(last, nil)
	if err != nil {
		return nil, err
	}
	for _, result := range results {
		if err, isError := result.(redis.Error); isError {
			return nil, err
		}
	}
	return results, nil
}
