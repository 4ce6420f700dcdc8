package simulate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"blush.example/blush/rppg"
)

// figures describe the distribution that one scenario draws: medians over scans
// unless said.
type figures struct {
	snr, snrMean, snrSD      float64 // dB, of POS over the whole face at the true rate
	hrMean, hrSD             float64 // bpm
	sdnnLow, sdnn, sdnnHigh  float64 // ms, quartiles
	rmssdLow, rmssd, rmssdHi float64 // ms, quartiles
	breathMean               float64 // breaths/min
	frames, stepSD           float64 // frames a scan, SD of the time between frames in ms
	level                    float64 // %, SD of the face's green mean
	noise                    float64 // grey levels a frame, from the second differences of each patch
	apart                    float64 // %, SD of patches about the face's mean
	green                    float64 // mean level
}

// prototype has the figures of the Python simulator with which the engine's design was evaluated (numpy, 200 scans
// of 30 s each, seeds k*7919 + 13*hard + sum of the name's bytes), computed there by the formulas of [measure].
// The last two rows of each half are its names for the photograph, still and moved.
var prototype = []struct {
	hard int
	name string
	figures
}{
	{0, "ideal", figures{10.01, 9.47, 2.99, 76.7, 16.4, 23.4, 29.5, 42.3, 22.2, 28.1, 40.0, 14.91, 900, 2.00, 0.431, 0.115, 0.105, 161.2}},
	{0, "typical", figures{5.99, 5.87, 3.01, 77.8, 16.0, 23.0, 30.5, 43.3, 20.2, 29.0, 41.4, 15.17, 891, 6.72, 0.786, 0.174, 0.256, 125.7}},
	{0, "dark", figures{0.00, 0.28, 2.97, 77.3, 16.3, 22.2, 29.2, 42.1, 19.7, 28.0, 40.5, 15.23, 891, 6.69, 0.763, 0.115, 0.278, 52.0}},
	{0, "lowlight", figures{1.78, 1.37, 3.36, 80.1, 16.8, 23.1, 28.7, 41.0, 20.5, 27.9, 37.6, 15.02, 446, 8.63, 0.891, 0.453, 0.369, 127.9}},
	{0, "talk", figures{6.58, 6.25, 3.13, 77.7, 16.8, 21.5, 28.5, 40.8, 18.6, 27.0, 38.0, 14.77, 891, 6.74, 0.795, 0.215, 0.982, 126.8}},
	{0, "rotate", figures{6.64, 6.13, 3.46, 76.5, 16.9, 20.9, 28.4, 40.2, 19.6, 26.1, 39.7, 14.97, 891, 6.72, 0.876, 0.205, 1.645, 126.1}},
	{0, "screen", figures{2.43, 2.51, 3.53, 80.1, 15.7, 22.8, 29.7, 39.9, 20.1, 28.8, 40.2, 14.63, 891, 6.71, 1.967, 0.187, 0.225, 127.0}},
	{0, "codec", figures{4.55, 4.10, 3.67, 78.2, 16.1, 23.1, 30.3, 40.7, 20.2, 28.0, 38.9, 15.10, 892, 6.68, 0.785, 0.125, 0.331, 126.8}},
	{0, "exercise", figures{5.08, 4.73, 3.19, 127.7, 17.4, 16.8, 21.5, 26.6, 14.0, 19.0, 26.1, 23.82, 891, 6.69, 0.770, 0.180, 0.371, 126.3}},
	{0, "vfr", figures{5.97, 5.25, 3.51, 78.0, 16.7, 22.5, 30.8, 41.3, 19.4, 28.2, 41.6, 14.96, 569, 26.43, 0.730, 0.183, 0.223, 126.3}},
	{0, "photo", figures{-6.89, -6.87, 1.56, 78.3, 15.6, 21.5, 28.4, 36.4, 18.2, 26.5, 36.9, 14.93, 891, 6.68, 0.782, 0.177, 0.242, 126.6}},
	{0, "photo_moved", figures{-6.70, -6.69, 1.76, 76.9, 17.0, 24.0, 30.7, 44.4, 21.8, 29.3, 44.9, 14.93, 891, 6.71, 0.792, 0.144, 0.593, 126.5}},
	{1, "ideal", figures{7.31, 6.93, 2.31, 77.4, 15.6, 23.2, 28.6, 39.3, 20.8, 26.9, 38.1, 15.08, 900, 2.00, 0.908, 0.148, 0.158, 161.6}},
	{1, "typical", figures{2.69, 2.16, 3.37, 77.8, 15.6, 21.6, 29.2, 41.9, 17.7, 26.2, 41.4, 14.85, 891, 6.71, 0.748, 0.183, 0.544, 125.6}},
	{1, "dark", figures{-3.94, -3.77, 2.40, 78.8, 16.2, 22.8, 30.3, 43.8, 21.5, 28.8, 43.3, 15.11, 891, 6.70, 0.753, 0.118, 0.633, 52.1}},
	{1, "lowlight", figures{-4.23, -4.15, 2.21, 76.2, 15.6, 24.7, 32.0, 40.7, 22.7, 28.9, 39.2, 14.69, 446, 8.74, 0.890, 0.573, 0.601, 126.0}},
	{1, "talk", figures{2.47, 2.21, 3.41, 77.2, 15.7, 21.8, 29.1, 38.0, 19.0, 27.6, 37.4, 14.95, 891, 6.75, 0.798, 0.258, 1.987, 126.5}},
	{1, "rotate", figures{2.28, 1.78, 3.50, 77.8, 15.7, 22.0, 30.5, 38.9, 19.6, 27.3, 37.3, 14.77, 891, 6.71, 0.909, 0.252, 2.453, 126.3}},
	{1, "screen", figures{-1.80, -1.76, 3.56, 78.5, 15.6, 22.8, 30.2, 40.3, 20.4, 28.4, 39.8, 15.25, 890, 6.79, 1.845, 0.191, 0.446, 127.1}},
	{1, "codec", figures{-1.17, -1.16, 3.71, 77.8, 15.7, 21.8, 29.4, 40.8, 18.1, 29.2, 41.7, 15.38, 891, 6.76, 0.745, 0.130, 0.553, 125.8}},
	{1, "exercise", figures{1.68, 0.96, 3.64, 130.0, 15.8, 16.4, 20.9, 26.3, 13.1, 18.8, 25.1, 24.25, 891, 6.71, 0.784, 0.196, 0.856, 126.3}},
	{1, "vfr", figures{1.82, 1.15, 3.38, 76.5, 16.3, 23.2, 30.9, 41.8, 21.3, 29.8, 40.5, 15.09, 574, 25.81, 0.705, 0.190, 0.443, 126.2}},
	{1, "photo", figures{-6.91, -7.01, 1.70, 78.0, 16.1, 21.5, 26.0, 35.9, 18.4, 25.9, 37.6, 15.25, 891, 6.72, 0.777, 0.184, 0.500, 126.4}},
	{1, "photo_moved", figures{-6.95, -6.84, 1.75, 75.9, 16.3, 23.5, 31.1, 39.8, 20.5, 27.8, 38.8, 14.98, 892, 6.66, 0.772, 0.172, 0.985, 126.0}},
}

