//go:build linux

package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// run measures as the arguments say.
func run(args []string, stdout, stderr io.Writer) error {
	debug.SetGCPercent(400) // the generator has a small heap
	var (
		flags    = flag.NewFlagSet("benchmark", flag.ContinueOnError)
		names    = flags.String("run", "all", "`workloads` to run: W1,W6, or all")
		servers  = flags.String("servers", "", "`names` of the servers to measure: ours,bun, or all (the default)")
		rounds   = flags.Int("rounds", 0, "`number` of rounds; 0: 5, or with -quick 1")
		seconds  = flags.Float64("seconds", 0, "length of a round in `seconds`; 0: 2, or with -quick 0.5")
		quick    = flags.Bool("quick", false, "ours, bun and ws unless -servers names others, short rounds, a tenth of the connections")
		markdown = flags.String("o", "", "`file` for the tables, Markdown; otherwise the standard output")
		plot     = flags.String("svg", "", "`file` for the plot; otherwise none")
		programs []string
	)
	flags.SetOutput(stderr)
	flags.Func("ours", "`name=file`, a program of ours to measure as well; may be repeated", func(s string) error {
		if name, file, ok := strings.Cut(s, "="); !ok || name == "" || file == "" {
			return errors.New("want name=file")
		}
		programs = append(programs, s)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 0 || *rounds > 100 || *seconds < 0 || *seconds > 60 {
		return errors.New("wants at most 100 rounds of at most 60 seconds, and no arguments but flags")
	}
	b := &bench{progress: stderr, settings: settings{
		rounds: cmp.Or(*rounds, 5),
		time:   duration(cmp.Or(*seconds, 2)),
		warmUp: duration(0.2),
		first:  duration(1.5),
		size:   1,
		idle:   1,
		settle: duration(8),
	}}
	if *quick {
		b.settings.rounds, b.settings.time = cmp.Or(*rounds, 1), duration(cmp.Or(*seconds, 0.5))
		b.settings.first, b.settings.size = duration(1), 0.1
		*servers = cmp.Or(*servers, "ours,bun,ws")
	}
	*servers = cmp.Or(*servers, "all")
	wanted, err := chooseWorkloads(*names)
	if err != nil {
		return err
	}
	shop, err := newWorkshop()
	if err != nil {
		return err
	}
	defer os.RemoveAll(shop.scratch)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupted)
	go func() { // ends with the process
		<-interrupted
		os.RemoveAll(shop.scratch)
		os.Exit(1) // the servers end with this process
	}()
	b.shop = shop
	if err := checkServers(*servers); err != nil {
		return err
	}
	if err := shop.install(); err != nil {
		b.missing = append(b.missing, "npm's packages: "+err.Error())
	}
	if err := b.prepare(*servers, programs); err != nil {
		return err
	}
	r := b.run(wanted)
	err = write(*markdown, stdout, r.markdown())
	if *plot != "" {
		err = errors.Join(err, write(*plot, nil, r.svg()))
	}
	return err
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// write writes text to a file, or to out if there is no name.
func write(file string, out io.Writer, text string) error {
	if file == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// chooseWorkloads returns the workloads of a list of names.
func chooseWorkloads(names string) (chosen []*workload, err error) {
	if names == "all" {
		return workloads, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(workloads, func(w *workload) bool { return strings.EqualFold(w.name, name) })
		if i < 0 {
			var all []string
			for _, w := range workloads {
				all = append(all, w.name)
			}
			return nil, fmt.Errorf("there is no workload %q, but %s", name, strings.Join(all, ", "))
		}
		chosen = append(chosen, workloads[i])
	}
	return chosen, nil
}

// newWorkshop returns a workshop with an empty scratch folder, which the caller removes.
func newWorkshop() (*workshop, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "peers")); err != nil {
		return nil, errors.New("must be run in examples/benchmark: cd there, and go run .")
	}
	scratch, err := os.MkdirTemp("", "benchmark-")
	if err != nil {
		return nil, err
	}
	w := &workshop{dir: dir, scratch: scratch, cert: filepath.Join(scratch, "cert.pem"), key: filepath.Join(scratch, "key.pem")}
	return w, makeCertificate(w.cert, w.key)
}

// checkServers fails for a list of names in which one is of no server.
func checkServers(names string) error {
	var all []string
	for _, r := range recipes {
		all = append(all, r.name)
	}
	for name := range strings.SplitSeq(names, ",") {
		if names != "all" && !slices.Contains(all, name) {
			return fmt.Errorf("there is no server %s, but %s", name, strings.Join(all, ", "))
		}
	}
	return nil
}

// prepare makes the servers of a list of names ready, and the programs of ours, each as name=file.
func (b *bench) prepare(names string, programs []string) error {
	for _, r := range recipes {
		if names != "all" && !slices.Contains(strings.Split(names, ","), r.name) {
			continue
		}
		s, err := r.prepare(b.shop)
		if err != nil {
			b.missing = append(b.missing, r.name+": "+err.Error())
			continue
		}
		s.name = r.name
		b.servers = append(b.servers, s)
	}
	for i, program := range programs {
		name, file, _ := strings.Cut(program, "=")
		file, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		other := b.shop.ours(name, file)
		other.variant = true
		b.servers = slices.Insert(b.servers, min(i+1, len(b.servers)), other)
	}
	if len(b.servers) == 0 {
		return fmt.Errorf("no server can be measured: %s", strings.Join(b.missing, "; "))
	}
	return nil
}
