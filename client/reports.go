package client

import (
	"context"
	"net/url"
)

// ScanReport returns the report of a scan as a PDF. An empty language is the user's own.
func (c *Client) ScanReport(ctx context.Context, id, language string) (pdf []byte, err error) {
	return c.pdf(ctx, "/v2/facescans/"+url.PathEscape(id)+"/report", url.Values{}, language)
}

// UserReport returns the report of a user's period as a PDF. start and stop are its first and last day, YYYY-MM-DD; an empty
// stop is today, an empty start 90 days before stop. An empty language is the user's own.
func (c *Client) UserReport(ctx context.Context, ref UserRef, start, stop, language string) (pdf []byte, err error) {
	q := ref.query()
	for name, day := range map[string]string{"start": start, "stop": stop} {
		if day != "" {
			q.Set(name, day)
		}
	}
	return c.pdf(ctx, "/v2/users/report", q, language)
}

func (c *Client) pdf(ctx context.Context, path string, q url.Values, language string) ([]byte, error) {
	if language != "" {
		q.Set("language", language)
	}
	return c.file(ctx, path, q, wholePDF)
}
