package pgtest

import (
	"os/exec"
	"runtime"
	"syscall"
)

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
