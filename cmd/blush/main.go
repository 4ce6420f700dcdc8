// Command blush reads heart rate and breathing from a face, on your own server.
// Each command is in the file of its name. README.md shows examples.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // Windows and minimal containers have no time zone database

	"github.com/alecthomas/kong"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// commands is the command line: a new command is one line here and one file in this folder.
type commands struct {
	Analyze     analyzeCmd     `cmd:"" help:"Read heart rate and breathing from a video or a trace."`
	Demo        demoCmd        `cmd:"" help:"Run a demo: a server, a user, a scan of a synthetic face and its result."`
	Serve       serveCmd       `cmd:"" help:"Serve the API and the pages over HTTPS."`
	Customer    customerCmd    `cmd:"" help:"Manage the companies that use the API."`
	Key         keyCmd         `cmd:"" help:"Create, list, rotate and revoke API keys."`
	Webhook     webhookCmd     `cmd:"" help:"Send events to customers' own servers, and show the deliveries."`
	Token       tokenCmd       `cmd:"" help:"Rotate the key that signs action tokens."`
	Secret      secretCmd      `cmd:"" help:"Replace the master secret; the old and the new one are both valid until the old one is retired."`
	Audit       auditCmd       `cmd:"" help:"Print who did what to whose data, and verify that no entry was changed or removed."`
	Doctor      doctorCmd      `cmd:"" help:"Check what a server with these settings needs, and say how to fix it: database, schema, secret, encryption, clock, disk, certificate, ffmpeg."`
	Export      exportCmd      `cmd:"" help:"Export a customer's scans as NDJSON or CSV."`
	Migrate     migrateCmd     `cmd:"" help:"Migrate the database to the current schema, and encrypt what an earlier version did not."`
	Backup      backupCmd      `cmd:"" help:"Write all data to one file while servers run, then restore it once to verify it."`
	Restore     restoreCmd     `cmd:"" help:"Restore a backup into an empty database and verify it."`
	MigrateData migrateDataCmd `cmd:"" name:"migrate-data" help:"Copy all data into another, empty database of either kind, e.g. from SQLite to PostgreSQL, and verify it. No server may work on the old one."`
	Retention   retentionCmd   `cmd:"" help:"Delete data that is older than its customer keeps it, or list it with --dry-run."`
	Strays      straysCmd      `cmd:"" help:"Count the objects of the bucket that the database does not know, e.g. after a restore, and delete them with --delete."`
	Recompute   recomputeCmd   `cmd:"" help:"Recompute the metrics of all users from their history, e.g. after an upgrade to another model."`
	Simulate    simulateCmd    `cmd:"" help:"Simulate recordings with known true values."`
	Validate    validateCmd    `cmd:"" help:"Measure the engine on recordings with a reference, or on simulated suites."`
	Calibrate   calibrateCmd   `cmd:"" help:"Fit the engine's confidence on simulated scans reserved for this purpose."`
	Faces       facesCmd       `cmd:"" help:"Detect faces in drawn pictures or a folder of portraits; report how many are found and where the patches are."`
	Stills      stillsCmd      `cmd:"" help:"Make videos of still pictures in many codecs and report how many get a heart rate; none should."`
	Completion  completionCmd  `cmd:"" help:"Print the completion script of a shell: source <(blush completion bash)."`
	Man         manCmd         `cmd:"" help:"Print the manual page, for man -l."`
	Version     versionCmd     `cmd:"" help:"Print the versions of the program and its engine; same as blush --version."`
}

const description = `Heart rate and breathing from a face, on your own server.
Not a medical device: see its limits in README.md.

Exit codes: 0, success, also when a scan was refused; 1, failure; 2, the command line, or a file, name or value in it, cannot be used.`

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
		kong.Resolvers(&settings{}), helpLists(), onlyUTF8(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(console{out: out, err: os.Stderr}))
	if len(args) > 0 && args[0] == completeFlag {
		for _, c := range complete(parser.Model.Node, args[1:]) {
			fmt.Fprintf(out, "%s\t%s\n", c.word, c.help)
		}
		return exitDone
	}
	line, err := parser.Parse(arguments(args, parser.Model.Node))
	if err == nil {
		line.BindTo(context.WithValue(ctx, commandKey{}, commandOf(line)), (*context.Context)(nil))
		err = line.Run()
	}
	if out.err != nil { // the output is incomplete, whatever the command returned
		err = out.err
	}
	if err == nil {
		return exitDone
	}
	var bad *inputError
	var secret *account.SecretFileError
	var usage *kong.ParseError
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "blush: interrupted")
	case errors.As(err, &usage):
		text := usageText(usage)
		fmt.Fprintf(os.Stderr, "blush: %s\n", text)
		if needsHelp.MatchString(text) {
			fmt.Fprintf(os.Stderr, "Run %q for usage.\n", helpOf(usage))
		}
		return exitUsage
	case errors.As(err, &bad), errors.As(err, &secret):
		fmt.Fprintf(os.Stderr, "blush: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "blush: %v\n", fullDisk(err))
	}
	return exitFailed
}

// fullDisk says what to do if a disk is full.
func fullDisk(err error) error {
	if f := store.Fault(err); f != nil && f.Kind == blush.NoRoom {
		return fmt.Errorf("a disk is full: free space on the disk of the database, or of the file that the command writes, then run it again (%w)", err)
	}
	return err
}
