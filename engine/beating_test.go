package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

func TestOnlyWindowsOnTheTrackCount(t *testing.T) {
	d := rppg.Signature
	w := []beating{
		{timeS: 1, bpm: 70, uniformity: 0.9, inStep: d, power: 1, sway: 4},
		{timeS: 2, bpm: 71, uniformity: 0.7, inStep: d, power: 1, sway: 4},
		{timeS: 3, bpm: 120, uniformity: 0.1, inStep: [3]float64{9, 9, 9}, power: 1},
	}
	var s Features
	s.fill(w, []float64{0, 4}, []float64{70, 70})
	size := d[0]*d[0] + d[1]*d[1] + d[2]*d[2]
	white := (d[0] + d[1] + d[2]) / math.Sqrt(3*size)
	if math.Abs(s.Uniformity-0.8) > 1e-12 || math.Abs(s.Excess-size) > 1e-12 || math.Abs(s.White-white) > 1e-12 || s.Sway != 2 {
		t.Errorf("%+v, want uniformity 0.8, the pulse's own strength and colour, sway 2", s)
	}
	var off Features
	if off.fill(w, []float64{0, 4}, []float64{200, 200}); !reflect.DeepEqual(off, Features{}) {
		t.Errorf("%+v off the track", off)
	}
}

// relative makes a banded colour with a line of an amplitude and phase (rad) at 72 bpm in each channel, and noise.
func relative(r *rand.Rand, amplitude [3]float64, phase, noise float64) rppg.RGB {
	var c rppg.RGB
	for k := range c {
		c[k] = make([]float64, longSamples)
		for i := range c[k] {
			c[k][i] = amplitude[k]*math.Sin(2*math.Pi*1.2*float64(i)/rate+phase) + noise*r.NormFloat64()
		}
	}
	return c
}

// scaled returns a colour times a factor.
func scaled(c [3]float64, f float64) [3]float64 { return [3]float64{f * c[0], f * c[1], f * c[2]} }

// A lamp of any colour is recognised by the background. Changes of the background by a camera's exposure, when a
// face turns darker, are no lamp, and neither is noise.
func TestTheBackgroundTellsALamp(t *testing.T) {
	red, green := [3]float64{1, 0.05, 0.02}, [3]float64{0.05, 1, 0.1}
	for _, c := range []struct {
		what   string
		colour [3]float64
		far    float64 // share of the change that the background shows
		lamp   bool
	}{
		{"a red lamp", red, 1, true},
		{"a green lamp, weaker on the wall", green, 0.3, true},
		{"a lamp in the colour of a pulse", rppg.Signature, 0.5, true},
		{"a pulse", rppg.Signature, 0, false},
		{"a pulse that the exposure answers", rppg.Signature, -0.3, false},
	} {
		r := rand.New(rand.NewPCG(7, 1))
		var windows []beating
		for i := range 30 {
			b := beating{timeS: float64(i), bpm: 72}
			taper := dsp.Hann(longSamples)
			face := linesOf(relative(r, scaled(c.colour, -0.003), 0, 1e-4), taper, b.bpm)
			b.lookBehind(face, relative(r, scaled(c.colour, -0.003*c.far), 0, 2e-4), taper)
			windows = append(windows, b)
		}
		var f Features
		f.fill(windows, []float64{0, 30}, []float64{72, 72})
		if got := f.lamp(); got != c.lamp {
			t.Errorf("%s: behind %.2f, clear %.1f: taken for a lamp: %v", c.what, f.Behind, f.BehindClear, got)
		}
	}
}

