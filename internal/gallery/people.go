package gallery

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sample"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
	"blush.example/blush/internal/web"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
)

// today is the current time for the simulated people.
var today = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func now() time.Time { return today }

// visits names the person of each example page. No other person can be requested over the network.
var visits = map[string]string{"dashboard": "year", "results": "result"}

// idOf returns ids that are the same on every server, so that several servers can serve one page.
func idOf(name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://blush.example/docs/gallery/"+name)).String()
}

var processingScan, failedScan = idOf("a scan that is being analysed"), idOf("a scan that could not be")

// person is a simulated person.
type person struct {
	name    string
	journey string // that of their customer: default, open or strict
	unknown bool   // birth date and sex are not known
	history func(userID string) sample.History
}

// year returns the last days of a simulated year up to today. ends is the end of the year in days after today, last the number of days.
func year(ends, last int) func(string) sample.History {
	return func(id string) sample.History {
		return sample.Year(id, 3, today.AddDate(0, 0, ends)).Between(today.AddDate(0, 0, -last), today)
	}
}

// empty is the history of somebody who has just registered.
func empty(string) sample.History { return sample.History{} }

// oneScan is a history of one scan.
func oneScan(heartRate, breaths float64) func(string) sample.History {
	return func(id string) sample.History {
		return sample.History{Scans: []blush.Scan{sample.Scan(id, today.Add(-time.Hour), heartRate, breaths)}}
	}
}

// worried is the last month of the year, then answers and a reading with notices that must be shown.
func worried(id string) sample.History {
	h := year(0, 30)(id)
	for _, key := range []string{"phq4_nervous", "phq4_worry", "phq4_interest", "phq4_down"} {
		h.Answers = append(h.Answers, blush.Answer{ID: idOf(key), UserID: id, Key: key, Instrument: "phq4", Value: 3, At: today, Timezone: "Europe/Brussels"})
	}
	h.Readings = append(h.Readings, blush.Reading{ID: idOf("high"), UserID: id, Systolic: 184, Diastolic: 112, MeasuredAt: today, Timezone: "Europe/Brussels", Source: insight.Cuff, CreatedAt: today})
	return h
}

// failed is a history of one scan that could not be analysed.
func failed(id string) sample.History {
	return sample.History{Scans: []blush.Scan{{ID: failedScan, UserID: id, Status: blush.Failed, CreatedAt: today, Timezone: "UTC", Source: "video",
		InputHash: []byte{}, Failure: "This file is no video that can be read."}}}
}

// everybody lists the people of the gallery. Their names say which states they are in.
var everybody = []person{
	{name: "year", journey: "default", history: year(0, 400)},
	{name: "first", journey: "default", history: year(365, 1)},
	{name: "newcomer", journey: "open", history: year(365, 1)},
	{name: "confirming", journey: "open", history: year(364, 400)},
	{name: "returning", journey: "open", history: year(194, 400)},
	{name: "strained", journey: "open", history: year(105, 400)},
	{name: "worried", journey: "open", history: worried},
	{name: "away", journey: "open", history: year(-45, 120)},
	{name: "fast", journey: "open", history: oneScan(116, 21)},
	{name: "nobody", journey: "open", unknown: true, history: empty},
	{name: "locked", journey: "strict", history: oneScan(62, 14)},
	{name: "waiting", journey: "open", history: empty},
	{name: "failed", journey: "open", history: failed},
	{name: "result", journey: "open", history: empty},
}

// journeys are those of the customers. In the strict one even the heart rate waits for a thousand scans.
func journeys() map[string]health.Journey {
	return map[string]health.Journey{
		"default": health.DefaultJourney(),
		"open":    health.OpenJourney(),
		"strict": {Version: "example", Steps: []health.Step{
			{ID: "three_scans_week", Need: health.Need{Scans: 1000}, Unlocks: []string{"heart_rate", "heart_rate_variability"}},
		}},
	}
}

// people are all of them behind the API.
type people struct {
	store    *store.Store
	accounts *account.Service
	insights *insight.Service
	scans    *scan.Service
	api      http.Handler
	tokens   map[string]string // by name; they never leave the process
	cards    []card
}

