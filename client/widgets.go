package client

import (
	"context"
	"net/http"
	"net/url"
)

// GraphSpan says which period a graph shows; zero values mean the server's defaults.
type GraphSpan struct {
	Title       string
	Start, Stop string // yyyy-MM-dd
}

// Widget says what a widget shows and how; zero values mean the server's defaults.
type Widget struct {
	Data  WidgetData  `json:"data"`
	Style WidgetStyle `json:"appearance"`
}

// WidgetData is what a widget shows.
type WidgetData struct {
	Parameter  string `json:"parameter,omitempty"`    // of biomarker, metric and graph
	FaceScanID string `json:"face_scan_id,omitempty"` // of biomarker: an id, or latest; empty: a placeholder
	Title      string `json:"title,omitempty"`        // of graph, like Start and Stop
	Start      string `json:"start,omitempty"`        // yyyy-MM-dd
	Stop       string `json:"stop,omitempty"`
}

// WidgetStyle is how a widget looks.
type WidgetStyle struct {
	ID        string            `json:"id,omitempty"` // of its element
	Language  string            `json:"language,omitempty"`
	Theme     map[string]string `json:"theme,omitempty"`     // colours by their names
	Variation string            `json:"variation,omitempty"` // of biomarker
	Styles    *bool             `json:"styles,omitempty"`    // false leaves out the style element
}

func (c *Client) widget(ctx context.Context, name string, q url.Values, out any) error {
	_, err := c.do(ctx, http.MethodGet, "/v2/widgets/"+name, c.speaking(q), body{}, out)
	return err
}

func about(ref UserRef, parameter string) url.Values {
	q := ref.query()
	q.Set("parameter", parameter)
	return q
}

// BiomarkerWidget returns the data of a biomarker widget for one scan; scanID latest or empty means the newest.
func (c *Client) BiomarkerWidget(ctx context.Context, ref UserRef, biomarker, scanID string) (w BiomarkerWidget, err error) {
	q := about(ref, biomarker)
	if scanID != "" {
		q.Set("face_scan_id", scanID)
	}
	err = c.widget(ctx, "biomarker", q, &w)
	return w, err
}

// MetricWidget returns the data of a metric widget.
func (c *Client) MetricWidget(ctx context.Context, ref UserRef, metric string) (w MetricWidget, err error) {
	err = c.widget(ctx, "metric", about(ref, metric), &w)
	return w, err
}

// GraphWidget returns the values of a biomarker or metric over time.
func (c *Client) GraphWidget(ctx context.Context, ref UserRef, parameter string, span GraphSpan) (w GraphWidget, err error) {
	q := about(ref, parameter)
	for name, value := range map[string]string{"title": span.Title, "start": span.Start, "stop": span.Stop} {
		if value != "" {
			q.Set(name, value)
		}
	}
	err = c.widget(ctx, "graph", q, &w)
	return w, err
}

// MainWidget returns the profiles of a user.
func (c *Client) MainWidget(ctx context.Context, ref UserRef) (w MainWidget, err error) {
	err = c.widget(ctx, "main", ref.query(), &w)
	return w, err
}

// RecommendationsWidget returns what a user is advised.
func (c *Client) RecommendationsWidget(ctx context.Context, ref UserRef) (w RecommendationsWidget, err error) {
	err = c.widget(ctx, "recommendations", ref.query(), &w)
	return w, err
}

// TodosWidget returns what a user can do next.
func (c *Client) TodosWidget(ctx context.Context, ref UserRef) (w TodosWidget, err error) {
	err = c.widget(ctx, "todos", ref.query(), &w)
	return w, err
}

// WidgetHTML returns a widget as HTML: biomarker, metric, graph, main, recommendations or todos.
func (c *Client) WidgetHTML(ctx context.Context, ref UserRef, name string, w Widget) (html string, err error) {
	if w.Style.Language == "" {
		w.Style.Language = c.Language
	}
	var content []byte
	if err := c.post(ctx, "/v2/widgets/"+url.PathEscape(name), ref.query(), w, &content); err != nil {
		return "", err
	}
	if !wholeHTML(content) {
		return "", ErrNotWhole
	}
	return string(content), nil
}

// PageSettings returns how a customer's pages look and what they ask; it needs a token.
func (c *Client) PageSettings(ctx context.Context) (s PageSettings, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/pages/settings", nil, body{}, &s)
	return s, err
}
