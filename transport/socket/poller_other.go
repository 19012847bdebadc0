//go:build !linux

package socket

import (
	"errors"
	"net"
	"time"
)

// A Poller does not exist on this system: NewPoller fails, and so nothing else here is called.
type Poller struct{}

// NewPoller returns errors.ErrUnsupported.
func NewPoller() (*Poller, error) { return nil, errors.ErrUnsupported }

func (*Poller) Close()                                           {}
func (*Poller) Watch(_ Descriptor, _ Token, _, _ Interest) error { return errors.ErrUnsupported }
func (*Poller) Wait(events []Event, _ bool) ([]Event, error)     { return events, errors.ErrUnsupported }
func (*Poller) WakeAt(time.Time)                                 {}

// A Descriptor does not exist on this system either.
type Descriptor struct{}

// MinRead is the least room for a Read, in bytes.
const MinRead = MinBuffer

// CanDetach returns false.
func CanDetach(net.Conn) bool { return false }

// Detach returns errors.ErrUnsupported.
func Detach(net.Conn) (Descriptor, error) { return Descriptor{}, errors.ErrUnsupported }

func (Descriptor) IsOpen() bool              { return false }
func (Descriptor) Number() int32             { return 0 }
func (Descriptor) Read([]byte) (int, error)  { return 0, errors.ErrUnsupported }
func (Descriptor) Pending() bool             { return false }
func (Descriptor) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }
func (Descriptor) Unsent() bool              { return false }
func (Descriptor) Flush() (bool, error)      { return false, errors.ErrUnsupported }
func (Descriptor) Unread() bool              { return false }
func (Descriptor) CloseWrite() bool          { return false }
func (*Descriptor) Close(bool)               {}
