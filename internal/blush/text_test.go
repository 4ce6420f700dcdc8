package blush

import "testing"

func TestLegible(t *testing.T) {
	for _, name := range []string{
		"", "Acme", "Müller & Söhne", "mu\u0308ller", "株式会社", "a\u00a0b", "❤\ufe0f",
		"می\u200cخواهم",                  // Persian, "I want"
		"\u0915\u094d\u200d\u0937",       // Hindi, a half form of ka before ssa
		"\u09b0\u200d\u09cd\u09af\u09be", // Bengali, ra before a ya-phalaa
		"\u0dc1\u0dca\u200d\u0dbb\u0dd3", // Sinhala, "Sri"
	} {
		if !Legible(name) {
			t.Errorf("%+q is refused", name)
		}
	}
	for _, name := range []string{
		"a\xffb", "a\nb", "a\x7fb", "a\u0085b", // not UTF-8, control characters
		"a\u202eb", "\u202ab", "a\u202cb", "a\u2066b", "a\u2069", "a\u200eb", "a\u200f", "\u061ca", // marks of writing direction
		"a\u200bb", "\ufeffa", "a\u2060b", "a\u00adb", "a\U000e0041b", // format characters without a width
		"a\u2028b", "a\u2029b", // separators of lines
		"\u3164", "a\u115f", "a\u034fb", "a\uffa0", // invisible letters and marks
		"a\u200cb", "a\u200db", "e\u0301\u200dx", "株\u200c式", "می\u200c", "\u200dمی", "می\u200c خ", "a\u200c\u200db", // joiners that join nothing
		"می\u200c\u200cخ", "👩\u200d🔬",
	} {
		if Legible(name) {
			t.Errorf("%+q is accepted", name)
		}
	}
}
