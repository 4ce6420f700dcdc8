// Command wasm is the engine in the browser. It plays one of two parts, each in
// a worker of its own, so that a frame never waits for the analysis of those
// before it:
//
//   - the sampler takes video frames and gives one row of numbers for each, and reports
//     what prevents a good scan;
//   - the recorder takes rows, keeps the trace, says what can be known so far, and
//     ends with the trace as trace format version 1.
//
// Both are plain Go and run in tests without a browser; js.go connects them to
// JavaScript. `go generate ./web/wasm` builds what the server carries.
package main

//go:generate go run ./build
