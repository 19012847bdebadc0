//go:build linux

package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
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
		rounds   = flags.Int("rounds", 5, "`number` of rounds")
		seconds  = flags.Float64("seconds", 2, "length of a round in `seconds`")
		quick    = flags.Bool("quick", false, "ours, bun and ws, one round of half a second, a tenth of the connections")
		markdown = flags.String("o", "", "`file` for the tables, Markdown; otherwise the standard output")
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
	if flags.NArg() > 0 || *rounds < 1 || *rounds > 100 || *seconds < 0.01 || *seconds > 60 {
		return errors.New("wants 1 to 100 rounds of 0.01 to 60 seconds, and no arguments but flags")
	}
	b := &bench{progress: stderr, settings: settings{
		rounds: *rounds,
		time:   time.Duration(*seconds * float64(time.Second)),
		warmUp: 200 * time.Millisecond,
		first:  1500 * time.Millisecond,
		size:   1,
		settle: 8 * time.Second,
	}}
	if *quick {
		b.settings = settings{rounds: 1, time: time.Second / 2, warmUp: 200 * time.Millisecond, first: time.Second, size: 0.1, settle: 7 * time.Second}
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
	b.shop = shop
	if err := shop.install(); err != nil {
		b.missing = append(b.missing, "npm's packages: "+err.Error())
	}
	if err := b.prepare(*servers, programs); err != nil {
		return err
	}
	return write(*markdown, stdout, b.run(wanted).markdown())
}

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

// prepare makes the servers of a list of names ready, and the programs of ours, each as name=file.
func (b *bench) prepare(names string, programs []string) error {
	wanted := strings.Split(names, ",")
	for _, r := range recipes {
		if names != "all" && !slices.Contains(wanted, r.name) {
			continue
		}
		wanted = slices.DeleteFunc(wanted, func(s string) bool { return s == r.name })
		s, err := r.prepare(b.shop)
		if err != nil {
			b.missing = append(b.missing, r.name+": "+err.Error())
			continue
		}
		s.name = r.name
		b.servers = append(b.servers, s)
	}
	if names != "all" && len(wanted) > 0 {
		return fmt.Errorf("there is no server %s", strings.Join(wanted, ", "))
	}
	for i, program := range programs {
		name, file, _ := strings.Cut(program, "=")
		file, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		b.servers = slices.Insert(b.servers, min(i+1, len(b.servers)), b.shop.ours(name, file))
	}
	if len(b.servers) == 0 {
		return fmt.Errorf("no server can be measured: %s", strings.Join(b.missing, "; "))
	}
	return nil
}
