package locale

import (
	"strconv"
	"strings"
)

// A decimal is a number as its digits: 0.d1d2… × 10^exp, or none for zero. The first digit is not 0.
type decimal struct {
	negative bool
	digits   string
	exp      int
}

// maxExponent bounds the size of a number in a string, and so how many zeros are written.
const maxExponent = 400

// parseDecimal reads a number as Go's strconv or a BigInt's toString writes it.
func parseDecimal(s string) (d decimal, ok bool) {
	s, d.negative = strings.CutPrefix(s, "-")
	s, power, hasPower := strings.Cut(s, "e")
	whole, fraction, _ := strings.Cut(s, ".")
	d.digits, d.exp = whole+fraction, len(whole)
	if hasPower {
		n, err := strconv.Atoi(power)
		if err != nil || n > maxExponent || n < -maxExponent {
			return d, false
		}
		d.exp += n
	}
	if d.digits == "" || strings.Trim(d.digits, "0123456789") != "" {
		return d, false
	}
	return d.trimmed(), true
}

// trimmed removes zeros at both ends.
func (d decimal) trimmed() decimal {
	trimmed := strings.TrimLeft(d.digits, "0")
	d.exp -= len(d.digits) - len(trimmed)
	d.digits = strings.TrimRight(trimmed, "0")
	if d.digits == "" {
		d.exp = 0
	}
	return d
}

// round keeps the first n digits. n may be negative: fewer than none, where rounding up gives a digit.
func (d decimal) round(n int, mode string) decimal {
	if n >= len(d.digits) {
		return d
	}
	half := -1 // whether what is cut off is less than a half, a half or more
	if n >= 0 {
		switch rest := d.digits[n:]; {
		case rest[0] > '5' || rest[0] == '5' && strings.Trim(rest[1:], "0") != "":
			half = 1
		case rest[0] == '5':
			half = 0
		}
	}
	kept := ""
	if n > 0 {
		kept = d.digits[:n]
	}
	even := kept == "" || (kept[len(kept)-1]-'0')%2 == 0
	if !roundsUp(mode, d.negative, half, even) {
		d.digits = kept
		return d.trimmed()
	}
	if n < 0 {
		d.exp += -n
		n = 0
	}
	up := []byte("0" + kept)
	for i := n; ; i-- {
		if up[i] < '9' {
			up[i]++
			break
		}
		up[i] = '0'
	}
	d.digits, d.exp = string(up), d.exp+1
	return d.trimmed()
}

// roundsUp reports whether a rounding mode of ECMA-402 §15.5.18 goes away from zero. What is cut off is
// not zero, and less than a half (-1), a half (0) or more (1).
func roundsUp(mode string, negative bool, half int, even bool) bool {
	switch mode {
	case "ceil":
		return !negative
	case "floor":
		return negative
	case "expand":
		return true
	case "trunc":
		return false
	case "halfCeil":
		return half > 0 || half == 0 && !negative
	case "halfFloor":
		return half > 0 || half == 0 && negative
	case "halfTrunc":
		return half > 0
	case "halfEven":
		return half > 0 || half == 0 && !even
	}
	return half >= 0 // halfExpand
}

// split returns the digits before and after the point, with at least as many as are asked for.
func (d decimal) split(whole, fraction int) (string, string) {
	before, after := "", d.digits
	switch {
	case d.exp >= len(d.digits):
		before, after = d.digits+strings.Repeat("0", d.exp-len(d.digits)), ""
	case d.exp > 0:
		before, after = d.digits[:d.exp], d.digits[d.exp:]
	case d.exp < 0 && d.digits != "":
		after = strings.Repeat("0", -d.exp) + d.digits
	}
	if n := whole - len(before); n > 0 {
		before = strings.Repeat("0", n) + before
	}
	if n := fraction - len(after); n > 0 {
		after += strings.Repeat("0", n)
	}
	return before, after
}
