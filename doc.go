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
//   - blush/video: frames with their own times, from a file or a folder
//   - blush/face: where the skin is, and its mean colour in each frame
//   - blush/rppg: the Trace of those colours, and the methods that turn it into
//     pulse waves, one paper a file
//   - blush/dsp: the signal processing below all of them
//   - blush/ppg: pulse wave to beats
//   - blush/hrv and blush/resp: beats to variability and breathing
//   - blush/biomarker: the catalogue, and the Estimate with its unit,
//     confidence, interval or reason for refusal
//   - blush/engine: runs the stages in order; batch and live are one algorithm
//   - blush/simulate: recordings of which the truth is known
//
// # The service
//
// internal/blush holds its nouns. internal/store keeps them in SQLite or
// PostgreSQL; internal/account and internal/scan hold the rules;
// internal/httpapi speaks HTTP; internal/server puts all together. Package
// blush/client is the Go client, blushtest a kit for tests against a running
// server, and cmd/blush the one binary.
//
// internal/importtest fails when an import breaks this order.
package blush
