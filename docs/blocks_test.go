package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// block is one block of code in a document.
type block struct {
	file     string
	line     int
	language string
	text     string
	// marks are the comments right above it: <!-- NAME: TEXT -->.
	marks map[string][]string
}

func (b block) at() string { return fmt.Sprintf("%s:%d", b.file, b.line) }

// mark returns the text of a mark, empty if there is none.
func (b block) mark(name string) string {
	if len(b.marks[name]) == 0 {
		return ""
	}
	return b.marks[name][0]
}

var mark = regexp.MustCompile(`^\s*<!-- (not run|shorter|run by|until|file|with|schema|asks|result): (.*?) -->\s*$`)

// blocks reads the blocks of a document. One that is indented and not fenced is found by indented.
func blocks(file, text string) []block {
	var out []block
	marks := map[string][]string{}
	var open *block
	for n, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch m := mark.FindStringSubmatch(line); {
		case open != nil && trimmed == "```":
			out, open = append(out, *open), nil
		case open != nil:
			open.text += line + "\n"
		case strings.HasPrefix(trimmed, "```"):
			open = &block{file: file, line: n + 1, language: strings.TrimPrefix(trimmed, "```"), marks: marks}
			marks = map[string][]string{}
		case m != nil:
			marks[m[1]] = append(marks[m[1]], m[2])
		case trimmed != "":
			marks = map[string][]string{}
		}
	}
	return out
}

// indented finds code that is indented by four spaces below an empty line, in a document without fences.
var indented = regexp.MustCompile(`(?m)^\n {4}[^ *-]`)

const repository = ".."

// wholePrograms are the languages of the documents whose pieces are one program, which the tests of the clients run.
var wholePrograms = map[string]string{"../client/README.md": "go", "../clients/python/README.md": "python", "../clients/typescript/README.md": "ts"}

// documents returns all documents of the repository with the blocks that are run here. The accuracy reports are not run: their one
// command takes minutes and made them.
func documents(t *testing.T) map[string][]block {
	t.Helper()
	out := map[string][]block{}
	err := filepath.WalkDir(repository, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && name != repository && (strings.HasPrefix(e.Name(), ".") || slices.Contains([]string{"node_modules", "dist", "accuracy", "testdata", "blush-data"}, e.Name())) {
			return fs.SkipDir
		}
		if e.IsDir() || filepath.Ext(name) != ".md" {
			return nil
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "../docs/")
		out[name] = slices.DeleteFunc(blocks(name, string(b)), func(b block) bool { return wholePrograms[name] != "" && b.language == wholePrograms[name] })
		if at := indented.FindString(regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(b), "")); at != "" {
			t.Errorf("%s has code without a language: put it between ``` marks (%q)", name, at)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"quickstart.md", "../README.md", "../examples/README.md", "../client/README.md", "../clients/python/README.md", "../clients/typescript/README.md", "../web/components/README.md"} {
		if len(out[name]) == 0 && wholePrograms[name] == "" || out[name] == nil {
			t.Fatalf("%s is not among the documents", name)
		}
	}
	return out
}

// mostNotRun bounds the blocks that no test runs: only the command that runs all tests, these too.
const mostNotRun = 1

// ran are the languages that TestBlocks runs or checks. TypeScript is compiled here, and run by the tests that its blocks name.
var ran = []string{"sh", "go", "py", "js", "json", "html", "csv"}

// A block is run or checked by its language, or it says which test of another package runs it, or why none does. Only few may say so.
func TestEveryBlockIsRunOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	counts, not := map[string]int{}, 0
	for _, all := range documents(t) {
		for _, b := range all {
			switch {
			case b.mark("not run") != "":
				not++
				t.Logf("%s is not run: %s", b.at(), b.mark("not run"))
			case b.mark("shorter") != "":
				counts["shorter"]++
			case b.mark("run by") != "":
				counts["elsewhere"]++
				checkRunBy(t, b)
			case b.language == "text": // no code
				counts["text"]++
			case b.mark("result") != "" || slices.Contains(ran, b.language):
				counts[b.language]++
			default:
				t.Errorf("%s: a block of %q is run by no test: its language is one of %v, or text, or it says <!-- run by: FOLDER TEST --> or <!-- not run: why -->", b.at(), b.language, ran)
			}
		}
	}
	t.Logf("blocks by language: %v; not run: %d", counts, not)
	if not > mostNotRun {
		t.Errorf("%d blocks are not run, and at most %d may be", not, mostNotRun)
	}
}

