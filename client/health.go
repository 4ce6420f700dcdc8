package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Answer answers one question of GET /v2/questions.
type Answer struct {
	LookupKey string  `json:"lookup_key"`
	Value     float64 `json:"value"`
	Timezone  string  `json:"timezone,omitempty"` // IANA name
}

// NewReading is a blood pressure from a cuff.
type NewReading struct {
	Systolic   float64    `json:"systolic"`              // mmHg, 50 to 280
	Diastolic  float64    `json:"diastolic"`             // mmHg, 30 to 180
	Pulse      *float64   `json:"pulse,omitempty"`       // bpm
	MeasuredAt *time.Time `json:"measured_at,omitempty"` // nil: now
	Timezone   string     `json:"timezone,omitempty"`    // IANA name
}

// NewConsent says which text a user consented to, or withdraws that consent.
type NewConsent struct {
	Version   string `json:"version"`             // of the text: 1 to 64 letters, digits and . _ : -
	TextHash  string `json:"text_hash,omitempty"` // SHA-256 of the text that was shown, in hexadecimal; not needed to withdraw
	Language  string `json:"language,omitempty"`  // of that text, e.g. nl; not needed to withdraw
	Withdrawn bool   `json:"withdrawn,omitempty"` // withdraws every consent to this version
}

// Questions lists what to ask the user, with the last answers.
func (c *Client) Questions(ctx context.Context, ref UserRef) (list QuestionList, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/questions", c.speaking(ref.query()), body{}, &list)
	return list, err
}

// Answer stores one answer of a user.
func (c *Client) Answer(ctx context.Context, ref UserRef, a Answer) (kept []StoredAnswer, err error) {
	err = c.post(ctx, "/v2/questions/answer", c.speaking(ref.query()), a, &kept)
	return kept, err
}

// AnswerAll stores answers of a user, all or none.
func (c *Client) AnswerAll(ctx context.Context, ref UserRef, answers ...Answer) (kept []StoredAnswer, err error) {
	err = c.post(ctx, "/v2/questions/answer/many", c.speaking(ref.query()), answers, &kept)
	return kept, err
}

// Metrics returns a user's current metrics, with the notices that must be shown.
func (c *Client) Metrics(ctx context.Context, ref UserRef) (m UserMetrics, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/metrics", c.speaking(ref.query()), body{}, &m)
	return m, err
}

// Profile returns one view of a user by its name, e.g. energy-sleep.
func (c *Client) Profile(ctx context.Context, ref UserRef, name string) (p UserProfile, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/userprofiles/"+url.PathEscape(name), c.speaking(ref.query()), body{}, &p)
	return p, err
}

// Journey returns the steps of a user and what each unlocks.
func (c *Client) Journey(ctx context.Context, ref UserRef) (j UserJourney, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/journey", c.speaking(ref.query()), body{}, &j)
	return j, err
}

// AddReading stores a blood pressure from a cuff. The same reading sent twice is stored once.
func (c *Client) AddReading(ctx context.Context, ref UserRef, n NewReading) (r Reading, err error) {
	in := struct {
		Kind string `json:"kind"`
		NewReading
	}{"blood_pressure", n}
	err = c.post(ctx, "/v2/readings", c.speaking(ref.query()), in, &r)
	return r, err
}

// Readings lists a user's readings, newest first.
func (c *Client) Readings(ctx context.Context, ref UserRef, p Page) (list List[Reading], err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/readings", c.speaking(p.into(ref.query())), body{}, &list)
	return list, err
}

// AllReadings goes through a user's readings, newest first. An error is the last item.
func (c *Client) AllReadings(ctx context.Context, ref UserRef) iter.Seq2[Reading, error] {
	return all(func(p Page) (List[Reading], error) { return c.Readings(ctx, ref, p) }, func(r Reading) string { return r.ReadingID })
}

// DeleteReading erases a reading.
func (c *Client) DeleteReading(ctx context.Context, ref UserRef, id string) error {
	_, err := c.do(ctx, http.MethodDelete, "/v2/readings/"+url.PathEscape(id), ref.query(), body{}, nil)
	return err
}

// GiveConsent stores which text a user consented to, or withdraws consent; it returns the stored or withdrawn consents.
func (c *Client) GiveConsent(ctx context.Context, ref UserRef, n NewConsent) ([]Consent, error) {
	var list List[Consent]
	err := c.post(ctx, "/v2/consents", ref.query(), n, &list)
	return list.Data, err
}

// Consents lists a user's consents to a version of the text; empty: to all.
func (c *Client) Consents(ctx context.Context, ref UserRef, version string) ([]Consent, error) {
	q := ref.query()
	if version != "" {
		q.Set("version", version)
	}
	var list List[Consent]
	_, err := c.do(ctx, http.MethodGet, "/v2/consents", q, body{}, &list)
	return list.Data, err
}
