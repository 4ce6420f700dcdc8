package client

import (
	"context"
	"net/http"
	"net/url"
)

// Resource is a resource of FHIR R4, or a Bundle of them, as JSON.
type Resource = map[string]any

// SearchObservations returns a Bundle with one page of a user's observations, newest first. The search contains the parameters of
// FHIR, e.g. patient, date, code and _count; with an API key it names the user or, by _id, the observations.
func (c *Client) SearchObservations(ctx context.Context, search url.Values) (Resource, error) {
	return c.resource(ctx, "/Observation", search)
}

// Observation returns one value of a scan, a cuff reading or a profile.
func (c *Client) Observation(ctx context.Context, id string) (Resource, error) {
	return c.resource(ctx, "/Observation/"+url.PathEscape(id), nil)
}

// SearchPatients returns a Bundle with the user that _id or identifier names, as a Patient, or with none.
func (c *Client) SearchPatients(ctx context.Context, search url.Values) (Resource, error) {
	return c.resource(ctx, "/Patient", search)
}

// Patient returns a user as a Patient; the id is the user's.
func (c *Client) Patient(ctx context.Context, userID string) (Resource, error) {
	return c.resource(ctx, "/Patient/"+url.PathEscape(userID), nil)
}

// Device returns the engine or the health model in one version.
func (c *Client) Device(ctx context.Context, id string) (Resource, error) {
	return c.resource(ctx, "/Device/"+url.PathEscape(id), nil)
}

// ExportPatient returns a Bundle with a user's whole history: the Patient, every observation and the Devices. The parameters of FHIR
// limit it: start, end, _since, _type and _count.
func (c *Client) ExportPatient(ctx context.Context, userID string, only url.Values) (Resource, error) {
	return c.resource(ctx, "/Patient/"+url.PathEscape(userID)+"/$everything", only)
}

func (c *Client) resource(ctx context.Context, path string, query url.Values) (r Resource, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/fhir"+path, query, body{}, &r)
	return r, err
}