// A reader who opens one document and types its commands learns where the variables in them come from: from a block before, or from the part about them.
func TestBlocksSayWhatTheyNeed(t *testing.T) {
	t.Parallel()
	used, found := regexp.MustCompile(`\$\{?([A-Z][A-Z_]+)\b|Getenv\("([A-Z_]+)"\)`), 0
	for name, all := range documents(t) {
		text, err := os.ReadFile(filepath.Join(repository, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		before := "PWD= "
		for _, b := range all {
			before += b.text
			for _, m := range used.FindAllStringSubmatch(b.text, -1) {
				found++
				if variable := m[1] + m[2]; !strings.Contains(before, variable+"=") && !strings.Contains(string(text), "("+needs+")") {
					t.Errorf("%s: nothing says what %s is: set it in a block before, or link to %s", b.at(), variable, needs)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d variables were found", found)
	}
}

// checkRunBy finds the test that a block names, <!-- run by: FOLDER TEST -->, and the name of the document in a test of its folder.
func checkRunBy(t *testing.T, b block) {
	t.Helper()
	folder, test, _ := strings.Cut(b.mark("run by"), " ")
	files, err := filepath.Glob(filepath.Join(repository, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(text)
	}
	if !strings.Contains(sources.String(), "func "+test+"(t *testing.T)") {
		t.Errorf("%s: %s has no test %s", b.at(), folder, test)
	}
	if document, err := filepath.Rel(filepath.Join(repository, folder), filepath.Join(repository, "docs", b.file)); err != nil || !strings.Contains(sources.String(), strconv.Quote(document)) {
		t.Errorf("%s: no test of %s reads %s (%v)", b.at(), folder, document, err)
	}
}

// The shell of macOS, zsh, reads a comment that is typed behind a command as arguments. Only the page for operators has some, and says so.
func TestNoCommentsBehindCommands(t *testing.T) {
	t.Parallel()
	for name, all := range documents(t) {
		for _, b := range all {
			if at := regexp.MustCompile(`(?m)^.*\S[ \t]+# .*$`).FindString(b.text); at != "" && b.language == "sh" && name != "operating.md" {
				t.Errorf("%s: %q has a comment behind a command", b.at(), at)
			}
		}
	}
}

// A shell may read ? and * of an address as a pattern for names of files: zsh then runs nothing.
func TestAddressesAreQuoted(t *testing.T) {
	t.Parallel()
	quoted := regexp.MustCompile(`(?s)"[^"]*"|'[^']*'`)
	for _, all := range documents(t) {
		for _, b := range all {
			if b.language != "sh" {
				continue
			}
			if at := regexp.MustCompile(`https?://\S*[?*&]\S*`).FindString(quoted.ReplaceAllString(b.text, "")); at != "" {
				t.Errorf("%s: %s has no quotes around it", b.at(), at)
			}
		}
	}
}

func TestBlocksAreFound(t *testing.T) {
	got := blocks("a.md", "x\n\n<!-- not run: why -->\n```sh\nls\n```\n\n- y\n\n  ```go\n  z\n  ```\n<!-- schema: A -->\n\nwords\n```json\n{}\n```\n")
	if len(got) != 3 || got[0].mark("not run") != "why" || got[0].text != "ls\n" || got[0].line != 4 || got[1].language != "go" || got[2].mark("schema") != "" {
		t.Errorf("%+v", got)
	}
}

// fresh are the programs of a Debian with Go, git and ca-certificates, and those that come with what scripts/test.sh installs: node with npm, pip
// with python3-venv, java and keytool with javac. api is a function of the README.
const fresh = " go git bash cd export grep cut tee mv mkdir mktemp sudo openssl blush node python3 pip java keytool api "

// inClone are the documents whose commands somebody who is new types in a clone of the repository.
var inClone = []string{"../README.md", "quickstart.md", "../examples/README.md"}

// Every program that a block calls is there on a fresh Debian, or scripts/test.sh installs it. New readers are told how to install it.
func TestProgramsAreInstalled(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(repository, "scripts", "test.sh"))
	if err != nil {
		t.Fatal(err)
	}
	aside := regexp.MustCompile(`(?m)\\\n|(?:^| )#.*$|'[^']*'|"[^"]*"`)
	program := regexp.MustCompile(`(?m)(?:^|[|;&(]) *(?:[A-Z_]+=\S* +)*([a-z][a-z0-9-]*)(?: |$)`)
	found := 0
	for name, all := range documents(t) {
		text, err := os.ReadFile(filepath.Join(repository, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			if b.language != "sh" || b.mark("not run") != "" {
				continue
			}
			for _, m := range program.FindAllStringSubmatch(aside.ReplaceAllString(b.text, " "), -1) {
				found++
				if !strings.Contains(fresh, " "+m[1]+" ") && !strings.Contains(string(script), "command -v "+m[1]+" ") {
					t.Errorf("%s calls %s, which is not on a fresh Debian, and scripts/test.sh does not install it", b.at(), m[1])
				}
				if slices.Contains(inClone, name) && !strings.Contains(fresh, " "+m[1]+" ") && !strings.Contains(string(text), "apt install "+m[1]+"`") {
					t.Errorf("%s calls %s, and the document does not say how to install it", b.at(), m[1])
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d calls were found", found)
	}
}
