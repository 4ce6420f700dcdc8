//go:build unix && !linux

package pgtest

import (
	"os/exec"
	"syscall"
)

func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as}
}

func inMemory(string) bool { return false }

func startAndOwn(c *exec.Cmd) error { return c.Start() }
