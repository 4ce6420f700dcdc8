package httpapi

import (
	"context"
	"net/http"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/sample"
	"blush.example/blush/internal/sandbox"
)

// historyBody orders days of a made-up person.
type historyBody struct {
	Persona  string    `json:"persona,omitempty" set:"personas" default:"steady" doc:"The persona whose days they are."`
	Days     int       `json:"days,omitempty" minimum:"1" maximum:"366" default:"30"`
	Seed     uint64    `json:"seed,omitempty" doc:"The same order for the same user makes the same history."`
	Timezone string    `json:"timezone,omitempty" doc:"IANA name; UTC if left out."`
	End      time.Time `json:"end,omitzero" doc:"The last moment, e.g. 2026-01-31T08:00:00Z; now if left out, and not after it."`
}

type historyRequest struct {
	UserName
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
	Body           *historyBody
}

// MadeHistory says what was made up.
type MadeHistory struct {
	UserID   string `json:"user_id" format:"uuid"`
	Persona  string `json:"persona" set:"personas"`
	Start    string `json:"start" format:"date" doc:"The day of the first scan."`
	Stop     string `json:"stop" format:"date" doc:"The day of the last one."`
	Scans    int    `json:"scans"`
	Answers  int    `json:"answers"`
	Readings int    `json:"readings"`
}

type historyResponse struct{ Body MadeHistory }

type lockRequest struct {
	UserName
	Body struct {
		Locked []string `json:"locked" nullable:"false" uniqueItems:"true" set:"lockable" doc:"Replaces the previous list; an empty list removes the lock."`
	}
}

func (a *API) sandbox() {
	route(a, operation{method: http.MethodPost, path: "/v2/sandbox/history", id: "make-history", tag: "Sandbox", summary: "Make up days of history",
		access: keyOnly, needs: blush.KeyWrite, audit: audit{always: []blush.Action{blush.HistoryImport}, perhaps: []blush.Action{blush.UserUpdate}},
		doc: "With a DEV key: scans, answers and cuff readings of a persona, spread over past days, for a user who has no scans up to then, so that graphs, metrics and profiles have data. " +
			"A user without birth date or sex gets the persona's. No events are sent for made-up data.",
		creates: true, status: http.StatusCreated, errors: []int{404, 409, 413}}, a.makeHistory)
	route(a, operation{method: http.MethodPost, path: "/v2/sandbox/locked", id: "lock-insights", tag: "Sandbox", summary: "Lock metrics, profiles and biomarkers",
		access: keyOnly, needs: blush.KeyWrite, audit: actions(blush.UserUpdate),
		doc: "With a DEV key: what is named is locked for this user, as if no step of the journey had unlocked it, until another request replaces the list. " +
			"Insights that the journey locks stay locked. GET /v2/journey lists all.",
		status: http.StatusNoContent, errors: []int{404, 413}}, a.lockInsights)
}

func (a *API) lockInsights(ctx context.Context, c blush.Caller, in *lockRequest) (*struct{}, error) {
	if c.Environment != blush.Dev {
		return nil, blush.E(blush.Forbidden, "Only a DEV key may lock insights.")
	}
	_, err := a.accounts.UpdateUser(ctx, c, in.ref(), account.UserChange{Locked: in.Body.Locked})
	return nil, err
}

// earliestEnd is how long ago a made-up history may end.
const earliestEnd = 20 * 366 * 24 * time.Hour

func (a *API) makeHistory(ctx context.Context, c blush.Caller, in *historyRequest) (*historyResponse, error) {
	if c.Environment != blush.Dev {
		return nil, blush.E(blush.Forbidden, "Only a DEV key may create a simulated history.")
	}
	b := historyBody{}
	if in.Body != nil {
		b = *in.Body
	}
	if b.Persona == "" {
		b.Persona = sandbox.Personas[0].Name
	}
	if b.Days == 0 {
		b.Days = 30
	}
	p, ok := sandbox.FindPersona(b.Persona)
	if !ok {
		return nil, blush.Field("persona must be one of "+inWords("{personas}")+".", "enum", "persona")
	}
	zone, err := blush.Zone(c, b.Timezone)
	if err != nil {
		return nil, err
	}
	here, err := time.LoadLocation(zone)
	if err != nil {
		return nil, blush.Field("timezone is not known to this server.", "value_error", "timezone")
	}
	now := a.insights.Now()
	end := b.End
	switch {
	case end.IsZero():
		end = now
	case end.After(now):
		return nil, blush.Field("end must not be in the future.", "value_error", "end")
	case now.Sub(end) > earliestEnd:
		return nil, blush.Field("end must be in the last 20 years.", "value_error", "end")
	}
	end = end.In(here).Truncate(time.Millisecond)
	u, err := a.accounts.Resolve(ctx, c, in.ref())
	if err != nil {
		return nil, err
	}
	h := sample.Days(u.ID, b.Seed, p, b.Days, end)
	if err := a.insights.ImportNew(ctx, c, u, end, h.Scans, h.Answers, h.Readings); err != nil {
		return nil, err
	}
	if err := a.become(ctx, c, u, p, end); err != nil {
		return nil, err
	}
	day := func(sc blush.Scan) string { return sc.CreatedAt.In(here).Format(time.DateOnly) }
	return &historyResponse{MadeHistory{UserID: u.ID, Persona: p.Name, Start: day(h.Scans[0]), Stop: day(h.Scans[len(h.Scans)-1]),
		Scans: len(h.Scans), Answers: len(h.Answers), Readings: len(h.Readings)}}, nil
}

// become gives a user without birth date or sex those of the persona.
func (a *API) become(ctx context.Context, c blush.Caller, u blush.User, p sandbox.Persona, end time.Time) error {
	var ch account.UserChange
	if u.BirthDate == nil {
		born := end.AddDate(-p.Age, 0, 0).Format(time.DateOnly)
		ch.BirthDate = account.Change{Set: true, Value: &born}
	}
	if u.Sex == nil {
		ch.Sex = account.Change{Set: true, Value: &p.Sex}
	}
	if !ch.BirthDate.Set && !ch.Sex.Set {
		return nil
	}
	if _, err := a.accounts.UpdateUser(ctx, c, blush.UserRef{ID: u.ID}, ch); err != nil {
		return err
	}
	return a.insights.Refresh(ctx, u.ID)
}