// Patches of one face change as one in any noise; patches of several hearts don't.
func TestPatchesOfOneHeartChangeAsOne(t *testing.T) {
	taper := dsp.Hann(longSamples)
	for _, c := range []struct {
		what      string
		strength  func(p int) float64 // of the patch's line
		noise     float64
		unrelated bool
	}{
		{"one heart", func(p int) float64 { return 0.7 + 0.04*float64(p) }, 0.0005, false},
		{"one heart in noise four times as strong", func(int) float64 { return 1 }, 0.012, false},
		{"two of sixteen patches of another heart at the rate found", func(p int) float64 { return map[bool]float64{true: 1}[p < 2] }, 0.0005, true},
		{"half of the patches turned over", func(p int) float64 { return 0.2 + float64(p%2*2-1) }, 0.0005, true},
	} {
		r := rand.New(rand.NewPCG(9, 1))
		var windows []beating
		for i := range 30 {
			var patches []rppg.RGB
			for p := range 16 {
				patches = append(patches, relative(r, scaled(rppg.Signature, -0.003*c.strength(p)), 0.1*float64(p%3), c.noise))
			}
			b := beating{timeS: float64(i), bpm: 72}
			b.unite(patches, nil, taper)
			windows = append(windows, b)
		}
		var f Features
		f.fill(windows, []float64{0, 30}, []float64{72, 72})
		if got := f.unrelated(); got != c.unrelated {
			t.Errorf("%s: discord %.2f: unrelated: %v", c.what, f.Discord, got)
		}
	}
}

// A face that turns shades each patch differently. Without that part, one pulse is left.
func TestATurningFaceIsOfOneHeart(t *testing.T) {
	taper := dsp.Hann(longSamples)
	r := rand.New(rand.NewPCG(11, 1))
	var windows []beating
	for w := range 30 {
		var place [2][]float64
		for i := range longSamples {
			t := float64(w) + float64(i)/rate
			place[0] = append(place[0], 0.03*math.Sin(2*math.Pi*1.17*t)+0.01*math.Sin(2*math.Pi*0.3*t))
			place[1] = append(place[1], 0.001*r.NormFloat64())
		}
		var patches []rppg.RGB
		for p := range 16 {
			c := relative(r, scaled(rppg.Signature, -0.003), 0.1*float64(p%3), 0.0005)
			for k := range c {
				for i := range c[k] {
					c[k][i] += 0.3 * float64(p-8) / 8 * float64(k+1) * place[0][i]
				}
			}
			patches = append(patches, rppg.RGB{rppg.BandPass(c[0], rate), rppg.BandPass(c[1], rate), rppg.BandPass(c[2], rate)})
		}
		b := beating{timeS: float64(w), bpm: 72}
		b.unite(patches, movements(place, taper), taper)
		windows = append(windows, b)
	}
	var f Features
	f.fill(windows, []float64{0, 30}, []float64{72, 72})
	if f.unrelated() || f.DiscordAtMost == 0 {
		t.Errorf("discord %.2f to %.2f: taken for several hearts", f.Discord, f.DiscordAtMost)
	}
}

// A background that changes at the rate found by chance, such as a screen, is no lamp unless it keeps step with
// the face throughout.
func TestALampKeepsStep(t *testing.T) {
	for _, drift := range []float64{0, 0.9} { // of the phase of the background, rad/s
		r := rand.New(rand.NewPCG(13, 1))
		var windows []beating
		for i := range 30 {
			b := beating{timeS: float64(i), bpm: 72}
			taper := dsp.Hann(longSamples)
			face := linesOf(relative(r, scaled(rppg.Signature, -0.003), 0, 1e-4), taper, b.bpm)
			b.lookBehind(face, relative(r, scaled(rppg.Signature, -0.003), math.Sin(drift*float64(i)), 2e-4), taper)
			windows = append(windows, b)
		}
		var f Features
		f.fill(windows, []float64{0, 30}, []float64{72, 72})
		if lamp := drift == 0; f.lamp() != lamp {
			t.Errorf("a background that drifts by %.1f rad/s: behind %.2f, clear %.1f, alike %.2f: taken for a lamp: %v", drift, f.Behind, f.BehindClear, f.BehindAlike, !lamp)
		}
	}
}

// A weak pulse isn't taken for one of half its rate because of what noise makes there.
func TestWeakPulsesHaveNoHalf(t *testing.T) {
	for seed := range uint64(16) {
		r := Analyze(first(simulate.Scenario("lowlight", true, 7500+seed, 30).Trace()), Options{})
		e, _ := r.Find(biomarker.HeartRate)
		if e.Reason != nil && e.Confidence == 0 {
			t.Errorf("seed %d: %s, where the rate is %.1f", seed, *e.Reason, r.Guess)
		}
	}
}

