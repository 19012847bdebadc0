package command

import (
	"bytes"
	"io"
	"log/slog"

	"node.websocket/runtime/command/option"
	"node.websocket/runtime/redis"
)

// newLog returns the log on stderr: text for people or, for the programs that collect the output of containers,
// lines of JSON. What is written to out comes between the lines. The caller must close out.
func newLog(set option.Set, stderr io.Writer) (log *slog.Logger, out *logWriter) {
	out = newLogWriter(stderr)
	level := option.Log.In(set)
	if isJSON(set) {
		log = slog.New(redis.NewJSONHandler(printable{out}, level))
	} else {
		log = slog.New(newTextHandler(out, level))
	}
	out.tell = func(lost int) {
		log.Warn("lines of the log were dropped, because nobody took them", "lines", lost)
	}
	return log, out
}

// isJSON reports whether lines of JSON, and nothing else, go to stderr.
func isJSON(set option.Set) bool { return option.LogFormat.In(set) == "json" }

// printable escapes what is not printable in lines of JSON. One call of Write takes one line.
type printable struct{ to io.Writer }

func (p printable) Write(line []byte) (int, error) {
	if _, err := p.to.Write(escapeJSON(string(bytes.TrimSuffix(line, []byte("\n"))))); err != nil {
		return 0, err
	}
	return len(line), nil
}
