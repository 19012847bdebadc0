package source

import "bytes"

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// columnsFromOne adds one to every column of the source in a source map. goja counts columns from
// 1, but takes those of a source map, which count from 0, as they are, in Error.stack too. Each
// column is stored as the difference to the one before, so only the first is changed.
func columnsFromOne(sourceMap []byte) []byte {
	from := mappings(sourceMap)
	if from < 0 {
		return sourceMap
	}
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

// moveColumns adds n to the columns of the generated code that are not before column, in one of its
// lines, which count from 0. Each is stored as the difference to the one before in the line, so only the
// first is changed.
func moveColumns(sourceMap []byte, line, column, n int) []byte {
	i := mappings(sourceMap)
	if i < 0 {
		return sourceMap
	}
	for ; line > 0; line-- {
		semicolon := bytes.IndexByte(sourceMap[i:], ';')
		if semicolon < 0 {
			return sourceMap
		}
		i += semicolon + 1
	}
	for at := 0; ; i++ {
		value, next := readVLQ(sourceMap, i)
		if next == i {
			return sourceMap // nothing in the line is at the column or after it
		}
		if at += value; at >= column {
			moved := append([]byte(nil), sourceMap[:i]...)
			return append(appendVLQ(moved, value+n), sourceMap[next:]...)
		}
		length := bytes.IndexAny(sourceMap[next:], `,;"`)
		if length < 0 || sourceMap[next+length] != ',' {
			return sourceMap
		}
		i = next + length
	}
}

// mappings returns where the mappings of a source map begin, or -1.
func mappings(sourceMap []byte) int {
	for _, key := range []string{`"mappings": "`, `"mappings":"`} {
		if at := bytes.Index(sourceMap, []byte(key)); at >= 0 {
			return at + len(key)
		}
	}
	return -1
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