func first(tr *rppg.Trace, _ simulate.Truth) *rppg.Trace { return tr }

// coloured gives the pulse of a simulated trace another unit colour, and leaves slower changes as they are.
func coloured(tr *rppg.Trace, unit [3]float64) *rppg.Trace {
	for r := range tr.Regions {
		reg := &tr.Regions[r]
		for k, x := range []*[]float64{&reg.R, &reg.G, &reg.B} {
			gain := unit[k] / unit[1] * rppg.Signature[1] / rppg.Signature[k]
			slow := dsp.MovingMean(dsp.MovingMean(*x, 30), 30)
			for i, v := range *x {
				(*x)[i] = slow[i] + (v-slow[i])*gain
			}
		}
	}
	return tr
}

// A pulse has a different colour through each camera: these unit colours of R, G, B were measured through real
// ones.
func TestPulsesInTheColoursOfRealCameras(t *testing.T) {
	for _, unit := range [][3]float64{{.21, .94, .27}, {.11, .68, .72}, {.07, .94, .34}, {.17, .86, .49}, {.38, .78, .50}} {
		t.Run(fmt.Sprint(unit), func(t *testing.T) {
			for seed := range uint64(3) {
				tr, truth := simulate.Scenario("typical", seed == 2, 60+seed, 30).Trace()
				r := Analyze(coloured(tr, unit), Options{})
				got := rateOf(r)
				if seed == 2 { // a hard one may be refused, but not be read wrong
					got = r.Guess
				}
				if !(math.Abs(got-truth.HeartRate) <= 1) {
					e, _ := r.Find(biomarker.HeartRate)
					t.Fatalf("seed %d: %.2f bpm (%+v), truth %.2f", 60+seed, got, e, truth.HeartRate)
				}
				c, cos := r.Features.PulseColour, 0.0
				for k, v := range c {
					cos += v * unit[k]
				}
				if seed < 2 && cos < 0.98 {
					t.Errorf("seed %d: the pulse's colour is read as %.2f", 60+seed, c)
				}
				if seed < 2 && r.Features.PatchesSNR < 2 { // nulled, it has less than -1
					t.Errorf("seed %d: all patches combined hear %.1f dB, the fused wave has %.1f", 60+seed, r.Features.PatchesSNR, r.Features.SNR)
				}
			}
		})
	}
}

// A clear wave in a colour that no pulse has, without a background.
func TestColoursOfNoPulse(t *testing.T) {
	for _, lamp := range [][3]float64{{1, 0.05, 0.02}, {1, 0.7, 0.4}} {
		tr, _ := simulate.Scenario("photo", false, 61, 30).Trace()
		tr.Background = nil
		for r := range tr.Regions {
			reg := &tr.Regions[r]
			for k, x := range [][]float64{reg.R, reg.G, reg.B} {
				for i, ms := range tr.TimeMS {
					x[i] *= 1 + 0.008*lamp[k]*math.Sin(2*math.Pi*1.15*ms/1000)
				}
			}
		}
		if r := Analyze(tr, Options{}); !math.IsNaN(rateOf(r)) {
			t.Errorf("a lamp of colour %v: %.1f bpm, likeness %.2f", lamp, rateOf(r), r.Features.Likeness)
		}
	}
}

