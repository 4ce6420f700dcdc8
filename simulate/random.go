package simulate

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
)

// random is a seeded stream of random numbers.
type random struct{ *rand.Rand }

// newRandom returns the stream of a seed and a name: the same pair gives the same
// draws on every machine, and different names give independent streams.
func newRandom(seed uint64, name string) random {
	h := fnv.New64a()
	h.Write([]byte(name))
	return random{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

func (r random) uniform(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// spread returns a log-normal factor with median 1 and log-SD sd.
func (r random) spread(sd float64) float64 { return math.Exp(sd * r.NormFloat64()) }

func (r random) sign() float64 {
	if r.IntN(2) == 0 {
		return -1
	}
	return 1
}

// poisson returns a Poisson count of the given mean (Knuth 1969; means here are below 700).
func (r random) poisson(mean float64) int {
	limit, product, k := math.Exp(-mean), r.Float64(), 0
	for product > limit {
		product *= r.Float64()
		k++
	}
	return k
}

// ou returns n samples of an Ornstein-Uhlenbeck process: rate in Hz, time
// constant in s, stationary SD sd.
func (r random) ou(n int, rate, tau, sd float64) []float64 {
	a := math.Exp(-1 / (rate * tau))
	step := sd * math.Sqrt(1-a*a)
	x := make([]float64, n)
	for i := range x {
		if i == 0 {
			x[i] = sd * r.NormFloat64()
		} else {
			x[i] = a*x[i-1] + step*r.NormFloat64()
		}
	}
	return x
}

// bands makes band-limited noise of one length and rate.
type bands struct {
	n, length int
	rate      float64
	fft       *fourier.FFT
}

func newBands(n int, rate float64) bands {
	length := smooth(n)
	return bands{n, length, rate, fourier.NewFFT(length)}
}

// smooth returns the least even number from n up with no prime factor above 5, for which the FFT is fast.
func smooth(n int) int {
	for m := n + n%2; ; m += 2 {
		k := m
		for _, p := range [...]int{2, 3, 5} {
			for k%p == 0 {
				k /= p
			}
		}
		if k == 1 {
			return m
		}
	}
}

// noise returns Gaussian noise with a flat spectrum between lo and hi in Hz, scaled to the SD rms.
func (b bands) noise(r random, lo, hi, rms float64) []float64 {
	spectrum := make([]complex128, b.length/2+1)
	for k := range spectrum {
		if f := float64(k) * b.rate / float64(b.length); f >= lo && f <= hi {
			spectrum[k] = complex(r.NormFloat64(), r.NormFloat64())
		}
	}
	return scaled(b.fft.Sequence(nil, spectrum)[:b.n], rms)
}

// scaled brings x to mean zero and the SD rms.
func scaled(x []float64, rms float64) []float64 {
	mean, sd := meanSD(x)
	if sd == 0 {
		return x
	}
	for i := range x {
		x[i] = (x[i] - mean) * rms / sd
	}
	return x
}

// meanSD and percentile round differently from package dsp, whose functions would change every simulated recording.

func meanSD(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(max(1, len(x)))
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(max(1, len(x))))
}

// percentile returns the p quantile of x, p in 0..1, linear between the ranks.
func percentile(x []float64, p float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return at(s, p*float64(len(s)-1))
}
