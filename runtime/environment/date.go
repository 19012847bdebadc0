package environment

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// goja makes local times as Go's time.Date does, which promises nothing for times that a clock change
// skips or repeats: setHours(0) could go back a day. ECMA-262 §21.4.1.26 takes the offset before the
// change. So the setters, the constructor and Date.parse compute here.

const (
	dayMs   = 86_400_000
	maxDate = 8.64e15 // milliseconds from 1970, either way
)

// dates holds goja's own code of Date.
type dates struct {
	get, set, parse native
	construct       nativeConstruct
}

// installDate replaces the code of Date.
func (l *limiter) installDate() error {
	class, prototype := l.object("Date"), l.object("Date.prototype")
	_, construct, err := l.in.code(class)
	if err != nil {
		return err
	}
	l.date.construct = *construct
	*construct = l.constructDate
	for _, b := range []struct {
		on   *goja.Object
		name string
		old  *native
		by   native
	}{
		{prototype, "getTime", &l.date.get, nil}, {prototype, "setTime", &l.date.set, nil}, {class, "parse", &l.date.parse, l.parseDate},
		{prototype, "toISOString", nil, l.isoDate},
		{prototype, "setFullYear", nil, l.setDate(0, 3)}, {prototype, "setMonth", nil, l.setDate(1, 2)}, {prototype, "setDate", nil, l.setDate(2, 1)},
		{prototype, "setHours", nil, l.setDate(3, 4)}, {prototype, "setMinutes", nil, l.setDate(4, 3)}, {prototype, "setSeconds", nil, l.setDate(5, 2)}, {prototype, "setMilliseconds", nil, l.setDate(6, 1)},
	} {
		code, _, err := l.in.code(b.on.Get(b.name).ToObject(l.vm))
		if err != nil {
			return err
		}
		if b.old != nil {
			*b.old = *code
		}
		if b.by != nil {
			*code = b.by
		}
	}
	return nil
}

// A civil time is year, month from 0, day from 1, hours, minutes, seconds and milliseconds.
type civil [7]float64

// civilOf returns the civil time of milliseconds since 1970, both in the same zone.
func civilOf(ms float64) (c civil) {
	n := int64(ms)
	days, rest := n/dayMs, n%dayMs
	if rest < 0 {
		days, rest = days-1, rest+dayMs
	}
	t := time.Unix(days*86_400, 0).UTC()
	return civil{float64(t.Year()), float64(t.Month() - 1), float64(t.Day()),
		float64(rest / 3_600_000), float64(rest / 60_000 % 60), float64(rest / 1_000 % 60), float64(rest % 1_000)}
}

// ms is MakeDate of ECMA-262 §21.4.1: the parts may be out of their ranges.
func (c civil) ms() float64 {
	for i := range c {
		if math.IsNaN(c[i]) || math.IsInf(c[i], 0) {
			return math.NaN()
		}
		c[i] = math.Trunc(c[i])
	}
	year, month := c[0]+math.Floor(c[1]/12), math.Mod(c[1], 12)
	if month < 0 {
		month += 12
	}
	if math.Abs(year) > 400_000 {
		return math.NaN()
	}
	day := float64(time.Date(int(year), time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC).Unix()/86_400) + c[2] - 1
	return day*dayMs + c[3]*3_600_000 + c[4]*60_000 + c[5]*1_000 + c[6]
}

// offset returns how far the local time is ahead at an instant, in milliseconds.
func offset(ms float64) float64 {
	_, seconds := time.UnixMilli(int64(ms)).In(time.Local).Zone()
	return float64(seconds) * 1_000
}

// utc returns the instant of a local time. A time that a clock change repeats is the first of the two,
// and one that it skips has the offset before the change.
func utc(local float64) float64 {
	if math.IsNaN(local) || math.Abs(local) > maxDate+dayMs {
		return math.NaN()
	}
	before, after := offset(local-dayMs), offset(local+dayMs)
	for _, o := range []float64{before, after} {
		if offset(local-o) == o {
			return local - o
		}
	}
	return local - before
}

// clip is TimeClip: NaN for what no Date can hold.
func clip(ms float64) float64 {
	if math.IsNaN(ms) || math.Abs(ms) > maxDate {
		return math.NaN()
	}
	return math.Trunc(ms) + 0
}