// What is plainly no pulse is distinguished from pulses that resemble it in one way.
func TestPhantomsAreTold(t *testing.T) {
	weak := Features{HasPatches: true, HasHalves: true, PatchesAgreement: 0.6, Uniformity: 0.2, SNR: -2, HalfCorrelation: 0.4, Excess: 1.3, White: 0.95, Likeness: 1}
	change := func(f Features, how func(*Features)) Features { how(&f); return f }
	for _, c := range []struct {
		what    string
		f       Features
		phantom bool
	}{
		{"a weak pulse", weak, false},
		{"regions that slide over a picture for a short time", change(weak, func(f *Features) { f.White, f.Uniformity = 0.99, 0.1 }), true},
		{"a strong pulse of a face that talks", change(weak, func(f *Features) { f.White, f.Uniformity = 0.99, 0.8 }), false},
		{"regions that slide over a picture, and the wave with them", change(weak, func(f *Features) { f.White, f.Pushed, f.PushedWave = 0.985, 0.9, 0.8 }), true},
		{"a face whose tracker follows its pulse", change(weak, func(f *Features) { f.White, f.Uniformity, f.Pushed, f.PushedWave = 0.985, 0.8, 0.84, 0.83 }), false},
		{"a weak pulse in the dark, whose patches are noise", change(weak, func(f *Features) { f.White, f.Uniformity, f.Pushed, f.PushedWave = 0.992, 0.1, 0.6, 0.4 }), false},
		{"a strong pulse with the recoil of the heart", change(weak, func(f *Features) { f.White, f.Uniformity, f.Pushed, f.PushedWave = 0.95, 0.8, 0.95, 0.95 }), false},
		{"regions that jump over a noisy picture, and the wave with them", change(weak, func(f *Features) { f.Pushed, f.PushedWave = 0.93, 0.9 }), true},
		{"uneven patches at the rate of a detector", change(weak, func(f *Features) { f.OfDetector = true }), true},
		{"a pulse that happens to have the rate of a detector", change(weak, func(f *Features) { f.OfDetector, f.Uniformity = true, 0.8 }), false},
		{"a picture rocked by twice what the heart does, and the wave with it", change(weak, func(f *Features) { f.Sway, f.Uniformity, f.Pushed, f.PushedWave = 0.0025, 0.8, 0.98, 0.97 }), true},
		{"a face that turns, whose patches combined show the pulse", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Likeness, f.Uniformity = 5, 4, -0.4, 0.5 }), false},
		{"patches that go apart in noise", change(weak, func(f *Features) { f.Discord = 1 }), false},
		{"eight hearts, of which one is strong", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity, f.Discord = 10.8, 6.5, 0.44, 1.16 }), true},
		{"patches with rates of their own", change(weak, func(f *Features) { f.OwnRates = 0.3 }), true},
		{"a clear pulse beside patches of hair that waves", change(weak, func(f *Features) { f.OwnRates, f.Uniformity = 0.2, 0.6 }), false},
		{"regions that jump over a picture, and noise in the wave", change(weak, func(f *Features) { f.White, f.Sway, f.Pushed, f.PushedWave = 0.99, 0.001, 0.97, 0.3 }), true},
		{"shine that wanders over a mask", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity = 7, -15, 0.07 }), true},
		{"a strong pulse in a colour that the combination of patches was not made for", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity = 9, -9, 0.9 }), false},
		{"white light, no wall to show it", change(weak, func(f *Features) { f.White, f.Uniformity = 0.995, 0.95 }), true},
		{"a picture rocked by a little, and the wave with it", change(weak, func(f *Features) { f.Sway, f.Pushed, f.PushedWave = 0.005, 0.89, 0.97 }), true},
		{"a lamp", change(weak, func(f *Features) { f.Behind, f.BehindClear, f.BehindAlike = 0.4, 8, 0.97 }), true},
		{"a screen that changes in its own time", change(weak, func(f *Features) { f.Behind, f.BehindClear, f.BehindAlike = 0.4, 8, 0.6 }), false},
		{"one region, of which little of this is known", Features{SNR: 3, Likeness: 1}, false},
		{"a colour drawn over the face that comes and goes", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity = 16.2, -2.7, 0.99 }), true},
		{"a translucent colour on a film of a picture", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity = 22, -3.9, 0.93 }), true},
		{"a reddish one that the patches show too little of", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity, f.Likeness = 12, -2, 0.8, 0.86 }), true},
		{"a clear pulse, equal in all patches", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity = 16, 10, 0.99 }), false},
		{"the largest difference of a face that turns", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity = 12.2, -2.9, 0.94 }), false},
		{"a picture rocked at the rate found", change(weak, func(f *Features) { f.Sway, f.Pushed = 0.03, 0.99 }), true},
		{"a pulse in a face that sways in its own time", change(weak, func(f *Features) { f.Sway, f.Pushed = 0.03, 0.5 }), false},
		{"a picture, which changes by its noise alone", change(weak, func(f *Features) { f.SlowChange = 0.0001 }), true},
		{"a picture under regions that a detector slides", change(weak, func(f *Features) { f.SlowChange, f.OfDetector, f.Uniformity = 0.0007, true, 0.8 }), true},
		{"a strong pulse, and nothing beside it", change(weak, func(f *Features) { f.SlowChange, f.FastChange = 0.0001, 0.003 }), false},
		{"a picture that is compressed so that its colour changes, before a camera that does not move", change(weak, func(f *Features) { f.StillShare = 0.9 }), true},
		{"a clear pulse of a face that is painted on a picture", change(weak, func(f *Features) { f.StillShare, f.SNR = 1, 6 }), false},
		{"a steady heart in a face whose patches pulse alike, before a wall that changes by its noise", change(weak, func(f *Features) {
			f.SNR, f.PatchesSNR, f.Uniformity, f.Steadiness, f.Discord, f.Behind, f.BehindClear, f.BehindAlike = 12, 11, 0.966, 0.954, 0.02, 0.034, 1.9, 0.64
		}), false},
		{"a steady lamp whose light the wall shows no more than by chance, on patches without a difference", change(weak, func(f *Features) {
			f.SNR, f.PatchesSNR, f.Uniformity, f.Steadiness, f.Behind, f.BehindClear, f.BehindAlike = 14, 12, 0.964, 0.98, 0.038, 0.6, 0.12
		}), true},
		{"the same before a wall that shows nothing", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity, f.Steadiness = 14, 12, 0.964, 0.98 }), false},
		{"a lamp before a wall too bright for the camera", change(weak, func(f *Features) {
			f.SNR, f.Uniformity, f.Steadiness, f.DiscordAtMost, f.BackgroundLight = 6.7, 0.84, 0.953, 0.04, 255
		}), true},
		{"a very steady heart in a face whose patches may differ, before the same wall", change(weak, func(f *Features) {
			f.SNR, f.Uniformity, f.Steadiness, f.DiscordAtMost, f.BackgroundLight = 6.6, 0.837, 0.933, 0.128, 255
		}), false},
		{"a face whose patches pulse differently, before the same wall", change(weak, func(f *Features) {
			f.SNR, f.Uniformity, f.Steadiness, f.Discord, f.BackgroundLight = 7.7, 0.8, 0.93, 0.11, 255
		}), false},
		{"a face whose heart wanders, before the same wall", change(weak, func(f *Features) {
			f.SNR, f.Uniformity, f.Steadiness, f.DiscordAtMost, f.BackgroundLight = 6.7, 0.84, 0.6, 0.04, 255
		}), false},
		{"a lamp in a colour that no pulse has, in noise", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Likeness, f.White = 2, -2.7, -0.02, -0.18 }), true},
		{"a lamp in a clear colour that is hardly a pulse's, behind a codec", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Likeness, f.White = 10.5, 1.1, 0.83, 0.22 }), true},
		{"a pulse in the same colour, less clear", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Likeness = 6.3, 0.2, 0.68 }), false},
		{"a short scan before a wall too bright for the camera", change(weak, func(f *Features) { f.SNR, f.PatchesSNR, f.Uniformity, f.BackgroundLight = 5, 4, 0.99, 255 }), false},
		{"parts of a thing shaded one after the other, whose colour a codec changed", change(weak, func(f *Features) {
			f.Lossy, f.SNR, f.Uniformity, f.White, f.Excess = true, 1.3, 0.85, 0.979, 6.3
		}), true},
		{"a face that talks in front of a screen, not compressed", change(weak, func(f *Features) {
			f.SNR, f.Uniformity, f.White, f.Excess = 1.3, 0.85, 0.979, 6.3
		}), false},
		{"a compressed face in dim light", change(weak, func(f *Features) { f.Lossy, f.SNR, f.White, f.Excess = true, 1.3, 0.979, 1.5 }), false},
		{"a picture rocked widely in a call, which the combination of patches hardly shows", change(weak, func(f *Features) {
			f.SNR, f.PatchesSNR, f.Sway, f.Pushed, f.PushedWave = 1.1, -5.7, 0.02, 0.93, 0.15
		}), true},
		{"a face that turns as widely, whose patches combined show the pulse", change(weak, func(f *Features) {
			f.SNR, f.PatchesSNR, f.Sway, f.Pushed, f.PushedWave = 1.8, 1.4, 0.02, 0.93, 0.15
		}), false},
		{"a weak lamp that the wall shows in noise, with a steady rate and no sign of blood", change(weak, func(f *Features) {
			f.Uniformity, f.Steadiness, f.DiscordAtMost, f.Behind, f.BehindClear, f.BehindAlike = 0.66, 0.9, 0.25, 0.7, 2.6, 0.7
		}), true},
		{"a heart whose rate wanders, before a wall that changes by its noise", change(weak, func(f *Features) {
			f.Uniformity, f.Steadiness, f.DiscordAtMost, f.Behind, f.BehindClear, f.BehindAlike = 0.66, 0.7, 0.25, 0.7, 2.6, 0.7
		}), false},
		{"a steady heart whose patches pulse differently, before the same wall", change(weak, func(f *Features) {
			f.Uniformity, f.Steadiness, f.Discord, f.DiscordAtMost, f.Behind, f.BehindClear, f.BehindAlike = 0.66, 0.9, 0.05, 0.25, 0.7, 2.6, 0.7
		}), false},
		{"a rocked picture in a call, whose codec gives the change a colour that no pulse has", change(weak, func(f *Features) { f.Likeness, f.Uniformity, f.Pushed, f.PushedWave = 0.52, 0.74, 0.82, 0.78 }), true},
		{"a picture rocked by a hundredth in a call, and the wave in part with it", change(weak, func(f *Features) { f.Sway, f.Uniformity, f.Pushed, f.PushedWave = 0.012, 0.1, 0.95, 0.46 }), true},
		{"a rocked picture in a call, whose colour is hardly a pulse's", change(weak, func(f *Features) {
			f.Likeness, f.Uniformity, f.Sway, f.Pushed, f.PushedWave = 0.71, 0.7, 0.0015, 0.95, 0.92
		}), true},
		{"a face that moves with its pulse in most windows, in a colour that a codec distorts", change(weak, func(f *Features) { f.Likeness, f.Pushed, f.PushedWave = 0.85, 0.88, 0.84 }), false},
		{"a dim face that turns, in a colour that noise distorts", change(weak, func(f *Features) { f.Likeness, f.Uniformity, f.Pushed, f.PushedWave = 0.54, 0.5, 0.72, 0.68 }), false},
		{"a picture of light skin rocked a little, and the change and the wave in part with it", change(weak, func(f *Features) { f.Sway, f.Uniformity, f.Pushed, f.PushedWave = 0.0032, 0.47, 0.81, 0.85 }), true},
		{"a face that sways by as much, whose pulse hardly follows", change(weak, func(f *Features) { f.Sway, f.Uniformity, f.Pushed, f.PushedWave = 0.0032, 0.47, 0.8, 0.7 }), false},
		{"shine whose two halves go against each other", change(weak, func(f *Features) { f.HalfCorrelation, f.SNR = -0.83, 8.7 }), true},
		{"halves of a weak pulse in noise", change(weak, func(f *Features) { f.HalfCorrelation = -0.34 }), false},
		{"patches of dark skin that go apart in noise", change(weak, func(f *Features) { f.Discord, f.Uniformity = 0.77, 0.12 }), false},
		{"a head that keeps its place for a few moments", change(weak, func(f *Features) { f.StillShare = 0.2 }), false},
		{"a face that holds very still", change(weak, func(f *Features) { f.SlowChange = 0.0004 }), false},
		{"the recoil of the heart", change(weak, func(f *Features) { f.Sway, f.Pushed = 0.001, 1 }), false},
	} {
		if got := EvidenceOf(c.f, 30).Phantom > 0; got != c.phantom {
			t.Errorf("%s: taken for a phantom: %v", c.what, got)
		}
	}
	m := &Model{Intercept: 9, Phantom: Phantom{Intercept: -2, Several: -2, Margin: 1}}
	for _, c := range []struct {
		e    Evidence
		want float64
	}{{Evidence{}, 1}, {Evidence{Phantom: 1}, 0.12}, {Evidence{Phantom: 1, Margin: 1}, 0.27}, {Evidence{Phantom: 2}, 0.02}, {Evidence{Phantom: 3}, 0.02}} {
		if p := Probability(m.Score(c.e)); math.Abs(p-c.want) > 0.01 {
			t.Errorf("%+v: a pulse with probability %.3f, want %.2f", c.e, p, c.want)
		}
	}
}

