package health

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"blush.example/blush/internal/words"
)

// Every constant has its unit and its source.
func TestConstantsHaveSources(t *testing.T) {
	found := 0
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		if c, ok := v.Interface().(Constant); ok {
			found++
			if c.Unit == "" || len(c.Source) < 9 || c.Value == 0 || math.IsNaN(c.Value) {
				t.Errorf("norms.json, %s: %+v", path, c)
			}
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Struct {
				walk(f, path+"."+v.Type().Field(i).Name)
			}
		}
	}
	walk(reflect.ValueOf(data().norms), "norms")
	if found < 30 {
		t.Errorf("walked only %d constants", found)
	}
	m := data().model
	for _, l := range m.Metrics {
		if l.HalfLifeDays <= 0 || len(l.Inputs) == 0 {
			t.Errorf("%s: no half-life or no inputs", l.Name)
		}
		for _, k := range l.Inputs {
			if k.Source == "" || k.Rho <= 0 || k.Rho >= 1 || k.Noise < 0 || k.Target <= 0 {
				t.Errorf("%s: %+v", l.Name, k)
			}
		}
	}
	if m.Fitness.Source == "" || m.Fitness.ActivitySource == "" || m.Risk.Source == "" || m.Risk.Per10BPMSource == "" {
		t.Error("a formula without its source")
	}
	if m.Version != data().norms.Version {
		t.Errorf("model %s with norms %s: the version of a score is that of both", m.Version, data().norms.Version)
	}
}

// The version of the model identifies its constants. A change of a constant must raise the
// version and write the new checksum here. Stored scores are then computed again.
func TestVersionNamesTheConstants(t *testing.T) {
	h := sha256.New()
	for _, name := range []string{"data/model.json", "data/norms.json"} {
		b, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(b)
	}
	const version, sum = "2026.2", "8d49b2bb30df7b87"
	if got := hex.EncodeToString(h.Sum(nil))[:16]; ModelVersion() != version || got != sum {
		t.Errorf("model %s with the sum %s, want %s with %s", ModelVersion(), got, version, sum)
	}
}

// Every question that a metric uses has a z for each of its answers, and the facts
// have a time for which they count.
func TestAnswersHaveScales(t *testing.T) {
	for _, a := range data().model.Answers {
		if a.HalfLifeDays <= 0 || a.Source == "" {
			t.Errorf("%s: no half-life or source", a.Key)
		}
		if a.Key == "phq4" {
			continue
		}
		q, ok := Question(a.Key)
		if !ok || len(a.Z) != len(q.Values) {
			t.Errorf("%s: %d of %d answers have a z", a.Key, len(a.Z), len(q.Values))
		}
		for _, v := range q.Values {
			if _, ok := a.Z[v]; !ok {
				t.Errorf("%s: answer %d has no z", a.Key, v)
			}
		}
	}
	for key := range data().model.ValidDays {
		if _, ok := Question(key); !ok {
			t.Errorf("valid_days names no question: %s", key)
		}
	}
	if q, _ := Question("hours_sport_week"); len(data().model.Fitness.ActivityOfHours) != len(q.Values) {
		t.Error("hours_sport_week: not every answer has an activity index")
	}
}

// wantedTexts is every key that the package can ask for.
func wantedTexts() []string {
	var keys []string
	for _, m := range Metrics {
		keys = append(keys, "metric."+string(m), "metric."+string(m)+".about")
	}
	for _, p := range ProfileNames {
		keys = append(keys, "profile."+p)
	}
	for _, z := range []Zone{Suboptimal, Normal, Optimal} {
		keys = append(keys, "zone."+string(z))
	}
	for _, s := range []Status{NoData, Preliminary, Confirming, Validated, Reconfirming} {
		keys = append(keys, "status."+string(s))
	}
	for _, c := range noticeCodes {
		keys = append(keys, "notice."+c)
	}
	for _, name := range []string{"autonomic", "own_normal", "morning_normal", "balance", "heart_rate", "phq4", "body_mass_index", "blood_pressure", "birth_date", "sex", "scans"} {
		keys = append(keys, "input."+name)
	}
	for _, q := range data().questions.Questions {
		if q.Instrument != "" {
			continue
		}
		keys = append(keys, "question."+q.Key, "input."+q.Key)
		for _, v := range q.Values {
			keys = append(keys, "question."+q.Key+"."+strconv.Itoa(v))
		}
	}
	for _, s := range data().journey.Steps {
		keys = append(keys, "step."+s.ID)
	}
	for _, r := range data().rules.Rules {
		keys = append(keys, "rule."+r.ID)
	}
	return keys
}

