package video

import (
	"os"
	"syscall"
	"unsafe"
)

// limit bounds the resources of a started process: 3 GiB of address space, an hour of processor time, no files
// written, 64 open files. At that moment the process has read at most the first block of the input.
func limit(pid int) {
	for _, l := range []struct {
		resource int
		max      uint64
	}{
		{syscall.RLIMIT_AS, 3 << 30},
		{syscall.RLIMIT_CPU, 3600},
		{syscall.RLIMIT_FSIZE, 0},
		{syscall.RLIMIT_NOFILE, 64},
		{syscall.RLIMIT_CORE, 0},
	} {
		lim := syscall.Rlimit{Cur: l.max, Max: l.max}
		// An error is ignored: a limit that can't be set is not a fault of the recording.
		syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), uintptr(l.resource), uintptr(unsafe.Pointer(&lim)), 0, 0, 0)
	}
}

// widen enlarges a pipe to hold a whole frame, which saves switches between the two processes.
func widen(f *os.File) {
	const setPipeSize = 1031 // F_SETPIPE_SZ
	if c, err := f.SyscallConn(); err == nil {
		c.Control(func(fd uintptr) { syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, 1<<20) })
	}
}
