package locale

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// Every table can be read, has what its parents have, and has all that a formatter asks for.
func TestTables(t *testing.T) {
	t.Parallel()
	if len(languages()) < 25 {
		t.Fatal(languages())
	}
	for _, language := range languages() {
		for tag, table := range tablesOf(language) {
			if table.values["-"] != nil && table.parent == nil {
				t.Errorf("%s has no parent %s", tag, *table.values["-"])
			}
			for key := range strings.FieldsSeq("digits decimal group grouping minus plus exponent infinity nan MMMM MMM MMMMM EEEE EEE EEEEE periods cycles fraction numbers") {
				if table.get(key) == "" {
					t.Errorf("%s has no %s", tag, key)
				}
			}
			if n := len([]rune(table.get("digits"))); n != 10 {
				t.Errorf("%s has %d digits", tag, n)
			}
			for key, n := range map[string]int{"MMMM": 12, "MMM": 12, "MMMMM": 12, "EEEE": 7, "EEE": 7, "EEEEE": 7, "gmt form": 8, "zone UTC": 4, "zone Europe/Berlin": 4} {
				if got := len(table.list(key)); got != n {
					t.Errorf("%s: %s has %d entries", tag, key, got)
				}
			}
			checkFormats(t, tag)
		}
	}
}

// checkFormats formats with every style and unit of a locale.
func checkFormats(t *testing.T, tag string) {
	l, err := Negotiate([]string{tag})
	if err != nil || l.Name != tag {
		t.Errorf("%s: %v, %v", tag, l, err)
		return
	}
	for _, o := range []NumberOptions{
		{Style: "decimal"}, {Style: "percent"}, {Style: "currency", Currency: "CHF", CurrencyDisplay: "name"}, {Style: "currency", Currency: "EUR", CurrencyDisplay: "symbol", CurrencySign: "accounting"},
		{Style: "decimal", Notation: "compact", CompactDisplay: "long", Compact: true}, {Style: "percent", Notation: "compact", CompactDisplay: "short", Compact: true}, {Style: "unit", Unit: "mile-per-hour", UnitDisplay: "narrow"},
		{Style: "decimal", Notation: "engineering"},
	} {
		f, err := l.NewNumber(o)
		if err != nil {
			t.Errorf("%s: %v", tag, err)
			continue
		}
		for e := -20; e < 25; e++ {
			if text := Text(f.Float(-1.5 * math.Pow10(e))); text == "" || strings.ContainsAny(text, "{}#¤|=") {
				t.Errorf("%s: %+v: %q", tag, o, text)
			}
		}
	}
	for _, o := range []DateOptions{
		{DateStyle: "full", TimeStyle: "full"}, {DateStyle: "short", TimeStyle: "short", Hour12: "true"}, {TimeStyle: "long", HourCycle: "h24"}, {Weekday: "long", Year: "2-digit", Month: "narrow", Day: "2-digit"},
		{Month: "long", Year: "numeric", Hour: "numeric", TimeZoneName: "longOffset"}, {Weekday: "short", Minute: "numeric", Second: "2-digit", FractionDigits: 2}, {TimeZoneName: "short"}, {Year: "numeric", TimeZoneName: "short"},
	} {
		o.TimeZone = "UTC"
		f, err := l.NewDate(o)
		if err != nil {
			t.Errorf("%s: %v", tag, err)
			continue
		}
		for month := range 12 {
			at := time.Date(2026, time.Month(month+1), month+1, month*2, month, month, 0, time.UTC)
			if text := Text(f.Format(float64(at.UnixMilli()))); text == "" || strings.ContainsAny(text, "{}|") {
				t.Errorf("%s: %+v: %q", tag, o, text)
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, tags := range [][]string{{"x_bad"}, {"e"}, {"xx"}, {"sr-Latn", "tlh"}, {"en", "?"}, {strings.Repeat("en-", 1000) + "us"}, {"zh-Cyrl"}} {
		if l, err := Negotiate(tags); !errors.As(err, new(*Error)) {
			t.Errorf("%v: %v, %v", tags, l, err)
		}
	}
	l, err := Negotiate([]string{"xx", "zh-Hant-TW-u-hc-h23"})
	if err != nil || l.Name != "zh-Hant-TW" || l.extension("hc") != "h23" {
		t.Errorf("%+v, %v", l, err)
	}
	for _, zone := range []string{"Local", "../UTC", "Europe/", "Mars/Base", "+24:00", "+1", strings.Repeat("A", 100), "zoneinfo.zip", "Europe"} {
		if name, _, err := findZone(zone); !errors.As(err, new(*Error)) {
			t.Errorf("%s is %s, %v", zone, name, err)
		}
	}
	for zone, want := range map[string]string{"europe/isle_of_man": "Europe/Isle_of_Man", "etc/gmt+5": "Etc/GMT+5", "gmt": "UTC", "etc/utc": "UTC", "-0330": "-03:30", "america/argentina/buenos_aires": "America/Argentina/Buenos_Aires"} {
		if name, _, err := findZone(zone); name != want || err != nil {
			t.Errorf("%s is %s, %v", zone, name, err)
		}
	}
}

func TestRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number    string
		fractions int
		mode      string
		want      string
	}{
		{"1.005", 2, "", "1.01"}, {"0.005", 2, "", "0.01"}, {"0.004", 2, "", "0"}, {"0.004", 2, "expand", "0.01"}, {"0.0004", 2, "ceil", "0.01"}, {"-0.0004", 2, "ceil", "0"}, {"999.996", 2, "", "1000"},
		{"2.5", 0, "halfEven", "2"}, {"3.5", 0, "halfEven", "4"}, {"0.5", 0, "halfEven", "0"}, {"2.51", 0, "halfTrunc", "3"}, {"-2.5", 0, "halfCeil", "2"}, {"-2.5", 0, "halfFloor", "3"}, {"1e-300", 3, "", "0"}, {"1e21", 0, "trunc", "1000000000000000000000"},
	} {
		d, ok := parseDecimal(c.number)
		if !ok {
			t.Fatal(c.number)
		}
		whole, fraction := d.round(d.exp+c.fractions, c.mode).split(1, 0)
		if fraction != "" {
			whole += "." + fraction
		}
		if whole != c.want {
			t.Errorf("%s to %d digits, %s: %s, want %s", c.number, c.fractions, c.mode, whole, c.want)
		}
	}
	for _, bad := range []string{"", "-", "x", "1e999", "1e", "0x1"} {
		if d, ok := parseDecimal(bad); ok {
			t.Errorf("%q is %+v", bad, d)
		}
	}
}
