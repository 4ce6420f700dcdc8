package blazeface

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"image/png"
	"math"
	"testing"
)

// The portrait is the upper part of NASA's astronaut, in the public domain (simulate/portrait/LICENCE.md). The
// reference was computed from it by a program that shares nothing with this package: it read the operators of the
// file and ran each with numpy in 64-bit floats. For every layer it keeps the sum, the sum of squares, and single
// values: twelve spread evenly and the largest four.
var (
	//go:embed testdata/portrait.png
	portraitPNG []byte
	//go:embed testdata/reference.json
	referenceJSON []byte
)

type reference struct {
	Layers []struct {
		Shape        [3]int
		Sum, Squares float64
		At           []int
		Is           []float64
	}
	LogitsSum float64 `json:"logits_sum"`
	Anchors   []struct {
		At    int
		Logit float64
		Is    []float64
	}
}

func portrait(t testing.TB) (*Picture, reference) {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(portraitPNG))
	if err != nil {
		t.Fatal(err)
	}
	var p Picture
	for i := range Side * Side {
		r, g, b, _ := m.At(i%Side, i/Side).RGBA()
		for c, v := range [3]uint32{r, g, b} {
			p[3*i+c] = float32(v>>8)/127.5 - 1
		}
	}
	var ref reference
	if err := json.Unmarshal(referenceJSON, &ref); err != nil {
		t.Fatal(err)
	}
	return &p, ref
}

func TestEveryLayerGivesTheReference(t *testing.T) {
	p, ref := portrait(t)
	n := New()
	for range 2 { // the first run must not affect the second
		layers := 0
		n.run(p, func(k int, out *plane) {
			layers++
			want := ref.Layers[k]
			if out.side != want.Shape[0] || out.channels != want.Shape[2] {
				t.Fatalf("layer %d: %d × %d × %d, want %v", k, out.side, out.side, out.channels, want.Shape)
			}
			var flat []float32
			for row := range out.side {
				flat = append(flat, out.at(row, 0)[:out.side*out.channels]...)
			}
			var sum, squares float64
			for _, v := range flat {
				sum += float64(v)
				squares += float64(v) * float64(v)
			}
			if math.Abs(sum-want.Sum) > 1e-4*want.Sum || math.Abs(squares-want.Squares) > 1e-4*want.Squares {
				t.Errorf("layer %d: sum %.3f, squares %.3f, want %.3f, %.3f", k, sum, squares, want.Sum, want.Squares)
			}
			for i, at := range want.At {
				if v := float64(flat[at]); math.Abs(v-want.Is[i]) > 1e-4*(1+want.Is[i]) {
					t.Errorf("layer %d, value %d: %.5f, want %.5f", k, at, v, want.Is[i])
				}
			}
		})
		if layers != len(ref.Layers) {
			t.Fatalf("%d layers, want %d", layers, len(ref.Layers))
		}
		sum := 0.0
		for _, s := range n.scores {
			sum += float64(s)
		}
		if math.Abs(sum-ref.LogitsSum) > 1e-4*math.Abs(ref.LogitsSum) {
			t.Errorf("scores add up to %.3f, want %.3f", sum, ref.LogitsSum)
		}
		for _, a := range ref.Anchors {
			if v := float64(n.scores[a.At]); math.Abs(v-a.Logit) > 1e-3 {
				t.Errorf("anchor %d: score %.4f, want %.4f", a.At, v, a.Logit)
			}
			for i, want := range a.Is {
				if v := float64(n.boxes[a.At*values+i]); math.Abs(v-want) > 2e-3 {
					t.Errorf("anchor %d, value %d: %.4f, want %.4f", a.At, i, v, want)
				}
			}
		}
	}
}

// Places in the portrait read off the picture by eye: pupils, nose, mouth.
func TestPointsOfThePortrait(t *testing.T) {
	p, _ := portrait(t)
	faces := New().Detect(p, 0.75)
	if len(faces) != 1 {
		t.Fatalf("%d faces: %+v", len(faces), faces)
	}
	want := map[int][2]float64{RightEye: {45.4, 32.6}, LeftEye: {60.2, 32.6}, Nose: {53, 41}, Mouth: {53.5, 49}}
	for k, w := range want {
		got := faces[0].Points[k]
		if math.Hypot(got[0]*Side-w[0], got[1]*Side-w[1]) > 2.5 {
			t.Errorf("point %d at %.1f, %.1f, want %v", k, got[0]*Side, got[1]*Side, w)
		}
	}
	if f := faces[0]; f.Score < 0.9 || f.Score >= 1 || math.Abs(f.W*Side-34) > 4 || math.Abs(f.H*Side-34) > 4 {
		t.Errorf("%+v", f)
	}
	if faces := New().Detect(new(Picture), 0.5); len(faces) != 0 {
		t.Errorf("%d faces in a grey picture", len(faces))
	}
}

func TestWeightsAreIntact(t *testing.T) {
	if s := sha256.Sum256(weights); hex.EncodeToString(s[:]) != weightsSum {
		t.Error("the weights are not those of the package that they come from")
	}
	for _, b := range [][]byte{nil, weights[:100], weights[:len(weights)-20000], make([]byte, 4000)} {
		if l, err := readLayers(b); err == nil {
			t.Errorf("%d bytes give %d layers", len(b), len(l))
		}
	}
}

// IEEE 754-2008, 3.6: values of the format binary16.
func TestWiden(t *testing.T) {
	for h, want := range map[uint16]float32{
		0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 1.0 / 16384, 0x0001: 1.0 / (1 << 24), 0x8001: -1.0 / (1 << 24),
		0x3555: 0.333251953125, 0x7c00: float32(math.Inf(1)), 0: 0,
	} {
		if got := widen(h); got != want {
			t.Errorf("%#04x is %v, want %v", h, got, want)
		}
	}
}

func BenchmarkDetect(b *testing.B) {
	p, _ := portrait(b)
	n := New()
	for b.Loop() {
		n.Detect(p, 0.75)
	}
}
