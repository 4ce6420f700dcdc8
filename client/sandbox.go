package client

import (
	"context"
	"time"
)

// History requests days of a simulated person; it needs a DEV key. Zero values mean the server's defaults.
type History struct {
	Persona  string    `json:"persona,omitempty"`
	Days     int       `json:"days,omitempty"`
	Seed     uint64    `json:"seed,omitempty"`
	Timezone string    `json:"timezone,omitempty"` // IANA name
	End      time.Time `json:"end,omitzero"`       // the last moment
}

// MadeHistory says what was created.
type MadeHistory struct {
	UserID   string `json:"user_id"`
	Persona  string `json:"persona"`
	Start    string `json:"start"` // the day of the first scan, YYYY-MM-DD
	Stop     string `json:"stop"`  // the day of the last one
	Scans    int    `json:"scans"`
	Answers  int    `json:"answers"`
	Readings int    `json:"readings"`
}

// Lock locks metrics, profiles and biomarkers for a user, in place of those that it locked before; none unlocks them. It needs a DEV key.
func (c *Client) Lock(ctx context.Context, ref UserRef, names ...string) error {
	return c.post(ctx, "/v2/sandbox/locked", ref.query(), map[string]any{"locked": append([]string{}, names...)}, nil)
}

// MakeHistory creates simulated past scans, answers and cuff readings for a user who has no scans up to then.
func (c *Client) MakeHistory(ctx context.Context, ref UserRef, h History) (made MadeHistory, err error) {
	err = c.post(ctx, "/v2/sandbox/history", ref.query(), h, &made)
	return made, err
}
