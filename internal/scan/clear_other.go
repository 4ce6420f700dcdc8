//go:build !linux

package scan

import (
	"errors"
	"os"
)

// clearFile makes a file for an unencrypted video, which ffmpeg opens by path.
// On this system another process cannot open a file without a name. So a killed
// process leaves the file behind until it is swept.
func clearFile(dir, extension string) (f *os.File, path string, err error) {
	if f, err = os.CreateTemp(dir, "scan-*"+extension); err != nil {
		return nil, "", err
	}
	return f, f.Name(), nil
}

// dropClear deletes a file of clearFile.
func dropClear(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
