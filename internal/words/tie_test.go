package words

import (
	"strings"
	"testing"
)

func TestTie(t *testing.T) {
	for text, want := range map[string]string{
		"From 58 bpm to 99 % on 12 May 2026.": "From 58~bpm to 99~% on 12~May 2026.",
		"Am 12. Mai, etwa 3 Minuten":          "Am 12.~Mai, etwa 3~Minuten",
		"Plus sûr : l’âge. « Oui », 2 : 1 ?":  "Plus sûr~: l’âge. «~Oui~», 2~: 1~?",
		"takes 30\nseconds\nto a minute":      "takes 30~seconds\nto a minute",
		"between 60 and 70, 1, 2":             "between 60~and 70, 1, 2",
		"":                                    "",
	} {
		if got := visible(Tie(text)); got != want {
			t.Errorf("%q is tied as %q, want %q", text, got, want)
		}
	}
	for page, want := range map[string]string{
		`<p title="5 bpm">5 bpm <b>3</b> scans</p>`:             `<p title="5 bpm">5~bpm <b>3</b>~scans</p>`,
		`<pre><code>sleep 5 s</code> 5 s</pre> 5 s`:             `<pre><code>sleep 5 s</code> 5 s</pre> 5~s`,
		`<style>a { margin: 5 px }</style><script>5 s</script>`: `<style>a { margin: 5 px }</style><script>5 s</script>`,
		"<td>5</td>\n<td>ms &amp; 5 &lt; 6 s</td>":              "<td>5</td>\n<td>ms &amp; 5 &lt; 6~s</td>",
	} {
		if got := visible(string(TieHTML([]byte(page)))); got != want {
			t.Errorf("%s becomes %s, want %s", page, got, want)
		}
	}
}

// visible writes a tilde for each no-break space.
func visible(text string) string {
	return strings.ReplaceAll(text, "\u00a0", "~")
}
