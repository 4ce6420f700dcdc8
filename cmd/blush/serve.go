package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/server"
)

type serveCmd struct {
	storeFlags
	keepFlags
	Listen    string   `env:"BLUSH_LISTEN" default:"localhost:8443" placeholder:"HOST:PORT" help:"Address to listen on; without a host, all addresses of this machine (default: localhost:8443)."`
	PublicURL string   `name:"public-url" env:"BLUSH_PUBLIC_URL" placeholder:"URL" help:"URL under which people reach this server, used in scan links (default: derived from --listen)."`
	TLSCert   string   `name:"tls-cert" env:"BLUSH_TLS_CERT" and:"pem" xor:"tls" placeholder:"FILE" help:"Certificate chain in PEM; SIGHUP makes the server read it again. Without any --tls flag, Blush creates a certificate authority for this machine."`
	TLSKey    string   `name:"tls-key" env:"BLUSH_TLS_KEY" and:"pem" placeholder:"FILE" help:"Key of that certificate in PEM."`
	TLSDomain []string `name:"tls-domain" env:"BLUSH_TLS_DOMAIN" xor:"tls" placeholder:"NAME" help:"Get certificates for these names from Let's Encrypt; this needs --listen :443."`
	Plain     bool     `name:"plain-http" env:"BLUSH_PLAIN_HTTP" xor:"tls" help:"Serve plain HTTP, on a loopback address or behind a proxy that terminates TLS and sets X-Forwarded-Proto and X-Forwarded-For."`
	Proxies   []string `name:"trusted-proxy" env:"BLUSH_TRUSTED_PROXY" placeholder:"NETWORK" help:"Networks or addresses of trusted proxies, whose X-Forwarded headers are used, e.g. 10.0.0.0/8 (default: this machine, with --plain-http)."`

	DatabaseWait    time.Duration `name:"database-wait" env:"BLUSH_DATABASE_WAIT" default:"1m" placeholder:"TIME" help:"How long to wait at startup for an unreachable database (default: 1m)."`
	MaxVideoMiB     int64         `name:"max-video-mib" env:"BLUSH_MAX_VIDEO_MIB" default:"256" placeholder:"N" help:"Largest video accepted, in MiB (default: 256)."`
	VideoWorkers    int           `name:"video-workers" env:"BLUSH_VIDEO_WORKERS" default:"1" placeholder:"N" help:"Videos analysed in parallel by this process (default: 1)."`
	VideoTimeout    time.Duration `name:"video-timeout" env:"BLUSH_VIDEO_TIMEOUT" default:"5m" placeholder:"TIME" help:"Time limit for the analysis of one video (default: 5m)."`
	LimitKey        int           `name:"limit-key" env:"BLUSH_LIMIT_KEY" default:"500" placeholder:"N" help:"Requests a second of one API key; 0: no limit (default: 500)."`
	LimitToken      int           `name:"limit-token" env:"BLUSH_LIMIT_TOKEN" default:"100" placeholder:"N" help:"Requests a second of one action token; 0: no limit (default: 100)."`
	LimitAddress    int           `name:"limit-address" env:"BLUSH_LIMIT_ADDRESS" default:"200" placeholder:"N" help:"Requests a second from one address without an API key; 0: no limit (default: 200)."`
	StopDelay       time.Duration `name:"stop-delay" env:"BLUSH_STOP_DELAY" default:"0s" placeholder:"TIME" help:"How long the server still accepts requests after SIGTERM, while /readyz reports that it is stopping (default: 0s)."`
	StopTimeout     time.Duration `name:"stop-timeout" env:"BLUSH_STOP_TIMEOUT" default:"20s" placeholder:"TIME" help:"How long requests in progress may take after that (default: 20s)."`
	UserScans       int64         `name:"user-scans" env:"BLUSH_USER_SCANS" default:"200" placeholder:"N" help:"Scans of one user in a day of UTC; 0: no limit (default: 200)."`
	UserMiB         int64         `name:"user-mib" env:"BLUSH_USER_MIB" default:"4096" placeholder:"N" help:"Traces (in their compact form) and videos of one user in a day, in MiB; 0: no limit (default: 4096)."`
	CustomerScans   int64         `name:"customer-scans" env:"BLUSH_CUSTOMER_SCANS" default:"0" placeholder:"N" help:"Scans of one customer in a day; 0: no limit (default: 0)."`
	CustomerMiB     int64         `name:"customer-mib" env:"BLUSH_CUSTOMER_MIB" default:"0" placeholder:"N" help:"Traces and videos of one customer in a day, in MiB; 0: no limit (default: 0)."`
	WebhookNetworks []string      `name:"webhook-network" env:"BLUSH_WEBHOOK_NETWORK" placeholder:"NETWORK" help:"Private networks that webhooks may reach, e.g. 10.1.0.0/16 (default: none, public addresses only)."`
	MonitorListen   string        `name:"monitor-listen" env:"BLUSH_MONITOR_LISTEN" placeholder:"HOST:PORT" help:"Address of a second listener, for operators only: Prometheus metrics at /metrics and pprof at /debug/pprof/, over plain HTTP (default: none)."`
	LogFormat       string        `name:"log-format" env:"BLUSH_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"text|json" help:"Format of the log on standard error (default: text)."`
	LogLevel        string        `name:"log-level" env:"BLUSH_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"Lowest level that is logged: debug, info, warn or error (default: info)."`
}

