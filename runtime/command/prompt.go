package command

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// A prompt reads the lines that a person types at a terminal, with editing and a history, or those of a pipe, and
// prints what comes meanwhile. One goroutine may read while others print.
type prompt struct {
	// fixed after newPrompt
	in       *os.File
	out      io.Writer
	terminal *term.Terminal // nil: the input or the output is no terminal
	restore  func()
	screen   bool          // the output is a terminal
	lines    *bufio.Reader // without a terminal
	most     int           // bytes of a line

	sign string // only for who calls setSign

	mu sync.Mutex // held while one line is printed without a terminal
}

var errLongLine = errors.New("it is longer than --max-message")

// newPrompt returns a prompt that shows sign before each line that is typed. Lines have most bytes at most.
func newPrompt(in *os.File, out io.Writer, sign string, most int) (*prompt, error) {
	p := &prompt{in: in, out: out, restore: func() {}, lines: bufio.NewReader(in), most: most, sign: sign}
	p.screen = isTerminal(out)
	if !p.screen || !term.IsTerminal(int(in.Fd())) {
		return p, nil
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	p.restore = sync.OnceFunc(func() { _ = term.Restore(int(in.Fd()), before) })
	p.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, sign)
	return p, nil
}

// interactive reports whether a person types, and sees what is printed.
func (p *prompt) interactive() bool { return p.terminal != nil }

// setSign changes what is shown before each line, among them the one that is being typed.
func (p *prompt) setSign(sign string) {
	if p.terminal != nil && sign != p.sign {
		p.terminal.SetPrompt(sign)
		_, _ = p.terminal.Write(nil) // shows it
	}
	p.sign = sign
}

// readLine returns the next line, without its end. The error is io.EOF at the end of the input, and for ^C and ^D.
func (p *prompt) readLine() (string, error) {
	if p.terminal != nil {
		if width, height, err := term.GetSize(int(p.in.Fd())); err == nil && width > 0 {
			_ = p.terminal.SetSize(width, height)
		}
		return p.terminal.ReadLine()
	}
	var line []byte
	for {
		part, err := p.lines.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > p.most+len("\r\n") {
			return "", errLongLine
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && len(line) > 0:
		case err != nil:
			return "", err
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
	}
}

// say prints lines for a person, above the line that is being typed. What could change the terminal is escaped.
func (p *prompt) say(text string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		_ = p.print(escapeControl(strings.TrimSuffix(line, "\r")))
	}
}

// show prints a text for a program as it is, and at a terminal as say does.
func (p *prompt) show(text string) error {
	if p.screen {
		p.say(text)
		return nil
	}
	return p.print(text)
}

// print prints a line as it is.
func (p *prompt) print(line string) error {
	var err error
	if p.terminal != nil {
		_, err = p.terminal.Write([]byte(line + "\n"))
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err = io.WriteString(p.out, line+"\n")
	return err
}

// close leaves the terminal as it was.
func (p *prompt) close() { p.restore() }
