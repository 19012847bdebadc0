package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"
)

// connect returns a client and the Descriptor of a server's end.
func connect(t *testing.T) (net.Conn, Descriptor) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	client.SetDeadline(time.Now().Add(30 * time.Second))
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	d, err := Detach(conn)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	return client, d
}

func newPoller(t *testing.T) *Poller {
	t.Helper()
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func (p *Poller) want(t *testing.T, want ...Event) {
	t.Helper()
	got, err := p.Wait(nil, len(want) > 0)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("events %v, %v; want %v", got, err, want)
	}
}

// TestPoller goes through a connection's life.
func TestPoller(t *testing.T) {
	p := newPoller(t)
	client, d := connect(t)
	token := Token{Slot: 1 << 30, Generation: -7}
	watch := func(was, now Interest) {
		t.Helper()
		if err := p.Watch(d, token, was, now); err != nil {
			t.Fatal(err)
		}
	}
	watch(0, Readable)
	p.want(t)
	go client.Write([]byte("hello"))
	p.want(t, Event{token, Readable})
	p.want(t, Event{token, Readable}) // until it is read
	b := make([]byte, 10)
	if n, err := d.Read(b); n != 5 || err != nil || !d.isEmpty() {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if n, err := d.Read(b); n != 0 || err != nil {
		t.Errorf("read %d bytes, %v; want none", n, err)
	}
	p.want(t)
	watch(Readable, Readable|Writable)
	p.want(t, Event{token, Writable})
	full := make([]byte, 1<<20)
	total := 0
	for ready := true; ready; { // the kernel may take a while until it takes no more
		for n := 1; n > 0; {
			var err error
			if n, err = d.Write(full); err != nil {
				t.Fatal(err)
			}
			total += n
		}
		events, err := p.Wait(nil, false)
		if err != nil || total > 64<<20 {
			t.Fatalf("%d bytes were taken, %v", total, err)
		}
		ready = len(events) > 0
	}
	go io.ReadFull(client, make([]byte, total))
	p.want(t, Event{token, Writable})
	watch(Readable|Writable, 0)
	go client.Write([]byte("unseen"))
	for d.isEmpty() {
		<-time.After(time.Millisecond)
	}
	p.want(t)
	watch(0, HungUp)
	p.want(t)
	client.Close()
	if got, err := p.Wait(nil, true); len(got) != 1 || got[0].Ready&HungUp == 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	watch(HungUp, 0)
	p.want(t) // although the connection has failed
	d.Close(false)
	watch(0, 0)
}

func (d Descriptor) isEmpty() bool { return !d.Unread() }

// TestPollerWakes ends a Wait from another goroutine, and before it begins.
func TestPollerWakes(t *testing.T) {
	p := newPoller(t)
	for range 100 {
		go p.WakeAt(time.Unix(1, 0))
		for range 2 {
			if _, err := p.Wait(nil, true); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
		}
		p.WakeAt(time.Time{})
		p.want(t)
	}
}

// TestDetached closes a connection, and uses its Descriptor on.
func TestDetached(t *testing.T) {
	client, d := connect(t)
	if n, err := d.Write([]byte("hello")); n != 5 || err != nil {
		t.Error(n, err)
	}
	if !d.CloseWrite() {
		t.Error("no FIN was sent")
	}
	if got, err := io.ReadAll(client); string(got) != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	client.Close()
	p := newPoller(t)
	if err := p.Watch(d, Token{}, 0, Readable); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(nil, true); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Error(n, err)
	}
	d.Close(true)
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if _, err := Detach(a); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}
