package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/server"
	"blush.example/blush/simulate"
)

// demoUser is the external id of the demonstration's user.
const demoUser = "anna"

type demoCmd struct {
	DataDir string  `name:"data-dir" placeholder:"DIR" help:"Folder to keep everything in (default: a temporary one, removed at the end)."`
	Listen  string  `default:"localhost:8443" placeholder:"HOST:PORT" help:"Address to listen on; when it is in use, another port is taken (default: localhost:8443)."`
	HR      float64 `name:"hr" default:"72" placeholder:"BPM" help:"Heart rate of the synthetic face (default: 72)."`
	Seconds float64 `default:"30" placeholder:"S" help:"Length of the video in s (default: 30)."`
	Seed    uint64  `default:"1" placeholder:"N" help:"Another seed is another heart (default: 1)."`
	Exit    bool    `help:"Stop once the result is printed."`
}

func (c *demoCmd) Run(ctx context.Context, con console) (err error) {
	if !(c.HR >= 40 && c.HR <= 180) || !(c.Seconds >= 10 && c.Seconds <= 120) {
		return badInput("--hr lies between 40 and 180 bpm, --seconds between 10 and 120 s")
	}
	dir, remove, err := c.folder()
	if err != nil {
		return err
	}
	defer remove()
	fmt.Fprintf(con.out, "Blush: a face scan from end to end, on this machine only.\n\n")
	s, err := c.server(ctx, con, dir)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running) }()
	defer func() { stop(); err = errors.Join(err, <-ended) }()
	step(con, "server", "%s, on a fresh database in %s", s.URL(), dir)

	if err := c.scan(ctx, con, s, dir); err != nil {
		return err
	}
	if c.Exit {
		return nil
	}
	fmt.Fprintf(con.out, "\nServing until you press Ctrl-C.\n")
	select {
	case <-ctx.Done():
	case err = <-ended:
		ended <- nil
	}
	return err
}

// step says what has been done.
func step(con console, what, format string, args ...any) {
	fmt.Fprintf(con.out, "  %-10s%s\n", what, fmt.Sprintf(format, args...))
}

func (c *demoCmd) folder() (dir string, remove func(), err error) {
	if c.DataDir != "" {
		dir, err = filepath.Abs(c.DataDir)
		return dir, func() {}, err
	}
	dir, err = os.MkdirTemp("", "blush-demo-")
	return dir, func() { os.RemoveAll(dir) }, err
}

func (c *demoCmd) server(ctx context.Context, con console, dir string) (*server.Server, error) {
	cfg := server.Config{DataDir: dir, Listen: c.Listen, Version: programVersion(), Drain: 2 * time.Second,
		Log: slog.New(slog.NewTextHandler(con.err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	s, err := server.New(ctx, cfg)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, splitErr := net.SplitHostPort(c.Listen)
		if splitErr != nil {
			return nil, err
		}
		cfg.Listen = net.JoinHostPort(host, "0")
		s, err = server.New(ctx, cfg)
	}
	return s, err
}

// scan goes the way of an integrator: customer, keys, user, video, result.
func (c *demoCmd) scan(ctx context.Context, con console, s *server.Server, dir string) error {
	customer, keys, err := s.Accounts.CreateCustomer(ctx, "Demo")
	if err != nil {
		return storeFlags{DataDir: dir}.said("", err)
	}
	key := keyFor(keys, blush.Dev)
	trusting, err := trust(s.CAFile())
	if err != nil {
		return err
	}
	step(con, "customer", "%s, with a key for tests and a key for people", customer.Name)

	api := &client.Client{BaseURL: s.URL(), APIKey: key, HTTP: trusting}
	user, _, err := api.CreateUser(ctx, client.User{ExternalUserID: ref(demoUser), BirthDate: ref("1990-05-17"), Sex: ref("F")})
	if err != nil {
		return err
	}
	step(con, "user", "%s, whom the server calls %s", demoUser, user.UserID)

	file := filepath.Join(dir, "face.avi")
	scene := simulate.NewScene(c.Seed, c.Seconds)
	scene.Rhythm.HeartRate = c.HR
	truth, err := film(ctx, con, scene, file, 480, 95)
	if err != nil {
		return err
	}
	size, err := os.Stat(file)
	if err != nil {
		return err
	}
	step(con, "video", "%.0f s of a synthetic face, %.1f MB of motion JPEG", c.Seconds, float64(size.Size())/1e6)

	began := time.Now()
	scan, err := api.SubmitVideo(ctx, client.UserRef{ExternalID: demoUser}, file, client.VideoOptions{})
	if err == nil {
		scan, err = api.Wait(ctx, scan.FaceScanID)
	}
	if err != nil {
		return err
	}
	if scan.Status != "done" || scan.QualityStatus == nil {
		why := "no reason given"
		if scan.Failure != nil {
			why = *scan.Failure
		}
		return fmt.Errorf("the scan %s: %s", scan.Status, why)
	}
	step(con, "scan", "sent, analysed and stored in %.1f s; quality %s", time.Since(began).Seconds(), *scan.QualityStatus)
	fmt.Fprintln(con.out)
	if err := printEstimates(con.out, scan.Estimates, truthOf(truth)); err != nil {
		return err
	}
	fmt.Fprintf(con.out, "\n  The truth is known because the face is synthetic: a test of the program, no claim about people.\n"+
		"  How far it is off, and on what: blush validate, and README.md.\n")
	return next(ctx, con, s, api, scan.FaceScanID)
}

// next says what can be tried now, in lines that work as they stand.
func next(ctx context.Context, con console, s *server.Server, api *client.Client, scanID string) error {
	page, err := api.ScanURL(ctx, client.UserRef{ExternalID: demoUser})
	if err != nil {
		return err
	}
	curl := fmt.Sprintf("curl --cacert %s -H 'x-api-key: %s'", quoted(s.CAFile()), api.APIKey)
	url := s.URL()
	fmt.Fprintf(con.out, `
In a browser, which will ask about the certificate, for its authority is this machine's own:

  %s/docs/api/
  %s

In a shell, as they stand:

  # the user, and the result with everything needed to judge it
  %[3]s '%[1]s/v2/users?external_user_id=%[5]s'
  %[3]s %[1]s/v2/facescans/%[4]s

  # another scan of the user, simulated, and its pulse wave
  %[3]s '%[1]s/v2/facescans?external_user_id=%[5]s' -H 'Content-Type: application/json' -d '{"synthetic":{"heart_rate":64}}'
  %[3]s %[1]s/v2/facescans/%[4]s/waveform

  # a token with which a page or an app speaks for this user alone
  %[3]s %[1]s/v2/users/authenticate -H 'Content-Type: application/json' -d '{"external_user_id":"%[5]s"}'
`, url, page.URL, curl, scanID, demoUser)
	return nil
}

// truthOf is what the truth says of each biomarker, in the catalogue's units.
func truthOf(t simulate.Truth) map[biomarker.Name]float64 {
	return map[biomarker.Name]float64{
		biomarker.HeartRate: t.HeartRate, biomarker.RespiratoryRate: t.RespiratoryRate,
		biomarker.HeartRateVariability: t.SDNN, biomarker.RMSSD: t.RMSSD,
	}
}

// trust makes an HTTP client that accepts what the authority signed.
func trust(caFile string) (*http.Client, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}, nil
}

// keyFor returns the text of the key of an environment.
func keyFor(keys []account.IssuedKey, env blush.Environment) string {
	for _, k := range keys {
		if k.Environment == env {
			return k.Text
		}
	}
	return ""
}

func ref(s string) *string { return &s }

// quoted writes a path for a shell.
func quoted(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
