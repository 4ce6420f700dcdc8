package client

import (
	"fmt"
	"strings"
	"testing"
)

// Every beginning of a file is distinguished from the complete file, also one that ends within the header.
func TestAFileWithoutItsEndIsNotWhole(t *testing.T) {
	header := fmt.Sprintf("%-184s%-8d%-44s%-8d%-8d%-4d", "0", 3*256, "", 4, 1, 2)
	for name, c := range map[string]struct {
		file  string
		whole func([]byte) bool
	}{
		"EDF":    {header + strings.Repeat(" ", 2*216) + fmt.Sprintf("%-8d%-8d%-64s", 30, 8, "") + strings.Repeat("\x01\x02", 4*38), wholeEDF},
		"PDF":    {"%PDF-1.3\n1 0 obj\nendobj\nstartxref\n9\n%%EOF\n", wholePDF},
		"HTML":   {`<style>.card{color:red}</style><div class="a"><div>Anna</div><p>Ben</p></div>`, wholeHTML},
		"CSV":    {"time_s,pulse\n0,0.5\nend,1\n", wholeExport},
		"NDJSON": {`{"face_scan_id":"1"}` + "\n" + `{"end":true,"face_scans":1}` + "\n", wholeExport},
	} {
		for n := range len(c.file) {
			if rest := c.file[n:]; strings.TrimSpace(rest) != "" && c.whole([]byte(c.file[:n])) {
				t.Errorf("%s without its last %d bytes is taken as whole", name, len(rest))
			}
		}
		if !c.whole([]byte(c.file)) {
			t.Errorf("%s is whole", name)
		}
	}
}
