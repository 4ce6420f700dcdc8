package client

import (
	"context"
	"net/http"
)

// Answer answers one question of GET /v2/questions.
type Answer struct {
	LookupKey string  `json:"lookup_key"`
	Value     float64 `json:"value"`
	Timezone  string  `json:"timezone,omitempty"` // IANA name
}

// Metric is one of the six insights. Nil fields were not given: Locked or Status says why.
type Metric struct {
	Name       string      `json:"name"`
	Score      *float64    `json:"score"`      // 0..100, higher is better
	Interval   *[2]float64 `json:"interval"`   // the 80 % interval of the model
	Confidence *float64    `json:"confidence"` // 0..100
	Zone       *string     `json:"zone"`
	Status     string      `json:"status"`
	Locked     bool        `json:"locked"`
}

// Answer keeps answers of a user, all or none.
func (c *Client) Answer(ctx context.Context, ref UserRef, answers ...Answer) error {
	b, err := jsonBody(answers)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodPost, "/v2/questions/answer/many", ref.query(), b, nil)
	return err
}

// Metrics returns a user's six metrics by their names, e.g. mental_stress, as they stand now.
func (c *Client) Metrics(ctx context.Context, ref UserRef) (map[string]Metric, error) {
	var out struct {
		Metrics map[string]Metric `json:"metrics"`
	}
	_, err := c.do(ctx, http.MethodGet, "/v2/metrics", ref.query(), body{}, &out)
	return out.Metrics, err
}
