// Package peer is the common part of the benchmark's servers in Go: flags, the listener, the
// messages, and rooms for libraries that have none.
//
// [Serve] runs until the process is killed. A [Room] may be used by any goroutine.
package peer

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"sync"
)

var (
	port        = flag.Int("port", 0, "of 127.0.0.1")
	cert        = flag.String("cert", "", "certificate `file`, PEM; with -key: serve TLS")
	key         = flag.String("key", "", "its key `file`, PEM")
	compression = flag.Bool("compression", false, "agree to permessage-deflate")
)

// Compression parses the flags, and reports whether -compression is one of them.
func Compression() bool {
	flag.Parse()
	return *compression
}

// Serve parses the flags and serves HTTP as they say. It does not return.
func Serve(handler http.Handler) {
	flag.Parse()
	server := http.Server{Addr: fmt.Sprintf("127.0.0.1:%d", *port), Handler: handler}
	if *cert != "" {
		log.Fatal(server.ListenAndServeTLS(*cert, *key))
	}
	log.Fatal(server.ListenAndServe())
}

// An order is the request of /json and its answer.
type order struct {
	ID    string   `json:"id"`
	Count int      `json:"count"`
	OK    bool     `json:"ok"`
	User  user     `json:"user"`
	Tags  []string `json:"tags"`
	Note  string   `json:"note"`
}

type user struct {
	Name string `json:"name"`
	Role string `json:"role"`
	Age  int    `json:"age"`
}

// Order returns the answer of /json to a message.
func Order(message []byte) ([]byte, error) {
	var o order
	if err := json.Unmarshal(message, &o); err != nil {
		return nil, err
	}
	o.Count++
	o.OK = true
	o.Tags = append(o.Tags, "seen")
	return json.Marshal(o)
}

// A Talk is a message of /room, in either direction.
type Talk struct {
	Type   string `json:"type"`
	Name   string `json:"name,omitempty"`
	Number int    `json:"number,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Parse returns the talk in a client's message.
func Parse(message []byte) (t Talk, err error) {
	err = json.Unmarshal(message, &t)
	return t, err
}

// Greeting is the first message of /broadcast.
var Greeting = []byte("joined")

// JSON returns t as it is sent.
func (t Talk) JSON() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // strings and an int always have a form
	}
	return b
}

// A Room hands messages on to its members, each of which takes them from a queue of its own.
type Room[Message any] struct {
	mu      sync.Mutex
	members map[chan Message]bool // guarded by mu
}

// queueLength is the most messages that wait for a member.
const queueLength = 256

// Join adds a member, and calls write for a first message and then for each that the room gets, on a
// goroutine that ends when write fails or leave is called.
func (r *Room[Message]) Join(first Message, write func(Message) error) (leave func()) {
	queue := make(chan Message, queueLength)
	queue <- first
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.members == nil {
		r.members = map[chan Message]bool{}
	}
	r.members[queue] = true
	leave = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.members[queue] {
			delete(r.members, queue)
			close(queue)
		}
	}
	go func() {
		for m := range queue {
			if write(m) != nil {
				leave()
				return
			}
		}
	}()
	return leave
}

// Send queues a message for all members. One whose queue is full leaves.
func (r *Room[Message]) Send(m Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for queue := range r.members {
		select {
		case queue <- m:
		default:
			delete(r.members, queue)
			close(queue)
		}
	}
}
