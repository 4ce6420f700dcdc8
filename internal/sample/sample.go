// Package sample generates the history of a simulated person: scans, answers and
// cuff readings, with gaps and refusals. It is used to show pages with data and to
// measure their speed. The same seed gives the same history.
package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/hrv"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
)

// History is the data of one person.
type History struct {
	Scans    []blush.Scan
	Answers  []blush.Answer
	Readings []blush.Reading
}

// Between returns the part of a history from one time to another, both included.
func (h History) Between(from, to time.Time) History {
	outside := func(at time.Time) bool { return at.Before(from) || at.After(to) }
	return History{
		Scans:    slices.DeleteFunc(slices.Clone(h.Scans), func(s blush.Scan) bool { return outside(s.CreatedAt) }),
		Answers:  slices.DeleteFunc(slices.Clone(h.Answers), func(a blush.Answer) bool { return outside(a.At) }),
		Readings: slices.DeleteFunc(slices.Clone(h.Readings), func(r blush.Reading) bool { return outside(r.MeasuredAt) }),
	}
}

// maker draws one history from one seeded random source.
type maker struct {
	*rand.Rand
	user  string
	order string // what else tells one history of a user from another
	seed  uint64
	ids   uint64
	out   History
}

func newMaker(userID string, seed uint64) *maker {
	return &maker{Rand: rand.New(rand.NewPCG(seed, 0x626c757368)), user: userID, seed: seed} //nolint:gosec // made-up data, the same for the same seed
}

// id mints the next id: of the same user, seed and order always the same (RFC 9562 §5.8, version 8).
func (m *maker) id() string {
	m.ids++
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], m.seed)
	binary.BigEndian.PutUint64(b[8:], m.ids)
	sum := sha256.Sum256(append(b[:], m.user+m.order...))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id.String()
}

func (m *maker) uniform(lo, hi float64) float64 { return lo + (hi-lo)*m.Float64() }

// body is the state of a person's heart and breathing during a scan.
type body struct {
	heartRate float64 // bpm
	rmssd     float64 // ms
	breaths   float64 // per minute
}

// scan adds a scan of one minute. With a reason, every estimate is refused; with a
// confidence below 0.8, only the variability is.
func (m *maker) scan(at time.Time, b body, confidence float64, refused biomarker.Reason) {
	r := engine.Result{
		Engine:  engine.Info{Version: engine.Version, Calibration: engine.DefaultCalibration().Version, Methods: engine.Methods()},
		Quality: "good",
		Capture: engine.Capture{FPS: 30, Frames: 1800, DurationS: 60, Source: "synthetic", Site: "face", FaceFrames: 1800, FaceShare: 1, Light: 150, SkinPixels: 15000},
	}
	weak := biomarker.SignalTooWeak
	var rate, variability *biomarker.Reason
	if refused != "" {
		r.Quality, r.QualityFlags = "poor", []biomarker.Reason{refused}
		rate, variability = &refused, &refused
		confidence = m.uniform(0.05, 0.4)
	} else if confidence < 0.8 {
		r.Quality, r.QualityFlags = "fair", []biomarker.Reason{weak}
		variability = &weak
	}
	r.Estimates = m.estimates(b, confidence, rate, variability)

	rest := true
	sc := blush.Scan{ID: m.id(), UserID: m.user, Status: blush.Done, CreatedAt: at, Timezone: at.Location().String(), AtRest: &rest, Source: "synthetic"}
	hash := sha256.Sum256([]byte(sc.ID))
	sc.InputHash = hash[:]
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // a result of finite numbers is always JSON
	}
	sc.Result, sc.Point = text, insight.Point(sc, &r)
	m.out.Scans = append(m.out.Scans, sc)
}

// usualRMSSD is that of an adult, in ms: a value that follows it is then in the middle of its scale.
const usualRMSSD = 31

