package web

import "strings"

// embedders lists the origins that may embed a page if the customer sets none: all secure origins, since browsers allow the
// camera only on secure pages. Pages of the machine itself count as secure.
var embedders = []struct{ source, words string }{
	{"https:", "any HTTPS origin"},
	{"http://localhost:*", "`http://localhost`"},
	{"http://127.0.0.1:*", "`http://127.0.0.1`"},
}

// anyEmbedder is the list in the form of frame-ancestors.
func anyEmbedder() string {
	out := "'self'"
	for _, e := range embedders {
		out += " " + e.source
	}
	return out
}

// Embedders describes the origins that may embed a page if the customer sets none, for the documents.
func Embedders() string {
	words := make([]string, len(embedders))
	for i, e := range embedders {
		words[i] = e.words
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1] + ", each with any port"
}
