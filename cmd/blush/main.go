// Command blush reads heart and breath from a face, on your own server. Each
// command stands in the file of its name; README.md shows them at work.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line: a new command is one line here and one file beside it.
type commands struct {
	Analyze     analyzeCmd     `cmd:"" help:"Read heart and breath from a video or a trace."`
	Demo        demoCmd        `cmd:"" help:"See it work: a server, a user, a scan of a synthetic face, its result."`
	Serve       serveCmd       `cmd:"" help:"Serve the API and its pages over HTTPS."`
	Customer    customerCmd    `cmd:"" help:"Register and list the companies that use the API."`
	Key         keyCmd         `cmd:"" help:"Issue, list, rotate and revoke API keys."`
	Webhook     webhookCmd     `cmd:"" help:"Tell customers' own servers of events, and see what became of it."`
	Token       tokenCmd       `cmd:"" help:"Rotate the key that signs action tokens."`
	Secret      secretCmd      `cmd:"" help:"Replace the master secret: both are good while servers are given the new one."`
	Doctor      doctorCmd      `cmd:"" help:"Check what a server with these settings needs, and say what to do: database, schema, secret, clock, disk, certificate, ffmpeg."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database's schema up to date."`
	Backup      backupCmd      `cmd:"" help:"Write everything into one file, while servers run, and restore it once to compare."`
	Restore     restoreCmd     `cmd:"" help:"Bring a backup into an empty database, and compare."`
	MigrateData migrateDataCmd `cmd:"" name:"migrate-data" help:"Copy everything into an empty database of another kind, e.g. from SQLite to PostgreSQL, and compare."`
	Recompute   recomputeCmd   `cmd:"" help:"Compute every user's metrics again from their history, e.g. after an upgrade with another model."`
	Simulate    simulateCmd    `cmd:"" help:"Make recordings of which the truth is known."`
	Validate    validateCmd    `cmd:"" help:"Measure the engine on recordings with a reference, or on simulated suites."`
	Calibrate   calibrateCmd   `cmd:"" help:"Fit the engine's confidence to simulated scans kept apart for it."`
	Faces       facesCmd       `cmd:"" help:"Look for faces in drawn pictures or a folder of portraits, and say how many are found and where patches lie."`
	Stills      stillsCmd      `cmd:"" help:"Film still pictures in many codecs and say how many are given a rate: the goal is none."`
	Version     versionCmd     `cmd:"" help:"Print the version of the program and of its engine; blush --version does the same."`
}

const description = `Heart and breath from a face, on your own server.
Not a medical device: read its limits in README.md.

Exit codes: 0, the work was done, also when a scan was refused; 1, it failed; 2, the command line or what it names cannot be used.`

// Exit codes.
const (
	exitDone   = 0 // the work was done; a scan that is refused is work done
	exitFailed = 1
	exitUsage  = 2 // the command line, or a file, name or value in it, cannot be used
)

func main() { os.Exit(run(os.Args[1:])) }

// run parses and executes the command line and returns the exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli commands
	out := &checkedWriter{to: os.Stdout}
	parser := kong.Must(&cli, kong.Name("blush"), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Description(description), kong.Writers(out, os.Stderr),
		kong.Resolvers(&settings{}), words(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(console{out: out, err: os.Stderr}))
	line, err := parser.Parse(arguments(args, parser.Model.Node))
	if err == nil {
		err = line.Run()
	}
	if out.err != nil { // what was to be said is lost, whatever the command made of it
		err = out.err
	}
	if err == nil {
		return exitDone
	}
	var bad *inputError
	var usage *kong.ParseError
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "blush: interrupted")
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "blush: %s\nRun %q for usage.\n", usageText(usage), helpOf(usage))
		return exitUsage
	case errors.As(err, &bad):
		fmt.Fprintf(os.Stderr, "blush: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "blush: %v\n", err)
	}
	return exitFailed
}
