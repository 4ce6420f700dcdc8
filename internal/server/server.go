// Package server assembles the program: from a Config to one handler, its
// listener and its workers. All of the wiring is in server.go.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/bucket"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/gallery"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/monitor"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
	"blush.example/blush/internal/web"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// Config says how to serve. Zero values mean the defaults.
type Config struct {
	// DataDir is the folder of the database, the secret and the certificates; default blush-data.
	DataDir string
	// DatabaseURL is postgres://…, or empty for SQLite in DataDir.
	DatabaseURL string
	// DatabaseWait is how long the server waits for a database that cannot be reached when it starts.
	DatabaseWait time.Duration
	// Bucket is where traces and waiting videos are stored: see [bucket.Open]. Empty: in the database.
	Bucket string
	// SecretFile is the file of the master secret; default DataDir/secret.
	SecretFile string
	// Listen is the address to listen at; default localhost:8443.
	Listen string
	TLS    TLS
	// Monitor is the address of a second listener, for operators only: /metrics for
	// Prometheus and /debug/pprof/, over plain HTTP, without authentication. Empty: none.
	Monitor string
	// TrustedProxies are the networks whose X-Forwarded-Proto and X-Forwarded-For are
	// believed; default the loopback addresses with TLS.Plain, none otherwise.
	TrustedProxies []netip.Prefix
	// BaseURL is how clients reach this server, e.g. https://scan.example.org; default from Listen.
	BaseURL string
	// StopDelay is how long a stopping server still accepts requests, while /readyz
	// says "stopping", so that load balancers stop sending requests before it closes.
	StopDelay time.Duration
	// Drain is how long running requests may then take to finish; default 20 s.
	Drain time.Duration
	// Version of the program, for the API's document.
	Version string
	Scan    scan.Config
	// Webhooks says how events are sent to customers' servers.
	Webhooks deliver.Config
	// Pages are served in addition to the server's own, each at its path, for blush demo. Try is the path of the one that starts a scan.
	Pages map[string]http.Handler
	Try   string
	// KeepRefused is how many days the audit trail keeps entries about unknown credentials; 0: for ever.
	KeepRefused int
	// Limits on the rate of requests; nil means httpapi.DefaultLimits.
	Limits *httpapi.Limits
	Log    *slog.Logger
}

// Server is one running process of the service.
type Server struct {
	cfg              Config
	store            *store.Store
	bucket           *bucket.Bucket
	Accounts         *account.Service
	Insights         *insight.Service
	Scans            *scan.Service
	Webhooks         *deliver.Service
	gallery          *gallery.Gallery
	listener         net.Listener
	ca               *devCA
	pem              *pemFiles
	http             *http.Server
	stopping         context.Context // done as soon as the server is stopping
	stop             context.CancelFunc
	cut              context.CancelCauseFunc // cancels all requests
	fresh            fresh
	firstRequestTime time.Duration // how long a stopping server waits for the first request of a connection
	cutOffTime       time.Duration // how long requests that are cut off have to send their clients an error
	writable         probe
	monitor          *monitor.Monitor
	watch            *watch
	after            func(time.Duration) <-chan time.Time // time.After, except in tests
}

// New opens everything that the server needs, including its listener, but does not serve yet.
func New(ctx context.Context, cfg Config) (_ *Server, err error) {
	cfg = cfg.withDefaults()
	s := &Server{cfg: cfg, after: time.After, firstRequestTime: 5 * time.Second, cutOffTime: 2 * time.Second}
	s.stopping, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, err
	}
	certs, ca, files, err := cfg.TLS.certificates(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	s.ca, s.pem = ca, files
	if s.store, err = s.openStore(ctx); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if cfg.Bucket != "" {
		if s.bucket, err = bucket.Open(ctx, cfg.Bucket); err != nil {
			return nil, err
		}
		s.store.SetBucket(s.bucket)
	}
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen); err != nil {
		return nil, err
	}
	if err := s.openMonitor(ctx); err != nil {
		return nil, err
	}
	if err := s.takeStore(ctx); err != nil {
		return nil, err
	}
	if err := s.openServices(ctx); err != nil {
		return nil, err
	}
	handler, err := s.routes()
	if err != nil {
		return nil, err
	}
	s.http = s.httpServer(ctx, handler, certs)
	return s, nil
}

