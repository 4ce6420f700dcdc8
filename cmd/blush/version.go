package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"blush.example/blush/engine"
	"blush.example/blush/internal/health"
)

// version is set by the release build: -ldflags "-X main.version=v1.2.3".
var version string

type versionCmd struct{}

func (versionCmd) Run(c console) error {
	_, err := fmt.Fprintf(c.out, "blush %s, engine %s, health model %s, %s %s/%s\n",
		programVersion(), engine.Version, health.ModelVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// programVersion returns the release, or the commit a plain build was made from.
func programVersion() string {
	if version != "" {
		return version
	}
	commit, dirty := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && len(s.Value) >= 12:
				commit = s.Value[:12]
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = "-dirty"
			}
		}
	}
	return "dev-" + commit + dirty
}
