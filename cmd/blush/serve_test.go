package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// A level of the log keeps what is as bad or worse, in either form.
func TestLogLevel(t *testing.T) {
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	for at, name := range []string{"debug", "info", "warn", "error"} {
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			log, err := (&serveCmd{LogFormat: format, LogLevel: name}).logger(console{err: &out})
			if err != nil {
				t.Fatal(err)
			}
			for i, level := range levels {
				out.Reset()
				log.Log(t.Context(), level, "said")
				if said := strings.Contains(out.String(), "said"); said != (i >= at) {
					t.Errorf("--log-level %s --log-format %s: a line of level %v is logged: %v", name, format, level, said)
				}
			}
		}
	}
}
