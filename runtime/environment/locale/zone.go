package locale

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a container may have no zones; they take 450 KB
)

// zoneNames are the zones that have the names of another, which is the one in the tables.
var zoneNames = map[string]string{}

func init() {
	for zone, others := range map[string]string{
		"UTC":           "Etc/UTC Etc/GMT GMT Etc/Universal Etc/Zulu Zulu Universal Etc/UCT UCT Etc/Greenwich Greenwich Etc/GMT+0 Etc/GMT-0 Etc/GMT0 GMT0",
		"Europe/London": "Europe/Belfast Europe/Jersey Europe/Guernsey Europe/Isle_of_Man",
		"Europe/Berlin": "Europe/Amsterdam Europe/Andorra Europe/Belgrade Europe/Bratislava Europe/Brussels Europe/Budapest Europe/Copenhagen Europe/Gibraltar Europe/Ljubljana Europe/Luxembourg Europe/Madrid " +
			"Europe/Malta Europe/Monaco Europe/Oslo Europe/Paris Europe/Podgorica Europe/Prague Europe/Rome Europe/San_Marino Europe/Sarajevo Europe/Skopje Europe/Stockholm Europe/Tirane Europe/Vaduz " +
			"Europe/Vatican Europe/Vienna Europe/Warsaw Europe/Zagreb Europe/Zurich",
		"Europe/Helsinki":     "Europe/Athens Europe/Bucharest Europe/Chisinau Europe/Kiev Europe/Kyiv Europe/Mariehamn Europe/Riga Europe/Sofia Europe/Tallinn Europe/Vilnius Asia/Nicosia",
		"America/New_York":    "America/Detroit America/Toronto US/Eastern",
		"America/Chicago":     "America/Winnipeg US/Central",
		"America/Denver":      "America/Boise America/Edmonton America/Phoenix US/Mountain",
		"America/Los_Angeles": "America/Vancouver US/Pacific",
		"America/Anchorage":   "America/Juneau",
		"Asia/Kolkata":        "Asia/Calcutta",
		"Asia/Jerusalem":      "Asia/Tel_Aviv",
		"Australia/Sydney":    "Australia/Melbourne Australia/Hobart Australia/Canberra",
		"Australia/Adelaide":  "Australia/Broken_Hill Australia/Darwin",
	} {
		for other := range strings.FieldsSeq(others) {
			zoneNames[other] = zone
		}
	}
}

// nameable returns an [*Error] if the zone has no name of the kind that is asked for. One without a
// short name is called GMT+9 and the like.
func (f *Date) nameable() error {
	switch f.zoneName {
	case "shortGeneric", "longGeneric":
		return refuse("timeZoneName %s is not served here: short, long, shortOffset and longOffset are", f.zoneName)
	case "long":
		if f.TimeZone[0] != '+' && f.TimeZone[0] != '-' && f.locale.table.get("zone "+f.namedZone()) == "" {
			return refuse("the long name of the time zone %s is not served here", f.TimeZone)
		}
	}
	return nil
}

func (f *Date) namedZone() string {
	if other := zoneNames[f.TimeZone]; other != "" {
		return other
	}
	return f.TimeZone
}

// nameOfZone returns the name of the zone at an instant.
func (f *Date) nameOfZone(at time.Time) string {
	_, offset := at.Zone()
	if names := f.locale.table.list("zone " + f.namedZone()); len(names) == 4 && !strings.HasSuffix(f.zoneName, "Offset") {
		i := 0
		if isSummer(at) {
			i = 1
		}
		if f.zoneName == "long" {
			i += 2
		}
		if names[i] != "" {
			return names[i]
		}
	}
	return f.offset(offset/60, strings.HasPrefix(f.zoneName, "long"))
}

// isSummer reports whether the clock is ahead of the zone's own. Go's IsDST is not the same: Dublin's
// winter time is the other way round.
func isSummer(at time.Time) bool {
	_, now := at.Zone()
	_, january := time.Date(at.Year(), 1, 1, 12, 0, 0, 0, at.Location()).Zone()
	_, july := time.Date(at.Year(), 7, 1, 12, 0, 0, 0, at.Location()).Zone()
	return now > min(january, july)
}

