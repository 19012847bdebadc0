package websocket

// fault is what ends a decoder. One byte in it instead of a pointer keeps idle decoders small.
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

// faults has the code (RFC 6455 §7.4.1) and the reason of each.
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
	// RFC 7692 names no code for it. The frames are in order, so it is not 1002; other servers send 1007, too.
	faultDeflate: {CloseInvalidPayload, "compressed message cannot be inflated"},
}

// err makes an error of its own for each caller, who may change it.
func (f fault) err() error {
	e := faults[f]
	return &e
}
