package source

import "bytes"

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// columnsFromOne adds one to every column of the source in a source map. goja counts columns from
// 1, but takes those of a source map, which count from 0, as they are, in Error.stack too. Each
// column is stored as the difference to the one before, so only the first is changed.
func columnsFromOne(sourceMap []byte) []byte {
	key := []byte(`"mappings": "`)
	at := bytes.Index(sourceMap, key)
	if at < 0 {
		key = []byte(`"mappings":"`)
		if at = bytes.Index(sourceMap, key); at < 0 {
			return sourceMap
		}
	}
	from := at + len(key)
	for i := from; i < len(sourceMap) && sourceMap[i] != '"'; {
		if sourceMap[i] == ';' || sourceMap[i] == ',' {
			i++
			continue
		}
		var next int
		for field := 0; ; field++ { // the fields: generated column, source, line, column
			var value int
			if value, next = readVLQ(sourceMap, i); next == i {
				break // a segment without a source
			}
			if field == 3 {
				moved := append([]byte(nil), sourceMap[:i]...)
				return append(appendVLQ(moved, value+1), sourceMap[next:]...)
			}
			i = next
		}
	}
	return sourceMap
}

// readVLQ reads a number of a source map: digits of base 64, the least significant first, with the
// sign in the lowest bit. next is i if there is none.
func readVLQ(b []byte, i int) (value, next int) {
	for shift := 0; i < len(b) && shift < 32; shift += 5 {
		digit := bytes.IndexByte([]byte(base64Digits), b[i])
		if digit < 0 {
			break
		}
		i++
		value |= digit & 31 << shift
		if digit&32 == 0 {
			break
		}
	}
	if value&1 != 0 {
		return -(value >> 1), i
	}
	return value >> 1, i
}

func appendVLQ(b []byte, value int) []byte {
	n := value << 1
	if value < 0 {
		n = -value<<1 | 1
	}
	for {
		digit := n & 31
		if n >>= 5; n > 0 {
			digit |= 32
		}
		b = append(b, base64Digits[digit])
		if n == 0 {
			return b
		}
	}
}
