package websocket

import "bytes"

// aheadFactor limits how much of an unfinished message is inflated: ownOutput, which costs nothing
// more, and this many times what has been received. DEFLATE expands up to 1,032 times, so a client
// could otherwise make the server hold a message of the full limit for a few hundred bytes. Most
// text and JSON is below this factor, so that its faults are still found at once.
const aheadFactor = 16

// deflatedPart handles unmasked payload of a compressed message (RFC 7692 §7.2.2). It checks what
// the payload adds to the message at once: a fault in the first fragment does not wait for the
// second, unless it lies beyond what may be inflated so far. Compressed bytes beyond that wait in
// d.buf.
func (d *Decoder) deflatedPart(dst []Message, part []byte, last bool) []Message {
	x := d.needExtra()
	if x.inflater == nil {
		x.inflater = takeInflater(x.history, d.Deflate.clientWindow(), d.limit())
	}
	z := x.inflater
	z.received += len(part)
	if z.ahead = z.limit; !last || d.left > 0 {
		z.ahead = min(z.limit, ownOutput+aheadFactor*z.received)
	}
	if d.buf != nil {
		d.buf = append(d.buf, part...)
		part = d.buf
	}
	before := len(z.out)
	rest, v := z.inflate(part)
	// Output that precedes a fault is checked first, because the first wrong byte decides.
	if d.message == Text && !d.text.check(z.out[before:]) {
		d.fail(faultUTF8)
		return dst
	}
	switch v {
	case inflatedBad:
		d.fail(faultDeflate)
		return dst
	case inflatedOver:
		d.fail(faultTooBig)
		return dst
	case inflatedPaused:
		if d.buf == nil { // rest belongs to the caller
			rest = bytes.Clone(rest)
		}
		d.buf = rest
	default:
		d.buf = nil
	}
	if d.left > 0 {
		return dst
	}
	d.stage = stageFirst
	if !last {
		return dst
	}
	if !z.whole() {
		d.fail(faultDeflate)
		return dst
	}
	if d.text != utf8Start {
		d.fail(faultUTF8)
		return dst
	}
	if d.Deflate.clientTakeover() {
		x.history = keepHistory(x.history, z.out, d.Deflate.clientWindow())
	}
	dst = append(dst, Message{d.message, z.take(), true})
	z.release()
	x.inflater, d.message, d.deflated = nil, 0, false
	d.dropExtra()
	return dst
}

// keepHistory returns history with p appended, shortened at the front to what a match can reach.
func keepHistory(history, p []byte, window int) []byte {
	if len(p) >= window {
		p = p[len(p)-window:]
		history = history[:0]
	}
	if over := len(history) + len(p) - window; over > 0 {
		history = history[:copy(history, history[over:])]
	}
	if size := len(history) + len(p); size > cap(history) {
		grown := make([]byte, len(history), min(2*size, window))
		copy(grown, history)
		history = grown
	}
	return append(history, p...)
}
