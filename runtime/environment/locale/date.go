package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DateOptions are those of Intl.DateTimeFormat (ECMA-402 §11), with the values as the standard names
// them. An empty one was not asked for.
type DateOptions struct {
	Weekday, Year, Month, Day, Hour, Minute, Second, TimeZoneName string
	DateStyle, TimeStyle                                          string
	FractionDigits                                                int    // of the second
	Hour12                                                        string // true or false
	HourCycle, TimeZone, Calendar, NumberingSystem                string
}

// A Date formats instants. It is safe for concurrent use.
type Date struct {
	// HourCycle is h11, h12, h23 or h24, or empty if no hour is shown.
	HourCycle string
	// TimeZone is the name of the zone.
	TimeZone string

	locale         *Locale
	zone           *time.Location
	zoneName       string // the option timeZoneName
	fractionDigits int
	digits         []rune
	periods        []string // of a day, each as long
	pieces         []piece
}

// NewDate returns a formatter, or an [*Error] that names the option that is not served. At least one of
// the fields or styles has to be asked for.
func (l *Locale) NewDate(o DateOptions) (*Date, error) {
	f := &Date{locale: l, zoneName: o.TimeZoneName, fractionDigits: o.FractionDigits}
	calendar := o.Calendar
	if calendar == "" {
		calendar = l.extension("ca")
	}
	if calendar != "" && calendar != "gregory" && calendar != "gregorian" {
		return nil, refuse("the calendar %s is not served here: gregory is", calendar)
	}
	var err error
	if f.digits, err = l.digits(o.NumberingSystem); err != nil {
		return nil, err
	}
	if f.TimeZone, f.zone, err = findZone(o.TimeZone); err != nil {
		return nil, err
	}
	cycle := f.cycle(o)
	f.periods = l.table.list("periods")
	if styled := l.table.get("style periods"); styled != "" && o.TimeStyle != "" && o.Hour12 == "" && o.HourCycle == "" {
		f.periods = strings.Split(styled, "|")
	}
	var template string
	if o.DateStyle != "" || o.TimeStyle != "" {
		template = f.styles(o, cycle)
	} else if template, err = f.fields(o, cycle); err != nil {
		return nil, err
	}
	switch cycle {
	case "h11":
		template = strings.NewReplacer("{h}", "{K}", "{hh}", "{KK}").Replace(template)
	case "h24":
		template = strings.NewReplacer("{H}", "{k}", "{HH}", "{kk}").Replace(template)
	}
	f.pieces = pieces(template)
	for _, p := range f.pieces {
		if p.field && p.text == "z" {
			if err := f.nameable(); err != nil {
				return nil, err
			}
		}
		if p.field && strings.Contains("hHkK", p.text[:1]) {
			f.HourCycle = cycle
		}
	}
	return f, nil
}

// cycle returns the hour cycle to use if there is an hour.
func (f *Date) cycle(o DateOptions) string {
	usual := strings.Fields(f.locale.table.get("cycles"))
	switch asked := f.locale.extension("hc"); {
	case o.Hour12 == "true":
		return usual[1]
	case o.Hour12 == "false":
		return usual[2]
	case o.HourCycle != "":
		return o.HourCycle
	case asked == "h11" || asked == "h12" || asked == "h23" || asked == "h24":
		return asked
	}
	return usual[0]
}

func isHalfDay(cycle string) bool { return cycle == "h11" || cycle == "h12" }

// styles returns the template of dateStyle and timeStyle.
func (f *Date) styles(o DateOptions, cycle string) string {
	t := f.locale.table
	hours := "24"
	if isHalfDay(cycle) {
		hours = "12"
	}
	date, clock := t.get("dateStyle "+o.DateStyle), t.get("timeStyle "+hours+" "+o.TimeStyle)
	if o.TimeStyle == "full" {
		f.zoneName = "long"
	} else {
		f.zoneName = "short"
	}
	switch {
	case o.DateStyle == "":
		return clock
	case o.TimeStyle == "":
		return date
	}
	return join(t.get("style join "+o.DateStyle), date, clock)
}

