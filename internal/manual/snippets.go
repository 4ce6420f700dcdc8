package manual

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Call is one request of an example.
type Call struct {
	Method string
	URL    string
	Token  bool   // an action token instead of an API key
	Body   []byte // JSON, empty for none
	File   string // the file to which a binary answer is saved; empty: the answer is printed
}

// Snippet is a call in one language.
type Snippet struct {
	Language string // as the pages name it
	Label    string
	Code     string
}

// Snippets writes a call in each language, using only its standard library. The code reads the credential from BLUSH_KEY or BLUSH_TOKEN.
func Snippets(c Call) []Snippet {
	return []Snippet{
		{"curl", "curl", curl(c)},
		{"go", "Go", inGo(c)},
		{"typescript", "TypeScript", typescript(c)},
		{"python", "Python", python(c)},
	}
}

// pretty formats JSON over several lines; all but the first are indented.
func pretty(body []byte, indent string) string {
	var b bytes.Buffer
	if json.Indent(&b, body, indent, "  ") != nil {
		return string(body)
	}
	return b.String()
}

func curl(c Call) string {
	var b strings.Builder
	b.WriteString("curl --fail-with-body")
	if c.File != "" {
		b.WriteString(" -o " + c.File)
	}
	if c.Method != http.MethodGet && (c.Method != http.MethodPost || len(c.Body) == 0) {
		b.WriteString(" -X " + c.Method)
	}
	fmt.Fprintf(&b, " '%s'", c.URL)
	if c.Token {
		b.WriteString(" \\\n  -H \"authorization: Token $BLUSH_TOKEN\"")
	} else {
		b.WriteString(" \\\n  -H \"x-api-key: $BLUSH_KEY\"")
	}
	if len(c.Body) > 0 {
		fmt.Fprintf(&b, " \\\n  -H 'content-type: application/json' \\\n  -d '%s'", strings.ReplaceAll(pretty(c.Body, "  "), "'", `'\''`))
	}
	return b.String() + "\n"
}

func inGo(c Call) string {
	var b strings.Builder
	body := "nil"
	if len(c.Body) > 0 {
		fmt.Fprintf(&b, "body := strings.NewReader(`%s`)\n", strings.ReplaceAll(pretty(c.Body, ""), "`", "`+\"`\"+`"))
		body = "body"
	}
	fmt.Fprintf(&b, "request, err := http.NewRequest(%q, %q, %s)\nif err != nil {\n\treturn err\n}\n", c.Method, c.URL, body)
	if c.Token {
		b.WriteString("request.Header.Set(\"authorization\", \"Token \"+os.Getenv(\"BLUSH_TOKEN\"))\n")
	} else {
		b.WriteString("request.Header.Set(\"x-api-key\", os.Getenv(\"BLUSH_KEY\"))\n")
	}
	if len(c.Body) > 0 {
		b.WriteString("request.Header.Set(\"content-type\", \"application/json\")\n")
	}
	b.WriteString("answer, err := http.DefaultClient.Do(request)\nif err != nil {\n\treturn err\n}\ndefer answer.Body.Close()\n" +
		"text, err := io.ReadAll(answer.Body)\nif err != nil {\n\treturn err\n}\nif answer.StatusCode > 299 {\n\treturn fmt.Errorf(\"%s: %s\", answer.Status, text)\n}\n")
	if c.File != "" {
		fmt.Fprintf(&b, "return os.WriteFile(%q, text, 0o600)\n", c.File)
	} else {
		b.WriteString("fmt.Println(string(text))\nreturn nil\n")
	}
	return b.String()
}

func typescript(c Call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "const answer = await fetch(%q, {\n", c.URL)
	if c.Method != http.MethodGet {
		fmt.Fprintf(&b, "  method: %q,\n", c.Method)
	}
	credential := `"x-api-key": process.env.BLUSH_KEY!`
	if c.Token {
		credential = "authorization: `Token ${process.env.BLUSH_TOKEN}`"
	}
	if len(c.Body) > 0 {
		fmt.Fprintf(&b, "  headers: { %s, \"content-type\": \"application/json\" },\n  body: JSON.stringify(%s),\n", credential, pretty(c.Body, "  "))
	} else {
		fmt.Fprintf(&b, "  headers: { %s },\n", credential)
	}
	b.WriteString("});\nif (!answer.ok) throw new Error(await answer.text());\n")
	if c.File != "" {
		fmt.Fprintf(&b, "const { writeFile } = await import(\"node:fs/promises\");\nawait writeFile(%q, new Uint8Array(await answer.arrayBuffer()));\n", c.File)
	} else {
		b.WriteString("console.log(await answer.text());\n")
	}
	return b.String()
}

func python(c Call) string {
	var b strings.Builder
	b.WriteString("import json, os, urllib.request\n\n")
	fmt.Fprintf(&b, "request = urllib.request.Request(\n    %q,\n    method=%q,\n", c.URL, c.Method)
	credential := `"x-api-key": os.environ["BLUSH_KEY"]`
	if c.Token {
		credential = `"authorization": "Token " + os.environ["BLUSH_TOKEN"]`
	}
	if len(c.Body) > 0 {
		fmt.Fprintf(&b, "    headers={%s, \"content-type\": \"application/json\"},\n    data=json.dumps(%s).encode(),\n", credential, literals(pretty(c.Body, "    ")))
	} else {
		fmt.Fprintf(&b, "    headers={%s},\n", credential)
	}
	if c.File != "" {
		fmt.Fprintf(&b, ")\nwith urllib.request.urlopen(request) as answer, open(%q, \"wb\") as file:\n    file.write(answer.read())\n", c.File)
	} else {
		b.WriteString(")\nwith urllib.request.urlopen(request) as answer:\n    print(answer.read().decode())\n")
	}
	return b.String()
}

// literals replaces true, false and null outside of strings with Python's literals.
func literals(text string) string {
	var b strings.Builder
	inText := false
	for i := 0; i < len(text); i++ {
		if !inText {
			word := ""
			for from, to := range map[string]string{"true": "True", "false": "False", "null": "None"} {
				if strings.HasPrefix(text[i:], from) {
					word = to
					i += len(from) - 1
					break
				}
			}
			if word != "" {
				b.WriteString(word)
				continue
			}
		}
		switch {
		case text[i] == '\\' && inText && i+1 < len(text):
			b.WriteByte(text[i])
			i++
		case text[i] == '"':
			inText = !inText
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
