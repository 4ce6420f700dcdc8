package blushtest

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest/freeport"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/deliver"
	"blush.example/blush/internal/server"
)

// Environment variables of a child.
const (
	childDir      = "BLUSH_TEST_SERVE"
	childDatabase = "BLUSH_TEST_DATABASE"
	childListen   = "BLUSH_TEST_LISTEN"
	childTrust    = "BLUSH_TEST_WEBHOOK_CA"
)

// ServeChild makes a test binary that [StartChild] started a server, which runs until
// it is killed. Call it first in TestMain; it returns at once in every other binary.
func ServeChild() {
	dir := os.Getenv(childDir)
	if dir == "" {
		return
	}
	cfg := server.Config{DataDir: dir, DatabaseURL: os.Getenv(childDatabase), Listen: os.Getenv(childListen), TLS: server.TLS{Plain: true},
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	err := trustReceiver(&cfg, os.Getenv(childTrust))
	var s *server.Server
	if err == nil {
		s, err = server.New(context.Background(), cfg)
	}
	if err == nil {
		fmt.Println(s.URL())
		err = s.Run(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// trustReceiver lets webhooks reach a receiver on this machine, with the certificate in a file.
func trustReceiver(cfg *server.Config, file string) error {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("no certificate in " + file)
	}
	cfg.Webhooks = WebhooksHere(roots)
	return nil
}

// Child is a server in a separate process, which can be killed.
type Child struct {
	URL string
	cmd *exec.Cmd
}

// ChildConfig configures a child. Zero values: SQLite in Dir, a free port, no webhooks to this machine.
type ChildConfig struct {
	Dir, Database, Listen string
	// WebhookCA is a file with the certificate of a receiver of webhooks on this machine.
	WebhookCA string
}

// StartChild runs this test binary once more, as a server: see [ServeChild].
func StartChild(t testing.TB, cfg ChildConfig) *Child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	c := &Child{cmd: exec.Command(exe)}
	c.cmd.Env = append(os.Environ(), childDir+"="+cfg.Dir, childDatabase+"="+cfg.Database, childListen+"="+cfg.Listen, childTrust+"="+cfg.WebhookCA)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatalf("the server said nothing: %v", err)
	}
	c.URL = strings.TrimSpace(string(line[:n]))
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return c
}

// Kill is kill -9: no chance to tidy up.
func (c *Child) Kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// DevKey creates a customer in a database that no server uses yet, and returns its key for test data.
func DevKey(t testing.TB, dir, database string) string {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{DataDir: dir, DatabaseURL: database, Listen: "127.0.0.1:0", TLS: server.TLS{Plain: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, keys, err := s.Accounts.CreateCustomer(t.Context(), "Acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.Environment == blush.Dev {
			return k.Text
		}
	}
	t.Fatal("no DEV key")
	return ""
}

// WebhooksHere lets webhooks be sent to this machine. However slow it is, no attempt ends early.
func WebhooksHere(roots *x509.CertPool) deliver.Config {
	return deliver.Config{Timeout: time.Hour, ConnectTimeout: time.Hour, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: roots}
}

// FreeAddress is an address at which one server after another can listen.
func FreeAddress(t testing.TB) string {
	t.Helper()
	port, err := freeport.On("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", port)
}
