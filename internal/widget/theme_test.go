package widget

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/internal/blush"
)

func TestColours(t *testing.T) {
	// Values worked out by hand, and by CSS Color Module Level 4.
	for in, want := range map[string]string{
		"#0af": "#00aaff", "#0AF8": "#00aaff88", "#00aaff": "#00aaff", "#00aaffff": "#00aaff", "#00AAFF80": "#00aaff80",
		"red": "#ff0000", "  RebeccaPurple ": "#663399", "transparent": "#00000000", "grey": "#808080",
		"rgb(1,2,3)": "#010203", "rgb(1 2 3)": "#010203", "rgb(100%, 0%, 50%)": "#ff0080", "rgba(1, 2, 3, .5)": "#01020380",
		"rgb(1 2 3 / 50%)": "#01020380", "rgb(300, -4, 2.4)": "#ff0002",
		"hsl(0, 100%, 50%)": "#ff0000", "hsl(120 100% 25%)": "#008000", "hsl(210deg, 50%, 60%)": "#6699cc", "hsla(-120, 100%, 50%, 1)": "#0000ff",
	} {
		if got, ok := parseColour(in); !ok || got != want {
			t.Errorf("%q is %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "fff", "#ff", "#fffff", "#ggg", "rgb(1,2)", "rgb(1,2,3", "rgb(1%,2,3)", "rgb(1, 2 3)", "rgb(a,b,c)", "hsl(1,2,3)", "url(x)", "var(--x)",
		"red;}", "red}</style><script>", "expression(alert(1))", "#fff\"", "inherit", "currentcolor", "light-dark(#000,#fff)", strings.Repeat("a", 100),
		"rgb(99999999999999,0,0)", "calc(1)", "image-set(x)", "#fff/**/", "1", "null",
	} {
		if got, ok := parseColour(in); ok {
			t.Errorf("%q is taken for the colour %q", in, got)
		}
	}
}

var plainColour = regexp.MustCompile(`^#([0-9a-f]{6}|[0-9a-f]{8})$`)

// Whatever is taken for a colour is written again as one, and is then itself.
func FuzzColour(f *testing.F) {
	for _, s := range []string{"#fff", "rgb(1,2,3)", "hsl(1 2% 3% / 4%)", "red", "</style>", "rgb(1 2 3/.5)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := parseColour(s)
		if !ok {
			return
		}
		if !plainColour.MatchString(c) {
			t.Fatalf("%q becomes %q", s, c)
		}
		if again, ok := parseColour(c); !ok || again != c {
			t.Fatalf("%q becomes %q, and then %q, %v", s, c, again, ok)
		}
	})
}

func TestThemeSpellings(t *testing.T) {
	for _, name := range []string{"functional-primary-500", "functional_primary_500", "functionalPrimary500", "FunctionalPrimary500"} {
		theme, err := ParseTheme(map[string]any{name: "#123"})
		if err != nil || theme["--bw-bad"] != "#112233" {
			t.Errorf("%s: %v, %v", name, theme, err)
		}
	}
	theme, err := ParseTheme(map[string]any{
		"functional-secondary-500": "red", "functionalTertiary500": "#0f0", "support_300": "#eee", "support500": "#555", "brandSecondary": "blue",
		"something-else": "#fff", "nothing": nil,
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = "--bw-accent:#0000ff;--bw-good:#00ff00;--bw-good-soft:#00ff0029;--bw-mark:#555555;--bw-neutral:#ff0000;--bw-neutral-soft:#ff000029;--bw-normal:#ff0000;--bw-normal-soft:#ff000029;--bw-track:#eeeeee"
	if got := theme.style(); got != want {
		t.Errorf("style %s, want %s", got, want)
	}
}

func TestThemeRefusesWhatIsNoColour(t *testing.T) {
	for _, v := range []any{"red;--x:url(//evil)", "</style><img src=x>", 5.0, true, map[string]any{}, []any{"#fff"}, "", "12px"} {
		for _, name := range []string{"support-300", "whatever"} {
			_, err := ParseTheme(map[string]any{name: v})
			if blush.KindOf(err) != blush.Unprocessed {
				t.Errorf("%s = %v: %v", name, v, err)
			}
		}
	}
	many := map[string]any{}
	for i := range maxTheme + 1 {
		many[strings.Repeat("x", i+1)] = "#fff"
	}
	if _, err := ParseTheme(many); blush.KindOf(err) != blush.Unprocessed {
		t.Errorf("a theme of %d entries: %v", len(many), err)
	}
	for _, text := range []string{`[]`, `"red"`, `5`, `{"a"`} {
		if _, err := UnmarshalTheme([]byte(text)); blush.KindOf(err) != blush.Unprocessed {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{``, `null`, `{}`} {
		if theme, err := UnmarshalTheme([]byte(text)); err != nil || len(theme) > 0 {
			t.Errorf("%q: %v, %v", text, theme, err)
		}
	}
}

// A colour reaches every tone that is made of it, and of scores the zone in the middle too; what lies below text is let through.
func TestThemeReachesItsSoftTones(t *testing.T) {
	for name, want := range map[string]string{
		"functional-tertiary-500":  "--bw-good:#0040ff;--bw-good-soft:#0040ff29",
		"functional-secondary-500": "--bw-neutral:#0040ff;--bw-neutral-soft:#0040ff29;--bw-normal:#0040ff;--bw-normal-soft:#0040ff29",
		"functional-primary-500":   "--bw-bad:#0040ff;--bw-bad-soft:#0040ff29",
		"brand-secondary":          "--bw-accent:#0040ff",
	} {
		theme, err := ParseTheme(map[string]any{name: "#0040ff"})
		if err != nil || theme.style() != want {
			t.Errorf("%s: %q, %v; want %q", name, theme.style(), err, want)
		}
	}
	if got := soft("#0040ff80"); got != "#0040ff14" {
		t.Errorf("the soft tone of half a colour is %s", got)
	}
	// Every soft tone that the sheet draws with is one of those.
	for _, m := range regexp.MustCompile(`var\(--bw-([a-z]+)-soft`).FindAllStringSubmatch(styles(), -1) {
		if m[1] != "zone" && !slices.Contains(softened, "--bw-"+m[1]) {
			t.Errorf("no theme reaches --bw-%s-soft", m[1])
		}
	}
}
