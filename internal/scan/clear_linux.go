package scan

import (
	"fmt"
	"os"
)

// clearFile makes a file for an unencrypted video, which ffmpeg opens by path.
// The file has no name on the disk, so the system deletes it when the process
// ends, however it ends.
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

// dropClear deletes a file of clearFile.
func dropClear(f *os.File) error { return f.Close() }