// repeat makes the frames of a trace repeat the one at index from up to index to.
func repeat(tr *rppg.Trace, from, to int) *rppg.Trace {
	for r := range tr.Regions {
		for _, x := range [][]float64{tr.Regions[r].R, tr.Regions[r].G, tr.Regions[r].B} {
			for i := from; i < to; i++ {
				x[i] = x[from]
			}
		}
	}
	return tr
}

// Pixels that don't change are no camera, from the start or from some moment on, even where a face
// detector shifts its regions over the picture every half second; a camera that gives each frame twice or three times is one.
func TestFrozenPictures(t *testing.T) {
	scan := func() *rppg.Trace { tr, _ := simulate.Scenario("typical", false, 62, 30).Trace(); return tr }
	n := len(scan().TimeMS)
	shifted, twice, thrice, key := scan(), scan(), scan(), scan()
	for i := 0; i < n; i += 15 {
		repeat(shifted, i, min(n, i+15))
	}
	for i := 0; i < n; i += 2 {
		repeat(twice, i, min(n, i+2))
	}
	for i := 0; i < n; i += 3 {
		repeat(thrice, i, min(n, i+3))
	}
	for i := 4; i < n; i += 12 {
		repeat(key, i, min(n, i+8))
	}
	for _, c := range []struct {
		what string
		tr   *rppg.Trace
		why  biomarker.Reason
	}{
		{"frozen all along", repeat(scan(), 0, n), biomarker.Frozen},
		{"frozen from the middle on", repeat(scan(), n/2, n), biomarker.Frozen},
		{"regions shifted every half second", shifted, biomarker.Frozen},
		{"a still picture that a codec refreshes at each key frame", key, biomarker.Frozen},
		{"each frame twice", twice, ""},
		{"each frame three times", thrice, ""},
	} {
		e, _ := Analyze(c.tr, Options{}).Find(biomarker.HeartRate)
		var why biomarker.Reason
		if e.Reason != nil {
			why = *e.Reason
		}
		if why != c.why {
			t.Errorf("%s: %q, want %q", c.what, why, c.why)
		}
	}
}

