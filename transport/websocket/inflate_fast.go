package websocket

import "encoding/binary"

// fast is the loop of data where nothing can run short: there is input for a refill to 56 bits,
// which suffice for a match (48 at most), and room for the longest match.
func (z *inflater) fast(in []byte) (rest []byte, ended bool, v verdict) {
	bits, count := z.bits, z.count
	out := z.out[:min(cap(z.out), z.ahead)]
	at, end := len(z.out), len(out)-outMargin
	tables := z.tables
	lengthBits, distanceBits := tables.lengthBits&15, tables.distanceBits&15
	lengthMask, distanceMask := uint64(1)<<lengthBits-1, uint64(1)<<distanceBits-1
	for len(in) >= 8 && at <= end {
		// The bits above count belong to the bytes that were not consumed, so that adding them
		// again changes nothing.
		bits |= binary.LittleEndian.Uint64(in) << count
		in = in[(63-count)>>3:]
		count |= 56

		c := tables.lengths[bits&lengthMask]
		if c.kind() == codeLiteral { // often two in succession
			bits >>= c.bits()
			count -= c.bits()
			out[at] = byte(c >> 16)
			at++
			if c = tables.lengths[bits&lengthMask]; c.kind() == codeLiteral {
				bits >>= c.bits()
				count -= c.bits()
				out[at] = byte(c >> 16)
				at++
				continue
			}
			if count < 48 {
				continue
			}
		}
		if c.kind() == codeSecond {
			c = tables.lengths[c.value()+int(bits>>lengthBits&(1<<c.extra()-1))]
		}
		bits >>= c.bits()
		count -= c.bits()
		if c.kind() != codeBase {
			if c.kind() == codeLiteral {
				out[at] = byte(c >> 16)
				at++
				continue
			}
			if c.kind() == codeEnd {
				ended = true
			} else {
				v = inflatedBad
			}
			break
		}
		length := c.value() + int(bits&(1<<c.extra()-1))
		bits >>= c.extra()
		count -= c.extra()

		d := tables.distances[bits&distanceMask]
		if d.kind() == codeSecond {
			d = tables.distances[d.value()+int(bits>>distanceBits&(1<<d.extra()-1))]
		}
		if d.kind() != codeBase {
			v = inflatedBad
			break
		}
		bits >>= d.bits()
		count -= d.bits()
		distance := d.value() + int(bits&(1<<d.extra()-1))
		bits >>= d.extra()
		count -= d.extra()

		if distance <= at && distance >= 8 && distance <= z.window {
			to, from := at, at-distance
			at += length
			for to < at { // in words, the last of which may exceed the match
				binary.LittleEndian.PutUint64(out[to:], binary.LittleEndian.Uint64(out[from:]))
				to, from = to+8, from+8
			}
			continue
		}
		if distance > min(z.window, at+len(z.history)) {
			v = inflatedBad
			break
		}
		at = copyMatch(out, at, distance, length, z.history)
	}
	z.out = z.out[:at]
	z.bits, z.count = bits&(1<<count-1), count
	return in, ended, v
}

// copyMatch copies length bytes, from distance before at, to at, and returns the new at. What
// precedes out is the end of history.
func copyMatch(out []byte, at, distance, length int, history []byte) int {
	if before := distance - at; before > 0 {
		n := copy(out[at:at+length], history[len(history)-before:])
		at += n
		length -= n
	}
	for length > 0 { // the source may overlap what is copied
		n := copy(out[at:at+length], out[at-distance:at])
		at += n
		length -= n
	}
	return at
}
