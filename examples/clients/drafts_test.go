package clients

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// The drafts are tested with libraries in languages that still have them. They make handshakes and frames, which the
// scripts here send over a plain socket.

// otherScript runs a script in another language with the port as its last argument, and returns what
// it printed. It skips the test if the language or the library is not installed.
func otherScript(t *testing.T, port int, name string, probe []string, args ...string) string {
	t.Helper()
	if err := exec.Command(name, probe...).Run(); err != nil {
		commandtest.Missing(t, fmt.Sprintf("%s %s: %v", name, strings.Join(probe, " "), err))
	}
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, append(args, strconv.Itoa(port))...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// TestPerl speaks each version that Perl's Protocol::WebSocket knows. In hixie-76 that library
// declares the length of the challenge, as if it were a body.
func TestPerl(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": talkative})
	got := otherScript(t, p.Port, "perl", []string{"-MProtocol::WebSocket", "-e", "1"}, "-e", `
use strict; use warnings; use utf8;
use Encode; use IO::Socket::INET;
use Protocol::WebSocket::Handshake::Client;
my ($port) = @ARGV;
for my $version ('draft-hixie-75', 'draft-ietf-hybi-00', 'draft-ietf-hybi-10', 'draft-ietf-hybi-17') {
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die $!;
	my $handshake = Protocol::WebSocket::Handshake::Client->new(url => "ws://127.0.0.1:$port/test", version => $version);
	$handshake->req->origin('http://example.com');
	$handshake->req->subprotocol('chat');
	syswrite $socket, $handshake->to_string;
	my $in = '';
	until ($handshake->is_done) {
		sysread $socket, $in, 65536, length $in or die "$version: no answer";
		$handshake->parse($in) or die "$version: " . $handshake->error;
	}
	my $frames = $handshake->build_frame(max_payload_size => 0);
	$frames->append($in);
	my $next = sub {
		while (1) {
			my $message = $frames->next_bytes;
			return $message if defined $message;
			sysread $socket, my $more, 65536 or return 'EOF';
			$frames->append($more);
		}
	};
	my $send = sub { syswrite $socket, $handshake->build_frame(max_payload_size => 0, buffer => encode('UTF-8', $_[0]), @_[1 .. $#_])->to_bytes };
	$send->('who');
	my $who = $next->();
	for my $text ('a', 'x' x 125, 'x' x 126, 'grüße 😀 ' x 20000) {
		$send->($text);
		$next->() eq encode('UTF-8', $text) or die "$version: a text of " . length($text) . " came back as another";
	}
	$send->('', type => 'close') unless $version eq 'draft-hixie-75'; # which has no frame for it
	shutdown $socket, 1;
	my $end = $next->();
	print "$who, ", ($end eq 'EOF' ? 'end' : $frames->is_close ? 'close' : 'other'), "\n";
}`)
	want := []string{"hixie-75 chat false 1.1 http://example.com, end"}
	for _, version := range []string{"hixie-76", "8", "13"} {
		want = append(want, version+" chat false 1.1 http://example.com, close")
	}
	wantJSON(t, got, strings.Join(want, "\n"))
	p.Wait("onDisconnect", func() bool { return strings.Count(p.Text(), "1005") >= 4 })
}

// TestRuby speaks through Ruby's websocket, the only client left for version 7. Left out are its
// hixie-76, which reads the 16 bytes of the answer as lines of text, and its check of a Close, which
// takes the code for text.
func TestRuby(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": talkative})
	got := otherScript(t, p.Port, "ruby", []string{"-rwebsocket", "-e", "1"}, "-Ku", "-rwebsocket", "-rsocket", "-e", `
port = ARGV[0].to_i
[75, 7, 8, 13].each do |version|
	socket = TCPSocket.new('127.0.0.1', port)
	handshake = WebSocket::Handshake::Client.new(url: "ws://127.0.0.1:#{port}/test", version: version, origin: 'http://example.com', protocols: ['chat'])
	socket.write handshake.to_s
	handshake << socket.readpartial(65536) until handshake.finished?
	raise "#{version}: #{handshake.error}" unless handshake.valid?
	frames = WebSocket::Frame::Incoming::Client.new(version: handshake.version)
	frames << handshake.leftovers.to_s
	receive = lambda do
		until (frame = frames.next)
			raise "#{version}: #{frames.error}" if frames.error?
			frames << socket.readpartial(65536)
		end
		[frame.type, frame.to_s.b]
	end
	send = lambda { |type, data| socket.write WebSocket::Frame::Outgoing::Client.new(version: handshake.version, type: type, data: data).to_s }
	send.(:text, 'who')
	who = receive.().last
	['a', 'x' * 125, 'x' * 126, 'grüße 😀 ' * 2000].each do |text|
		send.(:text, text)
		raise "#{version}: a text of #{text.size} came back as another" unless receive.() == [:text, text.b]
	end
	if version < 75
		send.(:binary, "\x00\xff".b * 40000)
		type, data = receive.()
		raise "#{version}: binary" unless type == :binary && data == "\x00\xff".b * 40000
		send.(:ping, 'there?')
		raise "#{version}: ping" unless receive.() == [:pong, 'there?']
	end
	send.(:close, '') unless version == 75 # which has no frame for it
	socket.close_write
	puts "#{who}, #{begin receive.().first; rescue EOFError; 'end' end}"
end`)
	want := []string{"hixie-75 chat false 1.1 http://example.com, end"}
	for _, version := range []string{"7", "8", "13"} {
		want = append(want, version+" chat false 1.1 http://example.com, close")
	}
	wantJSON(t, got, strings.Join(want, "\n"))
}
