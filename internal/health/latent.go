package health

import (
	"math"
	"time"
)

// intervalZ spans 80 % of a normal distribution.
const intervalZ = 1.28

// latent is the model of one metric: a latent z, 0 for the median person of
// that age and sex, observed through inputs y_k = rho_k z + noise of variance s_k²,
// s_k² = (1-rho_k²) + noise_k/n_k, with n_k the effective number of scans.
type latent struct {
	Name         string        `json:"name"`
	HalfLifeDays float64       `json:"half_life_days"`
	Inputs       []latentInput `json:"inputs"`
}

// latentInput says how informative an input is about the metric.
type latentInput struct {
	Name string `json:"name"`
	// Rho is the correlation of the input with the metric.
	Rho float64 `json:"rho"`
	// Noise is the variance of one measurement, as a multiple of the input's own variance.
	Noise float64 `json:"noise"`
	// Target is the effective count from which more would add little.
	Target   float64 `json:"target"`
	Source   string  `json:"source"`
	Verified bool    `json:"verified"`
}

// signal is an input's value for one person at a moment.
type signal struct {
	y        float64 // standard deviations, + is better
	n        float64 // effective count; 0: unknown
	newest   time.Time
	verified bool // the constants behind y were checked
}

// leastCount is the effective count below which an input no longer counts: that of
// one scan after four half-lives.
const leastCount = 1.0 / 16

// information is rho²/s²: how much n measurements of the input add to the precision.
func (k latentInput) information(n float64) float64 {
	if n <= 0 {
		return 0
	}
	return k.Rho * k.Rho / (1 - k.Rho*k.Rho + k.Noise/n)
}

// confidence maps a variance of the latent score to 0..100, where 100 is every
// input at its target: 100 (1-√v)/(1-√v_target).
func (l *latent) confidence(variance float64) float64 {
	precision := 1.0
	for _, k := range l.Inputs {
		precision += k.information(k.Target)
	}
	return 100 * (1 - math.Sqrt(variance)) / (1 - math.Sqrt(1/precision))
}

// posterior combines the inputs, prior N(0, 1):
// v = 1/(1 + Σ rho²/s²), mean = v Σ rho y/s². Unknown inputs are left out.
func (l *latent) posterior(of func(name string) signal) (mean, variance float64, inputs []Input, newest time.Time) {
	type term struct {
		Input
		pull float64 // rho y / s²
	}
	var terms []term
	precision, pull := 1.0, 0.0
	for _, k := range l.Inputs {
		s := of(k.Name)
		if s.n < leastCount {
			continue
		}
		info := k.information(s.n)
		t := term{Input{Name: k.Name, Value: s.y, Unit: "SD", Count: s.n, Weight: info, Verified: k.Verified && s.verified}, info * s.y / k.Rho}
		terms = append(terms, t)
		precision += info
		pull += t.pull
		newest = later(newest, s.newest)
	}
	variance = 1 / precision
	mean = variance * pull
	for _, t := range terms {
		t.Weight /= precision - 1
		t.Points = 100 * (phi(mean) - phi(mean-variance*t.pull))
		inputs = append(inputs, t.Input)
	}
	return mean, variance, inputs, newest
}

// phi is the standard normal distribution function.
func phi(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// quantile is the inverse of phi, for 0 < p < 1.
func quantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

func sqrt(x float64) float64 { return math.Sqrt(x) }

func clip(x, low, high float64) float64 { return max(low, min(high, x)) }
