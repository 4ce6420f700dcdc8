package deliver_test

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, k blush.Kind) {
	t.Helper()
	if blush.KindOf(err) != k {
		t.Fatalf("error %v, want kind %s", err, k)
	}
}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is the service with a customer and a user.
type world struct {
	*deliver.Service
	t        *testing.T
	store    *store.Store
	accounts *account.Service
	secrets  *account.Secrets
	clock    *clock
	dev      blush.Caller
	user     blush.User
}

func newWorld(t *testing.T, url string, changes ...func(*deliver.Config)) *world {
	t.Helper()
	st, err := store.Open(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { st.Close() })
	must(t, st.Migrate(t.Context()))
	secrets, err := account.NewSecrets([]byte("a master secret of 32 bytes, not more"))
	must(t, err)
	w := &world{t: t, store: st, secrets: secrets, clock: &clock{now: time.Now().Truncate(time.Millisecond)}}
	w.accounts = account.New(st, secrets, w.clock.Now)
	cfg := deliver.Config{Now: w.clock.Now, Patience: time.Hour, Timeout: time.Hour, ConnectTimeout: time.Hour, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: x509.NewCertPool()}
	cert := httptest.NewUnstartedServer(nil)
	cert.StartTLS() // all of httptest's servers have one certificate
	cfg.RootCAs.AddCert(cert.Certificate())
	cert.Close()
	for _, change := range changes {
		change(&cfg)
	}
	w.Service = deliver.New(st, w.accounts, secrets, cfg)
	t.Cleanup(w.Stop)
	w.dev = w.customer("ACME")
	w.user, _, err = w.accounts.CreateUser(t.Context(), w.dev, account.NewUser{})
	must(t, err)
	return w
}

func sqlite(t *testing.T, changes ...func(*deliver.Config)) *world {
	return newWorld(t, sqlitetest.File(t), changes...)
}

func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) {
		test(t, newWorld(t, pgtest.URL(t, "deliver", func(url string) error {
			st, err := store.Open(context.Background(), url)
			if err != nil {
				return err
			}
			defer st.Close()
			return st.Migrate(context.Background())
		})))
	})
}

// customer registers a customer and returns the caller behind its DEV key.
func (w *world) customer(name string) blush.Caller {
	w.t.Helper()
	_, keys, err := w.accounts.CreateCustomer(w.t.Context(), name)
	must(w.t, err)
	c, err := w.accounts.Authenticate(w.t.Context(), account.Credentials{APIKey: keys[0].Text})
	must(w.t, err)
	return c
}

// work sends deliveries in the background until the test ends.
func (w *world) work() {
	w.t.Helper()
	must(w.t, w.store.StartJobs(w.t.Context(), river.NewWorkers(), store.JobOptions{Timeout: time.Minute, Workers: 1,
		Log: slog.New(slog.DiscardHandler), Queues: []store.Queue{w.Queue()}}))
	w.t.Cleanup(func() { must(w.t, w.store.StopJobs(context.Background())) })
}

// raise raises the event of a finished scan with a value.
func (w *world) raise(c blush.Caller) blush.Event {
	w.t.Helper()
	e, err := w.accounts.Event(blush.ScanDone, w.user.ID, "scan", map[string]string{"user_id": w.user.ID}, map[string]float64{"heart_rate": 71})
	must(w.t, err)
	if c.CustomerID != w.dev.CustomerID {
		e.UserID = "" // the user of another customer
	}
	must(w.t, w.store.Raise(w.t.Context(), c.CustomerID, c.Environment, e))
	return e
}

// hook makes a webhook to a receiver.
func (w *world) hook(c blush.Caller, url string, changes ...func(*deliver.NewWebhook)) (blush.Webhook, string) {
	w.t.Helper()
	n := deliver.NewWebhook{URL: url}
	for _, change := range changes {
		change(&n)
	}
	hook, secret, err := w.Create(w.t.Context(), c, n)
	must(w.t, err)
	return hook, secret
}

func (w *world) newest(hook blush.Webhook) blush.Delivery {
	w.t.Helper()
	l, err := w.store.Deliveries(w.t.Context(), hook.ID, "", store.Newest, 1)
	must(w.t, err)
	if len(l.Data) == 0 {
		w.t.Fatal("nothing was written for the webhook")
	}
	return l.Data[0]
}

func (w *world) again(d blush.Delivery) blush.Delivery {
	w.t.Helper()
	d, err := w.store.Delivery(w.t.Context(), d.ID)
	must(w.t, err)
	return d
}

// arrival is one webhook as a receiver got it.
type arrival struct {
	header http.Header
	body   []byte
}

// verify checks an arrival with a library for Standard Webhooks.
func (a arrival) verify(secret string) error {
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return err
	}
	return wh.Verify(a.body, a.header)
}

// receiver is a server that accepts webhooks and answers with a status.
func receiver(t *testing.T, status func() int) (url string, arrivals chan arrival) {
	t.Helper()
	arrivals = make(chan arrival, 1000)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("an incomplete body: %v", err)
		}
		arrivals <- arrival{r.Header, body}
		w.WriteHeader(status())
	}))
	t.Cleanup(s.Close)
	return s.URL, arrivals
}

func always(status int) func() int { return func() int { return status } }
