//go:build !linux && !darwin

package store

import "io/fs"

// FreeSpace is not known on this system.
func FreeSpace(string) (bytes uint64, known bool) { return 0, false }

// linked is not known on this system.
func linked(fs.FileInfo) bool { return false }
