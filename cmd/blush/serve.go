package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/server"
)

type serveCmd struct {
	storeFlags
	Listen    string   `env:"BLUSH_LISTEN" default:"localhost:8443" placeholder:"HOST:PORT" help:"Address to listen on; without a host, on all of them (default: localhost:8443)."`
	PublicURL string   `name:"public-url" env:"BLUSH_PUBLIC_URL" placeholder:"URL" help:"How people reach this server: it stands in scan links (default: from --listen)."`
	TLSCert   string   `name:"tls-cert" env:"BLUSH_TLS_CERT" and:"pem" xor:"tls" placeholder:"FILE" help:"Certificate chain in PEM. Without any --tls flag Blush makes a certificate authority for this machine."`
	TLSKey    string   `name:"tls-key" env:"BLUSH_TLS_KEY" and:"pem" placeholder:"FILE" help:"Key of that certificate in PEM."`
	TLSDomain []string `name:"tls-domain" env:"BLUSH_TLS_DOMAIN" xor:"tls" placeholder:"NAME" help:"Get certificates for these names from Let's Encrypt; listen on :443 then."`
	Plain     bool     `name:"plain-http" env:"BLUSH_PLAIN_HTTP" xor:"tls" help:"Plain HTTP: on a loopback address, or behind a proxy that ends TLS and sets X-Forwarded-Proto and -For."`

	MaxVideoMiB  int64         `name:"max-video-mib" env:"BLUSH_MAX_VIDEO_MIB" default:"256" placeholder:"N" help:"Largest video accepted, in MiB (default: 256)."`
	VideoWorkers int           `name:"video-workers" env:"BLUSH_VIDEO_WORKERS" default:"1" placeholder:"N" help:"Videos analysed at once by this process (default: 1)."`
	VideoTimeout time.Duration `name:"video-timeout" env:"BLUSH_VIDEO_TIMEOUT" default:"5m" placeholder:"TIME" help:"Longest analysis of one video (default: 5m)."`
	LogFormat    string        `name:"log-format" env:"BLUSH_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"text|json" help:"Form of the log on standard error (default: text)."`
}

func (c *serveCmd) Run(ctx context.Context, con console) error {
	if c.MaxVideoMiB < 1 || c.VideoWorkers < 1 || c.VideoTimeout <= 0 {
		return badInput("--max-video-mib, --video-workers and --video-timeout must be positive")
	}
	s, err := server.New(ctx, server.Config{
		DataDir: c.DataDir, DatabaseURL: c.Database, SecretFile: c.SecretFile, Listen: c.Listen, BaseURL: c.PublicURL,
		TLS:     server.TLS{CertFile: c.TLSCert, KeyFile: c.TLSKey, Domains: c.TLSDomain, Plain: c.Plain},
		Version: programVersion(), Log: c.logger(con),
		Scan: scan.Config{MaxVideoBytes: c.MaxVideoMiB << 20, VideoWorkers: c.VideoWorkers, JobTimeout: c.VideoTimeout},
	})
	if err != nil {
		return err
	}
	if ca := s.CAFile(); ca != "" {
		fmt.Fprintf(con.err, "This server's certificate comes from an authority made for this machine only.\n"+
			"Clients trust it with its certificate: curl --cacert %s %s/healthz\n", ca, s.URL())
	}
	return s.Run(ctx)
}

func (c *serveCmd) logger(con console) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(con.err, nil))
	}
	return slog.New(slog.NewTextHandler(con.err, nil))
}
