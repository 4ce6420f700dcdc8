//go:build !linux && !js

package video

import "os"

// limit does nothing: only Linux can set the limits of another process.
func limit(int) {}

// widen does nothing: only Linux can enlarge a pipe.
func widen(*os.File) {}
