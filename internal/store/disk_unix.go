//go:build linux || darwin

package store

import "syscall"

// FreeSpace returns how many bytes this user may still write to the disk of a folder.
func FreeSpace(dir string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
