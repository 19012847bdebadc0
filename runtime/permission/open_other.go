//go:build !unix

package permission

// openFlags is for FIFOs, which have no place in the file system here.
const openFlags = 0