var noticeCodes = []string{
	"wellness_only", "screen_positive", "screen_unanswered", "never_no_risk", "cuff_urgent", "cuff_high", "cuff_low", "no_cuff",
	"hypertension_known", "diabetes", "pregnancy", "outside_age", "outlook_pregnancy", "outlook_age",
}

// Each language has each text, none is left over, and none was left in English.
func TestTexts(t *testing.T) {
	keys := wantedTexts()
	for _, lang := range Languages {
		for _, k := range keys {
			if strings.TrimSpace(words.Health(lang)[k]) == "" {
				t.Errorf("%s: no text for %s", lang, k)
			}
			if s := words.Health(lang)[k]; lang != "en" && len(s) > 20 && s == words.Health("en")[k] {
				t.Errorf("%s: %s is English", lang, k)
			}
		}
		for k := range words.Health(lang) {
			if !slices.Contains(keys, k) {
				t.Errorf("%s: nobody asks for %s", lang, k)
			}
		}
	}
	if Text("xx", "zone.normal") != "Normal" || Text("nl", "zone.optimal") != "Optimaal" || Text("en", "no.such") != "" {
		t.Error("Text: the fallback is English, an unknown key is empty")
	}
}

// In every language, a safety text must contain its numbers and whom to call.
func TestSafetyTexts(t *testing.T) {
	for _, lang := range Languages {
		say := words.Phrases(lang)
		for code, parts := range map[string][]string{
			"screen_positive": {"(112 ", say["emergency"]}, "cuff_high": {"160/110", say["midwife"]},
			"cuff_low":    {say["emergency"]},
			"no_cuff":     {"140/90"},
			"outlook_age": {Text(lang, "notice.outside_age"), say["cuff"], say["doctor"]}, "diabetes": {say["cuff"], say["doctor"]},
			"outlook_pregnancy": {Text(lang, "notice.pregnancy"), say["cuff"], say["doctor"]},
			"cuff_urgent":       {"180", "120", say["emergency"]},
		} {
			for _, part := range parts {
				if s := Text(lang, "notice."+code); part == "" || !strings.Contains(s, part) {
					t.Errorf("%s: %s does not say %q: %s", lang, code, part, s)
				}
			}
		}
	}
}

// No recommendation reads like treatment or diagnosis.
func TestAdviceIsNotTreatment(t *testing.T) {
	for k, s := range words.Health("en") {
		if !strings.HasPrefix(k, "rule.") {
			continue
		}
		for _, word := range []string{"treat", "cure", "dose", "medic", "therap", "diagnos", "disease", "heal"} {
			if strings.Contains(strings.ToLower(strings.ReplaceAll(s, "World Health Organization", "WHO")), word) {
				t.Errorf("%s says %q: %s", k, word, s)
			}
		}
	}
}

// Rules name only insights and texts that exist, and their sources.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range data().rules.Rules {
		if seen[r.ID] || r.Source.Title == "" || r.Kind != "todo" && r.Kind != "recommendation" {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
		if r.Insight != "" && !slices.Contains(Metrics, r.Insight) {
			t.Errorf("%s: no metric %q", r.ID, r.Insight)
		}
		w := r.When
		if len(w.Zones)+len(w.Statuses)+len(w.Notice) == 0 && !w.StaleAnswer && w.Answer == nil {
			t.Errorf("%s holds always", r.ID)
		}
		if w.Notice != "" && !slices.Contains(noticeCodes, w.Notice) {
			t.Errorf("%s: no notice %q", r.ID, w.Notice)
		}
		if w.Answer != nil {
			for _, v := range w.Answer.In {
				if err := CheckAnswer(w.Answer.Key, v); err != nil {
					t.Errorf("%s: %v", r.ID, err)
				}
			}
		}
	}
}

// PHQ-4 is complete in each language that has it.
func TestInstrument(t *testing.T) {
	p := data().phq4
	if len(p.Languages) < 2 || p.Source == "" || p.Terms == "" {
		t.Errorf("%+v", p)
	}
	for lang, words := range p.Languages {
		if !slices.Contains(Languages, lang) || words.Source == "" || words.Stem == "" || len(words.Options) != 4 || len(words.Items) != 4 {
			t.Errorf("%s: %+v", lang, words)
		}
		for _, k := range phq4Items {
			if words.Items[k] == "" {
				t.Errorf("%s: no %s", lang, k)
			}
		}
	}
}

// The built-in journey is one that a customer could have written.
func TestDefaultJourneyUnlocksEverything(t *testing.T) {
	for _, m := range Metrics {
		if !slices.ContainsFunc(DefaultJourney().Steps, func(s Step) bool { return slices.Contains(s.Unlocks, string(m)) }) {
			t.Errorf("no step unlocks %s", m)
		}
	}
}
