package importtest

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// modernc.org/sqlite works only with the version of modernc.org/libc that its own
// go.mod names.
func TestLibcIsSQLites(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	if err != nil {
		t.Skipf("no go command here: %v", err)
	}
	libc := func(file string) string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`(?m)^\s*(?:require )?modernc\.org/libc (\S+)`).FindStringSubmatch(string(b))
		if m == nil {
			t.Fatalf("%s names no modernc.org/libc", file)
		}
		return m[1]
	}
	if ours, theirs := libc(module+"/go.mod"), libc(strings.TrimSpace(string(out))); ours != theirs {
		t.Errorf("go.mod has modernc.org/libc %s, SQLite needs %s: go get modernc.org/libc@%[2]s", ours, theirs)
	}
}
