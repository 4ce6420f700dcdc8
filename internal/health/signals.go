package health

import (
	"math"
	"slices"
	"time"

	"blush.example/blush/internal/blush"
)

// weight is how much a scan counts: its confidence, at most 1, halved with each half-life of its age.
func (s *point) weight(halfLifeDays float64) float64 {
	return s.Confidence * math.Exp2(-s.ageDays/halfLifeDays)
}

// weighted is the mean of a value over the scans that have it, by weight.
func weighted(scans []point, halfLifeDays float64, of func(*point) *float64) signal {
	var s signal
	sum := 0.0
	for i := range scans {
		sc := &scans[i]
		v := of(sc)
		if v == nil {
			continue
		}
		w := sc.weight(halfLifeDays)
		s.n += w
		sum += w * *v
		if sc.At.After(s.newest) {
			s.newest = sc.At
		}
	}
	if s.n > 0 {
		s.y = sum / s.n
	}
	return s
}

// signalKey names an input and its half-life. Several metrics use the same input.
type signalKey struct {
	name         string
	halfLifeDays float64
}

// signal returns an input of a latent metric by its name.
func (p *person) signal(name string, halfLifeDays float64) signal {
	key := signalKey{name, halfLifeDays}
	s, ok := p.signals[key]
	if !ok {
		s = p.readSignal(name, halfLifeDays)
		p.signals[key] = s
	}
	return s
}

func (p *person) readSignal(name string, halfLifeDays float64) signal {
	n := &data().norms
	switch name {
	case bpm:
		return weighted(p.scans, halfLifeDays, func(sc *point) *float64 { return sc.HeartRate })
	case "autonomic":
		s := weighted(p.scans, halfLifeDays, autonomicOf)
		s.verified = n.autonomicChecked()
		return s
	case "own_normal":
		return p.ownNormal(halfLifeDays, func(time.Time) bool { return true })
	case "morning_normal":
		return p.ownNormal(halfLifeDays, morning)
	case "balance":
		s := weighted(p.scans, halfLifeDays, func(sc *point) *float64 { return sc.Balance })
		s.y = clip(s.y/n.Balance.SD.Value, -clipZ, clipZ)
		s.verified = checked(n.Balance.SD)
		return s
	case "heart_rate":
		s := p.restingHeartRate(halfLifeDays)
		s.y = clip(p.heartRateZ(s.y), -clipZ, clipZ)
		s.verified = n.heartRateChecked()
		return s
	case "phq4":
		return p.phq4Signal()
	}
	return p.answerSignal(name)
}

func autonomicOf(sc *point) *float64 { return sc.autonomic }

// bpm names the heart rate as it was measured, not yet a z.
const bpm = "bpm"

// restingHeartRate is the weighted mean heart rate, bpm, not yet a z.
func (p *person) restingHeartRate(halfLifeDays float64) signal { return p.signal(bpm, halfLifeDays) }

// morning is the part of the day that the sleep metric uses, in the scan's own time zone.
func morning(t time.Time) bool { return t.Hour() >= 4 && t.Hour() < 10 }

// ownNormal is A_b: the difference of the recent A from the person's own earlier mean, in
// units of the person's own spread. The last week is compared with the three months before
// it. They share no scan, so that a better scan this week can only raise A_b. The spread
// is combined with the typical one:
// SD² = (prior·noise + Σ(A-mean)²)/(prior+N-1).
func (p *person) ownNormal(halfLifeDays float64, when func(time.Time) bool) signal {
	n := &data().norms
	var recent []point
	var before []float64
	for i := range p.scans {
		sc := &p.scans[i]
		switch {
		case sc.autonomic == nil || !when(sc.At) || sc.ageDays > n.OwnNormal.BaselineDays.Value:
		case sc.ageDays <= n.OwnNormal.RecentDays.Value:
			recent = append(recent, *sc)
		default:
			before = append(before, *sc.autonomic)
		}
	}
	if float64(len(before)) < n.OwnNormal.LeastScans.Value || len(recent) == 0 {
		return signal{}
	}
	mean := 0.0
	for _, a := range before {
		mean += a / float64(len(before))
	}
	prior := n.OwnNormal.PriorScans.Value
	squares := prior * n.Autonomic.Noise.Value
	for _, a := range before {
		squares += (a - mean) * (a - mean)
	}
	sd := math.Sqrt(squares / (prior + float64(len(before)) - 1))
	s := weighted(recent, halfLifeDays, autonomicOf)
	s.y = clip((s.y-mean)/sd, -clipZ, clipZ)
	s.verified = n.autonomicChecked() && checked(n.OwnNormal.RecentDays, n.OwnNormal.BaselineDays, n.OwnNormal.LeastScans, n.OwnNormal.PriorScans)
	return s
}

