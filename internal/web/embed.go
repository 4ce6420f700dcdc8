package web

import "strings"

// embedders are who may embed a page whose customer names nobody: every page that a frame with a camera can stand in, since
// browsers give a camera to secure pages alone, and count a machine's own as secure.
var embedders = []struct{ source, words string }{
	{"https:", "any HTTPS origin"},
	{"http://localhost:*", "`http://localhost`"},
	{"http://127.0.0.1:*", "`http://127.0.0.1`"},
}

// anyEmbedder is the list as frame-ancestors takes it.
func anyEmbedder() string {
	out := "'self'"
	for _, e := range embedders {
		out += " " + e.source
	}
	return out
}

// Embedders says who may embed a page whose customer names nobody, for the documents.
func Embedders() string {
	words := make([]string, len(embedders))
	for i, e := range embedders {
		words[i] = e.words
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1] + ", each with any port"
}
