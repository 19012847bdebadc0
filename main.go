// Command node.websocket is a WebSocket server scripted in JavaScript: it serves modules/chat.js at
// ws://localhost:8080/chat. README.md describes how to write a module; --help lists the options.
package main

import (
	"os"

	"node.websocket/runtime/command"
)

func main() { os.Exit(command.Main(os.Args[1:])) }