// openMonitor makes the monitor, which scans and deliveries then inform, and its listener if there is to be one.
func (s *Server) openMonitor(ctx context.Context) (err error) {
	s.monitor = monitor.New(s.cfg.Version, monitor.Waiting{Jobs: s.store.QueueDepths, Traces: func() map[string]int { return s.Scans.Waiting() }})
	took := s.cfg.Scan.Took
	s.cfg.Scan.Took = func(stage string, d time.Duration) {
		s.monitor.Stage(stage, d)
		if took != nil {
			took(stage, d)
		}
	}
	s.cfg.Scan.Ended, s.cfg.Webhooks.Attempted = s.monitor.Scan, s.monitor.Delivery
	if s.cfg.Monitor != "" {
		s.watch, err = newWatch(ctx, s.cfg.Monitor, s.monitor, s.cfg.Log)
	}
	return err
}

// openServices makes the services on the database.
func (s *Server) openServices(ctx context.Context) error {
	secrets, err := account.OpenSecrets(ctx, s.store, s.cfg.SecretFile)
	if err != nil {
		return err
	}
	s.Accounts = account.New(s.store, secrets, time.Now)
	s.Accounts.KeepRefused, s.Accounts.Log = s.cfg.KeepRefused, s.cfg.Log
	s.Insights = insight.New(s.store, s.Accounts, time.Now)
	s.Scans = scan.New(s.store, s.Accounts, s.Insights, secrets, s.cfg.Scan)
	s.Webhooks = deliver.New(s.store, s.Accounts, secrets, s.cfg.Webhooks)
	return nil
}

