// Package dsp contains the engine's signal processing: resampling, detrending, filters, spectra and statistics
// over plain float64 slices.
//
// A function doesn't change its input and returns new memory, unless its comment says that it overwrites,
// replaces, reorders, writes to or appends to something. None panics on empty, constant or non-finite samples, unless
// its comment says so. One that needs slices of certain lengths, or numbers within limits, says so, and panics
// otherwise before it writes anything.
package dsp

// Series is an evenly sampled signal.
type Series struct {
	// Rate is the sampling rate in Hz.
	Rate float64 `json:"rate_hz"`
	// Start is the time of the first sample in seconds from the start of the recording.
	Start float64 `json:"start_s"`
	// Samples are the values; the code that makes a Series names their unit.
	Samples []float64 `json:"samples"`
}

// Duration returns the length of the series in seconds.
func (s Series) Duration() float64 {
	if s.Rate <= 0 {
		return 0
	}
	return float64(len(s.Samples)) / s.Rate
}

// Time returns the time of sample i in seconds from the start of the recording.
func (s Series) Time(i int) float64 { return s.Start + float64(i)/s.Rate }
