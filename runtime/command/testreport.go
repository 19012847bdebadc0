package command

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"node.websocket/runtime"
)

// A reporter writes the results of tests in one of the forms of --reporter.
type reporter interface {
	begin()
	file(name string) // the results that follow are of this file
	result(r runtime.TestResult)
	end(passed, failed int)
}

// newReporter returns the reporter of a name.
func newReporter(name string, to io.Writer) reporter {
	switch name {
	case "junit":
		return &junit{to: to}
	case "spec":
		return &spec{to: to}
	}
	return &tap{to: to}
}

// A tap is TAP, the Test Anything Protocol, version 14.
type tap struct {
	to io.Writer
	n  int // of results
}

func (t *tap) begin() { fmt.Fprintln(t.to, "TAP version 14") }

func (t *tap) file(name string) { fmt.Fprintln(t.to, "# "+name) }

func (t *tap) result(r runtime.TestResult) {
	status := "ok"
	if r.Message != "" {
		status = "not ok"
	}
	t.n++
	name := strings.NewReplacer("#", `\#`, `\`, `\\`).Replace(escapeControl(r.Name))
	fmt.Fprintf(t.to, "%s %d - %s\n", status, t.n, name)
	if r.Message == "" {
		return
	}
	fmt.Fprintf(t.to, "  ---\n  message: %s\n", strconv.QuoteToASCII(r.Message))
	if r.At != "" {
		fmt.Fprintf(t.to, "  at: %s\n", strconv.QuoteToASCII(r.At))
	}
	if r.Detail != "" {
		fmt.Fprint(t.to, "  code: |\n")
		for line := range strings.SplitSeq(strings.TrimRight(r.Detail, "\n"), "\n") {
			fmt.Fprintf(t.to, "    |%s\n", escapeControl(line))
		}
	}
	fmt.Fprint(t.to, "  ...\n")
}

func (t *tap) end(passed, failed int) { fmt.Fprintf(t.to, "1..%d\n", passed+failed) }

// A spec is a form for people.
type spec struct{ to io.Writer }

func (s *spec) begin() {}

func (s *spec) file(name string) { fmt.Fprintf(s.to, "%s\n", name) }

func (s *spec) result(r runtime.TestResult) {
	sign := "✓"
	if r.Message != "" {
		sign = "✗"
	}
	fmt.Fprintf(s.to, "  %s %s (%v)\n", sign, escapeControl(r.Name), r.Duration.Round(time.Millisecond))
	if r.Message == "" {
		return
	}
	fmt.Fprintf(s.to, "    %s\n", escapeControl(r.Message))
	if r.At != "" {
		fmt.Fprintf(s.to, "    at %s\n", escapeControl(r.At))
	}
	for line := range strings.SplitSeq(strings.TrimRight(r.Detail, "\n"), "\n") {
		if line != "" {
			fmt.Fprintf(s.to, "    %s\n", escapeControl(line))
		}
	}
}

func (s *spec) end(passed, failed int) {
	fmt.Fprintf(s.to, "\n%d passed, %d failed\n", passed, failed)
}

// A junit is the XML of JUnit, as CI servers read it. It is written at the end, because it begins with the sums.
type junit struct {
	to     io.Writer
	suites []*junitSuite
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Time     seconds     `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    seconds       `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// seconds are written with three digits after the point.
type seconds time.Duration

func (s seconds) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, time.Duration(s).Seconds(), 'f', 3, 64), nil
}

func (j *junit) begin() {}

func (j *junit) file(name string) { j.suites = append(j.suites, &junitSuite{Name: name}) }

func (j *junit) result(r runtime.TestResult) {
	s := j.suites[len(j.suites)-1]
	c := junitCase{Class: s.Name, Name: r.Name, Time: seconds(r.Duration)}
	if r.Message != "" {
		s.Failures++
		c.Failure = &junitFailure{Message: r.Message, Text: strings.TrimLeft(r.At+"\n"+r.Detail, "\n")}
	}
	s.Tests++
	s.Time += c.Time
	s.Cases = append(s.Cases, c)
}

func (j *junit) end(passed, failed int) {
	all := struct {
		XMLName  xml.Name      `xml:"testsuites"`
		Tests    int           `xml:"tests,attr"`
		Failures int           `xml:"failures,attr"`
		Suites   []*junitSuite `xml:"testsuite"`
	}{Tests: passed + failed, Failures: failed, Suites: j.suites}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		panic(err) // all of it is text and numbers
	}
	fmt.Fprintf(j.to, "%s%s\n", xml.Header, text)
}
