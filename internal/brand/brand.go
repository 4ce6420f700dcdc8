// Package brand validates how a customer's pages look: an accent colour that
// stays readable in both themes, and a logo that is an image and nothing else. It
// derives the colours that the customer did not set.
package brand

import (
	"fmt"
	"math"
	"strconv"
)

// TextContrast is the least contrast of text, level AA (WCAG 2.2, 1.4.3).
const TextContrast = 4.5

// A Theme is one of the two sets of colours in tokens.css, as far as an accent is shown on them.
type Theme struct {
	// Surfaces lists the backgrounds of accent-coloured text, "#rrggbb".
	Surfaces []string
	// Card is the surface that a soft accent is mixed with, Ink the text on it.
	Card, Ink string
}

// The themes of tokens.css.
var (
	Light = Theme{[]string{"#f6f6f4", "#ffffff", "#eeefec"}, "#ffffff", "#17242b"}
	Dark  = Theme{[]string{"#10171b", "#182126", "#202b31"}, "#182126", "#e8eef0"}
)

// Look is an accent with the colours derived from it, each "#rrggbb".
type Look struct {
	Accent     string `json:"accent"`
	AccentInk  string `json:"accent_ink" doc:"Text on the accent."`
	AccentSoft string `json:"accent_soft" doc:"A background with a light tint of the accent."`
}

// Accent makes the look of an accent in a theme. A colour that is not
// "#rrggbb", or too close to the theme's surfaces to be read on them, is an error.
func (t Theme) Accent(accent string) (Look, error) {
	c, err := parse(accent)
	if err != nil {
		return Look{}, err
	}
	if got := t.contrast(c); got < TextContrast {
		return Look{}, fmt.Errorf("%s has a contrast of %.1f with the page behind it; text needs %.1f", accent, got, TextContrast)
	}
	ink := colour{255, 255, 255}
	if contrast(ink, c) < TextContrast {
		ink = colour{0, 0, 0} // one of the two always has it
	}
	card, text := must(t.Card), must(t.Ink)
	soft := card
	for share := 0.16; share > 0; share -= 0.02 {
		if m := mix(card, c, share); contrast(c, m) >= TextContrast && contrast(text, m) >= TextContrast {
			soft = m
			break
		}
	}
	return Look{c.String(), ink.String(), soft.String()}, nil
}

// Lighten mixes a colour with white until it is readable in the dark theme.
func Lighten(accent string) (Look, error) {
	c, err := parse(accent)
	if err != nil {
		return Look{}, err
	}
	for share := 0.0; ; share += 0.05 { // ends: white has a contrast of at least 14 there
		if m := mix(c, colour{255, 255, 255}, share); Dark.contrast(m) >= TextContrast {
			return Dark.Accent(m.String())
		}
	}
}

// contrast is the least contrast of a colour with the theme's surfaces.
func (t Theme) contrast(c colour) float64 {
	least := math.Inf(1)
	for _, s := range t.Surfaces {
		least = min(least, contrast(c, must(s)))
	}
	return least
}

// colour is an sRGB colour, 0..255 each.
type colour [3]float64

func parse(hex string) (colour, error) {
	v, err := strconv.ParseUint(hex[min(1, len(hex)):], 16, 32)
	if err != nil || len(hex) != 7 || hex[0] != '#' {
		return colour{}, fmt.Errorf("%q is not a colour in the form #rrggbb", hex)
	}
	return colour{float64(v >> 16), float64(v >> 8 & 0xff), float64(v & 0xff)}, nil
}

// must reads a colour of this package.
func must(hex string) colour {
	c, err := parse(hex)
	if err != nil {
		panic(err)
	}
	return c
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

func mix(a, b colour, share float64) colour {
	share = min(share, 1)
	for i := range a {
		a[i] = math.Round(a[i] + share*(b[i]-a[i]))
	}
	return a
}

// luminance is the relative luminance, 0..1 (WCAG 2.2, "relative luminance").
func luminance(c colour) float64 {
	var l float64
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		s := c[i] / 255
		if s <= 0.04045 {
			s /= 12.92
		} else {
			s = math.Pow((s+0.055)/1.055, 2.4)
		}
		l += weight * s
	}
	return l
}

// contrast is the contrast ratio, 1..21 (WCAG 2.2, "contrast ratio").
func contrast(a, b colour) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}
