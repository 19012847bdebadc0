package transport

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"node.websocket/transport/websocket"
)

// An endCase is a way for a session to end, and who is told what.
type endCase struct {
	cause   cause
	options Options
	end     func(t *testing.T, s *Session, client speaker)
	told    *ended // the client; nil: not looked at, because the connection is lost
	code    int    // for Disconnected
	reason  string
}

// readsLate reports whether the client reads when end has returned. Otherwise it reads meanwhile, because its sends may
// wait.
func (c *endCase) readsLate() bool { return c.cause == causeSlow }

// endCases are the causes that every transport can have.
var endCases = []endCase{
	{causeModule, Options{}, func(_ *testing.T, s *Session, _ speaker) { s.Close(4001, "enough") },
		&ended{4001, "enough"}, 4001, "enough"},
	{causeTerminated, Options{}, func(_ *testing.T, s *Session, _ speaker) { s.Terminate() },
		nil, 1006, ""},
	{causeOperator, Options{}, func(_ *testing.T, s *Session, _ speaker) { s.Dismiss(4002, "go home") },
		&ended{4002, "go home"}, 4002, "go home"},
	{causeHung, Options{}, func(_ *testing.T, s *Session, _ speaker) { s.Abandon(1011, "the module hangs") },
		&ended{1011, "the module hangs"}, 1011, "the module hangs"},
	{causeVanished, Options{UnclaimedTimeout: time.Millisecond}, func(_ *testing.T, _ *Session, c speaker) { c.vanish() },
		nil, 1006, ""},
	{causeRate, Options{MessageRate: 1}, func(_ *testing.T, _ *Session, c speaker) { c.send(make([]Message, 20)...) },
		&ended{1008, "more than 1 messages a second"}, 1008, "more than 1 messages a second"},
	{causeTooBig, Options{MaxMessage: 1000}, func(_ *testing.T, _ *Session, c speaker) { c.send(text(strings.Repeat("x", 1001))) },
		&ended{1009, "message too big"}, 1009, "message too big"},
	{causeIdle, Options{IdleTimeout: 50 * time.Millisecond}, func(*testing.T, *Session, speaker) {},
		&ended{1000, "no message came for 50ms"}, 1000, "no message came for 50ms"},
	{causeSlow, Options{MaxQueue: 100_000}, func(_ *testing.T, s *Session, _ speaker) { sendTooMuch(s) },
		&ended{1008, "does not take what it is sent"}, 1008, "does not take what it is sent"},
	{causeMemory, Options{MaxQueue: 64 << 20}, func(t *testing.T, s *Session, _ speaker) {
		waitFor(t, func() bool { // until the network takes no more
			s.SendText(strings.Repeat("x", 1<<20))
			s.Flush()
			return s.server.Relieve(1) == 1
		})
	}, nil, 1006, errLongQueue.Error()},
	{causeShutdown, Options{}, func(t *testing.T, s *Session, _ speaker) {
		go s.server.Shutdown(t.Context()) // ends with the session
	}, &ended{1001, "the server is shutting down"}, 1001, "the server is shutting down"},
	{causeShutdown, Options{ShutdownSpread: time.Hour}, func(_ *testing.T, s *Session, _ speaker) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.server.Shutdown(ctx)
	}, nil, 1001, "the server is shutting down"},
}

// TestContractEnds checks what each cause of an end comes to: what the client is told, what the Conversation, what the
// log says, and what is counted.
func TestContractEnds(t *testing.T) {
	t.Parallel()
	for _, test := range endCases {
		t.Run(test.cause.String(), func(t *testing.T) {
			t.Parallel()
			forEachTransport(t, func(t *testing.T, kind string, start func(Options, Handler) speaker) {
				var log logBuffer
				test.options.Log = log.logger()
				conversation := newConversation(t)
				client := start(test.options, oneConversation(conversation))
				session := await(t, conversation.opened)
				sent := make(chan struct{})
				go func() { // a send waits, and what it causes comes meanwhile
					defer close(sent)
					test.end(t, session, client)
				}()
				if test.readsLate() { // a client that takes all in time is not slow
					await(t, sent)
				}
				if test.told != nil {
					for over := (*ended)(nil); over == nil; {
						if _, over = client.next(); over != nil && *over != *test.told {
							t.Errorf("the client is told %v, want %v", *over, *test.told)
						}
					}
				}
				conversation.wantClosed(test.code, test.reason)
				await(t, sent)
				wantEnd(t, session.server, &log, test.cause, test.code)
			})
		})
	}
}

// wantEnd checks the log and the counts of a server whose only session has ended.
func wantEnd(t *testing.T, s *Server, log *logBuffer, c cause, code int) {
	t.Helper()
	waitFor(t, func() bool { return strings.Contains(log.String(), "disconnected") })
	name := c.String()
	if strings.Contains(name, " ") {
		name = strconv.Quote(name)
	}
	want := fmt.Sprintf("cause=%s code=%d", name, code)
	if !strings.Contains(log.String(), want) {
		t.Errorf("log: %s\nwant %s", log.String(), want)
	}
	for other, n := range countsOf(t, s).Closed {
		if want := map[bool]uint64{true: 1}[other == c.String()]; n != want {
			t.Errorf("%d ends counted for %q, want %d", n, other, want)
		}
	}
}

// TestWebSocketEnds is TestContractEnds for the causes that only a WebSocket has, over everything that carries one.
func TestWebSocketEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cause   cause
		options Options
		bytes   []byte // that the client sends
		told    int    // 0: the connection is cut; -1: it gets a Close without a code
		code    int
		reason  string
	}{
		{causeProtocol, Options{}, masked(nil, 0x83, ""), 1002, 1002, "reserved opcode"},
		{causeUTF8, Options{}, masked(nil, 0x81, "\xff"), 1007, 1007, "invalid UTF-8"},
		{causeClient, Options{}, masked(nil, 0x88, closePayload(3000, "bye")), 3000, 3000, "bye"},
		{causeClient, Options{}, masked(nil, 0x88, ""), -1, 1005, ""},
		{causePong, Options{Heartbeat: 20 * time.Millisecond, HeartbeatTimeout: 50 * time.Millisecond}, nil, 0, 1006, "no answer to a ping within 50ms"},
	} {
		t.Run(test.cause.String(), func(t *testing.T) {
			t.Parallel()
			forEachWay(t, func(t *testing.T, start starter) {
				var log logBuffer
				test.options.Log = log.logger()
				conversation := newConversation(t)
				c, session := start(t, test.options, conversation)
				if test.bytes != nil {
					c.raw(test.bytes)
				}
				switch test.told {
				case 0:
				case -1:
					c.want(websocket.Close, "")
				default:
					c.wantClose(test.told)
				}
				for op := websocket.Ping; op == websocket.Ping; {
					var err error
					if op, _, err = c.read(); err == nil && op != websocket.Ping {
						t.Errorf("there comes a frame with the opcode %d", op)
					} else if err != nil {
						break
					}
				}
				conversation.wantClosed(test.code, test.reason)
				wantEnd(t, session.server, &log, test.cause, test.code)
			})
		})
	}
}
