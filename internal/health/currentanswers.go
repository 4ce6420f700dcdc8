package health

import "slices"

// CurrentAnswers collects the answers that still count. Answers are added in order of time. It
// keeps the newest to each question, and those to the questionnaire from the newest
// complete one on. Compute gives the same from these as from all. The zero value is empty.
type CurrentAnswers struct {
	newest map[string]Answer
	screen []Answer
}

// Add adds the next answer, which must not be older than those before it.
func (c *CurrentAnswers) Add(a Answer) {
	if CheckAnswer(a.Key, a.Value) != nil {
		return
	}
	if c.newest == nil {
		c.newest = map[string]Answer{}
	}
	if last, ok := c.newest[a.Key]; ok && last.At.Equal(a.At) && last.Value > a.Value {
		return // of several at the same time the higher value counts, as in Compute
	}
	c.newest[a.Key] = a
	if !slices.Contains(phq4Items, a.Key) {
		return
	}
	p := person{answers: c.newest}
	if _, complete := p.newestScreen(); !complete {
		c.screen = append(c.screen, a)
		return
	}
	c.screen = c.screen[:0]
	for _, k := range phq4Items {
		c.screen = append(c.screen, c.newest[k])
	}
}

// Answers returns the answers that still count, in no particular order.
func (c *CurrentAnswers) Answers() []Answer {
	out := slices.Clone(c.screen)
	for _, a := range c.newest {
		if !slices.Contains(c.screen, a) {
			out = append(out, a)
		}
	}
	return out
}
