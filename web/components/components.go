// Package components contains the web components, bundled into one script that
// the binary serves. The sources are TypeScript in src/; the folder is
// also a package for npm.
package components

import _ "embed"

// Script is the bundle: an ECMAScript module without imports, made by web/bundle.
//
//go:embed dist/components.js
var Script []byte
