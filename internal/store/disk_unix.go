//go:build linux || darwin

package store

import (
	"io/fs"
	"syscall"
)

// FreeSpace returns how many bytes this user may still write to the disk of a folder.
func FreeSpace(dir string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}

// linked says whether a file has several names in its file system.
func linked(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink > 1
}
