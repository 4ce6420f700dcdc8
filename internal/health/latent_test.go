package health

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A missing answer never moves a score by itself. The answer that the model expects
// from everything else, y = ρ·mean, does not change the mean. So leaving an answer out
// neither lowers nor raises the score, and only costs confidence.
func TestExpectedAnswerDoesNotMoveTheScore(t *testing.T) {
	metrics := data().model.Metrics
	rapid.Check(t, func(t *rapid.T) {
		l := metrics[rapid.IntRange(0, len(metrics)-1).Draw(t, "metric")]
		absent := l.Inputs[rapid.IntRange(0, len(l.Inputs)-1).Draw(t, "unanswered")]
		known := map[string]signal{}
		for _, k := range l.Inputs {
			if k.Name != absent.Name && rapid.Bool().Draw(t, k.Name) {
				known[k.Name] = signal{y: rapid.Float64Range(-3, 3).Draw(t, "y"), n: rapid.Float64Range(leastCount, 20).Draw(t, "n")}
			}
		}
		mean, variance, _, _ := l.posterior(func(name string) signal { return known[name] })
		known[absent.Name] = signal{y: absent.Rho * mean, n: rapid.Float64Range(leastCount, 20).Draw(t, "n of the answer")}
		with, narrower, _, _ := l.posterior(func(name string) signal { return known[name] })
		if math.Abs(with-mean) > 1e-12 {
			t.Fatalf("%s: the expected %s moved the mean from %v to %v", l.Name, absent.Name, mean, with)
		}
		if narrower >= variance {
			t.Fatalf("%s: knowing %s left the variance at %v", l.Name, absent.Name, variance)
		}
		if l.confidence(narrower) <= l.confidence(variance) {
			t.Fatalf("%s: knowing %s did not raise the confidence", l.Name, absent.Name)
		}
	})
}

// Φ at points of any printed table.
func TestPhi(t *testing.T) {
	for z, want := range map[float64]float64{0: 0.5, 1: 0.8413447461, 1.28: 0.8997274320, -1.96: 0.0249978951, 3: 0.9986501020} {
		if got := phi(z); math.Abs(got-want) > 1e-10 {
			t.Errorf("Φ(%g) = %.10f, want %.10f", z, got, want)
		}
		if got := quantile(want); math.Abs(got-z) > 1e-7 {
			t.Errorf("Φ⁻¹(%g) = %v, want %g", want, got, z)
		}
	}
}

// The mapping of risk to score at its corners and between them.
func TestRiskScore(t *testing.T) {
	for risk, want := range map[float64]float64{0: 100, 0.025: 83.3333, 0.05: 66.6667, 0.075: 50, 0.1: 33.3333, 0.2: 16.6667, 0.3: 0, 0.9: 0} {
		if got := riskScore(risk); math.Abs(got-want) > 0.0001 {
			t.Errorf("score of a risk of %g = %v, want %v", risk, got, want)
		}
	}
}

// Framingham by hand: a man of 50, BMI 27, smoker, both parents, 130/85.
// B = 22.949536-7.8206-0.914787-7.7129-10.91978-0.190731-0.332242+6.902 = 1.960496;
// ln H = (1.386294-1.960496)/0.876925 = -0.654791, H = 0.519551, risk = 0.405212.
func TestRiskByHand(t *testing.T) {
	got := data().model.Risk.risk(riskFactors{age: 50, bmi: 27, smoker: true, parents: 2, cuff: true, systolic: 130, diastolic: 85})
	if math.Abs(got-0.405212) > 1e-5 {
		t.Errorf("risk = %v, want 0.405212", got)
	}
}
