package sockjs

import "bytes"

// AppendText appends a text as an element, with its line break.
func AppendText(dst []byte, data string) []byte {
	return append(appendQuoted(dst, data, false), '\n')
}

// AppendBinary appends a binary message as an element, with its line break. A client that is not
// extended gets it as a text of base64: SockJS has no binary messages, and so nothing is lost.
func AppendBinary(dst, data []byte, extended bool) []byte {
	if extended {
		return append(appendBase64(append(dst, '['), data), "]\n"...)
	}
	return append(appendBase64(dst, data), '\n')
}

// AppendFrame appends the next frame, made of the elements at the front of queue, which is not empty.
// n is the number of bytes of queue that the frame stands for. It takes at least one message, and no more than
// limit bytes hold.
func AppendFrame(dst, queue []byte, limit int) (frame []byte, n int) {
	n = bytes.IndexByte(queue, '\n') + 1
	if !isMessage(queue) {
		return append(dst, queue[:n-1]...), n
	}
	for n < len(queue) && isMessage(queue[n:]) {
		next := bytes.IndexByte(queue[n:], '\n') + 1
		if n+next > limit {
			break
		}
		n += next
	}
	dst = append(dst, "a["...)
	start := len(dst)
	dst = append(dst, queue[:n-1]...)
	for list := dst[start:]; ; {
		i := bytes.IndexByte(list, '\n') // there is no line break within JSON
		if i < 0 {
			return append(dst, ']'), n
		}
		list[i] = ','
		list = list[i+1:]
	}
}

// isMessage reports whether an element is a message; otherwise it is a frame.
func isMessage(element []byte) bool { return element[0] == '"' || element[0] == '[' }
