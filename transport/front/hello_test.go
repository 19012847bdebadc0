package front

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// record returns a record of TLS, with a message of n bytes.
func record(kind byte, n int) []byte {
	p := binary.BigEndian.AppendUint16([]byte{kind, 3, 1}, uint16(n))
	for i := range n {
		p = append(p, byte(i*7>>2))
	}
	return p
}

// TestSplitHello gives records whole and byte by byte, with others after them, and reads what has become of
// them.
func TestSplitHello(t *testing.T) {
	after := record(20, 1)
	for _, test := range []struct {
		name  string
		hello []byte
		want  []int // the lengths of the records' messages; nil: as it was
	}{
		{"short", record(tlsHandshake, helloPart), nil},
		{"of two parts", record(tlsHandshake, helloPart+1), []int{helloPart, 1}},
		{"of whole parts", record(tlsHandshake, 3*helloPart), []int{helloPart, helloPart, helloPart}},
		{"as long as the buffer", record(tlsHandshake, 4<<10-recordHeader), []int{512, 512, 512, 512, 512, 512, 512, 507}},
		{"too long", record(tlsHandshake, 4<<10-recordHeader+1), nil},
		{"of another type", record(23, 1000), nil},
		{"empty", record(tlsHandshake, 0), nil},
	} {
		for _, step := range []int{1, 1 << 20} {
			server, client := net.Pipe()
			go func() {
				for rest := append(bytes.Clone(test.hello), after...); len(rest) > 0; {
					n, _ := client.Write(rest[:min(len(rest), step)])
					rest = rest[n:]
				}
				client.Close()
			}()
			a := newArrival(server)
			if err := a.splitHello(); err != nil {
				t.Fatal(err)
			}
			var message []byte
			p := make([]byte, 8<<10)
			for i, want := range test.want {
				n, err := a.Read(p)
				last := i == len(test.want)-1 // what follows may come with it
				if err != nil || n != recordHeader+want && !(last && n > recordHeader+want) || !bytes.Equal(p[:3], test.hello[:3]) || int(binary.BigEndian.Uint16(p[3:])) != want {
					t.Fatalf("%s: %d bytes, %v, want a record of %d", test.name, n, err, want)
				}
				message = append(message, p[recordHeader:n]...)
			}
			rest, err := io.ReadAll(a)
			if err != nil {
				t.Fatal(err)
			}
			all := append(message, rest...)
			want := append(bytes.Clone(test.hello), after...)
			if test.want != nil {
				want = want[recordHeader:]
			}
			if !bytes.Equal(all, want) {
				t.Errorf("%s: %d bytes came, or others; want %d", test.name, len(all), len(want))
			}
		}
	}
}

// TestSplitHelloCut has a client that hangs up in the middle of its first record.
func TestSplitHelloCut(t *testing.T) {
	for _, n := range []int{1, recordHeader, 100} {
		server, client := net.Pipe()
		go func() {
			client.Write(record(tlsHandshake, 1000)[:n])
			client.Close()
		}()
		if err := newArrival(server).splitHello(); err != io.EOF {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}
