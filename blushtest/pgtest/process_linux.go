package pgtest

import (
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// inMemory says whether a directory is in memory, with room for the databases of several test processes.
func inMemory(dir string) bool {
	const least = 1 << 30 // bytes
	var s unix.Statfs_t
	return unix.Statfs(dir, &s) == nil && s.Type == unix.TMPFS_MAGIC && s.Bavail*uint64(s.Bsize) >= least
}

// attributes ties a child to this process: the kernel sends it SIGQUIT, an
// immediate shutdown, when the thread that started it ends.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT}
}

// startAndOwn starts a command from a thread that lives as long as this process.
func startAndOwn(c *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- c.Start()
		select {}
	}()
	return <-started
}