func join(template, date, clock string) string {
	return strings.NewReplacer("{1}", date, "{0}", clock).Replace(template)
}

// A field is one that is asked for: its letters in a template, and those of the template that others
// are derived from.
type dateField struct{ letters, base string }

var widths = map[string]map[string]dateField{
	"weekday": {"short": {"EEE", "EEE"}, "long": {"EEEE", "EEE"}, "narrow": {"EEEEE", "EEE"}},
	"year":    {"numeric": {"y", "y"}, "2-digit": {"yy", "y"}},
	"month": {"numeric": {"M", "M"}, "2-digit": {"MM", "M"},
		"short": {"MMM", "MMM"}, "long": {"MMMM", "MMM"}, "narrow": {"MMMMM", "MMM"}},
	"day":    {"numeric": {"d", "d"}, "2-digit": {"dd", "d"}},
	"h":      {"numeric": {"h", "h"}, "2-digit": {"hh", "h"}},
	"H":      {"numeric": {"H", "H"}, "2-digit": {"HH", "H"}},
	"minute": {"numeric": {"m", "m"}, "2-digit": {"mm", "m"}},
	"second": {"numeric": {"s", "s"}, "2-digit": {"ss", "s"}},
}

// fields returns the template of the fields that are asked for one by one.
func (f *Date) fields(o DateOptions, cycle string) (string, error) {
	t, hour := f.locale.table, "H"
	if isHalfDay(cycle) {
		hour = "h"
	}
	var date, clock []dateField
	add := func(list *[]dateField, name, width string) {
		if width != "" {
			*list = append(*list, widths[name][width])
		}
	}
	add(&date, "weekday", o.Weekday)
	add(&date, "year", o.Year)
	add(&date, "month", o.Month)
	add(&date, "day", o.Day)
	add(&clock, hour, o.Hour)
	add(&clock, "minute", o.Minute)
	add(&clock, "second", o.Second)
	isOffset := strings.HasSuffix(o.TimeZoneName, "Offset")
	if o.TimeZoneName != "" && len(clock) > 0 && !isOffset {
		clock = append(clock, dateField{"z", "z"})
	}
	dateText, clockText := t.derive("date ", date), t.derive("time ", clock)
	if isOffset && len(clock) > 0 {
		clockText = strings.NewReplacer("{0}", clockText, "{1}", "{z}").Replace(t.get("join offset"))
	}
	if o.FractionDigits > 0 {
		switch {
		case o.Second != "" && (o.Minute != "" || o.Hour == ""):
			fraction := t.get("fraction") + "{S}"
			clockText = strings.NewReplacer("{ss}", "{ss}"+fraction, "{s}", "{s}"+fraction).Replace(clockText)
		case len(clock) == 0:
			clock, clockText = []dateField{{"S", "S"}}, "{S}"
		default:
			return "", refuse("fractionalSecondDigits without second and minute is not served here")
		}
	}
	style := "join short"
	switch {
	case o.Month == "long" && o.Weekday != "":
		style = "join full"
	case o.Month == "long":
		style = "join long"
	case o.Month == "short":
		style = "join medium"
	case len(date) == 1 && o.Weekday != "" && o.Hour != "" && o.Minute != "" && !isOffset && t.get("join weekday") != "":
		style = "join weekday"
	}
	switch {
	case o.TimeZoneName != "" && len(clock) == 0 && len(date) == 0:
		return "{z}", nil
	case o.TimeZoneName != "" && len(clock) == 0:
		return join(t.get(style), dateText, "{z}"), nil
	case len(date) == 0:
		return clockText, nil
	case len(clock) == 0:
		return dateText, nil
	}
	return join(t.get(style), dateText, clockText), nil
}

