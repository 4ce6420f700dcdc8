// Package blush is the module's tour; it holds no code.
//
// Blush reads heart rate, breathing and heart rate variability from the colour
// of a face in video, says how sure it is of each, and keeps the results of an
// integrator's users behind a REST API. It is one Go program without cgo.
//
// # The engine
//
// The public packages are pure: no clock, disk, network or global state. A
// recording passes through them from top to bottom:
//
//   - video: frames with their own times, from a file or a folder
//   - face: where the skin is, and its mean colour in each frame
//   - rppg: the Trace of those colours, and the methods that turn it into
//     pulse waves, one paper a file
//   - dsp: the signal processing below all of them
//   - ppg: pulse wave to beats
//   - hrv and resp: beats to variability and breathing
//   - biomarker: the catalogue, and the Estimate with its unit,
//     confidence, interval or reason for refusal
//   - engine: runs the stages in order; batch and live are one algorithm
//   - simulate: recordings of which the truth is known
//
// # The service
//
// internal/blush holds its nouns. internal/store keeps them in SQLite or
// PostgreSQL; internal/account and internal/scan hold the rules;
// internal/httpapi speaks HTTP; internal/server puts all together. Package
// client is the Go client, blushtest a kit for tests against a running
// server, and cmd/blush the one binary.
//
// internal/importtest fails when an import breaks this order.
package blush
