package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/bucket"
	"blush.example/blush/internal/server"
	"blush.example/blush/internal/store"
)

type doctorCmd struct {
	serveCmd
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

// finding is what one check found.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warning or bad
	Found string `json:"found"`
	// Do is what to do about it, empty for ok.
	Do string `json:"do,omitempty"`
}

// The states of a finding.
const (
	good    = "ok"
	warning = "warning"
	bad     = "bad"
)

// Limits beyond which doctor warns.
const (
	leastDisk   = 1 << 30             // bytes
	mostSkew    = 5 * time.Second     // between this machine's clock and the database's
	leastExpiry = 14 * 24 * time.Hour // of a certificate
)

// Run checks what a server with these settings needs, and changes nothing. It
// fails when something would keep the server from working.
func (c *doctorCmd) Run(ctx context.Context, con console) error {
	findings := c.checkDatabase(ctx)
	findings = append(findings, c.settings(ctx), c.dataDir(), c.certificate(), ffmpeg(ctx))
	wrong := 0
	for _, f := range findings {
		if f.State == bad {
			wrong++
		}
	}
	if c.JSON {
		if err := printJSON(con, findings); err != nil {
			return err
		}
	} else {
		t := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
		for _, f := range findings {
			fmt.Fprintf(t, "%s\t%s\t%s\n", f.State, f.Check, f.Found)
			if f.Do != "" {
				fmt.Fprintf(t, "\t\t→ %s\n", f.Do)
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d checks found something that must be fixed", wrong, len(findings))
	}
	return nil
}

// checkDatabase checks the database, its schema, its secret and the clocks.
func (c *doctorCmd) checkDatabase(ctx context.Context) []finding {
	f := c.storeFlags
	st, err := f.openUnrecorded(ctx)
	if err != nil {
		return []finding{{"database", bad, err.Error(), "fix this first: schema, secret and clock were not checked"}}
	}
	defer st.Close() // nothing was written
	out := []finding{{Check: "database", State: good, Found: fmt.Sprintf("%s, %s", st.Engine(), f.shown())}}
	if err := st.CheckIntegrity(ctx); err != nil {
		out[0] = finding{"database", bad, err.Error(), "restore a backup"}
	} else if err := st.Writable(ctx); err != nil {
		out[0] = finding{"database", bad, "it accepts no writes: " + err.Error(), "free space on its disk, or let this user write to it"}
	}
	if current, _, err := st.SchemaVersion(ctx); err == nil { // openUnrecorded checked that it is this program's
		out = append(out, finding{Check: "schema", State: good, Found: fmt.Sprintf("version %d, which this program needs", current)})
	}
	secret := finding{Check: "secret", State: good, Found: f.secretFile() + " belongs to this database"}
	if err := f.opensWith(ctx, st); err != nil {
		secret = finding{"secret", bad, err.Error(), "fix the file as it says, for this database needs its current secret: without it keys, tokens and waiting videos are lost"}
		if errors.Is(err, account.ErrOtherSecret) {
			secret.Do = "put the current secret file of this database there, or name it with --secret-file; without it keys, tokens and waiting videos are lost"
		}
	}
	return append(out, secret, encrypted(ctx, st), f.checkBucket(ctx, st), clock(ctx, st))
}

// checkBucket writes, reads and deletes an object in the bucket.
func (f storeFlags) checkBucket(ctx context.Context, st *store.Store) finding {
	if err := st.CheckBucket(ctx); err != nil {
		return finding{"bucket", bad, err.Error(), "name the bucket that the servers use with --bucket, and mount its disk"}
	}
	if f.Bucket == "" {
		return finding{Check: "bucket", State: good, Found: "none: traces and waiting videos are in the database"}
	}
	b, err := bucket.Open(ctx, f.Bucket)
	if err == nil && b.Missing() {
		return finding{"bucket", warning, f.Bucket + ": there is no such folder", "if it should be on a disk of its own, mount that; blush serve makes the folder when it writes there"}
	}
	if err == nil {
		err = errors.Join(b.Check(ctx), b.Close())
	}
	if err != nil {
		return finding{"bucket", bad, err.Error(), "check its name and region, and that its credentials may read, write and delete objects"}
	}
	return finding{Check: "bucket", State: good, Found: f.Bucket + ": an object was written, read and deleted"}
}

// encrypted checks whether all data of an earlier version is encrypted.
func encrypted(ctx context.Context, st *store.Store) finding {
	n, err := st.ToSeal(ctx)
	damaged, unread := st.Damaged(ctx)
	switch err = errors.Join(err, unread); {
	case err != nil:
		return finding{"encryption", bad, err.Error(), "see the database"}
	case len(damaged) > 0:
		return finding{"encryption", bad, fmt.Sprintf("%d rows cannot be decrypted with their key: %s", len(damaged), some(damaged)),
			"restore them from a backup, or erase these users or scans; then run blush migrate, which tries them again"}
	case n > 0:
		return finding{"encryption", warning, fmt.Sprintf("%d rows of an earlier version are not encrypted yet", n), "a running server encrypts them in the background; blush migrate does it at once"}
	}
	return finding{Check: "encryption", State: good, Found: "external ids, birth dates, answers and traces are encrypted"}
}

// mostNamed is how many rows are named.
const mostNamed = 20

func some(names []string) string {
	if len(names) > mostNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), len(names)-mostNamed)
	}
	return strings.Join(names, ", ")
}

