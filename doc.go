// Package blush documents the module; it contains no code.
//
// Blush reads heart rate, breathing and heart rate variability from the colour
// of a face in video and states the uncertainty of each value. It stores the
// results of an integrator's users and serves them over a REST API. It is one Go
// program without cgo.
//
// # The engine
//
// The engine's packages are pure: no clock, disk, network or global state, except
// that video reads files and runs ffmpeg. A recording passes through them from top
// to bottom:
//
//   - video: frames with their own times, from a file or a folder
//   - face: where the skin is, and its mean colour in each frame;
//     face/blazeface is the network that finds faces
//   - check: what prevents a good scan, frame by frame
//   - rppg: the Trace of those colours, and the methods that turn it into
//     pulse waves, one file for each paper
//   - dsp: the signal processing that they all use
//   - ppg: pulse wave to beats
//   - hrv and resp: beats to variability and breathing
//   - biomarker: the catalogue, and the Estimate with its unit,
//     confidence, interval or reason for refusal
//   - engine: runs the stages in order; batch and live are one algorithm
//   - simulate: recordings with known true values
//
// web/wasm is the engine in a browser; web/wasm/build compiles it.
// internal/validate measures accuracy and fits the calibration, internal/plot
// draws one result.
//
// # The service
//
// internal/blush defines its types and its kinds of error. internal/store keeps
// all data in SQLite or PostgreSQL, with the SQL of internal/store/query, and
// seals some of it with internal/seal; internal/bucket keeps recordings beside it.
// The rules are in:
//
//   - internal/account: customers, keys, tokens, users; internal/brand checks
//     a customer's colours and logo
//   - internal/scan: accepts scans, analyses, stores and exports them;
//     internal/edf writes their waves as EDF+
//   - internal/health: the model from a history to metrics and advice
//   - internal/insight: what is known about a person, and what it means
//   - internal/deliver: webhooks and their deliveries
//   - internal/monitor: Prometheus metrics and profiles for operators
//   - internal/limit: how much is under way at once
//   - internal/report: a scan, or a period with its trends, as a PDF
//
// internal/words contains all text shown to users, one file for each language.
// internal/catalogue collects the sets of names that are shared, and
// internal/generate writes types and tables from them. The folder docs holds the
// documents, which internal/manual makes pages of, with the reference of the API.
// internal/apitypes writes the types of the OpenAPI document for the clients.
//
// internal/httpapi speaks HTTP, and FHIR with internal/fhir; internal/web holds the pages, internal/widget
// the numbers, HTML and SVG of each widget, web/components the web components, bundled by
// web/bundle. internal/sample simulates the history of a person, internal/sandbox makes recordings
// for tests on request,
// and internal/gallery shows every widget of made-up people, as the API answers for them.
// internal/server assembles the server.
//
// Package client is the Go client; clients packs those in TypeScript and Python
// (clients/pack is its command); examples/go uses the one in Go. blushtest is a kit
// for tests against a running server (blushtest/browser with a browser, blushtest/contract with the OpenAPI document,
// blushtest/pgtest with PostgreSQL, blushtest/sqlitetest with SQLite, both with the tables of blushtest/schema,
// blushtest/freeport with ports), and
// cmd/blush the one binary.
//
// The tests of internal/importtest fail when an import breaks this order, or when
// this comment omits a package.
package blush

//go:generate go run ./internal/generate
//go:generate go run ./web/bundle
