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
	Analyze   analyzeCmd   `cmd:"" help:"Read heart and breath from a video or a trace."`
	Demo      demoCmd      `cmd:"" help:"See it work: a server, a user, a scan of a synthetic face, its result."`
	Serve     serveCmd     `cmd:"" help:"Serve the API and its pages over HTTPS."`
	Customer  customerCmd  `cmd:"" help:"Register and list the companies that use the API."`
	Key       keyCmd       `cmd:"" help:"Issue, list, rotate and revoke API keys."`
	Token     tokenCmd     `cmd:"" help:"Rotate the key that signs action tokens."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the database's schema up to date."`
	Recompute recomputeCmd `cmd:"" help:"Compute every user's metrics again from their history, e.g. after an upgrade with another model."`
	Simulate  simulateCmd  `cmd:"" help:"Make recordings of which the truth is known."`
	Validate  validateCmd  `cmd:"" help:"Measure the engine on recordings with a reference, or on simulated suites."`
	Calibrate calibrateCmd `cmd:"" help:"Fit the engine's confidence to simulated scans kept apart for it."`
	Faces     facesCmd     `cmd:"" help:"Look for faces in drawn pictures or a folder of portraits, and say how many are found and where patches lie."`
	Stills    stillsCmd    `cmd:"" help:"Film still pictures in many codecs and say how many are given a rate: the goal is none."`
	Version   versionCmd   `cmd:"" help:"Print the version of the program and of its engine."`
}

func main() { os.Exit(run(os.Args[1:])) }

// run parses and executes the command line. It returns 0 when the command did
// its work, 2 when the arguments or the input cannot be used, 1 otherwise.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli commands
	parser := kong.Must(&cli, kong.Name("blush"), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Description("Heart and breath from a face, on your own server.\nNot a medical device: read its limits in README.md."),
		kong.Resolvers(&settings{}), words(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(console{out: os.Stdout, err: os.Stderr}))
	line, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "blush: %v (blush --help lists the commands)\n", err)
		return 2
	}
	if err := line.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "blush: %v\n", err)
		var bad *inputError
		if errors.As(err, &bad) {
			return 2
		}
		return 1
	}
	return 0
}
