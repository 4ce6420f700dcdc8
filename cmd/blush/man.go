package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

func (manCmd) Run(con console, app *kong.Kong) error { //nolint:unparam // as every command
	writeMan(con.out, app.Model.Node)
	return nil
}

// writeMan writes the manual page blush(1), in the macros of man(7), from the commands and their flags.
func writeMan(w io.Writer, root *kong.Node) {
	fmt.Fprintf(w, ".TH BLUSH 1 \"\" \"blush %s\" \"User Commands\"\n", roff(programVersion()))
	fmt.Fprintf(w, ".SH NAME\nblush \\- heart rate and breathing from a face\n")
	fmt.Fprintf(w, ".SH SYNOPSIS\n.B blush\n.I command\n.RI [ flags ]\n")
	about, codes, _ := strings.Cut(description, "\n\nExit codes: ")
	fmt.Fprintf(w, ".SH DESCRIPTION\n%s\n", roff(about))
	shared := sharedFlags(root)
	fmt.Fprint(w, ".SH COMMON OPTIONS\nEvery command that works on the database has these.\n")
	for _, f := range shared {
		writeFlag(w, f)
	}
	fmt.Fprint(w, ".SH COMMANDS\n")
	writeCommands(w, root, shared)
	fmt.Fprintf(w, ".SH EXIT STATUS\n%s\n", roff(codes))
	fmt.Fprint(w, ".SH FILES\n.TP\n.I blush\\-data\nThe data folder unless \\fB\\-\\-data\\-dir\\fR names another: the database, the master secret, the development certificate authority.\n")
	fmt.Fprint(w, ".SH SEE ALSO\n.BR ffmpeg (1)\n")
}

// sharedFlags are those of storeFlags, which many commands have.
func sharedFlags(root *kong.Node) []*kong.Flag {
	for _, n := range root.Children {
		if n.Name == "migrate" {
			return n.Flags
		}
	}
	return nil
}

func writeCommands(w io.Writer, n *kong.Node, shared []*kong.Flag) {
	for _, c := range n.Children {
		if c.Hidden {
			continue
		}
		if len(c.Children) > 0 {
			writeCommands(w, c, shared)
			continue
		}
		fmt.Fprintf(w, ".SS %s\n%s\n", roff(strings.TrimPrefix(c.Summary(), "blush ")), roff(c.Help))
		if c.Detail != "" {
			fmt.Fprintf(w, ".PP\n%s\n", roff(c.Detail))
		}
		for _, p := range c.Positional {
			if p.Help != "" {
				fmt.Fprintf(w, ".TP\n.I %s\n%s\n", roff(p.Name), roff(p.Help))
			}
		}
		for _, f := range c.Flags {
			if !f.Hidden && f.Name != "help" && !has(shared, f.Name) {
				writeFlag(w, f)
			}
		}
	}
}

func has(flags []*kong.Flag, name string) bool {
	for _, f := range flags {
		if f.Name == name {
			return true
		}
	}
	return false
}

func writeFlag(w io.Writer, f *kong.Flag) {
	if f.Name == "help" {
		return
	}
	fmt.Fprint(w, ".TP\n")
	if f.Short != 0 {
		fmt.Fprintf(w, "\\fB\\-%s\\fR, ", string(f.Short))
	}
	if f.IsBool() {
		fmt.Fprintf(w, "\\fB\\-\\-%s\\fR\n", roff(f.Name))
	} else {
		fmt.Fprintf(w, "\\fB\\-\\-%s\\fR=\\fI%s\\fR\n", roff(f.Name), roff(f.FormatPlaceHolder()))
	}
	fmt.Fprint(w, roff(f.Help))
	if len(f.Envs) > 0 {
		fmt.Fprintf(w, " Environment: %s.", roff(strings.Join(f.Envs, ", ")))
	}
	fmt.Fprintln(w)
}

// roff escapes a text: backslashes, requests at the start of a line, and the hyphens of flags.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...", "’", `\(cq`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
