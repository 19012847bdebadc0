package websocket

// fault is the reason why a decoder stopped. It is one byte instead of an error, to keep idle
// decoders small.
type fault byte

const (
	faultNone fault = iota
	faultRSV
	faultOpcode
	faultControlFragment
	faultControlLength
	faultContinuation
	faultInterleaved
	faultUnmasked
	faultLengthBit
	faultLengthForm
	faultCloseLength
	faultCloseCode
	faultUTF8
	faultTooBig
	faultDeflate
)

// faults has the close code (RFC 6455 §7.4.1) and the reason of each fault.
var faults = [...]CloseError{
	faultRSV:             {CloseProtocolError, "reserved bit is set"},
	faultOpcode:          {CloseProtocolError, "reserved opcode"},
	faultControlFragment: {CloseProtocolError, "control frame is fragmented"},
	faultControlLength:   {CloseProtocolError, "control frame is over 125 bytes"},
	faultContinuation:    {CloseProtocolError, "continuation without a message to continue"},
	faultInterleaved:     {CloseProtocolError, "new message inside a fragmented one"},
	faultUnmasked:        {CloseProtocolError, "client frame is not masked"},
	faultLengthBit:       {CloseProtocolError, "highest bit of the length is set"},
	faultLengthForm:      {CloseProtocolError, "length is not in its shortest form"},
	faultCloseLength:     {CloseProtocolError, "close payload of one byte"},
	faultCloseCode:       {CloseProtocolError, "close code may not be sent"},
	faultUTF8:            {CloseInvalidPayload, "invalid UTF-8"},
	faultTooBig:          {CloseTooBig, "message too big"},
	// RFC 7692 names no code for this. It is not 1002, because the frames are valid; other servers
	// send 1007, too.
	faultDeflate: {CloseInvalidPayload, "compressed message cannot be inflated"},
}

// err returns a new error each time, because callers may change it.
func (f fault) err() error {
	e := faults[f]
	return &e
}
