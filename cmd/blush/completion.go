package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// completions are the scripts that make a shell ask this program what may come
// next: see [completeFlag]. Where it knows nothing, the shell completes file names.
var completions = map[string]string{
	"bash": `# bash completion for blush
_blush() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("${line%%$'\t'*}")
  done < <("${COMP_WORDS[0]}" ` + completeFlag + ` "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _blush blush
`,
	"zsh": `#compdef blush
# zsh completion for blush
_blush() {
  local line
  local -a found
  while IFS= read -r line; do
    found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done < <("${words[1]}" ` + completeFlag + ` "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#found} )); then
    _describe blush found
  else
    _files
  fi
}
if [ "${funcstack[1]}" = _blush ]; then
  _blush "$@"
else
  compdef _blush blush
fi
`,
	"fish": `# fish completion for blush
function __blush_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] ` + completeFlag + ` $words[2..-1] 2>/dev/null
end
complete -c blush -a '(__blush_complete)'
`,
}

func (c *completionCmd) Run(con console) error {
	_, err := fmt.Fprint(con.out, completions[c.Shell])
	return err
}

// completeFlag is the first argument when a shell asks for completions. The words
// of the command line follow; the last one, which may be empty, is to be completed.
const completeFlag = "--complete-words"

// candidate is a word that may come next.
type candidate struct{ word, help string }

// complete lists the completions of the last word.
func complete(root *kong.Node, words []string) []candidate {
	if len(words) == 0 {
		return nil
	}
	last := words[len(words)-1]
	if last == "=" { // bash makes three words of --flag=value
		last = ""
	}
	at := root
	var pending *kong.Flag // a flag whose value comes next
	for _, word := range words[:len(words)-1] {
		name, _, joined := strings.Cut(word, "=")
		switch flag := flagOf(at, name); {
		case word == "=":
		case pending != nil:
			pending = nil
		case flag != nil:
			if !flag.IsBool() && !joined {
				pending = flag
			}
		default:
			if i := slices.IndexFunc(at.Children, func(n *kong.Node) bool { return n.Name == word }); i >= 0 {
				at = at.Children[i]
			}
		}
	}
	var all []candidate
	name, _, joined := strings.Cut(last, "=")
	switch flag := flagOf(at, name); {
	case pending != nil:
		all = values(pending.Value, "")
	case joined && flag != nil:
		all = values(flag.Value, name+"=")
	case strings.HasPrefix(last, "-"):
		for _, f := range flagsOf(at) {
			all = append(all, candidate{"--" + f.Name, f.Help})
		}
	default:
		for _, n := range at.Children {
			if !n.Hidden {
				all = append(all, candidate{n.Name, n.Help})
			}
		}
		for _, v := range at.Positional {
			all = append(all, values(v, "")...)
		}
	}
	return slices.DeleteFunc(all, func(c candidate) bool { return !strings.HasPrefix(c.word, last) })
}

// flagsOf lists the flags of a command and of the commands above it.
func flagsOf(n *kong.Node) (out []*kong.Flag) {
	for _, group := range n.AllFlags(true) {
		out = append(out, group...)
	}
	return out
}

func flagOf(n *kong.Node, word string) *kong.Flag {
	for _, f := range flagsOf(n) {
		if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

// values lists the values that a flag or an argument may have, if there are few.
func values(v *kong.Value, lead string) (out []candidate) {
	names := v.EnumSlice()
	if v.Target.Kind() == reflect.Bool {
		names = []string{"true", "false"}
	}
	for _, name := range names {
		if name != "" {
			out = append(out, candidate{lead + name, ""})
		}
	}
	return out
}
