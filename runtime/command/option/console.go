package option

import (
	"errors"
	"strings"
)

// A ConsoleAccess names those who may use the console. Its zero value means this machine alone, if no other can connect.
type ConsoleAccess struct {
	Off   bool
	Make  bool   // a token is to be made
	Token string // that a page has to send; "": none is given
}

// leastToken is the least length of a token in bytes.
const leastToken = 16

// console is the kind of ConsoleAccess: true or false, a token, or @FILE for what the file has.
type console struct{}

func (console) accepts() string {
	return "true, false, or a token of 16 characters or more, as it is or in @FILE"
}

func (k console) read(v any) (ConsoleAccess, error) {
	switch v := v.(type) {
	case bool:
		return ConsoleAccess{Off: !v, Make: v}, nil
	case string:
		if file, ok := strings.CutPrefix(v, "@"); ok {
			var err error
			if v, err = readSecret(file); err != nil {
				return ConsoleAccess{}, explained{err}
			}
		}
		if len(v) >= leastToken && strings.Trim(v, printableASCII) == "" {
			return ConsoleAccess{Token: v}, nil
		}
	}
	return ConsoleAccess{}, explained{errors.New("want " + k.accepts())}
}

// printableASCII has the characters that a token may consist of.
var printableASCII = func() string {
	var all []byte
	for c := byte('!'); c <= '~'; c++ {
		all = append(all, c)
	}
	return string(all)
}()

// hide returns "…" for a token.
func (console) hide(literal any) any {
	if s, ok := literal.(string); ok && !strings.HasPrefix(s, "@") {
		return "…"
	}
	return literal
}

// warn warns of a file that everybody on the machine can read.
func (console) warn(v any) string { return redisURL{}.warn(v) }

func (console) text(ConsoleAccess) string { return "" } // it may contain a token
