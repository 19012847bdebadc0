package sockjs

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// appendQuoted appends a text as JSON. It escapes the characters that SockJS lists because some
// browsers change them: C0, U+200C–200F, 2028–202F, 2060–206F and FFF0–FFFF. Inside a script it
// escapes "<" as well, so that no message can end the script.
func appendQuoted[T string | []byte](dst []byte, s T, script bool) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b < 0xe2 && b != '"' && b != '\\' && (b != '<' || !script) {
			i++
			continue
		}
		size := 1
		r := rune(b)
		if b >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if !isEscaped(r) {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// isEscaped reports whether SockJS wants a character escaped. It is for those of three bytes and more;
// none above U+FFFF is.
func isEscaped(r rune) bool {
	return r >= 0x200c && r <= 0x200f || r >= 0x2028 && r <= 0x202f || r >= 0x2060 && r <= 0x206f || r >= 0xfff0 && r <= 0xffff
}