// answerSignal is the newest answer to a question on its scale. Its weight fades with its own half-life.
func (p *person) answerSignal(key string) signal {
	a, answered := p.answers[key]
	scale, known := data().model.scaleOf(key)
	if !answered || !known {
		return signal{}
	}
	return signal{y: scale.Z[int(a.Value)], n: p.fade(a.At, scale), newest: a.At, verified: scale.Verified}
}

// fade is the weight that an answer of that time still has; 1 for a new one.
func (p *person) fade(at time.Time, scale answerScale) float64 {
	return math.Exp2(-days(p.at.Sub(at)) / scale.HalfLifeDays)
}

// phq4Signal is the PHQ-4 total compared with the general population.
func (p *person) phq4Signal() signal {
	if p.phq4 == nil {
		return signal{}
	}
	n := &data().norms.PHQ4
	scale, _ := data().model.scaleOf("phq4")
	return signal{
		y: clip((n.Mean.Value-p.phq4.total())/n.SD.Value, -clipZ, clipZ), n: p.fade(p.phq4.at, scale),
		newest: p.phq4.at, verified: checked(n.Mean, n.SD),
	}
}

// latentMetric fills in a metric whose inputs are all signals.
func (p *person) latentMetric(in *Insight) {
	l := data().model.latentOf(string(in.Metric))
	p.wanted(in, l)
	if blocked(in) {
		return
	}
	mean, variance, inputs, newest := l.posterior(func(name string) signal { return p.signal(name, l.HalfLifeDays) })
	if len(inputs) == 0 {
		return
	}
	in.Inputs = inputs
	p.settle(in, 100*phi(mean), l.confidence(variance), mean, variance, newest)
}

// blocked reports whether a required field is missing.
func blocked(in *Insight) bool {
	return slices.ContainsFunc(in.Missing, func(m Missing) bool { return m.Required })
}

// wanted lists the answers and scans that would raise the confidence.
func (p *person) wanted(in *Insight, l *latent) {
	for _, k := range l.Inputs {
		switch k.Name {
		case "autonomic", "balance", "heart_rate":
			if s := p.signal(k.Name, l.HalfLifeDays); s.n < leastCount {
				in.Missing = append(in.Missing, Missing{Field: "scans", Stale: s.n > 0})
			}
		case "own_normal", "morning_normal", "risk_answers", blush.BloodPressure, "vo2max":
		case "phq4":
			stale := p.phq4 != nil
			if p.screens && (!stale || p.phq4Signal().n < leastCount) {
				for _, item := range phq4Items {
					in.Missing = append(in.Missing, Missing{Field: item, Stale: stale})
				}
			}
		default:
			if s := p.answerSignal(k.Name); s.n < leastCount {
				in.Missing = append(in.Missing, Missing{Field: k.Name, Stale: s.n > 0})
			}
		}
	}
}

// mentalHealth is a latent metric with one rule before it: after a positive screen there
// is no score, only the help text. That lasts until the questions are answered again.
func (p *person) mentalHealth(in *Insight) {
	if p.worried {
		in.withhold(screenPositive)
		return
	}
	p.latentMetric(in)
	if p.phq4 == nil && p.screens {
		in.Notices = append(in.Notices, Notice{"screen_unanswered", Info})
	}
	in.Notices = append(in.Notices, Notice{"never_no_risk", Info})
}

// safety returns the notices that must be shown to the person whatever is locked or missing.
func (p *person) safety() []Notice {
	out := []Notice{}
	if last, ok := p.newestCuff(); ok {
		if n := CuffNotice(last, p.at); n != nil {
			out = append(out, *n)
		}
	}
	if p.worried {
		out = append(out, screenPositive)
	}
	return out
}

var screenPositive = Notice{"screen_positive", Warning}

// ScreenNotice returns the notice that must be shown for a person's answers to the PHQ-4 up
// to a moment, all or some of the four; nil if they are not a positive screen.
func ScreenNotice(given []Answer, at time.Time) *Notice {
	p := person{at: at, answers: map[string]Answer{}}
	p.readAnswers(given)
	if !p.worried {
		return nil
	}
	n := screenPositive
	return &n
}

// urgentFor is how long the notice about a very high reading says to call for help. After that it counts as a high one.
const urgentFor = day

// CuffNotice returns the notice that must be shown for one reading at a moment; nil if it is in no dangerous range.
func CuffNotice(c Cuff, at time.Time) *Notice {
	risk := &data().model.Risk
	switch {
	case (c.Systolic >= risk.Urgent[0] || c.Diastolic >= risk.Urgent[1]) && at.Sub(c.At) <= urgentFor:
		return &Notice{"cuff_urgent", Urgent}
	case c.Systolic >= risk.High[0] || c.Diastolic >= risk.High[1]:
		return &Notice{"cuff_high", Warning}
	case c.Systolic < risk.LowSystolic:
		return &Notice{"cuff_low", Warning}
	}
	return nil
}
