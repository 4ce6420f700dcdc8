package dsp

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The reference values below were computed with scipy 1.10 and numpy 1.24; the call is given next to each.

func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol) {
			t.Errorf("%s[%d] = %.12g, want %.12g", what, i, got[i], want[i])
		}
	}
}

func TestPCHIP(t *testing.T) {
	// scipy.interpolate.PchipInterpolator(x, y)(xi)
	x := []float64{0, 1, 2.5, 3, 5, 6}
	y := []float64{1, 3, 2, 2, 5, 4.5}
	xi := []float64{0, 0.5, 1.2, 2.0, 2.75, 3.5, 4.9, 5.5, 6}
	want := []float64{1, 2.3833333333333333, 2.9514074074074075, 2.2592592592592595, 2, 2.46875, 4.978249999999999, 4.895833333333334, 4.5}
	near(t, "PCHIP", PCHIP(x, y, xi), want, 1e-12)
	near(t, "held", PCHIP([]float64{1, 2}, []float64{3, 5}, []float64{0, 1.5, 9}), []float64{3, 4, 5}, 1e-12)
}

func TestDetrend(t *testing.T) {
	// x - numpy.linalg.solve(I + 9 D2'D2, x)
	x := []float64{1, 2, 4, 3, 5, 8, 6, 7, 9, 12, 10, 11}
	want := []float64{
		-0.09174351494347222, -0.12572505096891318, 0.8504871368882538, -1.138943777381706, -0.16435319055388842, 1.8304728091945783,
		-1.0799904006963335, -1.0246533104749407, -0.01242747697885882, 2.061625910784846, -0.6961735054154641, -0.408575629454198,
	}
	near(t, "Detrend", Detrend(x, 3), want, 1e-9)
}

func TestFiltFilt(t *testing.T) {
	// scipy.signal.sosfiltfilt(butter(2, [.65, 4], 'bandpass', fs=30, output='sos'), s)
	s := make([]float64, 60)
	for i := range s {
		u := float64(i) / 30
		s[i] = math.Sin(2*math.Pi*1.2*u) + 0.5*u + 0.3*math.Cos(2*math.Pi*6*u)
	}
	o := Butter2Bandpass(0.65, 4, 30).FiltFilt(s)
	want := []float64{0.07470144434697112, 0.13107722500749602, 0.5401107322340281, 1.0173996729589683, -0.8230546194968285, 0.21727947287458257}
	near(t, "FiltFilt", []float64{o[0], o[1], o[10], o[30], o[45], o[59]}, want, 1e-9)
	sum := 0.0
	for _, v := range o {
		sum += v
	}
	near(t, "sum", []float64{sum}, []float64{4.268121345908807}, 1e-8)
}

// Three signals filtered side by side equal each filtered alone, bit for bit, whether in place or in new memory.
func TestFiltFilt3(t *testing.T) {
	band := Butter2Bandpass(0.6, 4, 15)
	for _, n := range []int{0, 1, 2, 7, 180} {
		var x, want [3][]float64
		for k := range x {
			for i := range n {
				x[k] = append(x[k], math.Sin(float64(i*(k+2)))+float64(k))
			}
			want[k] = band.FiltFiltPad(x[k], 15)
			if n == 7 {
				x[k] = slices.Grow(x[k], 100)
			}
		}
		band.FiltFilt3(&x, 15)
		for k := range x {
			if !slices.Equal(x[k], want[k]) {
				t.Errorf("%d samples, signal %d: %v, want %v", n, k, x[k], want[k])
			}
		}
	}
}

// The running sum gives the mean of the samples around each sample.
func TestMovingMean(t *testing.T) {
	for _, n := range []int{1, 2, 3, 30, 31, 32, 200} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 100 + math.Cos(float64(i*i))
		}
		for _, half := range []int{0, 1, 15, 300} {
			var want []float64
			for i := range x {
				h := min(half, i, n-1-i)
				want = append(want, Mean(x[i-h:i+h+1]))
			}
			near(t, fmt.Sprintf("%d samples, half %d", n, half), MovingMean(x, half), want, 1e-11)
		}
	}
}

