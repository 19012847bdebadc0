//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"

	"node.websocket/examples/benchmark/load"
)

// A workload is something to measure.
type workload struct {
	name  string // W1, …
	title string
	unit  string // what is counted: the cost is for one of it
	path  string
	form  feature // how the servers are started; those that have not all of it are left out
	// Exactly one of these is set.
	plan       func(size float64) load.Plan // size is 1, or less for a quick run
	connect    int                          // connections that stay idle: memory is measured
	handshakes int                          // in a round
	poll       int                          // clients of long-polling
	// perDelivery divides by what the clients got instead of what they sent.
	perDelivery bool
}

// scale returns a share of n, but one at least.
func scale(n int, size float64) int { return max(1, int(float64(n)*size)) }

func echoes(clients, inFlight int, exchange load.Exchange) func(float64) load.Plan {
	return func(float64) load.Plan { return &load.Echo{Clients: clients, InFlight: inFlight, Exchange: exchange} }
}

func broadcasts(inFlight int) func(float64) load.Plan {
	return func(size float64) load.Plan {
		message := load.Same(64, false)
		message.Event = "broadcast"
		return &load.Broadcast{Clients: scale(1000, size), InFlight: inFlight, Message: message}
	}
}

// spread returns clients that together send as many messages a second as any other number of them.
func spread(clients int) func(float64) load.Plan {
	return func(size float64) load.Plan {
		return &load.Echo{Clients: scale(clients, size), InFlight: 1, Exchange: load.Same(64, false), Rate: 10_000}
	}
}

// workloads are all, in the order of the report.
var workloads = []*workload{
	{name: "W1", title: "echo, 64 connections × 1 in flight × 64 B", unit: "message", path: "/echo", plan: echoes(64, 1, load.Same(64, false))},
	{name: "W2", title: "echo, 64 connections × 32 in flight × 64 B", unit: "message", path: "/echo", plan: echoes(64, 32, load.Same(64, false))},
	{name: "W3", title: "echo, 16 connections × 1 in flight × 64 KiB, binary", unit: "message", path: "/echo", plan: echoes(16, 1, load.Same(64<<10, true))},
	{name: "W4", title: "broadcast of 64 B to 1,000, 1 in flight", unit: "delivery", path: "/broadcast", plan: broadcasts(1), perDelivery: true},
	{name: "W4b", title: "broadcast of 64 B to 1,000, 16 in flight", unit: "delivery", path: "/broadcast", plan: broadcasts(16), perDelivery: true},
	{name: "W5", title: "memory of 10,000 idle connections that have echoed once", unit: "connection", path: "/echo", connect: 10_000},
	{name: "W6", title: "200 B of JSON: parse, change, stringify, send; 16 connections × 32 in flight", unit: "message", path: "/json", plan: echoes(16, 32, load.JSON())},
	{name: "W7", title: "a chat room of 100: JSON in, JSON out to all; 16 in flight", unit: "message (100 deliveries)", path: "/room",
		plan: func(float64) load.Plan { return &load.Room{Clients: 100, InFlight: 16} }},
	{name: "handshake", title: "connect, upgrade, close; 16 at a time", unit: "handshake", path: "/echo", handshakes: 2000},
	{name: "W1-deflate", title: "echo of 2 KiB of text, compressed both ways; 64 connections × 1 in flight", unit: "message", path: "/echo", form: compressed,
		plan: echoes(64, 1, &load.Compressed{Event: "echo"})},
	{name: "W2-deflate", title: "echo of 2 KiB of text, compressed both ways; 64 connections × 32 in flight", unit: "message", path: "/echo", form: compressed,
		plan: echoes(64, 32, &load.Compressed{Event: "echo"})},
	{name: "W1-TLS", title: "W1 over TLS", unit: "message", path: "/echo", form: overTLS, plan: echoes(64, 1, load.Same(64, false))},
	{name: "W2-TLS", title: "W2 over TLS", unit: "message", path: "/echo", form: overTLS, plan: echoes(64, 32, load.Same(64, false))},
	{name: "W5-TLS", title: "W5 over TLS, 2,000 connections", unit: "connection", path: "/echo", form: overTLS, connect: 2000},
	{name: "W1-HTTP/2", title: "W1 over one HTTP/2 connection with TLS", unit: "message", path: "/echo", form: overHTTP2, plan: echoes(64, 1, load.Same(64, false))},
	{name: "W2-HTTP/2", title: "W2 over one HTTP/2 connection with TLS", unit: "message", path: "/echo", form: overHTTP2, plan: echoes(64, 32, load.Same(64, false))},
	{name: "polling", title: "W1 over long-polling, two requests a message", unit: "message", path: "/echo", form: polling, poll: 64},
	{name: "W1-100", title: "echo of 64 B, 10,000 a second over 100 connections", unit: "message", path: "/echo", plan: spread(100)},
	{name: "W1-10k", title: "echo of 64 B, 10,000 a second over 10,000 connections", unit: "message", path: "/echo", plan: spread(10_000)},
}

