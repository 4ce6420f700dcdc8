package web

import (
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"blush.example/blush/internal/brand"
)

var (
	cssBlock  = regexp.MustCompile(`(?s)([^{}]+)\{([^{}]*)\}`)
	cssColour = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)
)

// themes reads the colours of tokens.css: light, dark by the system, dark by attribute.
func themes(t *testing.T) (light, system, named map[string]string) {
	t.Helper()
	b, err := files.ReadFile("assets/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range cssBlock.FindAllStringSubmatch(string(b), -1) {
		colours := map[string]string{}
		for _, c := range cssColour.FindAllStringSubmatch(block[2], -1) {
			colours[c[1]] = c[2]
		}
		switch {
		case len(colours) == 0:
		case strings.Contains(block[1], `:not([data-theme="light"])`):
			system = colours
		case strings.Contains(block[1], `[data-theme="dark"]`):
			named = colours
		default:
			light = colours
		}
	}
	return light, system, named
}

// luminance is the relative luminance of a colour #rrggbb, WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("colour %q: %v", hex, err)
	}
	linear := func(c uint64) float64 {
		s := float64(c&0xff) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(v>>16) + 0.7152*linear(v>>8) + 0.0722*linear(v)
}

func TestTokensHaveContrast(t *testing.T) {
	light, system, named := themes(t)
	if fmt.Sprint(system) != fmt.Sprint(named) {
		t.Errorf("the two dark themes differ:\n%v\n%v", system, named)
	}
	for theme, colours := range map[string]map[string]string{"light": light, "dark": system} {
		check := func(least float64, front string, backs ...string) {
			for _, back := range backs {
				a, b := luminance(t, colours[front]), luminance(t, colours[back])
				if r := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05); r < least {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", theme, front, back, r, least)
				}
			}
		}
		for _, text := range []string{"ink", "ink-soft", "accent", "good", "normal", "neutral", "bad"} {
			check(4.5, text, "ground", "surface", "sunken")
		}
		for _, own := range []string{"accent", "good", "normal", "neutral", "bad"} {
			check(4.5, own, own+"-soft")
			check(4.5, "ink", own+"-soft")
		}
		check(4.5, "accent-ink", "accent")
		for _, shape := range []string{"line-strong", "pulse", "focus"} {
			check(3, shape, "ground", "surface", "sunken")
		}
	}
}

// The dark theme changes colours alone: whatever fits in the light one fits in the dark one too.
func TestDarkChangesColoursAlone(t *testing.T) {
	sheets, err := fs.Glob(files, "assets/*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatalf("%v, %v", sheets, err)
	}
	declaration := regexp.MustCompile(`[^;{}]+;`)
	colour := regexp.MustCompile(`^\s*(--[a-z-]+: #[0-9a-f]{6}|--shadow: none|color-scheme: dark);$`)
	dark := 0
	for _, sheet := range sheets {
		b, err := files.ReadFile(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range cssBlock.FindAllStringSubmatch(strings.ReplaceAll(string(b), "prefers-color-scheme: dark) {", "prefers-color-scheme: dark) "), -1) {
			if !strings.Contains(block[1], "prefers-color-scheme") && !strings.Contains(block[1], `data-theme="dark"`) {
				continue
			}
			dark++
			for _, d := range declaration.FindAllString(block[2], -1) {
				if !colour.MatchString(d) {
					t.Errorf("%s: the dark theme says%s", sheet, d)
				}
			}
		}
	}
	if dark != 2 {
		t.Errorf("%d dark themes, want that of the system and that by name", dark)
	}
}

// A style sheet that names a token which does not exist falls back in silence.
func TestStylesUseTokensThatExist(t *testing.T) {
	tokens, err := files.ReadFile("assets/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	sheets, err := files.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, sheet := range sheets {
		if !strings.HasSuffix(sheet.Name(), ".css") {
			continue
		}
		b, err := files.ReadFile("assets/" + sheet.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range regexp.MustCompile(`var\(--([a-z0-9-]+)`).FindAllStringSubmatch(string(b), -1) {
			if def := "--" + use[1] + ":"; !strings.Contains(string(tokens), def) && !strings.Contains(string(b), def) {
				t.Errorf("%s uses --%s, which nobody defines", sheet.Name(), use[1])
			}
		}
	}
}

// A customer's accent is checked against the colours that it will be shown on.
func TestBrandKnowsTheSurfaces(t *testing.T) {
	light, dark, _ := themes(t)
	for _, c := range []struct {
		tokens map[string]string
		brand  brand.Theme
	}{{light, brand.Light}, {dark, brand.Dark}} {
		want := brand.Theme{Surfaces: []string{c.tokens["ground"], c.tokens["surface"], c.tokens["sunken"]}, Card: c.tokens["surface"], Ink: c.tokens["ink"]}
		if !reflect.DeepEqual(c.brand, want) {
			t.Errorf("brand has %v, tokens.css %v", c.brand, want)
		}
	}
}
