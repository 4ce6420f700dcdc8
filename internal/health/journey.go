package health

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
)

// Journey lists the steps that a person takes, and which insights each step
// unlocks. It is data, and a customer may have its own.
type Journey struct {
	Version string `json:"version"`
	Steps   []Step `json:"steps"`
	// Locked stays locked whatever is done. It is not part of a customer's journey: the sandbox locks it for one user.
	Locked []string `json:"-"`
}

// Step is done when all its needs are met, and stays done.
type Step struct {
	ID   string `json:"id"`
	Need Need   `json:"need"`
	// Unlocks names metrics, profiles or biomarkers. Those that no step unlocks are locked only if [Journey.Locked] names them.
	Unlocks []string `json:"unlocks"`
	// Title has the texts of a step that is not one of the default steps, by language.
	Title map[string]string `json:"title,omitempty"`
}

// Need is what a step requires. A part that is not set is not required.
type Need struct {
	// Scans is how many scans with a heart rate are required, within WithinDays of each other if that is set.
	Scans      int `json:"scans,omitempty"`
	WithinDays int `json:"within_days,omitempty"`
	// Answers are the keys of the questions that must each be answered once.
	Answers []string `json:"answers,omitempty"`
	// Fields of the user: birth_date, sex.
	Fields []string `json:"fields,omitempty"`
	// Cuffs is how many blood pressure readings are required.
	Cuffs int `json:"cuffs,omitempty"`
}

// Title returns the text of a step in a language, or else in English.
func (j Journey) Title(lang, id string) string {
	for _, s := range j.Steps {
		if s.ID == id && s.Title != nil {
			if t := s.Title[language(lang)]; t != "" {
				return t
			}
			return s.Title["en"]
		}
	}
	return Text(lang, "step."+id)
}

// DefaultJourney is the journey of customers who did not choose another.
func DefaultJourney() Journey {
	j := Journey{Version: data().journey.Version}
	for _, s := range data().journey.Steps {
		j.Steps = append(j.Steps, s.clone()) // which the caller may change
	}
	return j
}

// clone returns a copy that shares no memory with the step.
func (s Step) clone() Step {
	s.Need.Answers, s.Need.Fields = slices.Clone(s.Need.Answers), slices.Clone(s.Need.Fields)
	s.Unlocks, s.Title = slices.Clone(s.Unlocks), maps.Clone(s.Title)
	return s
}

// OpenJourney has the same steps and locks nothing.
func OpenJourney() Journey {
	j := DefaultJourney()
	for i := range j.Steps {
		j.Steps[i].Unlocks = []string{}
	}
	return j
}

// maxNeed is the largest number in a step. A larger one is a mistake.
const maxNeed = 3650

// maxTitle is the longest title of a step in bytes.
const maxTitle = 200

// Lockable lists what a step can unlock: metrics, profiles and biomarkers, and the blood pressure of a cuff.
func Lockable() []string {
	var out []string
	for _, m := range Metrics {
		out = append(out, string(m))
	}
	out = append(out, ProfileNames...)
	for _, k := range biomarker.Catalogue {
		out = append(out, string(k.Name))
	}
	return append(out, blush.BloodPressure)
}

// ParseJourney reads a customer's journey from JSON, and refuses one that nobody could complete.
func ParseJourney(b []byte) (Journey, error) {
	var j Journey
	if err := strict(b, &j); err != nil {
		return Journey{}, fmt.Errorf("journey: %w", err)
	}
	seen, known := map[string]bool{}, Lockable()
	for _, s := range j.Steps {
		switch n := s.Need; {
		case s.ID == "" || seen[s.ID]:
			return Journey{}, fmt.Errorf("journey: step %q: the id is missing or occurs twice", s.ID)
		case min(n.Scans, n.Cuffs, n.WithinDays) < 0 || max(n.Scans, n.Cuffs, n.WithinDays) > maxNeed:
			return Journey{}, fmt.Errorf("journey: step %q: a number outside 0 to %d", s.ID, maxNeed)
		case n.Scans == 0 && n.WithinDays > 0:
			return Journey{}, fmt.Errorf("journey: step %q: within_days needs scans", s.ID)
		case n.Scans+n.Cuffs+len(n.Answers)+len(n.Fields) == 0:
			return Journey{}, fmt.Errorf("journey: step %q asks for nothing", s.ID)
		default:
			for lang, t := range s.Title {
				if !slices.Contains(Languages, lang) || len(t) > maxTitle {
					return Journey{}, fmt.Errorf("journey: step %q: a title is in one of %v and has at most %d bytes", s.ID, Languages, maxTitle)
				}
			}
			for _, u := range s.Unlocks {
				if !slices.Contains(known, u) {
					return Journey{}, fmt.Errorf("journey: step %q unlocks %q, which is no metric, profile or biomarker", s.ID, u)
				}
			}
			for _, k := range n.Answers {
				if _, ok := Question(k); !ok {
					return Journey{}, fmt.Errorf("journey: step %q: no question %q", s.ID, k)
				}
			}
			for _, f := range n.Fields {
				if f != "birth_date" && f != "sex" {
					return Journey{}, fmt.Errorf("journey: step %q: no field %q", s.ID, f)
				}
			}
			if s.Title["en"] == "" && Text("en", "step."+s.ID) == "" {
				return Journey{}, fmt.Errorf("journey: step %q has no text: give it a title, at least {\"en\": \"…\"}", s.ID)
			}
		}
		seen[s.ID] = true
	}
	return j, nil
}