// The line of a cosine of amplitude 1 under a Hann window of n points is (n+1)/4 high, and as far in phase as the cosine.
func TestLine(t *testing.T) {
	const phase = 0.7
	x, taper := make([]float64, longSamples), dsp.Hann(longSamples)
	area := 0.0
	for i := range x {
		x[i] = math.Cos(2*math.Pi*1.2*float64(i)/rate + phase)
		area += taper[i]
	}
	a := line(x, taper, 72)
	if h, p := math.Sqrt(abs2(a)), math.Atan2(imag(a), real(a)); math.Abs(h-area/2) > 0.01 || math.Abs(p-phase) > 0.001 {
		t.Errorf("height %.3f, want %.3f; phase %.4f, want %.1f", h, area/2, p, phase)
	}
}

// Lines found side by side equal those found one by one, bit for bit. The power next to a line is the mean of the
// lines next to it that lie within the band.
func TestLinesSideBySide(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	taper := dsp.Hann(longSamples)
	for _, c := range []struct {
		bpm    float64
		beside []float64
	}{
		{50, []float64{0.4, 0.55}},
		{64, []float64{-0.4, 0.4, 0.55}},
		{120, beside[:]},
	} {
		x := relative(r, rppg.Signature, 0, 1e-2)
		of := linesOf(x, taper, c.bpm)
		for k := range x {
			own, noise := lineAndNoise(x[k], taper, c.bpm)
			if want := line(x[k], taper, c.bpm); own != want || of[k] != want {
				t.Errorf("%g bpm: %v and %v, want %v", c.bpm, own, of[k], want)
			}
			want := 0.0
			for _, d := range c.beside {
				want += abs2(line(x[k], taper, c.bpm+60*d)) / float64(len(c.beside))
			}
			if math.Abs(noise-want) > 1e-9*want {
				t.Errorf("%g bpm: %g beside the line, want %g", c.bpm, noise, want)
			}
		}
	}
}

