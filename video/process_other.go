//go:build !unix && !js

package video

import "os/exec"

// isolate leaves the process as it is: only Unix has process groups.
func isolate(*exec.Cmd) {}
