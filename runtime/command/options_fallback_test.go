package command

import (
	"fmt"
	"testing"
)

func TestFallbackOptions(t *testing.T) {
	for args, want := range map[string]string{
		"":                                        "{[] 131072 false}",
		"--transports=*":                          "{[*] 131072 false}",
		"--transports|websocket":                  "{[websocket] 131072 false}",
		"--transports=['xhr-polling',htmlfile]":   "{[xhr-polling htmlfile] 131072 false}",
		"--response-limit=4096|--cookie":          "{[] 4096 true}",
		"--cookie|--response-limit=4096":          "{[] 4096 true}",
		"--cookie|true|--transports|*":            "{[*] 131072 true}",
		"--cookie=false|--response-limit='65536'": "{[] 65536 false}",
	} {
		if o, err := parseOptions(split(args)); err != nil || fmt.Sprint(o.fallback) != want {
			t.Errorf("%s: %v, %v, want %s", args, o.fallback, err, want)
		}
	}
}
