//go:build !linux && !js

package video

import "os"

// limit does nothing: only Linux sets the limits of another process.
func limit(int) {}

// widen does nothing: only Linux lets a pipe grow.
func widen(*os.File) {}
