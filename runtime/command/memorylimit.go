package command

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"

	"node.websocket/runtime/command/option"
)

// limitMemory returns the most memory that the process should use, in bytes: --max-memory, or else
// GOMEMLIMIT, or nine tenths of the cgroup's limit, because not all memory is Go's. 0 means no limit.
// Unless GOMEMLIMIT is set, Go's garbage collector gets the same limit. system is the file system's root.
func limitMemory(set option.Set, system fs.FS) int64 {
	own := os.Getenv("GOMEMLIMIT") != ""
	limit := int64(option.MaxMemory.In(set))
	switch {
	case limit >= 0:
	case own:
		limit = debug.SetMemoryLimit(-1) // only reads it
	default:
		limit = cgroupLimit(system) / 10 * 9
	}
	if limit == math.MaxInt64 { // GOMEMLIMIT=off
		return 0
	}
	if limit > 0 && !own {
		debug.SetMemoryLimit(limit)
	}
	return limit
}

// cgroupLimit returns the lowest memory limit of the control groups that the process is in, in bytes, or
// 0 if there is none, as on systems without control groups.
func cgroupLimit(system fs.FS) (limit int64) {
	groups, err := fs.ReadFile(system, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	lower := func(name string) {
		text, err := fs.ReadFile(system, name)
		if err != nil {
			return
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // not "max"
		if err == nil && n > 0 && n < noLimit && (limit == 0 || n < limit) {
			limit = n
		}
	}
	for line := range strings.Lines(string(groups)) { // number:controllers:path
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		folder, file := "", ""
		switch {
		case fields[1] == "": // version 2
			folder, file = "sys/fs/cgroup", "memory.max"
		case strings.Contains(","+fields[1]+",", ",memory,"):
			folder, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// In a container the path is often one of the host, which is not there.
		for group := path.Clean("/" + fields[2]); ; group = path.Dir(group) {
			lower(path.Join(folder, group, file))
			if group == "/" {
				break
			}
		}
	}
	return limit
}

// noLimit is less than the number by which version 1 says that there is no limit.
const noLimit = 1 << 62
