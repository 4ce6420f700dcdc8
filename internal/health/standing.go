package health

import "slices"

// Standing collects the answers that still count. Answers are added in order of time. It
// keeps the newest to each question, and those to the questionnaire from the newest
// complete one on. Compute gives the same from these as from all. The zero value is empty.
type Standing struct {
	newest map[string]Answer
	screen []Answer
}

// Add adds the next answer, which must not be older than those before it.
func (s *Standing) Add(a Answer) {
	if CheckAnswer(a.Key, a.Value) != nil {
		return
	}
	if s.newest == nil {
		s.newest = map[string]Answer{}
	}
	if last, ok := s.newest[a.Key]; ok && last.At.Equal(a.At) && last.Value > a.Value {
		return // of several at the same time the higher value counts, as in Compute
	}
	s.newest[a.Key] = a
	if !slices.Contains(phq4Items, a.Key) {
		return
	}
	p := person{answers: s.newest}
	if _, complete := p.newestScreen(); !complete {
		s.screen = append(s.screen, a)
		return
	}
	s.screen = s.screen[:0]
	for _, k := range phq4Items {
		s.screen = append(s.screen, s.newest[k])
	}
}

// Answers returns the answers that still count, in no particular order.
func (s *Standing) Answers() []Answer {
	out := slices.Clone(s.screen)
	for _, a := range s.newest {
		if !slices.Contains(s.screen, a) {
			out = append(out, a)
		}
	}
	return out
}
