// Package dsp holds the signal processing under the engine: resampling,
// detrending, filters, spectra and peaks over plain float64 slices. Every
// function is pure and total: it neither changes its input nor panics on
// empty, constant or non-finite samples.
package dsp

// Series is an evenly sampled signal.
type Series struct {
	// Rate is the sampling rate in Hz.
	Rate float64 `json:"rate_hz"`
	// Start is the time of the first sample in seconds from the start of the recording.
	Start float64 `json:"start_s"`
	// Samples are the values; their unit is named where a Series is made.
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
