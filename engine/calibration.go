package engine

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"sync"

	"blush/dsp"
)

// Calibration maps the features of a result to a probability and an interval.
// It is fitted on seeds or recordings of its own, never on those that results
// are reported for, and kept in a versioned file.
type Calibration struct {
	// Version names the fit; every result carries it.
	Version string `json:"version"`
	// Source says what it was fitted on.
	Source string `json:"source"`
	// HeartRate holds a model for each kind of recording.
	HeartRate HeartRateModels `json:"heart_rate"`
}

// HeartRateModels are the models of the kinds of recording that differ in the
// features they have.
type HeartRateModels struct {
	Face   Model `json:"face"`   // with two halves
	Single Model `json:"single"` // one region only, no halves
	Finger Model `json:"finger"` // a fingertip on the lens
}

// Model gives the probability that a value is right within its tolerance, and
// the error to expect:
//
//	score = Intercept + Agreement*agreement + SNR*snr_db + Half*half_correlation + Uniformity*uniformity
//	p = 1/(1 + exp(-score))
type Model struct {
	Intercept float64 `json:"intercept"`
	Agreement float64 `json:"agreement"`
	SNR       float64 `json:"snr_db"`
	Half      float64 `json:"half_correlation"`
	// Uniformity counts for faces of six patches and more.
	Uniformity float64 `json:"uniformity"`
	// Accept is the least probability that is accepted.
	Accept float64 `json:"accept"`
	// Error is the half-width of the 90 % interval at rising scores, in the
	// biomarker's unit; between the points it runs straight, beyond them it stays.
	Error []ErrorAt `json:"error"`
}

// ErrorAt is the error that 90 % of results with a score stay below.
type ErrorAt struct {
	Score float64 `json:"score"`
	Width float64 `json:"width"`
}

//go:embed calibration.json
var embedded []byte

// DefaultCalibration returns the calibration that the engine carries.
var DefaultCalibration = sync.OnceValue(func() *Calibration {
	c, err := ParseCalibration(embedded)
	if err != nil {
		panic("engine: the embedded calibration: " + err.Error()) // a defect of the build, caught by every test
	}
	return c
})

// ParseCalibration reads a calibration file.
func ParseCalibration(b []byte) (*Calibration, error) {
	var c Calibration
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	if c.Version == "" {
		return nil, fmt.Errorf("calibration: version is missing")
	}
	for name, m := range map[string]Model{"face": c.HeartRate.Face, "single": c.HeartRate.Single, "finger": c.HeartRate.Finger} {
		if len(m.Error) == 0 {
			return nil, fmt.Errorf("calibration: heart_rate.%s.error holds no points", name)
		}
		if !(m.Accept > 0 && m.Accept < 1) {
			return nil, fmt.Errorf("calibration: heart_rate.%s.accept is %g, outside 0 to 1", name, m.Accept)
		}
		for i, e := range m.Error {
			if !(e.Width > 0) || i > 0 && !(e.Score > m.Error[i-1].Score) {
				return nil, fmt.Errorf("calibration: heart_rate.%s.error[%d]: scores must rise and widths be above 0", name, i)
			}
		}
	}
	return &c, nil
}

// For returns the model for a result with these features.
func (h *HeartRateModels) For(finger, halves bool) *Model {
	switch {
	case finger:
		return &h.Finger
	case halves:
		return &h.Face
	}
	return &h.Single
}

// Score returns the logit of the probability that a value is right.
func (m *Model) Score(f Features) float64 {
	s := m.Intercept + m.Agreement*f.Agreement + m.SNR*f.SNR + m.Uniformity*f.Uniformity
	if f.HasHalves {
		s += m.Half * f.HalfCorrelation
	}
	return s
}

// Probability returns the probability of a score.
func Probability(score float64) float64 { return 1 / (1 + math.Exp(-score)) }

// Width returns the half-width of the 90 % interval at a score.
func (m *Model) Width(score float64) float64 {
	x, y := make([]float64, len(m.Error)), make([]float64, len(m.Error))
	for i, e := range m.Error {
		x[i], y[i] = e.Score, e.Width
	}
	return dsp.Interp(x, y, score)
}
