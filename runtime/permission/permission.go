// Package permission decides what modules may reach outside of their VM. Each kind is granted by a flag
// of the server, and nothing is without one.
//
// # What
//
// A [Set] holds the grants. Its methods do what was asked for within them: [Set.Open] opens a file, and [Set.Execute]
// runs a program. The package knows no JavaScript.
//
// # Concurrency
//
// A Set is fixed once the server has started, and any goroutine may use it. Methods that touch files
// or programs may take long, so they are not called in a turn. The package starts no goroutine that
// outlives a call.
package permission

// A Set holds what the server's flags grant to modules. The zero Set grants nothing.
type Set struct {
	Read List // --allow-read: files and directories
	Net  List // --allow-net: names and addresses of hosts, with or without a port
	Env  List // --allow-env: variables, and beginnings of their names, such as API_*
	Run  List // --allow-run: programs, by path, or by a name that is looked up in PATH

	Redis bool // --redis: the commands of Redis
}

// A List holds what one flag grants: everything, or what has one of the names.
type List struct {
	All   bool     // the flag was given without a value
	Names []string // empty with All
}

// Grants reports whether l grants anything.
func (l List) Grants() bool { return l.All || len(l.Names) > 0 }

// A Denied is the error for what no flag grants.
type Denied struct {
	Doing string // what was tried: "reading /etc/passwd"
	Flag  string // what would grant it: "--allow-read=/etc/passwd"
}

func (d *Denied) Error() string {
	return d.Doing + " is not granted to modules; the server would have to be started with " + d.Flag
}