func (c *serveCmd) Run(ctx context.Context, con console) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	proxies, err := networks("--trusted-proxy", c.Proxies)
	if err != nil {
		return err
	}
	hooks, err := networks("--webhook-network", c.WebhookNetworks)
	if err != nil {
		return err
	}
	perWindow := int(httpapi.LimitWindow / time.Second)
	log, err := c.logger(con)
	if err != nil {
		return err
	}
	if err := dropScratch(c.DataDir); err != nil {
		log.WarnContext(ctx, "cannot remove the files of a killed restore", "cause", err)
	}
	s, err := server.New(ctx, server.Config{
		DataDir: c.DataDir, DatabaseURL: c.Database, DatabaseWait: c.DatabaseWait, Bucket: c.Bucket, SecretFile: c.SecretFile, Listen: c.Listen, BaseURL: c.PublicURL,
		TLS:            server.TLS{CertFile: c.TLSCert, KeyFile: c.TLSKey, Domains: c.TLSDomain, Plain: c.Plain},
		TrustedProxies: proxies, StopDelay: c.StopDelay, Drain: c.StopTimeout,
		Limits: &httpapi.Limits{PerAddress: c.LimitAddress * perWindow, PerKey: c.LimitKey * perWindow, PerToken: c.LimitToken * perWindow,
			FailuresPerAddress: httpapi.DefaultLimits.FailuresPerAddress, Failures: httpapi.DefaultLimits.Failures},
		Version: programVersion(), Log: log, Monitor: c.MonitorListen,
		Webhooks: deliver.Config{Networks: hooks}, KeepRefused: int(c.KeepRefused),
		Scan: scan.Config{MaxVideoBytes: c.MaxVideoMiB << 20, VideoWorkers: c.VideoWorkers, JobTimeout: c.VideoTimeout, Quotas: c.quotas()},
	})
	if err != nil {
		if failed := (*server.MonitorError)(nil); errors.As(err, &failed) {
			return serveError("--monitor-listen", c.MonitorListen, err)
		}
		return serveError("--listen", c.Listen, err)
	}
	if ca := s.CAFile(); ca != "" {
		fmt.Fprintf(con.err, "This server's certificate comes from a certificate authority for this machine only.\n"+
			"To trust it, give clients the authority's certificate: curl --cacert %s %s/healthz\n", ca, s.URL())
	}
	if c.TLSCert != "" { // without it, a hangup ends the server, as it ends any program
		renewed := make(chan os.Signal, 1)
		signal.Notify(renewed, syscall.SIGHUP)
		defer signal.Stop(renewed)
		go reload(ctx, renewed, s, log)
	}
	return s.Run(ctx)
}

func (c *serveCmd) quotas() scan.Quotas {
	return scan.Quotas{UserScans: c.UserScans, CustomerScans: c.CustomerScans, UserBytes: c.UserMiB << 20, CustomerBytes: c.CustomerMiB << 20}
}

// reload reads the certificate again on each SIGHUP.
func reload(ctx context.Context, renewed <-chan os.Signal, s *server.Server, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-renewed:
		}
		if err := s.ReloadCertificate(); err != nil {
			log.ErrorContext(ctx, "cannot read the certificate again; the old one stays", "cause", err)
			continue
		}
		log.InfoContext(ctx, "certificate read again")
	}
}

