package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// A chromium that crashes while it starts fails no test: it is started again.
func TestCrashWhileStarting(t *testing.T) {
	program := Camera{}.program()
	chromium, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("no %s here: apt install %[1]s", program)
	}
	path, crashed := filepath.Join(t.TempDir(), "chromium"), filepath.Join(t.TempDir(), "crashed")
	script := fmt.Sprintf("#!/bin/sh\n[ -e %s ] && exec %s \"$@\"\n: > %[1]s\nkill -TRAP $$\n", crashed, chromium)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := launch(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	if sum, err := chromedp.Run(c.ctx, chromedp.Evaluate[int]("1 + 1")); err != nil || sum != 2 {
		t.Errorf("1 + 1 is %d, %v", sum, err)
	}
	if _, err := os.Stat(crashed); err != nil {
		t.Error("it did not crash:", err)
	}
}
