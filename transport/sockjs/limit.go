package sockjs

// BodyLimit returns the most bytes of a body, for messages of at most maxMessage bytes: enough for one
// such message with each of its bytes escaped.
func BodyLimit(maxMessage int) int { return 6*maxMessage + 4<<10 }