// offset returns a text such as GMT+5:30, or GMT+05:30 if it is long.
func (f *Date) offset(minutes int, long bool) string {
	// Examples: +3, -3, +5:30 and 0, each short and long.
	forms := f.locale.table.list("gmt form")
	form := 0
	hours, rest := minutes/60, minutes%60
	switch {
	case minutes == 0:
		form = 6
	case minutes < 0:
		form, hours, rest = 2, -hours, -rest
	}
	text := forms[form]
	if long {
		text = forms[form+1]
	}
	if minutes == 0 {
		return text
	}
	switch {
	case long:
		text = strings.Replace(strings.Replace(text, "03", fmt.Sprintf("%02d", hours), 1), "00", fmt.Sprintf("%02d", rest), 1)
		if hours == 0 { // its 00 was found first
			text = strings.Replace(forms[form+1], "03:00", fmt.Sprintf("00:%02d", rest), 1)
		}
	default:
		number := strconv.Itoa(hours)
		if rest != 0 {
			number += fmt.Sprintf(":%02d", rest)
		}
		text = strings.Replace(text, "3", number, 1)
	}
	return inDigits(text, f.digits)
}

var (
	zoneForm   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)
	zoneOffset = regexp.MustCompile(`^([+-])([01]\d|2[0-3])(?::?([0-5]\d))?$`)
	zones      sync.Map // *time.Location by name; as many as there are zones
)

// findZone returns a time zone and its name, as the IANA database or an offset such as +02:00 names it.
// "" is the server's.
func findZone(name string) (string, *time.Location, error) {
	if name == "" {
		return shownZone(serverZone()), time.Local, nil
	}
	if m := zoneOffset.FindStringSubmatch(name); m != nil {
		hours, _ := strconv.Atoi(m[2])
		minutes, _ := strconv.Atoi(m[3])
		seconds := (hours*60 + minutes) * 60
		if m[1] == "-" {
			seconds = -seconds
		}
		sign := m[1]
		if seconds == 0 {
			sign = "+"
		}
		return fmt.Sprintf("%s%02d:%02d", sign, hours, minutes), time.FixedZone("", seconds), nil
	}
	if len(name) <= 64 && zoneForm.MatchString(name) {
		for _, try := range []string{name, strings.ToUpper(name), capitalized(name)} {
			if zone, ok := zones.Load(try); ok {
				return shownZone(try), zone.(*time.Location), nil
			}
			if zone, err := time.LoadLocation(try); err == nil && try != "Local" && try != "LOCAL" {
				zones.Store(try, zone)
				return shownZone(try), zone, nil
			}
		}
	}
	return "", nil, refuse("Invalid time zone specified: %s", name)
}

// shownZone returns the name of a zone as Intl shows it: UTC has several.
func shownZone(name string) string {
	if zoneNames[name] == "UTC" {
		return "UTC"
	}
	return name
}

// capitalized returns the name of a zone with the capital letters that those of cities have.
func capitalized(name string) string {
	b := []byte(strings.ToLower(name))
	for i, c := range b {
		if c >= 'a' && c <= 'z' && (i == 0 || strings.IndexByte("/_-", b[i-1]) >= 0) {
			b[i] -= 'a' - 'A'
		}
	}
	return strings.NewReplacer("_Of_", "_of_", "_Es_", "_es_", "-Au-", "-au-", "-In-", "-in-", "Etc/Utc", "Etc/UTC", "Etc/Gmt", "Etc/GMT").Replace(string(b))
}

// serverZone returns the name of the zone that Go takes for the local one.
var serverZone = sync.OnceValue(func() string {
	name, set := os.LookupEnv("TZ")
	if name = strings.TrimPrefix(name, ":"); !set {
		if link, err := os.Readlink("/etc/localtime"); err == nil {
			_, name, _ = strings.Cut(link, "zoneinfo/")
		}
	} else if _, after, found := strings.Cut(name, "zoneinfo/"); found {
		name = after
	}
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return "UTC"
	}
	return name
})
