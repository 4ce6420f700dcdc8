package brand

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Reference values: WebAIM's contrast checker for #777777 on white (4.48), black on white (21).
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ff0000", "#ffffff", 4.00}, {"#0000ff", "#ffffff", 8.59}} {
		if got := contrast(must(c.a), must(c.b)); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestAccentMustBeReadable(t *testing.T) {
	for _, bad := range []string{"", "#", "red", "#12606", "#12606bff", "12606b0", "#gg0000", "#+12606"} {
		if _, err := Light.Accent(bad); err == nil || !strings.Contains(err.Error(), "#rrggbb") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, pale := range []string{"#ffd400", "#ffffff", "#8fb7c9"} {
		if _, err := Light.Accent(pale); err == nil || !strings.Contains(err.Error(), "contrast") {
			t.Errorf("%s: %v", pale, err)
		}
	}
}

// Any colour that is accepted is readable.
func TestEveryLookIsReadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint32Range(0, 0xffffff).Draw(t, "colour")
		c := colour{float64(v >> 16), float64(v >> 8 & 0xff), float64(v & 0xff)}.String()
		readable := func(theme Theme, l Look) {
			a := must(l.Accent)
			for _, s := range append(theme.Surfaces, l.AccentSoft) {
				if got := contrast(a, must(s)); got < TextContrast {
					t.Fatalf("%s: %s on %s has %.2f", c, l.Accent, s, got)
				}
			}
			for front, back := range map[string]string{l.AccentInk: l.Accent, theme.Ink: l.AccentSoft} {
				if got := contrast(must(front), must(back)); got < TextContrast {
					t.Fatalf("%s: %s on %s has %.2f", c, front, back, got)
				}
			}
		}
		if l, err := Light.Accent(c); err == nil {
			readable(Light, l)
		}
		l, err := Lighten(c)
		if err != nil {
			t.Fatal(err)
		}
		readable(Dark, l)
	})
}

func picture(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w {
		m.Set(i, i%h, color.RGBA{18, 96, 107, 255})
	}
	return m
}

func TestLogo(t *testing.T) {
	var asJPEG, asPNG, wide bytes.Buffer
	if jpeg.Encode(&asJPEG, picture(200, 60), nil) != nil || png.Encode(&asPNG, picture(200, 60)) != nil || png.Encode(&wide, picture(MaxLogoSide+1, 8)) != nil {
		t.Fatal("cannot draw")
	}
	tail := append(bytes.Clone(asPNG.Bytes()), "<script>alert(1)</script>"...)
	for name, file := range map[string][]byte{"jpeg": asJPEG.Bytes(), "png": asPNG.Bytes(), "png with a tail": tail} {
		logo, err := Logo(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m, err := png.Decode(bytes.NewReader(logo)); err != nil || m.Bounds().Dx() != 200 || bytes.Contains(logo, []byte("script")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, file := range map[string][]byte{
		"svg":     []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"nothing": nil,
		"cut":     asPNG.Bytes()[:60],
		"wide":    wide.Bytes(),
		"heavy":   make([]byte, MaxLogoBytes+1),
	} {
		if _, err := Logo(file); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Whatever is uploaded as a logo: what is kept is a picture within the limits.
func FuzzLogo(f *testing.F) {
	picture := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	var asPNG, asJPEG bytes.Buffer
	if err := png.Encode(&asPNG, picture); err != nil {
		f.Fatal(err)
	}
	if err := jpeg.Encode(&asJPEG, picture, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(asPNG.Bytes())
	f.Add(asJPEG.Bytes())
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		kept, err := Logo(file)
		if err != nil {
			return
		}
		size, err := png.DecodeConfig(bytes.NewReader(kept))
		if err != nil || size.Width > MaxLogoSide || size.Height > MaxLogoSide || len(kept) > MaxLogoBytes {
			t.Errorf("%d bytes, %+v, %v", len(kept), size, err)
		}
	})
}