func TestSpline(t *testing.T) {
	// scipy.interpolate.CubicSpline(range(6), y, bc_type='natural')([0.5, 1.25, 3.9, 4.5])
	s := NewSpline([]float64{0, 2, 1, 3, 2, 5})
	var got []float64
	for _, u := range []float64{0.5, 1.25, 3.9, 4.5} {
		got = append(got, s.At(u))
	}
	near(t, "Spline", got, []float64{1.410885167464115, 1.7854366028708133, 2.0097416267942587, 2.9904306220095696}, 1e-12)
}

func TestSpectra(t *testing.T) {
	// numpy.abs(numpy.fft.rfft([1, 2, 0, -1, 3, .5], 8))**2
	x := []float64{1, 2, 0, -1, 3, 0.5}
	want := []float64{30.25, 0.1789321881345248, 28.25, 14.321067811865476, 6.25}
	near(t, "PowerSpectrum", PowerSpectrum(x, 8), want, 1e-12)
	// The same as the second of two signals in one transform.
	a, b := make([]float64, 5), make([]float64, 5)
	NewSpectrum(8).Power(a, b, []float64{4, -2, 7, 1, 1, 0, 3, -9}, x)
	near(t, "second signal", b, want, 1e-12)
	// numpy.hanning(9)[1:-1]
	near(t, "Hann", Hann(7), []float64{0.14644660940672627, 0.5, 0.8535533905932738, 1, 0.8535533905932738, 0.5, 0.14644660940672627}, 1e-12)
}

// A transform of any length, with an odd or an even number of stages, equals the sum that defines it.
func TestSpectrumOfEveryLength(t *testing.T) {
	for n := 2; n <= 256; n *= 2 {
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = math.Sin(float64(i*i)), math.Cos(float64(3*i*i+1))
		}
		px, py := make([]float64, n/2+1), make([]float64, n/2+1)
		NewSpectrum(n).Power(px, py, x, y)
		for k, got := range [2][]float64{px, py} {
			want := make([]float64, n/2+1)
			for b := range want {
				var sum complex128
				for i, v := range [2][]float64{x, y}[k] {
					sum += complex(v, 0) * cmplx.Rect(1, -2*math.Pi*float64(b*i)/float64(n))
				}
				want[b] = real(sum)*real(sum) + imag(sum)*imag(sum)
			}
			near(t, fmt.Sprintf("%d points, signal %d", n, k+1), got, want, 1e-9)
		}
	}
}

// Partial sums add up to the plain sum, for any length.
func TestSumsOfEveryLength(t *testing.T) {
	for n := range 12 {
		var x [5][]float64
		for k := range x {
			for i := range n {
				x[k] = append(x[k], math.Sin(float64(i*(k+2)))+0.1*float64(k))
			}
		}
		var want [5]float64
		mean, square := 0.0, 0.0
		for i, v := range x[0] {
			for k := range x {
				want[k] += v * x[k][i]
			}
			mean, square = mean+v/float64(n), square+v*v/float64(n)
		}
		a, b, c, d := Dot4(x[0], x[1], x[2], x[3], x[4])
		got := []float64{Dot(x[0], x[0]), a, b, c, d, Mean(x[0]), SD(x[0])}
		near(t, fmt.Sprintf("%d samples", n), got, append(want[:], mean, math.Sqrt(max(0, square-mean*mean))), 1e-7)
	}
}

func TestStatistics(t *testing.T) {
	// numpy.percentile(v, p); MAD = median(|v - median(v)|)
	v := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	var got []float64
	for _, p := range []float64{0, 10, 25, 50, 90, 100} {
		got = append(got, Percentile(v, p))
	}
	near(t, "Percentile", got, []float64{1, 1, 1.75, 3.5, 6.9, 9}, 1e-12)
	near(t, "MAD", []float64{MAD(v)}, []float64{2}, 1e-12)
	near(t, "Winsorise", Winsorise([]float64{0, 1, 2, 3, 100}, 2), []float64{0, 1, 2, 3, 2 + 2*1.4826}, 1e-12)
}

