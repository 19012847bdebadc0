// Package socket puts a session's way to the network behind one small interface: TCP, TLS, a stream of
// HTTP/2, or any other net.Conn. New returns the best Socket for a connection. On Unix systems the
// sockets of TCP, of Unix and of TLS are written without waiting, and the first two hold no buffer
// while they wait to be read.
//
// On Linux a connection can also be taken apart, down to its Descriptor, and be waited for by a Poller with
// many others. Then it has no goroutine while it is idle.
//
// The package also has the buffers that reads and out-queues are made of, and the ways to end a
// connection.
package socket
