package sockjs

// A Form decodes the field d of a form (application/x-www-form-urlencoded) as it arrives. The zero value
// is ready for one.
type Form struct {
	state formState
	hex   byte // of the first digit of an escape
}

// A formState tells where in a form its next byte is.
type formState uint8

const (
	fieldStart formState = iota
	afterD               // after the d that may be the name
	inOther              // in another field
	inValue              // in the value
	inPercent            // after %
	inSecond             // after the first digit
	afterValue           // in fields that do not matter any more
)

// Feed returns what the next bytes have of the value, decoded in their own memory. The error is ErrJSON
// for a malformed escape.
func (f *Form) Feed(p []byte) (value []byte, err error) {
	value = p[:0]
	for _, b := range p {
		switch f.state {
		case fieldStart:
			f.state = inOther
			switch b {
			case 'd':
				f.state = afterD
			case '&':
				f.state = fieldStart
			}
		case afterD:
			f.state = inOther
			switch b {
			case '=':
				f.state = inValue
			case '&':
				f.state = fieldStart
			}
		case inOther:
			if b == '&' {
				f.state = fieldStart
			}
		case inValue:
			switch b {
			case '&':
				f.state = afterValue
			case '%':
				f.state = inPercent
			case '+':
				value = append(value, ' ')
			default:
				value = append(value, b)
			}
		case inPercent, inSecond:
			n := unhex(b)
			if n < 0 {
				return nil, ErrJSON
			}
			if f.state == inPercent {
				f.hex, f.state = byte(n), inSecond
			} else {
				value, f.state = append(value, f.hex<<4|byte(n)), inValue
			}
		}
	}
	return value, nil
}

// End is to be called at the end of the form. The error is ErrPayload for a form without the field, and
// ErrJSON for one that ends within an escape.
func (f *Form) End() error {
	switch f.state {
	case inValue, afterValue:
		return nil
	case inPercent, inSecond:
		return ErrJSON
	}
	return ErrPayload
}
