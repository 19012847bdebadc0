package environment

import (
	"golang.org/x/net/idna"

	"github.com/dop251/goja"
)

// domains is UTS #46 as the URL standard has it (§3.5): not transitional, with the checks of joiners and of bidirectional
// text, but without those of hyphens, of lengths, and of characters that a DNS name of ASCII may not have.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.BidiRule())

// domainLimit bounds the bytes of a name, as encoding one takes the square of its length. DNS has 255.
const domainLimit = 4096

// domain returns the form of an international domain name that convert makes: domains.ToASCII or domains.ToUnicode. It is
// "" for a name that is not valid.
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
