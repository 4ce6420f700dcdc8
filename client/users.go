package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// User is one end user. Nil fields are null or, in a request, left out.
type User struct {
	UserID         string  `json:"user_id,omitempty"`
	ExternalUserID *string `json:"external_user_id,omitempty"`
	Customer       string  `json:"customer,omitempty"`
	BirthDate      *string `json:"birth_date,omitempty"` // YYYY-MM-DD
	Sex            *string `json:"sex,omitempty"`        // M or F
	Language       *string `json:"language,omitempty"`   // two letters
	// Adult is set only for a token of the scan page, instead of the birth date; nil if it is not known.
	Adult *bool `json:"adult,omitempty"`
}

// UserRef names a user: by the server's id or by your own. With a token it stays empty.
type UserRef struct{ ID, ExternalID string }

// fields names the user in a body.
func (r UserRef) fields() map[string]any {
	f := map[string]any{}
	if r.ID != "" {
		f["user_id"] = r.ID
	}
	if r.ExternalID != "" {
		f["external_user_id"] = r.ExternalID
	}
	return f
}

func (r UserRef) query() url.Values {
	q := url.Values{}
	if r.ID != "" {
		q.Set("user_id", r.ID)
	}
	if r.ExternalID != "" {
		q.Set("external_user_id", r.ExternalID)
	}
	return q
}

// speaking adds the client's language to a query.
func (c *Client) speaking(q url.Values) url.Values {
	if c.Language != "" {
		q.Set("language", c.Language)
	}
	return q
}

// List is one page; request the next with the id of its last item.
type List[T any] struct {
	Data    []T  `json:"data"`
	HasMore bool `json:"has_more"`
}

// Page selects one page of a list.
type Page struct {
	Limit         int
	StartingAfter string
}

func (p Page) into(q url.Values) url.Values {
	if p.Limit > 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.StartingAfter != "" {
		q.Set("starting_after", p.StartingAfter)
	}
	return q
}

// all goes through a list, page after page.
func all[T any](get func(Page) (List[T], error), id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p := Page{Limit: 100}
		for {
			list, err := get(p)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range list.Data {
				if !yield(item, nil) {
					return
				}
				p.StartingAfter = id(item)
			}
			if !list.HasMore || len(list.Data) == 0 {
				return
			}
		}
	}
}

// Token is an action token.
type Token struct {
	Token     string    `json:"token"`
	UserID    string    `json:"user_id"`
	ExpiresAt time.Time `json:"expires_at"`
}

// PageURL is an address that opens one page for one user.
type PageURL struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// CreateUser registers a user; created is false if the external id was already registered.
func (c *Client) CreateUser(ctx context.Context, u User) (user User, created bool, err error) {
	b, err := jsonBody(u)
	if err != nil {
		return User{}, false, err
	}
	status, err := c.do(ctx, http.MethodPost, "/v2/users", nil, b, &user)
	return user, status == http.StatusCreated, err
}

// User returns one user.
func (c *Client) User(ctx context.Context, ref UserRef) (user User, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/users", ref.query(), body{}, &user)
	return user, err
}

// Users lists the customer's users, newest first.
func (c *Client) Users(ctx context.Context, p Page) (list List[User], err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/users", p.into(url.Values{}), body{}, &list)
	return list, err
}

// AllUsers goes through the customer's users, newest first. An error is the last item.
func (c *Client) AllUsers(ctx context.Context) iter.Seq2[User, error] {
	return all(func(p Page) (List[User], error) { return c.Users(ctx, p) }, func(u User) string { return u.UserID })
}

// UpdateUser changes the named fields; a nil value clears one.
func (c *Client) UpdateUser(ctx context.Context, ref UserRef, fields map[string]any) (user User, err error) {
	b, err := jsonBody(fields)
	if err != nil {
		return User{}, err
	}
	_, err = c.do(ctx, http.MethodPatch, "/v2/users", ref.query(), b, &user)
	return user, err
}

// DeleteUser erases a user and everything measured.
func (c *Client) DeleteUser(ctx context.Context, ref UserRef) error {
	_, err := c.do(ctx, http.MethodDelete, "/v2/users", ref.query(), body{}, nil)
	return err
}

// ExportUser returns everything that is stored about a user.
func (c *Client) ExportUser(ctx context.Context, ref UserRef) (doc json.RawMessage, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/users/export", ref.query(), body{}, &doc)
	return doc, err
}

// CreateToken creates an action token; life 0 means the server's usual 6 h.
func (c *Client) CreateToken(ctx context.Context, ref UserRef, life time.Duration) (t Token, err error) {
	ask := ref.fields()
	if life > 0 {
		ask["expires_in"] = int(life.Seconds())
	}
	err = c.post(ctx, "/v2/users/authenticate", nil, ask, &t)
	return t, err
}

// RevokeToken revokes one action token.
func (c *Client) RevokeToken(ctx context.Context, token string) error {
	return c.post(ctx, "/v2/users/revoke", nil, map[string]any{"token": token}, nil)
}

// RevokeTokens revokes every action token of a user at once.
func (c *Client) RevokeTokens(ctx context.Context, ref UserRef) error {
	return c.post(ctx, "/v2/users/revoke", nil, ref.fields(), nil)
}

// ScanURL returns the address of a user's scan page.
func (c *Client) ScanURL(ctx context.Context, ref UserRef) (u PageURL, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/facescans/url", c.speaking(ref.query()), body{}, &u)
	return u, err
}

// DashboardURL returns the address of a user's dashboard.
func (c *Client) DashboardURL(ctx context.Context, ref UserRef) (u PageURL, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/dashboard/url", c.speaking(ref.query()), body{}, &u)
	return u, err
}

// ResultsURL returns the address of a page with one scan's results.
func (c *Client) ResultsURL(ctx context.Context, scanID string) (u PageURL, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/facescans/"+url.PathEscape(scanID)+"/results-url", c.speaking(url.Values{}), body{}, &u)
	return u, err
}