// clock compares this machine's time with the database's and with the newest entry.
func clock(ctx context.Context, st *store.Store) finding {
	now, off, newest, err := st.Clock(ctx)
	switch {
	case err != nil:
		return finding{"clock", bad, err.Error(), "see the database"}
	case off.Abs() > mostSkew:
		return finding{"clock", bad, fmt.Sprintf("%s off the database's", off.Abs().Round(time.Second)), "synchronise both machines by NTP"}
	case newest.After(now.Add(mostSkew)):
		return finding{"clock", bad, fmt.Sprintf("%s, but the database has an entry of %s", now.Format(time.RFC3339), newest.Format(time.RFC3339)), "set the clock: it went back, or it was ahead earlier"}
	}
	return finding{Check: "clock", State: good, Found: now.Format(time.RFC3339)}
}

// settings checks the settings, and whether another program listens at the addresses.
func (c *doctorCmd) settings(ctx context.Context) finding {
	if err := c.check(ctx); err != nil {
		return finding{"settings", bad, err.Error(), "blush serve --help lists the settings"}
	}
	for _, at := range []struct{ flag, address string }{{"--listen", c.Listen}, {"--monitor-listen", c.MonitorListen}} {
		if at.address == "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at.address)
		if err != nil {
			return finding{"settings", warning, serveError(at.flag, at.address, err).Error(), "this is normal if the server is already running"}
		}
		if err := l.Close(); err != nil {
			return finding{"settings", warning, err.Error(), "run blush doctor again"}
		}
	}
	return finding{Check: "settings", State: good, Found: c.Listen + " is free to listen on"}
}

// dataDir checks the data folder and the free space on its disk.
func (c *doctorCmd) dataDir() finding {
	f, err := os.CreateTemp(c.DataDir, ".doctor-*")
	if err != nil {
		return finding{"data folder", bad, plainPath(err).Error(), "create the folder, or let this user write to it"}
	}
	err = errors.Join(f.Close(), os.Remove(f.Name()))
	free, known := store.FreeSpace(c.DataDir)
	switch {
	case err != nil:
		return finding{"data folder", bad, plainPath(err).Error(), "let this user write to it"}
	case !known:
		return finding{Check: "data folder", State: good, Found: c.DataDir + "; the free space on its disk cannot be determined on this system"}
	case free < leastDisk:
		return finding{"data folder", warning, fmt.Sprintf("%d MiB free on the disk of %s", free>>20, c.DataDir), "free at least 1 GiB"}
	}
	return finding{Check: "data folder", State: good, Found: fmt.Sprintf("%s, %d GiB free on its disk", c.DataDir, free>>30)}
}

// certificate checks where the certificate comes from, its host names and its expiry.
func (c *doctorCmd) certificate() finding {
	switch {
	case c.Plain:
		return finding{Check: "certificate", State: good, Found: "none: a proxy terminates TLS, or only this machine calls"}
	case len(c.TLSDomain) > 0:
		return finding{Check: "certificate", State: good, Found: "from Let's Encrypt for " + strings.Join(c.TLSDomain, ", ") + ", renewed automatically"}
	case c.TLSCert == "":
		return ownAuthority(filepath.Join(c.DataDir, "tls", "ca.pem"))
	}
	pair, err := server.ReadCertificate(c.TLSCert, c.TLSKey)
	if err != nil {
		return finding{"certificate", bad, plainPath(err).Error(), "name a certificate and its key in PEM with --tls-cert and --tls-key"}
	}
	left := time.Until(pair.Leaf.NotAfter)
	until := fmt.Sprintf("%s, until %s", c.TLSCert, pair.Leaf.NotAfter.Format(time.DateOnly))
	host := ""
	if u, err := url.Parse(c.PublicURL); err == nil {
		host = u.Hostname()
	}
	switch {
	case left <= 0 || time.Now().Before(pair.Leaf.NotBefore):
		return finding{"certificate", bad, until + ": not valid now", "renew it, then send the server SIGHUP; or fix the clock"}
	case host != "" && pair.Leaf.VerifyHostname(host) != nil:
		return finding{"certificate", bad, until + ": not for " + host, "get one for the host of --public-url"}
	case left < leastExpiry:
		return finding{"certificate", warning, until, "renew it, then send the server SIGHUP"}
	}
	return finding{Check: "certificate", State: good, Found: until}
}

// ownAuthority checks the development authority.
func ownAuthority(file string) finding {
	text, err := os.ReadFile(file)
	if err != nil {
		return finding{Check: "certificate", State: good, Found: "by an authority of this machine, made when the server starts; for testing only"}
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return finding{"certificate", bad, file + ": no certificate", "delete the folder " + filepath.Dir(file) + "; the server creates it again"}
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil || time.Now().After(ca.NotAfter) {
		return finding{"certificate", bad, file + ": damaged or expired", "delete the folder " + filepath.Dir(file) + "; the server creates it again"}
	}
	return finding{Check: "certificate", State: good, Found: fmt.Sprintf("by this machine's authority %s, until %s; for testing only", file, ca.NotAfter.Format(time.DateOnly))}
}

// ffmpeg checks for ffmpeg and ffprobe, which read the videos that Blush doesn't read itself.
func ffmpeg(ctx context.Context) finding {
	var found []string
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		version := exec.CommandContext(ctx, tool, "-version")
		version.WaitDelay = time.Second // in case a program that it started keeps its output open
		out, err := version.Output()
		cancel()
		if err != nil {
			return finding{"ffmpeg", warning, fmt.Sprintf("%s does not run: %v", tool, err), "install ffmpeg; without it only traces and MJPEG and y4m videos are read"}
		}
		line, _, _ := strings.Cut(string(out), "\n")
		if words := strings.Fields(line); len(words) > 2 {
			found = append(found, words[0]+" "+words[2])
		}
	}
	return finding{Check: "ffmpeg", State: good, Found: strings.Join(found, ", ")}
}