// rounded rounds the colours of a trace to whole levels.
func rounded(tr *rppg.Trace) *rppg.Trace {
	for _, r := range tr.Regions {
		for i := range r.R {
			r.R[i], r.G[i], r.B[i] = math.Round(r.R[i]), math.Round(r.G[i]), math.Round(r.B[i])
		}
	}
	return tr
}

// interpolated has rate rows a second on straight lines between those of a trace, without what a trace can do without.
func interpolated(tr *rppg.Trace, rate float64) *rppg.Trace {
	out := &rppg.Trace{Version: tr.Version, Site: tr.Site, Device: tr.Device}
	for ms := tr.TimeMS[0]; ms < tr.TimeMS[len(tr.TimeMS)-1]; ms += 1000 / rate {
		out.TimeMS = append(out.TimeMS, ms)
	}
	between := func(x []float64) []float64 {
		y := make([]float64, len(out.TimeMS))
		for i, ms := range out.TimeMS {
			y[i] = dsp.Interp(tr.TimeMS, x, ms)
		}
		return y
	}
	of := func(r rppg.Region) rppg.Region {
		return rppg.Region{Name: r.Name, R: between(r.R), G: between(r.G), B: between(r.B), Pixels: between(r.Pixels)}
	}
	for _, r := range tr.Regions {
		out.Regions = append(out.Regions, of(r))
	}
	if tr.Background != nil {
		b := of(*tr.Background)
		out.Background = &b
	}
	return out
}