// The comparison: 16 scans here against 200 there, so medians differ by chance. Each tolerance is about three standard
// errors of that difference, except where scans hardly differ.
func TestDifficultyIsThatOfThePrototype(t *testing.T) {
	const scans = 16
	for _, p := range prototype {
		x := make([][]float64, 0, scans)
		for seed := range uint64(scans) {
			x = append(x, measure(Scenario(p.name, p.hard == 1, seed, 30)))
		}
		got := func(k int, q float64) float64 {
			v := make([]float64, len(x))
			for i := range x {
				v[i] = x[i][k]
			}
			if q < 0 {
				mean, sd := meanSD(v)
				return map[float64]float64{-1: mean, -2: sd}[q]
			}
			return percentile(v, q)
		}
		check := func(what string, got, want, tolerance float64) {
			t.Helper()
			if math.IsNaN(got) || math.Abs(got-want) > tolerance {
				t.Errorf("hard=%d %s: %s is %.3g, the prototype's %.3g ± %.2g", p.hard, p.name, what, got, want, tolerance)
			}
		}
		chance := math.Sqrt(1.0/scans + 1.0/200)
		spread := 3 * p.snrSD * chance
		check("POS SNR", got(0, -1), p.snrMean, spread)
		check("median POS SNR", got(0, 0.5), p.snr, 1.3*spread)
		check("SD of POS SNR", got(0, -2), p.snrSD, 2*chance*p.snrSD)
		check("heart rate", got(1, -1), p.hrMean, 3*p.hrSD*chance)
		check("SD of heart rate", got(1, -2), p.hrSD, 1.7*chance*p.hrSD)
		check("SDNN", got(2, 0.5), p.sdnn, 1.7*chance*p.sdnn)
		check("upper SDNN", got(2, 0.75), p.sdnnHigh, 2*chance*p.sdnnHigh)
		check("RMSSD", got(3, 0.5), p.rmssd, 2*chance*p.rmssd)
		check("upper RMSSD", got(3, 0.75), p.rmssdHi, 2.3*chance*p.rmssdHi)
		check("respiratory rate", got(4, -1), p.breathMean, 8.7*chance)
		check("frames", got(5, 0.5), p.frames, 0.17*chance*p.frames)
		check("time between frames", got(6, 0.5), p.stepSD, 0.15*p.stepSD)
		if p.name != "ideal" { // there the prototype's first frame, two thirds as bright as the others, dominates
			check("brightness", got(7, 0.5), p.level, 1.4*chance*p.level)
		}
		check("noise", got(8, 0.5), p.noise, 0.2*p.noise)
		check("patches apart", got(9, 0.5), p.apart, 0.3*p.apart)
		if p.name != "dark" { // two skin tones in equal numbers: the median is random
			check("green level", got(10, 0.5), p.green, 0.25*p.green)
		}
	}
}

