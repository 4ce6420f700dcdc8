//go:build !linux

package scan

import (
	"errors"
	"os"
)

// clearFile makes a file for a video in the clear, which ffmpeg opens by path.
// Where a file without a name cannot be opened by another process, a killed
// process leaves it behind until it is swept.
func clearFile(dir, extension string) (f *os.File, path string, err error) {
	if f, err = os.CreateTemp(dir, "scan-*"+extension); err != nil {
		return nil, "", err
	}
	return f, f.Name(), nil
}

// dropClear gives a file of clearFile back.
func dropClear(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
