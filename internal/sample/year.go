package sample

import (
	"math"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
)

// Person returns the birth date and the sex of the person of [Year]: a woman of about 40.
func Person(end time.Time) (birthDate, sex string) {
	return end.AddDate(-40, -4, 0).Format(time.DateOnly), "F"
}

// The events of the year, in days before its end.
const (
	firstDay    = 365
	sportFrom   = 300 // starts to train: heart rate falls, variability rises
	holidayFrom = 215 // three weeks without a scan
	holidayTo   = 194
	strainFrom  = 130 // seven hard weeks at work
	strainTo    = 80
	travelFrom  = 60 // ten days in New York
	travelTo    = 50
	cuffFrom    = 100 // has a cuff from this day
)

// Year makes up a year that ends at end. It has about five scans a week, mostly in
// the morning, some of them refused; weekly questions and a monthly well-being check;
// cuff readings in its last part; three weeks without data; seven weeks of stress;
// a stay in another time zone; and a heart rate that falls with training.
func Year(userID string, seed uint64, end time.Time) History {
	m := newMaker(userID, seed)
	home, away := blush.Location("Europe/Brussels"), blush.Location("America/New_York")
	end = end.In(home)
	for d := firstDay; d >= 0; d-- {
		zone := home
		if d <= travelFrom && d >= travelTo {
			zone = away
		}
		day := end.AddDate(0, 0, -d)
		at := func(hour, minute float64) (time.Time, bool) {
			t := time.Date(day.Year(), day.Month(), day.Day(), int(hour), int(minute), int(m.uniform(0, 60)), 0, zone)
			return t, !t.After(end)
		}
		if d < holidayFrom && d >= holidayTo {
			continue
		}
		strain, training := season(d)
		if d == firstDay || m.Float64() < 0.72 {
			m.scanOf(at, strain, training, d)
		}
		if d%7 == 0 {
			if t, ok := at(20, m.uniform(0, 50)); ok {
				m.weekly(t, strain, training)
			}
		}
		if d%30 == 5 {
			if t, ok := at(21, m.uniform(0, 50)); ok {
				m.monthly(t, strain)
			}
		}
		if d == firstDay-1 || d%55 == 10 {
			if t, ok := at(19, 30); ok {
				m.facts(t, training)
			}
		}
		if d <= cuffFrom && d%9 == 1 {
			if t, ok := at(8, m.uniform(0, 30)); ok {
				m.cuff(t, 128-6*training+7*strain+3*m.NormFloat64(), 82-4*training+3*strain+2*m.NormFloat64())
			}
		}
	}
	return m.out
}

// season returns how stressful life is, 0..1, and the effect of training, 0..1, d days before the end.
func season(d int) (strain, training float64) {
	if d < strainFrom && d > strainTo {
		strain = math.Sin(math.Pi * float64(strainFrom-d) / (strainFrom - strainTo))
	}
	if d < sportFrom {
		training = math.Min(1, float64(sportFrom-d)/150)
	}
	return strain, training
}

// scanOf makes the day's scan, and sometimes a second one in the evening.
func (m *maker) scanOf(at func(hour, minute float64) (time.Time, bool), strain, training float64, d int) {
	hours := []float64{7}
	if m.IntN(8) == 0 {
		hours = append(hours, 18)
	}
	for _, hour := range hours {
		t, ok := at(hour, m.uniform(5, 55))
		if !ok {
			return
		}
		b := body{
			heartRate: 70 - 6*training + 7*strain + 2.5*m.NormFloat64(),
			rmssd:     30 * math.Exp(0.28*training-0.5*strain+0.18*m.NormFloat64()),
			breaths:   14.5 + 1.5*strain - training + 0.8*m.NormFloat64(),
		}
		var refused biomarker.Reason
		switch winter := d < 40 || d > 320; {
		case d == firstDay: // the first scan succeeds, so that there is a value from the start
		case winter && hour == 7 && m.IntN(8) == 0:
			refused = biomarker.TooDark
		case m.IntN(20) == 0:
			refused = biomarker.TooMuchMotion
		case m.IntN(60) == 0:
			refused = biomarker.TooShort
		}
		m.scan(t, b, m.uniform(0.74, 0.99), refused)
	}
}

func (m *maker) weekly(t time.Time, strain, training float64) {
	m.answer(t, "average_sleep_hours", "", m.level(4-2*strain))
	m.answer(t, "nightly_wake_ups", "", m.level(2+2*strain))
	m.answer(t, "feeling_stressed_last_month", "", m.level(2+2.5*strain))
	m.answer(t, "daily_activities", "", m.level(3.2+training-1.5*strain))
	m.answer(t, "hours_sport_week", "", m.level(1.6+2.4*training-strain))
}

// level draws an answer of 1 to 5 near v.
func (m *maker) level(v float64) float64 { return min(max(math.Round(v+0.35*m.NormFloat64()), 1), 5) }

func (m *maker) monthly(t time.Time, strain float64) {
	for _, key := range []string{"phq4_nervous", "phq4_worry", "phq4_interest", "phq4_down"} {
		value := 0.0
		if m.Float64() < 0.25+0.5*strain {
			value = 1
		}
		m.answer(t, key, "phq4", value)
	}
}

func (m *maker) facts(t time.Time, training float64) {
	for _, f := range []struct {
		key   string
		value float64
	}{
		{"weight", 71 - 3*math.Round(training)}, {"height", 168}, {"smoking", 1}, {"parents_hypertension", 1},
		{"hypertension_treated", 1}, {"diabetes", 1}, {"pregnancy", 1},
	} {
		m.answer(t, f.key, "", f.value)
	}
}
