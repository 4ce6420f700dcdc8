//go:build js

package main

import (
	"runtime/debug"
	"syscall/js"
	"unsafe"

	"blush.example/blush/check"
	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

// main gives the worker that started it `blush`, an object with the functions
// of both parts, and stays for as long as the worker does.
func main() {
	blush := js.Global().Get("Object").New()
	set := func(name string, f func(args []js.Value) any) {
		blush.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any { return f(args) }))
	}
	samplerFunctions(set)
	recorderFunctions(set)
	js.Global().Set("blush", blush)
	select {}
}

func samplerFunctions(set func(string, func([]js.Value) any)) {
	var e *sampler
	// open(): a new sampler; returns the length of a row.
	set("open", func([]js.Value) any {
		e = newSampler()
		return len(e.row)
	})
	// expect(layout, width, height, limited, bt709): what the next frames are; returns their length in bytes, 0: refused.
	set("expect", func(a []js.Value) any {
		p := picture{layout(a[0].String()), a[1].Int(), a[2].Int(), video.Color{Limited: a[3].Bool(), BT709: a[4].Bool()}}
		if e.expect(p) != nil {
			return 0
		}
		return p.bytes()
	})
	// look(bytes, timeMS, row): a frame in, its row out, both as Uint8Array.
	set("look", func(a []js.Value) any {
		if js.CopyBytesToGo(e.pix, a[0]) != len(e.pix) {
			return false
		}
		js.CopyBytesToJS(a[2], bytesOf(e.look(a[1].Float())))
		return true
	})
	// state() reports what prevents a good scan.
	set("state", func([]js.Value) any {
		s := e.checker.State()
		out := map[string]any{"code": code(s.Code), "ok": s.Code == check.None, "fps": s.FPS, "light": s.Light, "face": s.Box[2] > 0, "box": nil}
		if s.Box[2] > 0 {
			out["box"] = map[string]any{"x": s.Box[0], "y": s.Box[1], "w": s.Box[2], "h": s.Box[3]}
		}
		return out
	})
}

// code is the contract's number, or the name of one of ours.
func code(c check.Code) any {
	if c <= check.NotEnoughSkin {
		return int(c)
	}
	return c.String()
}

func recorderFunctions(set func(string, func([]js.Value) any)) {
	var d *recorder
	var row []float64
	// begin({faceScanId, timezone, atRest, camera, userAgent, width, height}): a new recording.
	set("begin", func(a []js.Value) any {
		limitMemory()
		d = newRecorder(metaOf(a[0]))
		row = make([]float64, rowSize(len(d.trace.Regions)))
		return nil
	})
	// add(row): takes a row as Uint8Array.
	set("add", func(a []js.Value) any {
		if js.CopyBytesToGo(bytesOf(row), a[0]) == len(row)*8 {
			d.add(row)
		}
		return nil
	})
	// live(): what is known now.
	set("live", func([]js.Value) any {
		l := d.analyzer.Live()
		out := map[string]any{"elapsed_s": d.seconds(), "heart_rate": nil, "confidence": l.Agreement, "begun": d.begun, "wave": floats(l.Wave.Samples)}
		if l.HeartRate != nil {
			out["heart_rate"] = *l.HeartRate
		}
		return out
	})
	// standings(): the whole recording so far, analysed.
	set("standings", func([]js.Value) any {
		out := map[string]any{}
		for _, s := range d.standings() {
			v := map[string]any{"share": s.share, "confidence": s.confidence, "value": nil, "reason": nil}
			if s.reason != "" {
				v["reason"] = string(s.reason)
			} else {
				v["value"] = s.value
			}
			out[string(s.biomarker)] = v
		}
		return out
	})
	// finish(): the trace as Uint8Array, in its compact form, or a sentence why there is none.
	set("finish", func([]js.Value) any {
		b, err := d.finish()
		if err != nil {
			return err.Error()
		}
		out := js.Global().Get("Uint8Array").New(len(b))
		js.CopyBytesToJS(out, b)
		return out
	})
}

// limitMemory keeps the garbage between collections small, since a page has little memory: the
// longest recording at the usual rate needs some 14 MB, an analysis of it some 7 more.
func limitMemory() {
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(24 << 20)
}

func metaOf(v js.Value) meta {
	text := func(name string) string {
		if f := v.Get(name); f.Type() == js.TypeString {
			return f.String()
		}
		return ""
	}
	number := func(name string) int {
		if f := v.Get(name); f.Type() == js.TypeNumber {
			return f.Int()
		}
		return 0
	}
	m := meta{scanID: text("faceScanId"), timezone: text("timezone"), device: rppg.Device{
		Source: "browser", Camera: text("camera"), UserAgent: text("userAgent"), Width: number("width"), Height: number("height"),
		Timing: rppg.TimingCamera,
	}}
	if f := v.Get("atRest"); f.Type() == js.TypeBoolean {
		rest := f.Bool()
		m.atRest = &rest
	}
	return m
}

// bytesOf is the memory of numbers, which in wasm and in JavaScript's typed
// arrays on every machine browsers run on is little endian.
func bytesOf(x []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 8*len(x))
}

// floats makes a Float32Array.
func floats(x []float64) js.Value {
	y := make([]float32, len(x)+1) // never empty, so that it has memory
	for i, v := range x {
		y[i] = float32(v)
	}
	raw := js.Global().Get("Uint8Array").New(4 * len(x))
	js.CopyBytesToJS(raw, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(y))), 4*len(x)))
	return js.Global().Get("Float32Array").New(raw.Get("buffer"))
}