// measure returns the figures of one scan, in the order of [figures].
func measure(s Scene) []float64 {
	tr, truth := s.Trace()
	if !s.Pulse { // the prototype's photographs have a heart rate nevertheless
		s.Pulse = true
		truth = s.truth(s.heart(newRandom(s.Seed, "scene")))
	}
	n := len(tr.TimeMS)
	var face [3][]float64
	for c := range face {
		face[c] = make([]float64, n)
		for _, r := range tr.Regions {
			for i, v := range channel(r, c) {
				face[c][i] += v / float64(len(tr.Regions))
			}
		}
	}
	steps := make([]float64, n-1)
	for i := range steps {
		steps[i] = tr.TimeMS[i+1] - tr.TimeMS[i]
	}
	_, stepSD := meanSD(steps)
	green, sd := meanSD(face[1])
	var jumps []float64
	apart := make([]float64, 0, 16*n)
	relative := make([][]float64, len(tr.Regions))
	for k, r := range tr.Regions {
		mean, _ := meanSD(r.G)
		relative[k] = make([]float64, n)
		for i, v := range r.G {
			relative[k][i] = v/mean - 1
			if i > 1 && i%4 == k%4 { // enough for a median
				jumps = append(jumps, math.Abs(v-2*r.G[i-1]+r.G[i-2]))
			}
		}
	}
	for i := range n {
		var mean float64
		for k := range relative {
			mean += relative[k][i] / float64(len(relative))
		}
		for k := range relative {
			apart = append(apart, relative[k][i]-mean)
		}
	}
	_, apartSD := meanSD(apart)
	return []float64{posSNR(tr.TimeMS, face, truth.HeartRate), truth.HeartRate, truth.SDNN, truth.RMSSD, truth.RespiratoryRate,
		float64(n), stepSD, 100 * sd / green, percentile(jumps, 0.5) / 0.6745 / math.Sqrt(6), 100 * apartSD, green}
}

func channel(r rppg.Region, c int) []float64 { return [][]float64{r.R, r.G, r.B}[c] }

// posSNR is the signal-to-noise ratio in dB (de Haan & Jeanne 2013: 0.1 Hz about the rate,
// 0.2 Hz about its double, against 0.65 to 4 Hz) of plain POS (Wang 2017) on linearly
// resampled means.
func posSNR(ms []float64, face [3][]float64, bpm float64) float64 {
	const rate, w, nfft = 30.0, 48, 8192
	n := int(math.Ceil((ms[len(ms)-1] - ms[0]) / 1000 * rate))
	var x [3][]float64
	for c := range x {
		x[c] = make([]float64, n)
		k := 0
		for i := range x[c] {
			t := ms[0] + 1000*float64(i)/rate
			for k < len(ms)-2 && ms[k+1] < t {
				k++
			}
			f := (t - ms[k]) / (ms[k+1] - ms[k])
			x[c][i] = face[c][k]*(1-f) + face[c][k+1]*f
		}
	}
	h := make([]float64, n)
	count := make([]float64, n)
	a, b := make([]float64, w), make([]float64, w)
	for i := 0; i+w <= n; i++ {
		var m [3]float64
		for c := range m {
			m[c], _ = meanSD(x[c][i : i+w])
		}
		for j := range a {
			r, g, bl := x[0][i+j]/m[0], x[1][i+j]/m[1], x[2][i+j]/m[2]
			a[j], b[j] = g-bl, g+bl-2*r
		}
		_, sa := meanSD(a)
		_, sb := meanSD(b)
		for j := range a { // both have mean zero
			h[i+j] += a[j] + sa/(sb+1e-12)*b[j]
			count[i+j]++
		}
	}
	padded := make([]float64, nfft)
	for i := range h {
		padded[i] = h[i] / count[i] * (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(n-1)))
	}
	var signal, noise float64
	for k, v := range fourier.NewFFT(nfft).Coefficients(nil, padded) {
		f, p := float64(k)*rate/nfft, real(v)*real(v)+imag(v)*imag(v)
		switch f0 := bpm / 60; {
		case f < 0.65 || f > 4:
		case math.Abs(f-f0) <= 0.1 || math.Abs(f-2*f0) <= 0.2:
			signal += p
		default:
			noise += p
		}
	}
	return 10 * math.Log10(signal/noise)
}

func TestPOSSNRFindsAPureTone(t *testing.T) {
	var face [3][]float64
	ms := make([]float64, 900)
	r := newRandom(1, "tone")
	for i := range ms {
		ms[i] = 1000 * float64(i) / 30
		pulse := 0.01 * math.Sin(2*math.Pi*1.2*ms[i]/1000)
		for c, gain := range []float64{0.33, 0.77, 0.53} {
			face[c] = append(face[c], 100*(1-gain*pulse)+0.02*r.NormFloat64())
		}
	}
	if right, wrong := posSNR(ms, face, 72), posSNR(ms, face, 95); right < 15 || wrong > -15 {
		t.Errorf("SNR %.1f dB at the rate of the tone, %.1f beside it", right, wrong)
	}
}
