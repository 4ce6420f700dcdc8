package widget

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// The notations of colours that are accepted: CSS Color Module Level 4, without
// wide gamuts, units of angle and functions of other colours.
var (
	hexColour = regexp.MustCompile(`^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$`)
	number    = `([+-]?(?:\d{1,6}(?:\.\d{1,6})?|\.\d{1,6}))`
	rgbColour = regexp.MustCompile(`^rgba?\(\s*` + number + `(%?)(\s*,\s*|\s+)` + number + `(%?)(\s*,\s*|\s+)` + number + `(%?)(?:\s*[,/]\s*` + number + `(%?))?\s*\)$`)
	hslColour = regexp.MustCompile(`^hsla?\(\s*` + number + `(?:deg)?(?:\s*,\s*|\s+)` + number + `%(?:\s*,\s*|\s+)` + number + `%(?:\s*[,/]\s*` + number + `(%?))?\s*\)$`)
)

// parseColour reads a colour and returns it as #rrggbb, or as #rrggbbaa if it is translucent.
func parseColour(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) > 64 {
		return "", false
	}
	if m := hexColour.FindStringSubmatch(s); m != nil {
		digits := m[1]
		if len(digits) < 6 {
			var double strings.Builder
			for _, d := range digits {
				double.WriteRune(d)
				double.WriteRune(d)
			}
			digits = double.String()
		}
		return strings.TrimSuffix("#"+digits, fullAlpha(digits)), true
	}
	if m := rgbColour.FindStringSubmatch(s); m != nil {
		// Percentages and numbers are not mixed, nor commas and spaces.
		if m[2] != m[5] || m[5] != m[8] || strings.Contains(m[3], ",") != strings.Contains(m[6], ",") {
			return "", false
		}
		channel := value
		if m[2] == "%" {
			channel = func(s string) float64 { return 255 * value(s) / 100 }
		}
		return hex(channel(m[1]), channel(m[4]), channel(m[7]), alpha(m[9], m[10])), true
	}
	if m := hslColour.FindStringSubmatch(s); m != nil {
		r, g, b := fromHSL(value(m[1]), value(m[2])/100, value(m[3])/100)
		return hex(255*r, 255*g, 255*b, alpha(m[4], m[5])), true
	}
	if s == "transparent" {
		return "#00000000", true
	}
	if s == "rebeccapurple" { // not in the table of SVG 1.1
		return "#663399", true
	}
	if c, ok := colornames.Map[s]; ok {
		return hex(float64(c.R), float64(c.G), float64(c.B), 255), true
	}
	return "", false
}

// fullAlpha is the alpha of an opaque colour in #rrggbbaa.
func fullAlpha(digits string) string {
	if len(digits) == 8 && strings.HasSuffix(digits, "ff") {
		return "ff"
	}
	return ""
}

// value reads a number that the expressions above let through.
func value(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic("a number the expression should not have let through: " + s)
	}
	return v
}

// alpha is 0..255; opaque when not given.
func alpha(s, percent string) float64 {
	switch {
	case s == "":
		return 255
	case percent == "%":
		return 255 * value(s) / 100
	}
	return 255 * value(s)
}

func hex(r, g, b, a float64) string {
	in := func(v float64) uint8 { return uint8(math.Round(max(0, min(255, v)))) }
	if in(a) == 255 {
		return fmt.Sprintf("#%02x%02x%02x", in(r), in(g), in(b))
	}
	return fmt.Sprintf("#%02x%02x%02x%02x", in(r), in(g), in(b), in(a))
}

// fromHSL returns red, green and blue, 0..1 (CSS Color Module Level 4, section 7.1).
func fromHSL(hue, saturation, lightness float64) (r, g, b float64) {
	saturation, lightness = max(0, min(1, saturation)), max(0, min(1, lightness))
	hue = math.Mod(math.Mod(hue, 360)+360, 360)
	f := func(n float64) float64 {
		k := math.Mod(n+hue/30, 12)
		return lightness - saturation*min(lightness, 1-lightness)*max(-1, min(k-3, 9-k, 1))
	}
	return f(0), f(8), f(4)
}