// newPeople creates all people and the API that serves them.
func newPeople(ctx context.Context, cfg Config) (_ *people, err error) {
	st, err := store.OpenMemory(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.Close())
		}
	}()
	if err := st.Migrate(ctx); err != nil {
		return nil, err
	}
	master := make([]byte, 32)
	rand.Read(master)
	secrets, err := account.NewSecrets(master)
	if err != nil {
		return nil, err
	}
	p := &people{store: st, accounts: account.New(st, secrets, now), tokens: map[string]string{}}
	p.insights = insight.New(st, p.accounts, now)
	p.scans = scan.New(st, p.accounts, p.insights, secrets, scan.Config{Now: now, Log: cfg.Log})
	if err := p.fill(ctx); err != nil {
		return nil, err
	}
	if err := st.Freeze(); err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(middleware.GetHead)
	_, err = httpapi.Mount(r, p.accounts, p.scans, p.insights, nil, httpapi.Config{
		BaseURL: cfg.BaseURL, Version: cfg.Version, Log: cfg.Log, ClientAddress: httpapi.RemoteAddress, Stopping: cfg.Stopping, DatabaseFault: store.Fault,
	})
	r.NotFound(httpapi.NotFound)
	r.MethodNotAllowed(httpapi.MethodNotAllowed(httpapi.NotFound))
	p.api = r
	return p, err
}

func (p *people) close() error { return p.store.Close() }

// fill registers all people with their history, and creates a read token for each.
func (p *people) fill(ctx context.Context) error {
	customers := map[string]blush.Customer{}
	for name, j := range journeys() {
		c, _, err := p.accounts.CreateCustomer(ctx, name)
		if err != nil {
			return err
		}
		if err := p.insights.SetJourney(ctx, c.ID, &j); err != nil {
			return err
		}
		customers[name] = c
	}
	for _, one := range everybody {
		customer := customers[one.journey]
		operator := blush.Caller{Kind: blush.ByAPIKey, CustomerID: customer.ID, Customer: customer.Name, Environment: blush.Dev, CredentialID: "operator"}
		if err := p.add(ctx, operator, one); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	return nil
}

func (p *people) add(ctx context.Context, operator blush.Caller, one person) error {
	u := blush.User{ID: idOf(one.name), CustomerID: operator.CustomerID, Environment: operator.Environment, ExternalID: &one.name, CreatedAt: today.AddDate(-1, 0, 0)}
	if birth, sex := sample.Person(today); !one.unknown {
		u.BirthDate, u.Sex = &birth, &sex
	}
	if _, _, err := p.store.CreateUser(ctx, u, p.accounts.Audit(operator, blush.UserCreate, u.ID, "")); err != nil {
		return err
	}
	ref := blush.UserRef{ID: u.ID}
	h := one.history(u.ID)
	if err := p.insights.Import(ctx, operator, ref, h.Scans, h.Answers, h.Readings); err != nil {
		return err
	}
	token := account.TokenRequest{User: ref, Scope: blush.ScopeDashboard}
	var err error
	switch one.name {
	case "year":
		p.cards = cardsOf(h.Scans)
	case "waiting": // the video is never analysed
		_, _, err = p.scans.SubmitVideo(ctx, operator, ref, scan.VideoUpload{ScanID: processingScan}, strings.NewReader("a video"))
	case "result":
		token.Scope, token.ScanID = blush.ScopeResults, web.ExampleScan
		rest := true
		_, _, err = p.scans.SubmitSynthetic(ctx, operator, ref, scan.Synthetic{ScanID: web.ExampleScan, Timezone: "Europe/Brussels", AtRest: &rest, Order: sandbox.Order{Seed: 1, HeartRate: 62}})
	}
	if err != nil {
		return err
	}
	reader := operator
	reader.KeyScopes = []blush.KeyScope{blush.KeyRead}
	t, err := p.accounts.IssueToken(ctx, reader, token)
	p.tokens[one.name] = t.Token
	return err
}

// as serves requests with the credential of the named person, whatever credential they have; with none if there is no such person.
func (p *people) as(who string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(context.WithValue(r.Context(), chi.RouteCtxKey, nil)) // its address is one of the API's now
		r.Header.Del("X-Api-Key")
		r.Header.Del("Authorization")
		if token := p.tokens[who]; token != "" {
			r.Header.Set("Authorization", "Token "+token)
		}
		p.api.ServeHTTP(w, r)
	})
}

// ask calls the API as one person, with the context of a request.
func (p *people) ask(ctx context.Context, who, method, path string, body any) ([]byte, error) {
	sent, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	got := &answer{header: http.Header{}, status: http.StatusOK}
	p.as(who).ServeHTTP(got, r)
	if got.status != http.StatusOK {
		return nil, fmt.Errorf("%s %s as %s: %d %s", method, path, who, got.status, got.body.Bytes())
	}
	return got.body.Bytes(), nil
}

// answer records what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