// A sample is one round of a server.
type sample struct {
	cost         float64 // of one unit: seconds of CPU time, or bytes in a memory workload
	user, system float64 // shares of the cost, in seconds
	p50, p99     time.Duration
	rate         float64 // units a second
	generator    float64 // CPU time of the generator, in cores
	server       float64 // CPU time of the server, in cores
	memory       int     // resident bytes of the process at the end
	bytes        float64 // of a payload that clients got, as it was sent
}

// settings are the extent of a measurement.
type settings struct {
	rounds int
	time   time.Duration // of a round
	warmUp time.Duration // before each round, on its connections
	first  time.Duration // of the round before the first
	size   float64       // of what has a fixed number; 1 is all of it
	idle   float64       // of the connections whose memory is measured; with few, what a server has once counts
	// settle is the time between the last message and the look at the memory of idle connections.
	// What a server gives back to the system it gives back within seconds.
	settle time.Duration
}

// mostMessages bounds a round, whatever the time.
const mostMessages = 50_000_000

// measure runs one round of the workload against a server, after a warm-up of it.
func (w *workload) measure(p *process, target load.Target, s settings) (*sample, error) {
	target.Path = w.path
	switch {
	case w.handshakes > 0:
		return w.account(p, func() (*load.Result, error) { return load.Handshakes(target, scale(w.handshakes, s.size)) })
	case w.poll > 0:
		clients, err := load.OpenPoller(target, w.poll)
		if err != nil {
			return nil, err
		}
		defer clients.Close()
		return w.converse(p, s, clients)
	}
	session, err := load.Open(target, w.plan(s.size))
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return w.converse(p, s, session)
}

// A talker is a load.Session or a load.Poller.
type talker interface {
	Run(load.Limit) (*load.Result, error)
}

// converse lets connected clients talk, to warm up and then to be measured.
func (w *workload) converse(p *process, s settings, clients talker) (*sample, error) {
	if _, err := clients.Run(load.Limit{Time: s.warmUp, Messages: mostMessages}); err != nil {
		return nil, err
	}
	return w.account(p, func() (*load.Result, error) {
		return clients.Run(load.Limit{Time: s.time, Messages: mostMessages})
	})
}

// account runs something, and divides what the server used for it.
func (w *workload) account(p *process, run func() (*load.Result, error)) (*sample, error) {
	before, err := p.cpu()
	if err != nil {
		return nil, err
	}
	result, err := run()
	if err != nil {
		return nil, err
	}
	after, err := p.cpu()
	if err != nil {
		return nil, err
	}
	memory, err := p.memory()
	if err != nil {
		return nil, err
	}
	units := result.Sent
	if w.perDelivery {
		units = result.Delivered
	}
	if units == 0 {
		return nil, errors.New("no message was sent")
	}
	used, n := after.sub(before), float64(units)
	out := &sample{
		cost:      used.total.Seconds() / n,
		p50:       result.Latency.Quantile(0.50),
		p99:       result.Latency.Quantile(0.99),
		rate:      n / result.Elapsed.Seconds(),
		generator: result.Generator.Seconds() / result.Elapsed.Seconds(),
		server:    used.total.Seconds() / result.Elapsed.Seconds(),
		memory:    memory,
		bytes:     float64(result.Bytes) / float64(max(1, result.Delivered)),
	}
	if ticks := (used.user + used.system).Seconds(); ticks > 0 {
		out.user, out.system = out.cost*used.user.Seconds()/ticks, out.cost*used.system.Seconds()/ticks
	}
	return out, nil
}

// measureMemory measures a process that has just been started.
func (w *workload) measureMemory(p *process, target load.Target, s settings) (*sample, error) {
	target.Path = w.path
	one := &load.Echo{Clients: 1, InFlight: 1, Exchange: load.Same(64, false)}
	first, err := load.Open(target, one) // what the first connection loads is no cost of a connection
	if err != nil {
		return nil, err
	}
	defer first.Close()
	if _, err := first.Run(load.Limit{Time: time.Minute, Messages: 1}); err != nil {
		return nil, err
	}
	before, err := p.memory()
	if err != nil {
		return nil, err
	}
	n := scale(w.connect, s.idle)
	session, err := load.Open(target, &load.Echo{Clients: n, InFlight: 1, Exchange: load.Same(64, false)})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	result, err := session.Run(load.Limit{Time: time.Minute, Messages: n})
	if err != nil {
		return nil, err
	}
	if result.Delivered != n {
		return nil, fmt.Errorf("%d of %d connections have echoed", result.Delivered, n)
	}
	time.Sleep(s.settle)
	after, err := p.memory()
	if err != nil {
		return nil, err
	}
	return &sample{cost: float64(after-before) / float64(n), memory: after}, nil
}
