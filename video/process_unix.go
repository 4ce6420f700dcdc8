//go:build unix

package video

import (
	"os/exec"
	"syscall"
)

// isolate gives the process its own group, and ends the whole group with it.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