// networks parses networks in CIDR notation, each once; an address is a network of one. IPv4 in the form of IPv6 is IPv4, as in the addresses of clients.
func networks(flag string, texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, badInput("%s %s: must be a network or an address, e.g. 10.0.0.0/8 or 192.0.2.7", flag, text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Addr().Is4In6() {
			if p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96); !p.IsValid() {
				return nil, badInput("%s %s: begins with ::ffff:, so it must be a network of IPv4: /96 to /128", flag, text)
			}
		}
		out = append(out, p.Masked())
	}
	return blush.Once(out), nil
}

// check rejects settings with which the server could not work.
func (c *serveCmd) check(ctx context.Context) error {
	switch {
	case c.MaxVideoMiB < 1 || c.MaxVideoMiB > 1<<20:
		return badInput("--max-video-mib %d: must be 1 to %d", c.MaxVideoMiB, 1<<20)
	case c.VideoWorkers < 1:
		return badInput("--video-workers %d: must be at least 1", c.VideoWorkers)
	case c.StopDelay < 0:
		return badInput("--stop-delay %s: must not be below 0", c.StopDelay)
	case c.StopTimeout <= 0:
		return badInput("--stop-timeout %s: must be longer than 0", c.StopTimeout)
	case c.DatabaseWait < 0:
		return badInput("--database-wait %s: must not be below 0", c.DatabaseWait)
	case c.VideoTimeout <= 0:
		return badInput("--video-timeout %s: must be longer than 0", c.VideoTimeout)
	}
	for _, l := range []struct {
		flag    string
		n, most int64
	}{
		{"limit-key", int64(c.LimitKey), 1e6}, {"limit-token", int64(c.LimitToken), 1e6}, {"limit-address", int64(c.LimitAddress), 1e6},
		{"user-scans", c.UserScans, 1 << 40}, {"user-mib", c.UserMiB, 1 << 40}, {"customer-scans", c.CustomerScans, 1 << 40}, {"customer-mib", c.CustomerMiB, 1 << 40},
	} {
		if l.n < 0 || l.n > l.most {
			return badInput("--%s %d: must be 0 (no limit) to %d", l.flag, l.n, l.most)
		}
	}
	if c.TLSCert != "" {
		if _, err := server.ReadCertificate(c.TLSCert, c.TLSKey); err != nil {
			return badInput("--tls-cert, --tls-key: %w", plainPath(err))
		}
	}
	if err := checkListen(ctx, "--listen", c.Listen); err != nil {
		return err
	}
	if c.MonitorListen == c.Listen {
		return badInput("--monitor-listen %s: must differ from --listen", c.MonitorListen)
	}
	if c.MonitorListen != "" {
		if err := checkListen(ctx, "--monitor-listen", c.MonitorListen); err != nil {
			return err
		}
	}
	if err := checkPublicURL(c.PublicURL); err != nil {
		return err
	}
	if err := c.checkForm(); err != nil {
		return err
	}
	b, err := c.openBucket(ctx)
	if err != nil || b == nil {
		return err
	}
	return b.Close()
}

// checkListen rejects what is not an address to listen on.
func checkListen(ctx context.Context, flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return badInput("%s %s: must be HOST:PORT, or :PORT for every address of this machine, e.g. localhost:8443 or :443", flag, address)
	}
	return nil
}

// checkPublicURL rejects an address with which scan links would not work.
func checkPublicURL(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return badInput("--public-url %s: must be https://HOST, with a port and a path if needed, e.g. https://scan.example.org", address)
	}
	return nil
}

// serveError explains why the server cannot listen on an address, or use a file. Other errors, such as those of reaching a database, stay as they are.
func serveError(flag, listen string, err error) error {
	var at *net.OpError
	if errors.As(err, &at) && at.Op == "listen" {
		var dns *net.DNSError
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			return fmt.Errorf("%s %s: another program is already listening there; %s HOST:PORT chooses another port", flag, listen, flag)
		case errors.Is(err, syscall.EACCES):
			return fmt.Errorf("%s %s: this user may not listen there; ports below 1024 need extra permission", flag, listen)
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			return badInput("%s %s: this machine has no such address", flag, listen)
		case errors.As(err, &dns):
			return badInput("%s %s: no such host", flag, listen)
		}
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) {
		return badFile(err)
	}
	return plainPath(err)
}

func (c *serveCmd) logger(con console) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, badInput("--log-level %s: %w", c.LogLevel, err)
	}
	opt := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(con.err, opt)), nil
	}
	return slog.New(slog.NewTextHandler(con.err, opt)), nil
}
