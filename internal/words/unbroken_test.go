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
		"4.9~:~1, at 5~Mar~2026, 08:04~Uhr", "S3 are", "= 3.74. 75~bpm, 300~to 1500~kbit/s", "1.6~(10~is the worst)", "an older text", "1", "", " x  5 ",
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

// The rule is that of texts: a number in an element of its own counts, attributes, code and scripts don't.
func TestTypesetHTML(t *testing.T) {
	for page, want := range map[string]string{
		`<p title="5 bpm">5 bpm <b>3</b> scans</p>`:             `<p title="5 bpm">5~bpm <b>3</b>~scans</p>`,
		`<pre><code>sleep 5 s</code> 5 s</pre> 5 s`:             `<pre><code>sleep 5 s</code> 5 s</pre> 5~s`,
		`<style>a { margin: 5 px }</style><script>5 s</script>`: `<style>a { margin: 5 px }</style><script>5 s</script>`,
		"<td>5</td>\n<td>ms &amp; 5 &lt; 6 s</td>":              "<td>5</td>\n<td>ms &amp; 5~&lt; 6~s</td>",
		"takes 30\nseconds\nto a minute":                        "takes 30~seconds\nto a minute",
	} {
		if got := strings.ReplaceAll(string(words.TypesetHTML([]byte(page))), "\u00a0", "~"); got != want {
			t.Errorf("%s becomes %s, want %s", page, got, want)
		}
	}
}