// setDate returns a setter of local time that takes up to most parts, from the one called first on.
func (l *limiter) setDate(first, most int) native {
	return func(call goja.FunctionCall) goja.Value {
		t := l.date.get(goja.FunctionCall{This: call.This}).ToFloat()
		args := call.Arguments
		if len(args) == 0 {
			args = []goja.Value{goja.Undefined()}
		}
		var parts [4]float64
		n := min(len(args), most)
		for i := range n {
			parts[i] = args[i].ToNumber().ToFloat()
		}
		if math.IsNaN(t) {
			if first != 0 {
				return l.vm.ToValue(math.NaN())
			}
			t = -offset(0)
		}
		c := civilOf(t + offset(t))
		copy(c[first:], parts[:n])
		return l.date.set(goja.FunctionCall{This: call.This, Arguments: []goja.Value{l.vm.ToValue(clip(utc(c.ms())))}})
	}
}

// constructDate is new Date.
func (l *limiter) constructDate(args []goja.Value, newTarget *goja.Object) *goja.Object {
	if len(args) >= 2 {
		c := civil{2: 1}
		for i := range min(len(args), len(c)) {
			c[i] = args[i].ToNumber().ToFloat()
		}
		if year := math.Trunc(c[0]); year >= 0 && year <= 99 {
			c[0] = 1900 + year
		}
		args = []goja.Value{l.vm.ToValue(clip(utc(c.ms())))}
	} else if len(args) == 1 {
		if s, ok := args[0].(goja.String); ok {
			args = []goja.Value{l.parseDate(goja.FunctionCall{Arguments: []goja.Value{s}})}
		}
	}
	return l.date.construct(args, newTarget)
}

// isoDateTime is the format of ECMA-262 §21.4.1.32, with the small letters that V8 takes.
var isoDateTime = regexp.MustCompile(`^([+-]\d{6}|\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[+-]\d\d:?\d\d)?)?$`)

// parseDate is Date.parse. What is in another format is goja's to read.
func (l *limiter) parseDate(call goja.FunctionCall) goja.Value {
	s := stringOf(l.vm, call.Argument(0))
	if s.Length() <= 64 {
		if m := isoDateTime.FindStringSubmatch(s.String()); m != nil && m[1] != "-000000" {
			return l.vm.ToValue(parseISO(m))
		}
	}
	return l.date.parse(goja.FunctionCall{This: call.This, Arguments: []goja.Value{s}})
}

// parseISO returns the instant of what isoDateTime found; NaN if a part is out of its range.
func parseISO(m []string) float64 {
	part := func(i int, otherwise float64) float64 {
		n, err := strconv.ParseFloat(m[i], 64)
		if err != nil {
			return otherwise
		}
		return n
	}
	fraction := (m[7] + "000")[:3]
	ms, _ := strconv.ParseFloat(fraction, 64)
	c := civil{part(1, 0), part(2, 1) - 1, part(3, 1), part(4, 0), part(5, 0), part(6, 0), ms}
	isMidnight := c[3] == 24 && c[4] == 0 && c[5] == 0 && ms == 0
	if c[1] < 0 || c[1] > 11 || c[2] < 1 || c[2] > 31 || c[3] > 23 && !isMidnight || c[4] > 59 || c[5] > 59 {
		return math.NaN()
	}
	t := c.ms()
	switch zone := m[8]; {
	case zone == "" && m[4] != "":
		t = utc(t)
	case len(zone) > 1:
		hours, _ := strconv.Atoi(zone[1:3])
		minutes, _ := strconv.Atoi(strings.TrimPrefix(zone[3:], ":"))
		if hours > 23 || minutes > 59 {
			return math.NaN()
		}
		shift := float64(hours*60+minutes) * 60_000
		if zone[0] == '-' {
			shift = -shift
		}
		t -= shift
	}
	return clip(t)
}

// isoDate is Date.prototype.toISOString.
func (l *limiter) isoDate(call goja.FunctionCall) goja.Value {
	t := l.date.get(goja.FunctionCall{This: call.This}).ToFloat()
	if math.IsNaN(t) {
		panic(l.made(l.rangeErrors, "Invalid time value"))
	}
	c := civilOf(t)
	year := fmt.Sprintf("%04.0f", c[0])
	if c[0] < 0 || c[0] > 9999 {
		year = fmt.Sprintf("%+07.0f", c[0])
	}
	return l.vm.ToValue(fmt.Sprintf("%s-%02.0f-%02.0fT%02.0f:%02.0f:%02.0f.%03.0fZ", year, c[1]+1, c[2], c[3], c[4], c[5], c[6]))
}
