// Package httpapi is the HTTP API: the routes, the authentication that turns a
// credential into a Caller, the one place where errors are written, and the
// OpenAPI document, which is generated from the types that the handlers use.
//
// A handler has the form func(ctx, Caller, *Request) (*Response, error). The rules
// are in account, scan and insight.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/limit"
	"blush.example/blush/internal/scan"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

// maxJSONBody is the largest size in bytes of every JSON body except a trace.
const maxJSONBody = 1 << 20

// maxBodies is how many large bodies, of at most 16 MiB each, are read at the same time.
// maxCustomerBodies is how many of them for one customer, and maxUserBodies how many for
// the action tokens of one user, so that slow senders do not block all others.
const (
	maxBodies         = 32
	maxCustomerBodies = 24
	maxUserBodies     = 4
)

// Config is what the API needs to know about its server.
type Config struct {
	// BaseURL is how clients reach this server, e.g. https://scan.example.org, without a slash at its end.
	BaseURL string
	// Version is the program's version, shown in the OpenAPI document.
	Version string
	Log     *slog.Logger
	// MaxVideoBytes is the largest size of an uploaded video.
	MaxVideoBytes int64
	Limits        Limits
	// Stopping is done when the server is stopping. From then on no request waits for a result.
	Stopping context.Context
	// ClientAddress returns the address that a request comes from, which behind a proxy is not RemoteAddr.
	ClientAddress func(*http.Request) string
	// DatabaseFault recognises errors that mean a full disk or an unreachable database, and returns their kind; nil for others.
	DatabaseFault func(error) *blush.Error
}

// API answers the requests of /v2.
type API struct {
	cfg      Config
	accounts *account.Service
	scans    *scan.Service
	insights *insight.Service
	webhooks *deliver.Service
	limits   *limiters
	huma     huma.API
	document func() ([]byte, error) // makes the OpenAPI document, in JSON, once
	// bodies and parsing limit how much memory submitted traces use.
	bodies  chan struct{}
	senders limit.Limiter // of bodies, by customer and by user
	parsing *scan.Lane
}

// Mount builds the API and puts its routes on r, behind [Observe].
func Mount(r chi.Router, accounts *account.Service, scans *scan.Service, insights *insight.Service, webhooks *deliver.Service, cfg Config) (*API, error) {
	a := &API{cfg: cfg, accounts: accounts, scans: scans, insights: insights, webhooks: webhooks, limits: newLimiters(cfg.Limits),
		bodies: make(chan struct{}, maxBodies), parsing: scan.NewLane(scan.LaneRules{Inside: runtime.GOMAXPROCS(0)})}
	r.Use(onlyAPI(apiHeaders, plainHeaders, anyOrigin(), widgetErrors, outcomes), a.faults, a.limitAddress)

	hc := huma.DefaultConfig("Blush", cfg.Version)
	hc.OpenAPIPath, hc.DocsPath, hc.SchemasPath, hc.CreateHooks = "", "", "", nil
	hc.Formats = map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()}
	describeAPI(hc.OpenAPI)
	a.huma = humachi.New(r, hc)
	a.huma.UseMiddleware(a.authenticate, deadlines, readableQuery, uncompressed, a.limitBodies, a.idempotent)
	a.users()
	a.tokens()
	a.facescans()
	a.exports()
	a.urls()
	a.metrics()
	a.questions()
	a.readings()
	a.consents()
	a.widgets()
	a.reports()
	a.sandbox()
	a.pages()
	a.webhookRoutes()
	a.auditRoutes()
	if err := a.fhirRoutes(r); err != nil {
		return nil, err
	}
	a.documents(r)
	return a, nil
}

// NotFound answers an unknown path of the API, in FHIR to its clients: they may take our base for that of the FHIR routes.
func NotFound(w http.ResponseWriter, r *http.Request) {
	nothing := func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, plain(http.StatusNotFound, "There is nothing at this path."))
	}
	if wantsFHIR(r) && !recordOf(r.Context()).fhir {
		nothing = asOutcome(http.HandlerFunc(nothing))
	}
	nothing(w, r)
}

// MethodNotAllowed answers a known path with a wrong method. The router calls it for every path if the method is unknown;
// nothing then answers paths that do not exist.
func MethodNotAllowed(nothing http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		routes := chi.RouteContext(r.Context()).Routes
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
			if routes.Match(chi.NewRouteContext(), m, r.URL.Path) {
				w.Header().Add("Allow", m)
			}
		}
		if w.Header().Get("Allow") == "" {
			nothing(w, r)
			return
		}
		writeProblem(w, plain(http.StatusMethodNotAllowed, "This path does not support this method."))
	}
}

// operation describes one route.
type operation struct {
	method, path, id string
	tag, summary     string
	doc              string
	// access says who may use the route, needs says which scope their key must have, and
	// audit what the route leaves in the audit trail. Every route declares all
	// three; [API.authenticate] and [operation.audited] enforce them.
	access access
	needs  blush.KeyScope
	audit  audit
	// tolerant routes ignore unknown query parameters. They are those of the vendor's API, whose clients may send some, and
	// all of one scan: clients may name its user on each, as they do on the vendor's.
	tolerant bool
	// creates makes the route accept an Idempotency-Key.
	creates bool
	// widget marks the routes whose errors are those that the vendor's SDK understands.
	widget bool
	// fhir says whether the route answers in FHIR.
	fhir fhirForm
	// status is the usual status; more are other statuses of success.
	status int
	more   []int
	// errors are the statuses besides 401, 403, 422, 429, 500 and 503, besides 507 if it writes, and 415 if it has a body.
	errors []int
	// under names the part of the body that contains the fields that the services name; empty for the whole body.
	under string
	// bodyTime is how long a client may take to send the body, for scans; 0 means the server's usual time.
	bodyTime time.Duration
	// maxBody in bytes; 0 means maxJSONBody.
	maxBody int64
}

type handler[Req, Resp any] func(ctx context.Context, c blush.Caller, in *Req) (*Resp, error)

// route registers one handler. [API.authenticate] admits only callers who may use the
// route, and no response is sent before its entry is in the audit trail.
func route[Req, Resp any](a *API, op operation, h handler[Req, Resp]) {
	op.mustDeclare()
	ho := a.describe(op)
	huma.Register(a.huma, ho, func(ctx context.Context, in *Req) (*Resp, error) {
		ctx, trail := blush.WithTrail(ctx)
		recordOf(ctx).places.request = in
		out, err := h(ctx, callerOf(ctx), in)
		if answers(err) {
			if missing := op.audited(trail); missing != nil {
				err = missing
			}
		}
		for _, e := range trail.Entries() {
			recordOf(ctx).user = e.UserID
		}
		if err != nil {
			return nil, a.refusal(ctx, op, callerOf(ctx), problemFrom(ctx, err))
		}
		return out, nil
	})
	op.alsoAnswers(ho)
	paths := a.huma.OpenAPI().Paths[op.path]
	for _, o := range []*huma.Operation{paths.Get, paths.Post, paths.Patch, paths.Delete} {
		if o != nil && o.Method == op.method {
			fillParameters(o, typeOf[Req]())
			op.describeFHIR(o)
		}
	}
}