// httpServer makes the server of requests, which s.cut cuts off.
func (s *Server) httpServer(ctx context.Context, handler http.Handler, certs *tls.Config) *http.Server {
	requests, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	s.cut = cut
	return &http.Server{
		BaseContext: func(net.Listener) context.Context { return requests },
		ConnContext: s.fresh.opened, ConnState: s.fresh.changed,
		Handler: handler, TLSConfig: certs, ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

// takeStore makes the database this server's, of its schema, with its bucket.
func (s *Server) takeStore(ctx context.Context) error {
	if err := s.store.Claim(); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := s.store.Migrate(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return s.store.RecogniseBucket(ctx)
}

// databasePause is how long the server waits between attempts to reach the database.
const databasePause = 2 * time.Second

// openStore opens the database. If it cannot be reached, openStore waits, because database and server may start at the same time.
func (s *Server) openStore(ctx context.Context) (*store.Store, error) {
	for left := s.cfg.DatabaseWait; ; left -= databasePause {
		st, err := store.Open(ctx, s.cfg.DatabaseURL)
		if err == nil || left <= 0 || !store.Unreachable(err) {
			return st, err
		}
		s.cfg.Log.WarnContext(ctx, "waiting for the database", "cause", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.after(databasePause):
		}
	}
}

func (cfg Config) withDefaults() Config {
	def := func(v *string, d string) {
		if *v == "" {
			*v = d
		}
	}
	def(&cfg.DataDir, "blush-data")
	def(&cfg.DatabaseURL, store.InFile(filepath.Join(cfg.DataDir, "blush.db")))
	def(&cfg.SecretFile, filepath.Join(cfg.DataDir, "secret"))
	def(&cfg.Listen, "localhost:8443")
	def(&cfg.Version, "dev")
	def(&cfg.Scan.TempDir, filepath.Join(cfg.DataDir, "tmp"))
	if cfg.Drain == 0 {
		cfg.Drain = 20 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Webhooks.Log == nil {
		cfg.Webhooks.Log = cfg.Log
	}
	if cfg.Scan.Log == nil {
		cfg.Scan.Log = cfg.Log
	}
	if cfg.Scan.MaxVideoBytes == 0 {
		cfg.Scan.MaxVideoBytes = 256 << 20
	}
	if len(cfg.TrustedProxies) == 0 && cfg.TLS.Plain {
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if cfg.Limits == nil {
		cfg.Limits = &httpapi.DefaultLimits
	}
	return cfg
}

// routes returns the handler with all routes of the server.
func (s *Server) routes() (http.Handler, error) {
	r := chi.NewRouter()
	r.Use(httpapi.TrimTrailingSlashes, httpapi.DrainBody, httpapi.LimitClientTime, httpapi.Observe(s.cfg.Log, s.monitor.Request), s.closing, s.onlyOverTLS, middleware.GetHead)
	api, err := httpapi.Mount(r, s.Accounts, s.Scans, s.Insights, s.Webhooks, httpapi.Config{
		BaseURL: s.URL(), Version: s.cfg.Version, Log: s.cfg.Log, MaxVideoBytes: s.cfg.Scan.MaxVideoBytes,
		Limits: *s.cfg.Limits, ClientAddress: s.clientAddress, Stopping: s.stopping, DatabaseFault: store.Fault,
	})
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Config{FrameAncestors: s.frameAncestors, Keeps: s.customer, Document: api.Document, Try: s.cfg.Try})
	if err != nil {
		return nil, err
	}
	pages.Mount(r)
	s.gallery = gallery.New(gallery.Config{BaseURL: s.URL(), Version: s.cfg.Version, Log: s.cfg.Log, Stopping: s.stopping})
	s.gallery.Mount(r)
	for path, page := range s.cfg.Pages {
		r.Method(http.MethodGet, path, page)
	}
	r.Get("/healthz", s.health)
	r.Get("/readyz", s.ready)
	nothing := func(w http.ResponseWriter, r *http.Request) {
		if httpapi.IsAPI(r) {
			httpapi.NotFound(w, r)
			return
		}
		pages.NotFound(w, r)
	}
	r.NotFound(httpapi.AnyOrigin(nothing))
	r.MethodNotAllowed(httpapi.AnyOrigin(httpapi.MethodNotAllowed(nothing)))
	return r, nil
}

// URL returns the address at which clients reach this server, without a slash at its end.
func (s *Server) URL() string {
	if s.cfg.BaseURL != "" {
		return strings.TrimSuffix(s.cfg.BaseURL, "/")
	}
	scheme, port := "https://", s.listener.Addr().(*net.TCPAddr).Port
	if s.cfg.TLS.Plain {
		scheme = "http://"
	}
	host, _, err := net.SplitHostPort(s.cfg.Listen)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, strconv.Itoa(port))
}

// CAFile returns the file of the certificate that clients must trust; empty if the server has no development certificate.
func (s *Server) CAFile() string {
	if s.ca == nil {
		return ""
	}
	return s.ca.file
}

// MonitorAddress returns the address of the listener for operators; empty if there is none.
func (s *Server) MonitorAddress() string {
	if s.watch == nil {
		return ""
	}
	return s.watch.listener.Addr().String()
}

// Handler returns the handler of all requests.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// Run serves until ctx ends and StopDelay has passed. Then it lets running requests finish.
// It returns an error only if serving failed.
func (s *Server) Run(ctx context.Context) error {
	workers, stopWorkers := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorkers()
	if err := s.Scans.Start(workers, s.Webhooks.Queue(), s.Accounts.Queue()); err != nil {
		return errors.Join(fmt.Errorf("background work: %w", err), s.release())
	}
	s.Webhooks.Start(workers)
	caughtUp := make(chan struct{})
	go func() {
		defer close(caughtUp)
		s.Insights.CatchUp(s.stopping, s.cfg.Log)
	}()
	if s.watch != nil {
		s.watch.start(s.cfg.Log)
		s.cfg.Log.InfoContext(ctx, "serving metrics", "address", s.MonitorAddress())
	}
	failed := make(chan error, 1)
	go func() { failed <- s.serve() }()
	s.cfg.Log.InfoContext(ctx, "serving", "url", s.URL(), "version", s.cfg.Version)
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	s.stop()
	if err == nil && s.cfg.StopDelay > 0 {
		s.cfg.Log.InfoContext(ctx, "stopping", "closes_in", s.cfg.StopDelay.String())
		select {
		case err = <-failed:
		case <-s.after(s.cfg.StopDelay):
		}
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Drain)
	defer cancel()
	if err == nil {
		err = s.listener.Close()
		if served := <-failed; !errors.Is(served, net.ErrClosed) {
			err = errors.Join(err, served)
		}
		s.fresh.wait(drain, s.firstRequestTime)
	}
	if stop := s.http.Shutdown(drain); stop != nil {
		s.cfg.Log.WarnContext(ctx, "cutting off the requests that are still running", "after", s.cfg.Drain.String())
		s.cut(httpapi.ErrStopped)
		told, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cutOffTime)
		defer cancel()
		if s.http.Shutdown(told) != nil {
			_ = s.http.Close()
		}
	}
	err = errors.Join(err, s.Scans.Stop(drain))
	s.Webhooks.Stop()
	<-caughtUp
	err = errors.Join(err, s.release())
	s.cfg.Log.InfoContext(ctx, "stopped")
	return err
}

func (s *Server) serve() error {
	var err error
	if s.cfg.TLS.Plain {
		err = s.http.Serve(s.listener)
	} else {
		err = s.http.Serve(tls.NewListener(s.listener, s.http.TLSConfig))
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close releases what New opened, for a server that was never Run.
func (s *Server) Close() error { return s.release() }

func (s *Server) release() error {
	s.stop()
	var err error
	if s.listener != nil {
		if e := s.listener.Close(); !errors.Is(e, net.ErrClosed) {
			err = e
		}
	}
	if s.watch != nil {
		err = errors.Join(err, s.watch.close())
	}
	if s.gallery != nil {
		err = errors.Join(err, s.gallery.Close())
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	if s.bucket != nil {
		err = errors.Join(err, s.bucket.Close())
	}
	return err
}
