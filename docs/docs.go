// Package docs holds the documents as files; the server shows them at /docs.
package docs

import "embed"

// Files are the documents and the reports of accuracy, in Markdown.
//
//go:embed *.md accuracy/*.md
var Files embed.FS