// derive returns the template of some fields: that of their widths, or the one of their base with these
// widths instead.
func (t *table) derive(prefix string, fields []dateField) string {
	key, base := prefix, prefix
	for _, field := range fields {
		key += field.letters
		base += field.base
	}
	if template := t.get(key); template != "" {
		return template
	}
	template := t.get(base)
	for _, field := range fields {
		template = strings.Replace(template, "{"+field.base+"}", "{"+field.letters+"}", 1)
		template = strings.Replace(template, "{"+alone(field.base)+"}", "{"+alone(field.letters)+"}", 1)
	}
	return template
}

// alone returns the letters of the name that a month or a weekday has when it stands alone.
func alone(letters string) string {
	if len(letters) < 3 {
		return letters
	}
	return strings.NewReplacer("M", "L", "E", "c").Replace(letters)
}

// fieldTypes are the types of parts, by the letter of the field.
var fieldTypes = map[byte]string{
	'E': "weekday", 'c': "weekday", 'y': "year", 'M': "month", 'L': "month", 'd': "day", 'h': "hour", 'H': "hour", 'K': "hour", 'k': "hour",
	'm': "minute", 's': "second", 'S': "fractionalSecond", 'a': "dayPeriod", 'z': "timeZoneName",
}

// Format returns the text of an instant, given in milliseconds since 1970, which must be one that a
// Date of JavaScript can have.
func (f *Date) Format(ms float64) []Part {
	at := time.UnixMilli(int64(ms)).In(f.zone)
	parts := make([]Part, 0, len(f.pieces))
	for _, p := range f.pieces {
		if p.field {
			parts = append(parts, Part{fieldTypes[p.text[0]], f.field(at, p.text)})
		} else {
			parts = append(parts, Part{"literal", p.text})
		}
	}
	return parts
}

func (f *Date) field(at time.Time, letters string) string {
	number := func(n int) string {
		if len(letters) == 2 {
			return inDigits(fmt.Sprintf("%02d", n%100), f.digits)
		}
		return inDigits(strconv.Itoa(n), f.digits)
	}
	switch letters[0] {
	case 'E', 'c':
		return f.name(letters, int(at.Weekday()))
	case 'y':
		year := at.Year()
		if year <= 0 { // counted from 1 before Christ
			year = 1 - year
		}
		return number(year)
	case 'M', 'L':
		if len(letters) > 2 {
			return f.name(letters, int(at.Month())-1)
		}
		return number(int(at.Month()))
	case 'd':
		return number(at.Day())
	case 'h':
		return number((at.Hour()+11)%12 + 1)
	case 'H':
		return number(at.Hour())
	case 'K':
		return number(at.Hour() % 12)
	case 'k':
		return number((at.Hour()+23)%24 + 1)
	case 'm':
		return number(at.Minute())
	case 's':
		return number(at.Second())
	case 'S':
		return inDigits(fmt.Sprintf("%03d", at.Nanosecond()/1_000_000)[:f.fractionDigits], f.digits)
	case 'a':
		periods := f.periods
		return periods[at.Hour()*len(periods)/24]
	}
	return f.nameOfZone(at)
}

// name returns a name of a month or a weekday.
func (f *Date) name(letters string, index int) string {
	if f.locale.table.get(letters) == "" { // the same as within a date
		letters = strings.NewReplacer("L", "M", "c", "E").Replace(letters)
	}
	return f.locale.table.list(letters)[index]
}

// Fields returns the width of each field that is shown, by its name.
func (f *Date) Fields() map[string]string {
	shown := map[string]string{}
	for _, p := range f.pieces {
		if !p.field || strings.Contains("zSa", p.text[:1]) {
			continue
		}
		width := [...]string{1: "numeric", 2: "2-digit", 3: "short", 4: "long", 5: "narrow"}[len(p.text)]
		shown[fieldTypes[p.text[0]]] = width
	}
	return shown
}

// NumberingSystem returns the name of the digits.
func (f *Date) NumberingSystem() string {
	if f.digits[0] == '0' {
		return "latn"
	}
	return f.locale.table.get("numbers")
}
