package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// negative matches a negative number, which kong would take for a short flag.
var negative = regexp.MustCompile(`^-[.0-9]`)

// arguments rewrites a command line for kong: it accepts help, --version and
// negative values such as --flag -5. A command that only groups others shows
// its help.
func arguments(args []string, root *kong.Node) []string {
	if len(args) > 0 {
		switch args[0] {
		case "help":
			return append(slices.Clone(args[1:]), "--help")
		case "--version":
			return append([]string{"version"}, args[1:]...)
		}
	}
	at := root
	for _, arg := range args {
		i := slices.IndexFunc(at.Children, func(n *kong.Node) bool { return n.Name == arg })
		if i < 0 {
			return joinNegative(args)
		}
		at = at.Children[i]
	}
	if len(at.Children) > 0 {
		return append(slices.Clone(args), "--help")
	}
	return args
}

// joinNegative turns --flag -5 into --flag=-5.
func joinNegative(args []string) []string {
	var out []string
	for _, arg := range args {
		last := len(out) - 1
		if negative.MatchString(arg) && last >= 0 && strings.HasPrefix(out[last], "--") && len(out[last]) > 2 && !strings.Contains(out[last], "=") {
			out[last] += "=" + arg
			continue
		}
		out = append(out, arg)
	}
	return out
}

// onlyUTF8 refuses arguments, values of flags and environment variables that are not UTF-8. Kong reads each wrong
// byte as U+FFFD, so that two names could become the same.
func onlyUTF8() kong.Option {
	r := kong.NewRegistry().RegisterDefaults()
	text, list := reflect.TypeFor[string](), reflect.TypeFor[[]string]()
	r.RegisterKind(text.Kind(), utf8Mapper{r.ForType(text)}) // also for the elements of lists
	return kong.OptionFunc(func(k *kong.Kong) error {
		return errors.Join(kong.KindMapper(text.Kind(), r.ForType(text)).Apply(k), kong.KindMapper(list.Kind(), utf8Mapper{r.ForType(list)}).Apply(k))
	})
}

// utf8Mapper reads a value with another mapper, unless it is not UTF-8.
type utf8Mapper struct{ kong.Mapper }

func (m utf8Mapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	if s, ok := ctx.Scan.Peek().Value.(string); ok && !utf8.ValidString(s) {
		return fmt.Errorf("%+q is not UTF-8", s)
	}
	return m.Mapper.Decode(ctx, target)
}

// wordings rewrites kong's errors into the form of all messages: what was
// given, and what is wrong with it.
var wordings = []struct {
	kong *regexp.Regexp
	ours func(m []string) string
}{
	{regexp.MustCompile(`^(--\S+): expected an? float but got "(.*)" \(string\)$`), func(m []string) string { return m[1] + " " + m[2] + ": not a number" }},
	{regexp.MustCompile(`^(--\S+): expected a valid (\d+) bit uint but got "(.*)"$`), func(m []string) string {
		bits, _ := strconv.Atoi(m[2])
		return fmt.Sprintf("%s %s: not a whole number from 0 to %d", m[1], m[3], uint64(math.MaxUint64)>>(64-bits))
	}},
	{regexp.MustCompile(`^(--\S+): expected a valid \d+ bit int but got "(.*)"$`), func(m []string) string {
		return m[1] + " " + m[2] + ": not a whole number, or too large"
	}},
	{regexp.MustCompile(`^(--\S+): expected duration but got "([^"]*)".*$`), func(m []string) string { return m[1] + " " + m[2] + ": not a duration, such as 90s or 5m" }},
	{regexp.MustCompile(`^(--\S+): parsing time "(.*?)" as .*$`), func(m []string) string {
		return m[1] + " " + m[2] + ": not a time, such as 2026-11-24T11:00:00Z"
	}},
	{regexp.MustCompile(`^(--\S+): expected \S+ value but got .*$`), func(m []string) string { return m[1] + ": its value is missing" }},
	{regexp.MustCompile(`^(--\S+): missing value.*$`), func(m []string) string { return m[1] + ": its value is missing" }},
	{regexp.MustCompile(`^(--\S+): bool value must be .* but got "?(.*?)"?$`), func(m []string) string { return m[1] + " " + m[2] + ": must be true or false" }},
	{regexp.MustCompile(`^(--[^ =]+|<\S+>)\S* must be one of (\S+) but got "(.*)"$`), func(m []string) string {
		words := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(m[2], `,""`), `"`, ""), ",", ", ")
		return m[1] + " " + m[3] + ": must be one of " + words
	}},
	{regexp.MustCompile(`^expected "(<.*>)"$`), func(m []string) string { return m[1] + " is missing" }},
	{regexp.MustCompile(`^missing flags: (.*)$`), func(m []string) string { return m[1] + " is missing" }},
}

// needsHelp matches the messages about a command line with a part too many or too few: the help shows its parts. A message about a
// value says itself what the value must be.
var needsHelp = regexp.MustCompile(`^(unexpected|unknown|expected) | is missing$`)

// fromEnvironment matches kong's error about an environment variable.
var fromEnvironment = regexp.MustCompile(`^(--\S+): (.*) \(from envar (\w+)=".*"\)$`)

// usageText says what is wrong with a command line.
func usageText(err *kong.ParseError) string {
	var bad *inputError
	if errors.As(err, &bad) { // of the settings file, whose error already names its flag
		return bad.Error()
	}
	text, flag, variable := err.Error(), "", ""
	if m := fromEnvironment.FindStringSubmatch(text); m != nil {
		text, flag, variable = m[1]+": "+m[2], m[1], m[3]
	}
	for _, w := range wordings {
		if m := w.kong.FindStringSubmatch(text); m != nil {
			text = w.ours(m)
			break
		}
	}
	if rest, ok := strings.CutPrefix(text, flag); ok {
		text = variable + rest
	}
	return text
}

// helpOf returns the command that shows the help for a wrong command line.
func helpOf(err *kong.ParseError) string {
	if n := err.Context.Selected(); n != nil {
		return "blush " + n.Path() + " --help"
	}
	return "blush --help"
}

// plainPath writes the error of a file as NAME: what is wrong.
func plainPath(err error) error {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err
	}
	return fmt.Errorf("%s: %w", p.Path, p.Err)
}

// checkedWriter keeps the first write error, so that commands need not check
// each line that they print.
type checkedWriter struct {
	to  io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}