func TestUpperMedian(t *testing.T) {
	for want, x := range map[float64][]float64{3: {3}, 7: {7, 2}, 4: {9, 1, 4}, 5: {5, 1, 8, 2}} {
		if got := UpperMedian(x); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// Samples without weight don't count.
func TestFitSinusoid(t *testing.T) {
	const step = 0.3
	x, w := make([]float64, 100), make([]float64, 100)
	for i := range x {
		s, c := math.Sincos(step * float64(i))
		x[i] = 2*c - 3*s
		if w[i] = 1; i >= 60 {
			x[i], w[i] = 50, 0
		}
	}
	for what, f := range map[string]func() (p, q float64, ok bool){
		"weights":    func() (p, q float64, ok bool) { return FitSinusoid(x, w, step) },
		"no weights": func() (p, q float64, ok bool) { return FitSinusoid(x[:60], nil, step) },
	} {
		if p, q, ok := f(); !ok || math.Abs(p-2) > 1e-12 || math.Abs(q+3) > 1e-12 {
			t.Errorf("%s: %v cos + %v sin, %v", what, p, q, ok)
		}
	}
	for _, x := range [][]float64{nil, {1}, {1, 2, 3}} {
		if _, _, ok := FitSinusoid(x, nil, 0); ok {
			t.Errorf("%v determines a sine of step 0", x)
		}
	}
}

func TestParabola(t *testing.T) {
	// y = 5 - (x - 2.3)^2 at x = 1, 2, 3 has its vertex 0.3 after the middle sample.
	off, h := Parabola([]float64{5 - 1.69, 5 - 0.09, 5 - 0.49}, 1)
	near(t, "Parabola", []float64{off, h}, []float64{0.3, 5}, 1e-12)
}

func TestSolveSPD(t *testing.T) {
	a := []float64{4, 2, 0.6, 2, 5, 1, 0.6, 1, 3}
	want := []float64{1, -2, 3}
	b := make([]float64, 3)
	for i := range b {
		for j := range want {
			b[i] += a[i*3+j] * want[j]
		}
	}
	x, ok := SolveSPD(a, b)
	if !ok {
		t.Fatal("not positive definite")
	}
	near(t, "x", x, want, 1e-12)
	if _, ok := SolveSPD([]float64{1, 2, 2, 1}, []float64{1, 1}); ok {
		t.Error("an indefinite matrix was solved")
	}
}

// Every function takes any samples, of any length, without a panic.
func TestTotal(t *testing.T) {
	odd := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0}))
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(odd, 0, 40).Draw(t, "x")
		Detrend(x, 10)
		Butter2Bandpass(0.6, 4, rapid.Float64Range(0.5, 240).Draw(t, "fs")).FiltFilt(x)
		PowerSpectrum(x, 16)
		Percentile(x, 30)
		Winsorise(x, 4)
		MovingMean(x, 3)
		Correlation(x, x)
		NewSpline(x).At(2.5)
		PCHIP(x, x, []float64{0.5})
		Interp(x, x, 1)
		Parabola(x, 3)
	})
}

// A band-pass keeps what lies in its band and removes what doesn't, at any rate.
func TestBandpassGain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := rapid.Float64Range(12, 240).Draw(t, "fs")
		sos := Butter2Bandpass(0.65, 4, fs)
		gain := func(f float64) float64 {
			h := sos.response(2 * math.Pi * f / fs)
			return real(h)*real(h) + imag(h)*imag(h)
		}
		// The edges of a Butterworth filter lie at half power.
		if e := math.Abs(gain(0.65) - 0.5); e > 1e-9 {
			t.Fatalf("power at the lower edge is off by %g", e)
		}
		if e := math.Abs(gain(4) - 0.5); e > 1e-9 {
			t.Fatalf("power at the upper edge is off by %g", e)
		}
		if g := gain(0.05); g > 1e-3 {
			t.Fatalf("power at 0.05 Hz is %g", g)
		}
	})
}

func BenchmarkSpectrum512(b *testing.B) {
	s := NewSpectrum(512)
	x, y := Hann(180), Hann(180)
	px, py := make([]float64, 257), make([]float64, 257)
	for b.Loop() {
		s.Power(px, py, x, y)
	}
}

// The element in the middle of what is left is the smallest each time: every step would take away one element.
func TestPercentileOfASlowOrder(t *testing.T) {
	const n = 3000
	at := make([]int, n) // which element is where, as nth moves them
	for i := range at {
		at[i] = i
	}
	x := make([]float64, n)
	for lo := range n {
		mid := lo + (n-1-lo)/2
		x[at[mid]] = float64(lo)
		at[lo], at[mid] = at[mid], at[lo]
	}
	for _, k := range []int{0, n / 2, n - 1} {
		if got := nth(slices.Clone(x), k); got != float64(k) {
			t.Errorf("element %d is %g", k, got)
		}
	}
}
