package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/server"
	"blush.example/blush/simulate"
)

// demoUser is the external id of the demo's user.
const demoUser = "anna"

type demoCmd struct {
	DataDir string  `name:"data-dir" placeholder:"DIR" help:"Folder for all data (default: a temporary folder, removed at the end)."`
	Listen  string  `default:"localhost:8443" placeholder:"HOST:PORT" help:"Address to listen on; if it is in use, the demo uses another port (default: localhost:8443)."`
	HR      float64 `name:"hr" default:"72" placeholder:"BPM" help:"Heart rate of the synthetic face (default: 72)."`
	Seconds float64 `default:"30" placeholder:"S" help:"Length of the video in s (default: 30)."`
	Seed    uint64  `default:"1" placeholder:"N" help:"Seed of the synthetic face; each seed gives a different heart (default: 1)."`
	Width   int     `default:"480" placeholder:"PIXELS" help:"Width of the video in pixels, 240 to 1920 (default: 480)."`
	Exit    bool    `help:"Exit after printing the result."`
}

func (c *demoCmd) Run(ctx context.Context, con console) (err error) {
	switch {
	case !(c.HR >= 40 && c.HR <= 180):
		return badInput("--hr %g: must be 40 to 180 bpm", c.HR)
	case !(c.Seconds >= 10 && c.Seconds <= 120):
		return badInput("--seconds %g: must be 10 to 120 s", c.Seconds)
	case c.Width < 240 || c.Width > 1920:
		return badInput("--width %d: must be 240 to 1920 pixels", c.Width)
	}
	if err := checkListen(ctx, "--listen", c.Listen); err != nil {
		return err
	}
	dir, remove, err := c.folder()
	if err != nil {
		return err
	}
	defer remove()
	fmt.Fprintln(con.out, "Blush: a face scan from end to end, on this machine only.")
	pages := &demoPages{}
	s, err := c.server(ctx, con, dir, pages)
	if err != nil {
		return serveError("--listen", c.Listen, err)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running) }()
	defer func() { stop(); err = errors.Join(err, <-ended) }()
	where := s.URL() + ", data in " + dir
	switch { // with --exit the server, and a temporary folder, are gone by the time this is read
	case c.Exit && c.DataDir == "":
		where = "started, with a temporary folder for its data"
	case c.Exit:
		where = "started, data in " + dir
	}
	step(con, "server", "%s", where)
	made, err := c.scan(ctx, con, s, dir)
	if err != nil || c.Exit {
		return err
	}
	pages.made.Store(made)
	printDemoLines(con.out, s.URL(), s.CAFile(), made)
	fmt.Fprintln(con.out, "Serving until you press Ctrl-C.")
	select {
	case <-ctx.Done():
	case err = <-ended:
		ended <- nil
	}
	return err
}

// step prints what has been done.
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

func (c *demoCmd) server(ctx context.Context, con console, dir string, pages *demoPages) (*server.Server, error) {
	cfg := server.Config{DataDir: dir, Listen: c.Listen, Version: programVersion(), Drain: 2 * time.Second, Pages: pages.handlers(), Try: "/demo/scan",
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

// scan does what an integrator does: customer, key, user, video, result. The
// user has a simulated year of history.
func (c *demoCmd) scan(ctx context.Context, con console, s *server.Server, dir string) (*demoMade, error) {
	customer, key, err := demoCustomer(ctx, s.Accounts)
	if err != nil {
		return nil, storeFlags{DataDir: dir}.operatorError("", err)
	}
	trusting, err := trust(s.CAFile())
	if err != nil {
		return nil, err
	}
	_, year, err := liveYear(ctx, s.Accounts, s.Insights, customer, demoUser, c.Seed, time.Now())
	if err != nil {
		return nil, err
	}
	step(con, "user", "%s of customer %s, with a simulated year of %d scans", demoUser, customer.Name, len(year.Scans))

	file := filepath.Join(dir, "face.avi")
	scene := simulate.NewScene(c.Seed, c.Seconds)
	scene.Rhythm.HeartRate = c.HR
	truth, err := film(ctx, con, scene, file, c.Width, 95)
	if err != nil {
		return nil, err
	}
	size, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	step(con, "video", "%.0f s of a synthetic face, %.1f MB of motion JPEG", c.Seconds, float64(size.Size())/1e6)

	began := time.Now()
	made := &demoMade{api: &client.Client{BaseURL: s.URL(), APIKey: key, HTTP: trusting}}
	scan, err := made.api.SubmitVideo(ctx, client.UserRef{ExternalID: demoUser}, file, client.VideoOptions{})
	if err == nil {
		scan, err = made.api.Wait(ctx, scan.FaceScanID)
	}
	if err != nil {
		return nil, err
	}
	if scan.Status != "done" || scan.QualityStatus == nil {
		why := "no reason given"
		if scan.Failure != nil {
			why = *scan.Failure
		}
		return nil, fmt.Errorf("the scan %s: %s", scan.Status, why)
	}
	made.scanID = scan.FaceScanID
	step(con, "scan", "sent, analysed and stored in %.1f s; quality %s", time.Since(began).Seconds(), *scan.QualityStatus)
	return made, printWithTruth(con.out, scan.Estimates, truthOf(truth))
}

// demoCustomer registers the demo's customer and returns a key for test data. In
// the data folder of an earlier demo, the customer already exists.
func demoCustomer(ctx context.Context, accounts *account.Service) (blush.Customer, string, error) {
	customer, _, err := accounts.CreateCustomer(ctx, "Demo")
	if blush.KindOf(err) == blush.Conflict {
		customer, err = accounts.Customer(ctx, "Demo")
	}
	if err != nil {
		return customer, "", err
	}
	key, err := accounts.CreateKey(ctx, customer.ID, blush.Dev, "demo", account.KeyLimits{})
	return customer, key.Text, err
}

// printWithTruth prints the values next to the true ones.
func printWithTruth(w io.Writer, estimates []biomarker.Estimate, truth map[biomarker.Name]float64) error {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  biomarker\tvalue\t90 % interval\ttruth\tconfidence")
	for _, e := range estimates {
		real, known := truth[e.Biomarker]
		if !known {
			continue
		}
		got, interval, confidence := "–", "", ""
		switch {
		case e.Value != nil && e.Interval != nil:
			got, confidence = value(*e.Value, e.Unit)+" "+e.Unit, fmt.Sprintf("%d %%", blush.Percent(100*e.Confidence))
			interval = value(e.Interval[0], e.Unit) + " to " + value(e.Interval[1], e.Unit)
		case e.Reason != nil:
			confidence = string(*e.Reason)
		}
		kind, _ := biomarker.Find(e.Biomarker)
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", kind.Title, got, interval, value(real, e.Unit), confidence)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, "A synthetic face has known true values. They are not a claim about people.\n")
	return err
}

// truthOf returns the true value of each biomarker, in the catalogue's units.
func truthOf(t simulate.Truth) map[biomarker.Name]float64 {
	return map[biomarker.Name]float64{
		biomarker.HeartRate: t.HeartRate, biomarker.RespiratoryRate: t.RespiratoryRate,
		biomarker.HeartRateVariability: t.SDNN, biomarker.RMSSD: t.RMSSD,
	}
}

// trust makes an HTTP client that trusts the certificate authority in a file.
func trust(caFile string) (*http.Client, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s contains no certificate", caFile)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}, nil
}
