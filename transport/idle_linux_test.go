//go:build !race

// The race detector needs memory itself.

package transport

import (
	"bytes"
	"context"
	"net"
	"runtime"
	"syscall"
	"testing"
	"unsafe"
)

// A lightConversation is an echo that holds next to nothing.
type lightConversation struct {
	session *Session
	worker  Worker
}

func (p *lightConversation) Connected(s *Session)                       { p.session = s }
func (p *lightConversation) Worker() Worker                             { return p.worker }
func (p *lightConversation) ReceiveInRound(batch []Message) (taken int) { return p.Receive(batch) }
func (p *lightConversation) Ending()                                    {}
func (p *lightConversation) Drained()                                   {}
func (p *lightConversation) Disconnected(int, string)                   {}

func (p *lightConversation) Receive(batch []Message) (taken int) {
	for _, m := range batch {
		p.session.SendText(unsafe.String(unsafe.SliceData(m.Data), len(m.Data)))
	}
	p.session.Flush()
	return len(batch)
}

type lightHandler struct {
	*fakeHandler
	worker Worker
}

func (h lightHandler) Resource(string) (Resource, error) { return h, nil }

func (h lightHandler) Open(context.Context, *Request) (Conversation, Answer, error) {
	return &lightConversation{worker: h.worker}, Answer{}, nil
}

// A bareClient is a client of which nothing is in Go's heap but its descriptor.
type bareClient int

// dialBare connects, opens a WebSocket, and echoes one message.
func dialBare(t *testing.T, address string) bareClient {
	t.Helper()
	to, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	patience := syscall.NsecToTimeval(limit.Nanoseconds())
	syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &patience)
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}); err != nil {
		t.Fatal(err)
	}
	exchange := func(out, end []byte) {
		t.Helper()
		if _, err := syscall.Write(fd, out); err != nil {
			t.Fatal(err)
		}
		var b [1024]byte
		for n := 0; !bytes.HasSuffix(b[:n], end); {
			m, err := syscall.Read(fd, b[n:])
			if err == syscall.EINTR { // by a signal of Go's scheduler
				continue
			}
			if m <= 0 {
				t.Fatal(m, err)
			}
			n += m
		}
	}
	exchange([]byte(handshake("/a")), []byte("\r\n\r\n"))
	exchange(masked(nil, 0x81, "hello"), []byte("hello"))
	return bareClient(fd)
}

// TestIdleLoop measures the memory of idle sessions that a loop reads, without their clients.
func TestIdleLoop(t *testing.T) {
	const n, most = 2000, 750
	_, address := serveLoops(t, Options{}, lightHandler{&fakeHandler{}, &fakeWorker{}})
	read := func() uint64 {
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	clients := make([]bareClient, 0, 100+n)
	defer func() {
		for _, c := range clients {
			syscall.Close(int(c))
		}
	}()
	for range 100 {
		clients = append(clients, dialBare(t, address))
	}
	before := read()
	for range n {
		clients = append(clients, dialBare(t, address))
	}
	each := (read() - before) / n
	t.Logf("%d bytes for each idle session; eventWire %d, of which Session %d; frameCodec %d", each,
		unsafe.Sizeof(eventWire{}), unsafe.Sizeof(Session{}), unsafe.Sizeof(frameCodec{}))
	if size := unsafe.Sizeof(eventWire{}); size > 384 { // the next size of Go's allocator is 416
		t.Errorf("an eventWire has %d bytes", size)
	}
	if each > most {
		t.Errorf("an idle session takes %d bytes", each)
	}
}
