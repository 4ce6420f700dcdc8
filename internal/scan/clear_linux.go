package scan

import (
	"fmt"
	"os"
)

// clearFile makes a file for a video in the clear, which ffmpeg opens by path.
// It has no name on disk: when the process dies, however it dies, the system
// drops it.
func clearFile(dir, extension string) (f *os.File, path string, err error) {
	if f, err = os.CreateTemp(dir, "scan-*"+extension); err != nil {
		return nil, "", err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, "", err
	}
	path = fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd())
	if _, err := os.Stat(path); err != nil { // no /proc here
		f.Close()
		return nil, "", err
	}
	return f, path, nil
}

// dropClear gives a file of clearFile back.
func dropClear(f *os.File) error { return f.Close() }
