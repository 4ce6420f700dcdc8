package sample

import (
	"fmt"
	"math"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/sandbox"
)

// Days makes up the given number of days of a persona up to end, in end's time zone: a scan each day, one in eight of them refused, and,
// for a persona that answers, the weekly answers, the well-being check, what is asked about the heart, and cuff readings, the newest of each
// within the last day. Histories made with different arguments never share an id.
func Days(userID string, seed uint64, p sandbox.Persona, days int, end time.Time) History {
	m := newMaker(userID, seed)
	m.order = fmt.Sprintf(" %s %d %d %s", p.Name, days, end.UnixNano(), end.Location())
	for d := days - 1; d >= 0; d-- {
		at := end.AddDate(0, 0, -d)
		b := body{
			heartRate: p.HeartRate + 1.5*m.NormFloat64(),
			rmssd:     p.RMSSD * math.Exp(0.12*m.NormFloat64()),
			breaths:   p.Breaths + 0.5*m.NormFloat64(),
		}
		var refused biomarker.Reason
		if d%8 == 3 {
			refused = []biomarker.Reason{biomarker.TooDark, biomarker.TooMuchMotion, biomarker.NoPulse}[m.IntN(3)]
		}
		m.scan(at.Add(-20*time.Minute), b, m.uniform(0.82, 0.99), refused)
		if p.Answers == nil {
			continue
		}
		if d%7 == 0 {
			for i, key := range sandbox.Weekly {
				m.answer(at.Add(-10*time.Minute), key, "", p.Answers[i])
			}
		}
		if d%28 == 0 {
			for _, key := range []string{"phq4_nervous", "phq4_worry", "phq4_interest", "phq4_down"} {
				m.answer(at.Add(-9*time.Minute), key, "phq4", p.Mood)
			}
			m.facts(at.Add(-8*time.Minute), 0)
		}
		if d%9 == 0 && p.Systolic > 0 {
			m.cuff(at.Add(-5*time.Minute), p.Systolic+2*m.NormFloat64(), p.Diastolic+m.NormFloat64())
		}
	}
	return m.out
}
