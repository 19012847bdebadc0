package environment

import (
	"golang.org/x/net/idna"

	"github.com/dop251/goja"
)

// domains is UTS #46 as the URL standard uses it (§3.5): nontransitional, with the checks of
// joiners and of bidirectional text, but without those of hyphens, lengths, and characters that DNS
// does not allow in ASCII names.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.BidiRule())

// domainLimit is the largest name converted, in bytes, because encoding one takes the square of its
// length. DNS allows 255.
const domainLimit = 4096

// domain returns a domain name as convert, domains.ToASCII or domains.ToUnicode, makes it, or "" if
// the name is invalid.
func (e *Environment) domain(name goja.Value, convert func(string) (string, error)) goja.Value {
	text := e.string(name).String()
	if len(text) > domainLimit {
		return e.vm.ToValue("")
	}
	text, err := convert(text)
	if err != nil {
		text = ""
	}
	return e.vm.ToValue(text)
}
