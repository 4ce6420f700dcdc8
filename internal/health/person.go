package health

import (
	"cmp"
	"math"
	"slices"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
)

// person is a history prepared for a moment: only the data up to that moment, in
// order, with the values that several metrics need, computed once.
type person struct {
	at      time.Time
	age     int // completed years; -1 when unknown
	sex     string
	scans   []point           // usable scans, the oldest first
	answers map[string]Answer // the newest of each question
	phq4    *screen           // the newest complete questionnaire
	screens bool              // the questionnaire can be asked in the person's language
	worried bool              // the screen is positive, and the four questions have not all been answered again since
	cuffs   []Cuff            // of the last days that count, the oldest first
	signals map[signalKey]signal
}

// point is a usable scan.
type point struct {
	ScanPoint
	ageDays   float64
	autonomic *float64 // A: the mean of zR, zH and zS, in its own SD
}

// screen is one complete PHQ-4.
type screen struct {
	at                  time.Time
	anxiety, depression float64 // GAD-2 and PHQ-2, 0..6
}

func (s *screen) total() float64 { return s.anxiety + s.depression }

// positive is the validated rule of the screening questionnaire: either half at
// 3 or more, or the whole at 6 or more (Kroenke 2009).
func (s *screen) positive() bool { return s.anxiety >= 3 || s.depression >= 3 || s.total() >= 6 }

const day = 24 * time.Hour

func days(d time.Duration) float64 { return d.Hours() / 24 }

// clipZ is the limit of every input, in standard deviations. A value beyond it says
// more about the measurement than about the person.
const clipZ = 3

func prepare(h History, at time.Time) *person {
	p := &person{at: at, age: -1, sex: h.Sex, screens: Available(phq4Items[0], h.Language), answers: map[string]Answer{}, signals: map[signalKey]signal{}}
	if !slices.Contains(blush.Sexes, h.Sex) {
		p.sex = ""
	}
	if born, err := time.Parse(time.DateOnly, h.BirthDate); err == nil && !born.After(at) {
		p.age = ageAt(born, at)
	}
	p.readAnswers(h.Answers)
	p.readCuffs(h.Cuffs)
	p.readScans(h.Scans)
	return p
}

// ageAt returns completed years.
func ageAt(born, at time.Time) int {
	age := at.Year() - born.Year()
	if at.Month() < born.Month() || at.Month() == born.Month() && at.Day() < born.Day() {
		age--
	}
	return age
}

func (p *person) female() bool { return p.sex == blush.Female }

// unknown returns the missing fields that are needed to choose the norms.
func (p *person) unknown() []Missing {
	out := []Missing{}
	if p.age < 0 {
		out = append(out, Missing{Field: "birth_date", Required: true})
	}
	if p.sex == "" {
		out = append(out, Missing{Field: "sex", Required: true})
	}
	return out
}

// bounds are the smallest and the largest value of a biomarker that may be used.
type bounds struct{ low, high float64 }

func boundsOf(n biomarker.Name) bounds {
	k, _ := biomarker.Find(n)
	return bounds{k.Min, k.Max}
}

var (
	heartRates    = boundsOf(biomarker.HeartRate)
	sdnns         = boundsOf(biomarker.HeartRateVariability)
	rmssds        = boundsOf(biomarker.RMSSD)
	stressIndexes = boundsOf(biomarker.StressIndex)
	systolics     = boundsOf(biomarker.SystolicBloodPressure)
	diastolics    = boundsOf(biomarker.DiastolicBloodPressure)
)

// of returns a value that may be used, or nil.
func (b bounds) of(v *float64) *float64 {
	if v == nil || math.IsNaN(*v) || *v < b.low || *v > b.high {
		return nil
	}
	return v
}

func (p *person) readScans(scans []ScanPoint) {
	p.scans = make([]point, 0, len(scans))
	for _, s := range scans {
		s.HeartRate = heartRates.of(s.HeartRate)
		s.SDNN = sdnns.of(s.SDNN)
		s.RMSSD = rmssds.of(s.RMSSD)
		s.StressIndex = stressIndexes.of(s.StressIndex)
		if s.Balance != nil && (math.IsNaN(*s.Balance) || math.IsInf(*s.Balance, 0)) {
			s.Balance = nil
		}
		if !s.AtRest || s.HeartRate == nil || s.At.After(p.at) || p.at.Sub(s.At) > Memory() || !(s.Confidence > 0) {
			continue
		}
		s.Confidence = min(s.Confidence, 1)
		p.scans = append(p.scans, p.point(s))
	}
	// Sums of floats depend on their order. So the order is that of the values, not that of arrival.
	slices.SortFunc(p.scans, func(a, b point) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.Confidence, b.Confidence), compare(a.HeartRate, b.HeartRate),
			compare(a.SDNN, b.SDNN), compare(a.RMSSD, b.RMSSD), compare(a.StressIndex, b.StressIndex), compare(a.Balance, b.Balance),
			cmp.Compare(hourOf(a.At), hourOf(b.At)))
	})
}

func hourOf(t time.Time) int { return t.Hour() }

func compare(a, b *float64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(*a, *b)
}

