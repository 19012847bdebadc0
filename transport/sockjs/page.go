package sockjs

import "fmt"

// Greeting is the answer to a plain GET of a resource.
const Greeting = "Welcome to SockJS!\n"

// AppendInfo appends the answer to a request for info, in JSON: whether there is a WebSocket, whether
// sessions need a cookie, and a random number.
func AppendInfo(dst []byte, websocket, cookie bool, entropy uint32) []byte {
	return fmt.Appendf(dst, `{"websocket":%t,"origins":["*:*"],"cookie_needed":%t,"entropy":%d}`, websocket, cookie, entropy)
}

// iframePage is prescribed by SockJS, up to the address of the script.
const iframePage = `<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="%s"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>
`

// IframePage returns the page for a hidden frame, which does, on the server's own origin, what a
// browser does not let a page of another origin do. script is the address of its client.
func IframePage(script string) string { return fmt.Sprintf(iframePage, script) }
