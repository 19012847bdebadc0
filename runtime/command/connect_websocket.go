package command

import (
	"context"
	"errors"
	"net/http"

	"github.com/coder/websocket"
)

// A webSocketSession is a clientSession over a WebSocket. It is another's code: that of transport/websocket
// decodes what clients send, and does not mask; and so what a server says is judged by a second opinion.
type webSocketSession struct{ conn *websocket.Conn }

// dialWebSocket makes a handshake.
func dialWebSocket(ctx context.Context, a *address, client *http.Client) (clientSession, error) {
	client.Transport.(*http.Transport).ForceAttemptHTTP2 = false // an Upgrade needs HTTP/1.1
	a.tls.NextProtos = []string{"http/1.1"}
	conn, answer, err := websocket.Dial(ctx, a.url.String(), &websocket.DialOptions{
		HTTPClient: client, HTTPHeader: a.header, Host: a.host, Subprotocols: a.protocols,
	})
	if err != nil {
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols && answer.Body != nil {
			return nil, refusalOf(answer)
		}
		return nil, err
	}
	conn.SetReadLimit(int64(a.most))
	return webSocketSession{conn}, nil
}

func (s webSocketSession) protocol() string { return s.conn.Subprotocol() }

func (s webSocketSession) receive() (binary bool, data []byte, err error) {
	kind, data, err := s.conn.Read(context.Background())
	var closed websocket.CloseError
	switch {
	case err == nil:
		return kind == websocket.MessageBinary, data, nil
	case errors.As(err, &closed):
		return false, nil, &closedError{int(closed.Code), closed.Reason}
	case errors.Is(err, websocket.ErrMessageTooBig):
		return false, nil, &closedError{closeLost, errTooLong.Error()}
	}
	return false, nil, &closedError{closeLost, innermost(err).Error()}
}

// innermost returns the error that others are wrapped around.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func (s webSocketSession) send(ctx context.Context, binary bool, data []byte) error {
	kind := websocket.MessageText
	if binary {
		kind = websocket.MessageBinary
	}
	return s.conn.Write(ctx, kind, data)
}

func (s webSocketSession) ping(ctx context.Context) error { return s.conn.Ping(ctx) }

func (s webSocketSession) close(_ context.Context, code int, reason string) error {
	return s.conn.Close(websocket.StatusCode(code), reason) // which takes ten seconds at most
}

func (s webSocketSession) drop() { _ = s.conn.CloseNow() }