// point computes A of a scan, if age and sex are known and HRV was not refused.
func (p *person) point(s ScanPoint) point {
	out := point{ScanPoint: s, ageDays: days(p.at.Sub(s.At))}
	if p.age < 0 || p.sex == "" || s.StressIndex == nil || s.RMSSD == nil && s.SDNN == nil {
		return out
	}
	n := &data().norms
	var zR float64
	if s.RMSSD != nil {
		years := min(float64(p.age), n.RMSSD.FlatFrom.Value) - n.RMSSD.AtAge.Value
		zR = (math.Log(*s.RMSSD) - math.Log(n.RMSSD.Median.Value) - n.RMSSD.Slope.Value*years) / n.RMSSD.SD.Value
	} else {
		zR = (math.Log(*s.SDNN) - math.Log(n.SDNN.Median.Value)) / n.SDNN.SD.Value
	}
	zS := -(math.Log(*s.StressIndex) - math.Log(n.StressIndex.Median.Value)) / n.StressIndex.SD.Value
	a := clip((zR+p.heartRateZ(*s.HeartRate)+zS)/(3*n.Autonomic.SD.Value), -clipZ, clipZ)
	out.autonomic = &a
	return out
}

// normalHeartRate is the mean resting heart rate, bpm, of the person's sex.
func (p *person) normalHeartRate() float64 {
	if p.female() {
		return data().norms.HeartRate.Women.Value
	}
	return data().norms.HeartRate.Men.Value
}

// heartRateZ is zH: slower than the norm is better.
func (p *person) heartRateZ(bpm float64) float64 {
	return (p.normalHeartRate() - bpm) / data().norms.HeartRate.SD.Value
}

// readCuffs keeps the plausible readings that still count, ordered by time, then by value.
func (p *person) readCuffs(cuffs []Cuff) {
	for _, c := range cuffs {
		ok := systolics.of(&c.Systolic) != nil && diastolics.of(&c.Diastolic) != nil
		if ok && !c.At.After(p.at) && p.at.Sub(c.At) <= time.Duration(data().model.Risk.CuffDays)*day {
			p.cuffs = append(p.cuffs, c)
		}
	}
	slices.SortFunc(p.cuffs, func(a, b Cuff) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Systolic, b.Systolic), cmp.Compare(a.Diastolic, b.Diastolic))
	})
}

// newestCuff is the newest reading; of several at the same time, the one with the higher values.
func (p *person) newestCuff() (c Cuff, ok bool) {
	for _, r := range p.cuffs {
		if r.At.After(c.At) || !ok {
			c, ok = r, true
			continue
		}
		c.Systolic, c.Diastolic = max(c.Systolic, r.Systolic), max(c.Diastolic, r.Diastolic)
	}
	return c, ok
}

// readAnswers finds the newest answer to each question, the newest PHQ-4 whose four
// answers are within a day, and whether the screen is positive: by that PHQ-4, or by
// the answers so far to a later one.
func (p *person) readAnswers(answers []Answer) {
	valid := make([]Answer, 0, len(answers))
	for _, a := range answers {
		if !a.At.After(p.at) && CheckAnswer(a.Key, a.Value) == nil {
			valid = append(valid, a)
		}
	}
	slices.SortFunc(valid, func(a, b Answer) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
	})
	for i, a := range valid {
		p.answers[a.Key] = a
		if i+1 < len(valid) && valid[i+1].At.Equal(a.At) { // answers given at the same time count together
			continue
		}
		s, complete := p.newestScreen()
		if complete {
			p.phq4 = s
		}
		if complete || s.positive() {
			p.worried = s.positive()
		}
	}
}

// phq4Items are the keys of the four items: two of anxiety, two of depression.
var phq4Items = []string{"phq4_nervous", "phq4_worry", "phq4_interest", "phq4_down"}

// newestScreen is the PHQ-4 as answered so far, from the answers within a day of the
// newest. An item without an answer counts 0: a half that is already positive stays
// positive whatever the missing answers are.
func (p *person) newestScreen() (s *screen, complete bool) {
	s = &screen{}
	for _, k := range phq4Items {
		if a, ok := p.answers[k]; ok && a.At.After(s.at) {
			s.at = a.At
		}
	}
	var values [4]float64
	complete = true
	for i, k := range phq4Items {
		if a, ok := p.answers[k]; ok && s.at.Sub(a.At) <= day {
			values[i] = a.Value
		} else {
			complete = false
		}
	}
	s.anxiety, s.depression = values[0]+values[1], values[2]+values[3]
	return s, complete
}

// fact returns an answer that a formula needs, unless it is too old.
func (p *person) fact(key string) (value float64, missing *Missing) {
	a, ok := p.answers[key]
	if q, known := Question(key); !ok || known && q.Unknown != nil && a.Value == float64(*q.Unknown) {
		return 0, &Missing{Field: key, Required: true}
	}
	if held := data().model.ValidDays[key]; held > 0 && p.at.Sub(a.At) > time.Duration(held)*day {
		return 0, &Missing{Field: key, Required: true, Stale: true}
	}
	return a.Value, nil
}

// says reports whether a yes-or-no question is answered with yes, and the answer is not too old.
func (p *person) says(key string) bool {
	v, missing := p.fact(key)
	return missing == nil && v == yesAnswer
}

func (p *person) pregnant() bool { return p.female() && p.says("pregnancy") }

// facts returns several facts, and adds the missing ones to in.
func (p *person) facts(in *Insight, keys ...string) map[string]float64 {
	out := map[string]float64{}
	for _, k := range keys {
		v, missing := p.fact(k)
		if missing != nil {
			in.Missing = append(in.Missing, *missing)
			continue
		}
		out[k] = v
	}
	return out
}

// newestFact is the time of the newest of the answers named.
func (p *person) newestFact(keys ...string) time.Time {
	var newest time.Time
	for _, k := range keys {
		if a, ok := p.answers[k]; ok {
			newest = later(newest, a.At)
		}
	}
	return newest
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
