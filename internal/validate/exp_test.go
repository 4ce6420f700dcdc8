package validate

import (
	"fmt"
	"math"
	"os"
	"testing"

	"blush/dsp"
	"blush/engine"
)

func TestExp(t *testing.T) {
	if os.Getenv("EXP") == "" {
		t.Skip()
	}
	for _, suite := range []string{"hard", "refuse"} {
		set, _ := Suite(suite, 16, 7, 30)
		vals := map[string][]float64{}
		for _, rec := range set.Recordings {
			l, _ := rec.Load(t.Context())
			ref, _ := l.Reference(0, 30)
			res := engine.Analyze(l.Trace, engine.Options{})
			if len(res.Track.BPM) == 0 || res.Ungated == 0 {
				continue
			}
			u := res.Features.Uniformity
			k := rec.Case
			if suite == "hard" {
				if math.Abs(res.Ungated-ref.HeartRate) > 5 {
					k += " WRONG"
				}
			}
			if res.Estimates[0].Value != nil {
				k += " ACC"
			}
			vals[k] = append(vals[k], u)
		}
		for k, v := range vals {
			fmt.Printf("%-20s n %3d U min %.2f 10%% %.2f med %.2f 90%% %.2f max %.2f\n", k, len(v), dsp.Percentile(v, 0), dsp.Percentile(v, 10), dsp.Median(v), dsp.Percentile(v, 90), dsp.Percentile(v, 100))
		}
	}
}
