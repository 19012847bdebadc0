package sockjs

import "bytes"

// The out-queue of a session has one element a line: a message as JSON, or one of the other frames whole. AppendFrame makes frames of them, as many
// messages in each as there are when a request can take them.

// AppendText appends a text as an element.
func AppendText(dst []byte, data string) []byte {
	return append(appendQuoted(dst, data, false), '\n')
}

// AppendBinary appends a binary message as an element. It is a text of base64 for who knows no binary: nothing is lost, and SockJS has no other way.
func AppendBinary(dst, data []byte, extended bool) []byte {
	if extended {
		return append(appendBase64(append(dst, '['), data), "]\n"...)
	}
	return append(appendBase64(dst, data), '\n')
}

// AppendFrame appends the next frame of the queue's bytes, which are not none, and says how many of them it stands for. It takes as many
// messages as limit bytes hold, and one in any case.
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
		i := bytes.IndexByte(list, '\n') // JSON has none
		if i < 0 {
			return append(dst, ']'), n
		}
		list[i] = ','
		list = list[i+1:]
	}
}

func isMessage(element []byte) bool { return element[0] == '"' || element[0] == '[' }