// Colours in whole levels, and rows interpolated between the frames, say nothing of the noise of pixels: such traces of living faces aren't
// frozen. Those of still pictures get no rate either.
func TestCoarseTracesAreNotFrozen(t *testing.T) {
	scan := func(seed uint64) *rppg.Trace {
		tr, _ := simulate.Scenario("typical", false, seed, 30).Trace()
		return tr
	}
	for seed := range uint64(2) {
		for what, change := range map[string]func(*rppg.Trace) *rppg.Trace{
			"whole levels":  rounded,
			"250 rows/s":    func(tr *rppg.Trace) *rppg.Trace { return interpolated(tr, 250) },
			"120.5 rows/s":  func(tr *rppg.Trace) *rppg.Trace { return interpolated(tr, 120.5) },
			"1,000 rows/s":  func(tr *rppg.Trace) *rppg.Trace { return interpolated(tr, 1000) },
			"both of these": func(tr *rppg.Trace) *rppg.Trace { return rounded(interpolated(tr, 250)) },
		} {
			r := Analyze(change(scan(62+seed)), Options{})
			e, _ := r.Find(biomarker.HeartRate)
			if because(e) == biomarker.Frozen {
				t.Errorf("%s, seed %d: %s, frozen %.2f of the time", what, seed, show(e), r.Capture.FrozenShare)
			}
			for _, still := range []string{"still", "still_noisy", "virtual"} {
				dead := simulate.NoPulseScene(still, 70+seed, 30)
				tr, _ := dead.Trace()
				if e, _ := Analyze(change(tr), Options{}).Find(biomarker.HeartRate); e.Value != nil {
					t.Errorf("%s of %s, seed %d: %s", what, still, seed, show(e))
				}
			}
		}
	}
}
