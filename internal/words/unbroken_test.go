package words_test

import (
	"strings"
	"testing"

	"blush.example/blush/internal/words"
)

// No line ends between a number and its unit, within a date or a unit of two words, or between a sign and its word. Here ~ is a no-break space.
func TestUnbroken(t *testing.T) {
	for _, want := range []string{
		"from 57~to 66~bpm. pNN50 10~to 38~%.",
		"ln~RMSSD: from 3.4~to 4.0~ln~ms, 4~×~There",
		"vom 31.~Aug.~2026 bis zum 28.~Nov.~2026: Mittelwert 48~von~100",
		"au 28~nov.~2026~: moyenne 4,9~batt./respiration. Pourquoi~?",
		"4.9~:~1, at 5~Mar~2026, 08:04~Uhr", "an older text", "1", "", " x  5 ",
	} {
		if got := strings.ReplaceAll(words.Unbroken(strings.ReplaceAll(want, "~", " ")), "\u00a0", "~"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, lang := range words.Languages {
		of := words.Widgets(lang)
		var whole []string
		for key, unit := range of {
			if strings.HasPrefix(key, "unit.") {
				whole = append(whole, "12 "+unit)
			}
		}
		for _, month := range strings.Fields(of["months"]) {
			whole = append(whole, strings.NewReplacer("{d}", "5", "{m}", month, "{y}", "2026").Replace(of["date.year"]))
		}
		for _, s := range whole {
			if strings.Contains(words.Unbroken(s+"."), " ") {
				t.Errorf("%s: a line may end within %s", lang, s)
			}
		}
		if len(whole) < 20 {
			t.Errorf("%s: only %q", lang, whole)
		}
	}
}