// Progress is how far a person has come.
type Progress struct {
	Steps []StepProgress `json:"steps"`
	// Locked names the insights that no finished step has unlocked yet, and those of [Journey.Locked].
	Locked []string `json:"locked"`
}

// StepProgress is one step of a person.
type StepProgress struct {
	ID   string `json:"id"`
	Done bool   `json:"done"`
	// Have of Need parts exist. Scans, answers, fields and readings are counted together.
	Have    int      `json:"have"`
	Need    int      `json:"need"`
	Unlocks []string `json:"unlocks"`
}

// Done is the share of finished steps, 0..1; 1 without steps.
func (p Progress) Done() float64 {
	if len(p.Steps) == 0 {
		return 1
	}
	done := 0
	for _, s := range p.Steps {
		if s.Done {
			done++
		}
	}
	return float64(done) / float64(len(p.Steps))
}

// IsLocked reports whether an insight is still locked.
func (p Progress) IsLocked(insight string) bool { return slices.Contains(p.Locked, insight) }

// Progress returns a person's progress from the data up to a moment. A step with a
// questionnaire that does not exist in the person's language is left out, and locks
// nothing.
func (j Journey) Progress(h History, at time.Time) Progress {
	p := Progress{Steps: []StepProgress{}, Locked: append([]string{}, j.Locked...)}
	unlocked := map[string]bool{}
	for _, s := range j.Steps {
		if slices.ContainsFunc(s.Need.Answers, func(k string) bool { return !Available(k, h.Language) }) {
			for _, u := range s.Unlocks {
				unlocked[u] = true
			}
			continue
		}
		have, need := s.Need.count(h, at)
		sp := StepProgress{ID: s.ID, Done: have >= need, Have: have, Need: need, Unlocks: s.Unlocks}
		p.Steps = append(p.Steps, sp)
		if sp.Done {
			for _, u := range s.Unlocks {
				unlocked[u] = true
			}
		}
	}
	for _, s := range j.Steps {
		for _, u := range s.Unlocks {
			if !unlocked[u] && !slices.Contains(p.Locked, u) {
				p.Locked = append(p.Locked, u)
			}
		}
	}
	return p
}

// count returns how many parts of a need a person has, and how many it has in all.
func (n Need) count(h History, at time.Time) (have, need int) {
	var scans []time.Time
	for _, s := range h.Scans {
		if s.HeartRate != nil && !s.At.After(at) {
			scans = append(scans, s.At)
		}
	}
	slices.SortFunc(scans, time.Time.Compare)
	have = min(n.Scans, most(scans, n.WithinDays))
	need = n.Scans + n.Cuffs + len(n.Answers) + len(n.Fields)

	cuffs := 0
	for _, c := range h.Cuffs {
		if !c.At.After(at) {
			cuffs++
		}
	}
	have += min(n.Cuffs, cuffs)
	for _, k := range n.Answers {
		if slices.ContainsFunc(h.Answers, func(a Answer) bool {
			return a.Key == k && !a.At.After(at) && CheckAnswer(a.Key, a.Value) == nil
		}) {
			have++
		}
	}
	for _, f := range n.Fields {
		if f == "birth_date" && h.BirthDate != "" || f == "sex" && h.Sex != "" {
			have++
		}
	}
	return have, need
}

// most returns the largest number of the ordered times that are within a number of days; with 0, all of them.
func most(times []time.Time, withinDays int) int {
	if withinDays == 0 {
		return len(times)
	}
	best, first := 0, 0
	for i, t := range times {
		for t.Sub(times[first]) > time.Duration(withinDays)*day {
			first++
		}
		best = max(best, i-first+1)
	}
	return best
}

// Lock hides the insights that are not unlocked yet: their values become nil. Safety notices stay.
func (in Insights) Lock(p Progress) Insights {
	out := in
	out.Metrics = slices.Clone(in.Metrics)
	for i, m := range out.Metrics {
		if p.IsLocked(string(m.Metric)) {
			out.Metrics[i] = Insight{Metric: m.Metric, Status: m.Status, Locked: true, Inputs: []Input{}, Missing: m.Missing, Notices: []Notice{}}
		}
	}
	out.Profiles = slices.Clone(in.Profiles)
	for i, pr := range out.Profiles {
		if p.IsLocked(pr.Name) {
			out.Profiles[i] = Profile{Name: pr.Name, Members: pr.Members, Locked: true}
		}
	}
	return out
}
