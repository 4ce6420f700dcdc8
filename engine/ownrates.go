package engine

import (
	"math"

	"blush.example/blush/rppg"
)

// A patch has its own rate if it has a line at least ownHeight times as high as the mean of its spectrum, more
// than ownBPM from the rate found and from its double, and less than that from the lines of at most the share
// ownShared of the patches. Noise alone hardly makes such a line in 30 s, and a movement or a light that makes one
// does so in more patches.
const (
	ownHeight = 8.0
	ownBPM    = 6.0
	ownShared = 0.25
)

// patchSpectra returns the power spectrum of green minus red of each patch, banded, without changes that follow
// the movement of the face: over the band, with a sum of one.
func (v *voter) patchSpectra(patches []rppg.RGB, movements [][]float64, taper []float64) [][]float64 {
	out := make([][]float64, len(patches))
	var x [2][]float64
	for k := range x {
		x[k] = make([]float64, len(taper))
	}
	for p := 0; p < len(patches); p += len(x) { // two patches share a transform
		pair := patches[p:min(p+len(x), len(patches))]
		for k, c := range pair {
			for i := range x[k] {
				x[k][i] = c[1][i] - c[0][i]
			}
			removeAlong(x[k], movements, taper)
		}
		v.power(x[0], x[1])
		for k, power := range [][]float64{v.pa, v.pb}[:len(pair)] {
			out[p+k] = shares(power[bandFirst : bandLast+1])
		}
	}
	return out
}

// shares returns x over its sum, or zeros where the sum isn't positive.
func shares(x []float64) []float64 {
	out, sum := make([]float64, len(x)), 0.0
	for _, v := range x {
		sum += v
	}
	for i, v := range x {
		if sum > 0 {
			out[i] = v / sum
		}
	}
	return out
}

// ownRates returns the share of the patches that have their own rate instead of bpm, the one found. spectra are
// the sums of [voter.patchSpectra] for each region, nil for one that was never used.
func ownRates(spectra [][]float64, bpm float64) float64 {
	patches := 0.0
	var rates []float64
	for _, s := range spectra {
		if s == nil {
			continue
		}
		patches++
		best, sum := highest(s), 0.0
		for _, v := range s {
			sum += v
		}
		at := float64(bandFirst+best) * rate / nfft * 60
		if s[best]*float64(len(s)) > ownHeight*sum && math.Abs(at-bpm) > ownBPM && math.Abs(at-2*bpm) > ownBPM {
			rates = append(rates, at)
		}
	}
	own := 0.0
	for _, a := range rates {
		alike := 0.0
		for _, b := range rates {
			if math.Abs(a-b) < ownBPM {
				alike++
			}
		}
		if alike <= max(1, ownShared*patches) {
			own++
		}
	}
	return own / max(1, patches)
}
