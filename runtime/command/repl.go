package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"node.websocket/runtime/command/option"
)

// A replRequest is sent by the command repl to the server, as a line of JSON.
type replRequest struct {
	Module string
	Code   string
}

// A replAnswer is the server's answer, in the same form.
type replAnswer struct {
	Text, Printed      string
	Failed, Incomplete bool
}

const (
	// mostCode is the most bytes of a line of JSON that the server reads.
	mostCode = 1 << 20
	// mostAnswer is that of a line that the command reads: two texts of 64 KiB, and a message, may take six times
	// that.
	mostAnswer = 16 << 20
)

// repl is the command repl, which evaluates lines in a module of a running server.
func repl(set option.Set, operands []string, stdout, stderr io.Writer) int {
	if len(operands) == 0 {
		return fail(stderr, exitMisuse, errors.New("repl: it takes the name of a module, as in "+calledAs+" repl chat"))
	}
	name, err := replSocket(option.Port.In(set))
	if err != nil {
		return fail(stderr, exitNotConnected, err)
	}
	conn, err := net.Dial("unix", name)
	if err != nil {
		return fail(stderr, exitNotConnected, fmt.Errorf("no server of yours on port %d was started with --allow-repl; another port is named with --port N", option.Port.In(set)))
	}
	defer conn.Close()
	r := &replClient{conn: conn, answers: bufio.NewScanner(conn), module: operands[0]}
	r.answers.Buffer(nil, mostAnswer)
	greeting, err := r.ask("")
	if err == nil && greeting.Failed {
		err = errors.New(greeting.Text)
	}
	if err != nil {
		return fail(stderr, exitNotConnected, err)
	}
	r.sign = strings.Trim(r.module, "/") + "> "
	if r.prompt, err = newPrompt(os.Stdin, stdout, r.sign, mostCode/2); err != nil {
		return fail(stderr, exitNotConnected, err)
	}
	defer r.prompt.close()
	if r.prompt.interactive() {
		r.prompt.say(greeting.Text + "; module, server, connections and _, the last value, are there; ^D ends")
	}
	if err := r.run(); err != nil {
		return fail(stderr, 1, err)
	}
	return 0
}

// A replClient carries lines to the server and what comes of them back.
type replClient struct {
	conn    net.Conn
	answers *bufio.Scanner
	module  string
	prompt  *prompt
	sign    string
}

// ask sends code, and waits for the answer. Without code, that tells of the module.
func (r *replClient) ask(code string) (a replAnswer, err error) {
	request, err := json.Marshal(replRequest{r.module, code})
	if err != nil {
		return a, err
	}
	if _, err := r.conn.Write(append(request, '\n')); err == nil && r.answers.Scan() {
		return a, json.Unmarshal(r.answers.Bytes(), &a)
	}
	return a, errors.New("the server has ended")
}

// run evaluates lines until their end. Lines of a pipe end with the first error.
func (r *replClient) run() error {
	lines, failed := make(chan string, 100), make(chan error, 1)
	go func() { // ends with its input or with the program; it reads on while an answer is awaited, so that ^C is seen
		defer close(lines)
		for {
			line, err := r.prompt.readLine()
			if err != nil {
				if failed <- err; r.prompt.interactive() {
					_ = r.conn.Close()
				}
				return
			}
			lines <- line
		}
	}()
	code := ""
	for line := range lines {
		if code += line + "\n"; strings.TrimSpace(code) == "" {
			code = ""
			continue
		}
		a, err := r.ask(code)
		if err == nil && !a.Incomplete {
			r.prompt.setSign(r.sign)
		}
		switch {
		case err != nil && len(failed) > 0: // ^C
			return nil
		case err != nil:
			return err
		case a.Incomplete:
			r.prompt.setSign(strings.Repeat(".", len(r.sign)-1) + " ")
			continue
		case a.Failed && !r.prompt.interactive():
			if a.Printed != "" {
				_ = r.prompt.show(strings.TrimSuffix(a.Printed, "\n"))
			}
			return errors.New(strings.TrimRight(a.Text, "\n"))
		case r.prompt.interactive():
			r.prompt.say(a.Printed + a.Text)
		default:
			if err := r.prompt.show(a.Printed + strings.TrimRight(a.Text, "\n")); err != nil {
				return err
			}
		}
		code = ""
	}
	switch err := <-failed; {
	case err != io.EOF:
		return err
	case code != "" && !r.prompt.interactive():
		return errors.New("the code breaks off")
	}
	return nil
}
