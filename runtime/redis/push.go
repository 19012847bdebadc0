package redis

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A push is a batch to be written: the mark that it requires, the mark that it sets, and the
// entries.
type push struct {
	list, mark, trimmed string // keys
	before, after       int64
	max                 int
	lines               []string
}

// A pushed is the result of a push.
type pushed struct {
	written   bool
	mark      int64 // if not written, the mark that was found
	forgotten bool  // written although there was no mark
}

// markLife is the time for which Redis keeps the mark of a writer that writes nothing. For so long it
// may be cut off and still learn what became of its last batch.
const markLife = 7 * 24 * time.Hour

// closedMark is the time for which Redis keeps the mark of a writer that has ended, for batches sent on an
// earlier connection that Redis has not read yet.
const closedMark = time.Minute

// pushScript writes a batch if its writer's mark is the one that the writer expects, in one step. A
// writer without a mark may write: it is new, or Redis has forgotten it.
//
// A script is not rolled back when one of its commands fails, so their order matters. LLEN fails if
// the key is not a list. The first command that writes needs memory, because Redis checks only
// there whether it has enough, whether it is a replica and whether it can save. Trimming precedes
// appending, and happens even if there is nothing to trim, and the mark is first written with its
// old value, so that a missing permission shows before a line is written. After RPUSH nothing is
// left that can fail.
//
// KEYS: list, mark, trimmed. ARGV: mark before, mark after, life of the mark in milliseconds, the
// list's limit, entries …
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

// noScripts reports whether err means that Redis does not let this user run scripts.
func noScripts(err error) bool {
	if err == nil {
		return false
	}
	text := strings.ToLower(err.Error())
	return strings.HasPrefix(text, "noperm") && strings.Contains(text, "'eval") ||
		strings.HasPrefix(text, "err unknown command") && strings.Contains(text, "eval")
}

// byTransaction writes a batch like pushScript, with one more round trip: WATCH makes EXEC do
// nothing if the mark or the list was changed after they were read. ok is false in that case, and
// the caller can try again.
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

// look watches the mark and the list, and returns the mark, if there is one, and the length of the
// list. It fails if the key is not a list, because EXEC would set the mark and append nothing.
func (p push) look(conn redis.Conn) (mark string, length int, err error) {
	for _, command := range [][]any{{"WATCH", p.mark, p.list}, {"GET", p.mark}, {"LLEN", p.list}} {
		if err := conn.Send(command[0].(string), command[1:]...); err != nil {
			return "", 0, err
		}
	}
	answers, err := redis.Values(conn.Do("")) // sends all at once
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

// transaction runs commands between MULTI and EXEC. It returns their replies, or nil if a watched
// key was changed. If Redis rejects one of them, none is run and the error is that reply.
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
	for _, answer := range answers { // the first error has the reason; that of EXEC says only that there was one
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
