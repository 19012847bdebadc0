package command

import (
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"node.websocket/runtime/command/option"
)

// The names that a supervisor gives to sockets (systemd: FileDescriptorName=) that are not for clients. A
// socket with any other name is.
const (
	internalSocket = "internal"
	flashSocket    = "flash-policy"
)

// inherit returns the listeners of the sockets that the program was started with, by their names; "" for
// those that are for clients. systemd, and whoever else follows its protocol (LISTEN_PID, LISTEN_FDS,
// LISTEN_FDNAMES), opens the sockets itself and keeps them while the program is started again, so that
// clients wait for that instead of being refused.
func inherit() (map[string][]net.Listener, error) {
	sockets := map[string][]net.Listener{}
	for _, file := range activation.Files(true) {
		name := file.Name()
		l, err := net.FileListener(file)
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("the socket %q that the program was started with cannot be listened on: %w", name, err)
		}
		if _, ok := l.(*net.TCPListener); !ok {
			return nil, fmt.Errorf("the socket %q that the program was started with is of the network %s; only tcp is served", name, l.Addr().Network())
		}
		if name != internalSocket && name != flashSocket {
			name = ""
		}
		sockets[name] = append(sockets[name], l)
	}
	return sockets, nil
}

// open returns the listeners of the program: those that it was started with, and for what has none among
// them, those that the options name. In the set it returns, --port is the port for clients.
func open(set option.Set) (l listeners, _ option.Set, err error) {
	sockets, err := inherit()
	if err != nil {
		return l, set, err
	}
	l.inherited = len(sockets[""]) > 0
	for _, c := range sockets[""] {
		if err := checkProxies(set, c.Addr().(*net.TCPAddr).IP.String()); err != nil {
			return l, set, err
		}
	}
	for _, kind := range []struct {
		to   *[]net.Listener
		name string // of its sockets
		port *option.Option[int]
		flag string
	}{
		{&l.clients, "", option.Port, "--port"},
		{&l.flash, flashSocket, option.FlashPolicyPort, "--flash-policy-port"},
		{&l.internal, internalSocket, option.InternalPort, "--internal-port"},
	} {
		port := kind.port.In(set)
		if *kind.to = sockets[kind.name]; len(*kind.to) > 0 {
			port = (*kind.to)[0].Addr().(*net.TCPAddr).Port
		} else if port != 0 || kind.to == &l.clients {
			if *kind.to, port, err = listen(option.Host.In(set), port, kind.flag); err != nil {
				return l, set, err
			}
		}
		set = kind.port.With(set, port)
	}
	return l, set, nil
}

// listeners are the program's, for each of its ports.
type listeners struct {
	clients, flash, internal []net.Listener
	inherited                bool // another process, or this one's successor, listens on the same sockets
}

func (l *listeners) len() int { return len(l.clients) + len(l.flash) + len(l.internal) }

// notify tells systemd, if it has started the program, that it serves, or that it stops.
func notify(state string, log *slog.Logger) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd cannot be told", "state", state, "socket", os.Getenv("NOTIFY_SOCKET"), "error", err)
	}
}