// estimates are the values of a scan of one minute, in the order of the catalogue. rate and variability are why those of each kind are
// refused, nil for not at all. A biomarker without its own value here gets one within its scale.
func (m *maker) estimates(b body, confidence float64, rate, variability *biomarker.Reason) (all []biomarker.Estimate) {
	type value struct {
		value, half, confidence float64
		why                     *biomarker.Reason
	}
	width := 3 - 2*confidence
	sdnn := b.rmssd * 1.4 * math.Exp(0.1*m.NormFloat64())
	sd1, sd2 := hrv.Poincare(sdnn, b.rmssd)
	stress := hrv.GaussianSI(sdnn, 60/b.heartRate)
	values := map[biomarker.Name]value{
		biomarker.HeartRate:              {b.heartRate, width, confidence, rate},
		biomarker.RespiratoryRate:        {b.breaths, width, confidence * 0.97, rate},
		biomarker.HeartRateVariability:   {sdnn, 6 * width, confidence * 0.95, variability},
		biomarker.RMSSD:                  {b.rmssd, 8 * width, confidence * 0.93, variability},
		biomarker.ResonantBreathingScore: {25 + 3*(16-b.breaths) + 8*m.NormFloat64(), 12, confidence * 0.9, variability},
		biomarker.StressIndex:            {stress, 0.45 * stress, confidence * 0.93, variability}, // of the engine: from 0.63 to 1.58 times the value, or more
		biomarker.MeanIBI:                {60000 / b.heartRate, 60000 / b.heartRate / b.heartRate * width, confidence, rate},
		biomarker.LnRMSSD:                {math.Log(b.rmssd), 8 * width / b.rmssd, confidence * 0.93, variability},
		biomarker.PNN50:                  {100 * math.Erfc(50/math.Sqrt2/b.rmssd), 8 * width, confidence * 0.9, variability},
		biomarker.SD1:                    {sd1, 6 * width, confidence * 0.93, variability},
		biomarker.SD2:                    {sd2, 8 * width, confidence * 0.93, variability},
		biomarker.HFPower:                {0.4 * b.rmssd * b.rmssd, 0.2 * b.rmssd * b.rmssd, confidence * 0.8, variability},
		biomarker.PulseRespiration:       {b.heartRate / b.breaths, 0.2 * width, confidence * 0.97, rate},
	}
	for _, k := range biomarker.Catalogue {
		v, own := values[k.Name]
		if !own { // it follows RMSSD along its scale
			share := b.rmssd / (b.rmssd + usualRMSSD)
			v = value{k.Scale[0] + share*(k.Scale[1]-k.Scale[0]), 0.1 * (k.Scale[1] - k.Scale[0]), confidence * 0.9, variability}
		}
		switch {
		case !k.FromScan:
			all = append(all, biomarker.Refuse(k.Name, biomarker.NotMeasured, 0, "sample"))
		case k.LeastDuration > blush.ScanDuration:
			all = append(all, biomarker.Refuse(k.Name, biomarker.TooShort, 0, "sample"))
		case v.why != nil:
			all = append(all, biomarker.Refuse(k.Name, *v.why, v.confidence, "sample"))
		default:
			n := min(max(math.Round(v.value*10)/10, k.Min), k.Max)
			all = append(all, biomarker.Accept(k.Name, n, max(n-v.half, k.Min), min(n+v.half, k.Max), v.confidence, "sample"))
		}
	}
	return all
}

// answer adds an answer to a question of the catalogue.
func (m *maker) answer(at time.Time, key, instrument string, value float64) {
	m.out.Answers = append(m.out.Answers, blush.Answer{
		ID: m.id(), UserID: m.user, Key: key, Instrument: instrument, Value: value, At: at, Timezone: at.Location().String(),
	})
}

// cuff adds a reading, in mmHg.
func (m *maker) cuff(at time.Time, systolic, diastolic float64) {
	pulse := math.Round(m.uniform(58, 74))
	m.out.Readings = append(m.out.Readings, blush.Reading{
		ID: m.id(), UserID: m.user, Systolic: math.Round(systolic), Diastolic: math.Round(diastolic), Pulse: &pulse,
		MeasuredAt: at, Timezone: at.Location().String(), Source: insight.Cuff, CreatedAt: at,
	})
}

// Scan makes up a single scan that gave every value, with a heart rate in bpm and
// breaths per minute.
func Scan(userID string, at time.Time, heartRate, breaths float64) blush.Scan {
	m := newMaker(userID, 0)
	m.scan(at, body{heartRate: heartRate, rmssd: 31, breaths: breaths}, 0.9, "")
	return m.out.Scans[0]
}

// Daily makes a scan on each of a number of days, up to and including the day of end, and nothing else.
// The scans differ only by chance, and one in twelve is refused. It is for measuring speed.
func Daily(userID string, seed uint64, days int, end time.Time) History {
	m := newMaker(userID, seed)
	for d := days - 1; d >= 0; d-- {
		b := body{heartRate: 66 + 4*m.NormFloat64(), rmssd: 31 * math.Exp(0.25*m.NormFloat64()), breaths: 14 + m.NormFloat64()}
		refused := biomarker.Reason("")
		if m.IntN(12) == 0 {
			refused = biomarker.TooMuchMotion
		}
		m.scan(end.AddDate(0, 0, -d), b, m.uniform(0.8, 0.99), refused)
	}
	return m.out
}
