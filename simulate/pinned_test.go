package simulate

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"image"
	"math"
	"testing"

	"blush.example/blush/rppg"
)

// pinned are checksums of scenes from when accuracy was first stated on them. An absent disturbance must change no
// draw: figures of an old suite stay comparable only while these match.
var pinned = map[string]uint64{
	"easy": 0x9335f0de82cd84fd, "hard": 0x4f2cd3e60bbb0a6a, "refuse": 0xc1efc775d9bfcb2b, "hrv": 0x7d4f9b79263a0ea9, "resp": 0xb68b7ac6b3ee2b5d,
	"tone": 0x2972e7cd553b59bb, "rates": 0x837a2f9de1a07755, "finger": 0x4e3572b4c2e38b71, "video": 0xa75e23bd6798f325,
}

func TestOldSuitesDrawWhatTheyAlwaysDrew(t *testing.T) {
	sums := map[string]hash.Hash64{}
	add := func(name string, tr *rppg.Trace, truth Truth) {
		if sums[name] == nil {
			sums[name] = fnv.New64a()
		}
		for _, x := range columns(tr) {
			put(sums[name], x)
		}
		put(sums[name], truth.Beats)
		put(sums[name], []float64{truth.HeartRate, truth.RespiratoryRate, truth.SDNN, truth.RMSSD})
	}
	for _, suite := range []string{"easy", "hard", "refuse", "hrv", "resp", "tone", "rates"} {
		for i, c := range Suite(suite) {
			tr, truth := c.Scene(uint64(7+i), 6).Trace()
			add(suite, tr, truth)
		}
	}
	tr, truth := Finger(5, 6).Trace()
	add("finger", tr, truth)
	s := NewScene(9, 0.3)
	s.Light.Screen = 0.01
	frames, _ := s.Video(VideoOptions{Width: 96, Height: 72})
	sums["video"] = fnv.New64a()
	for f := range frames {
		var luma float64
		for i, y := range f.Image.(*image.YCbCr).Y {
			luma += float64(y) * float64(1+i%7)
		}
		put(sums["video"], []float64{math.Round(luma / 100)})
	}
	for name, h := range sums {
		if got := h.Sum64(); got != pinned[name] {
			t.Errorf("%s: %q: %#x,", name, name, got)
		}
	}
}

// columns lists every number of a trace.
func columns(tr *rppg.Trace) [][]float64 {
	out := [][]float64{tr.TimeMS, tr.ShoulderDY}
	for _, b := range tr.FaceBox {
		out = append(out, b[:])
	}
	for _, m := range tr.Landmarks {
		out = append(out, m[:])
	}
	regions := tr.Regions
	if tr.Background != nil {
		regions = append(regions[:len(regions):len(regions)], *tr.Background)
	}
	for _, r := range regions {
		out = append(out, r.R, r.G, r.B, r.Pixels, r.Clipped, r.Skin)
	}
	return out
}

// put hashes numbers rounded to a ten-thousandth, which is coarser than differences between machines.
func put(h hash.Hash64, x []float64) {
	var b [8]byte
	for _, v := range x {
		binary.LittleEndian.PutUint64(b[:], uint64(int64(math.Round(v*1e4))))
		h.Write(b[:])
	}
	fmt.Fprint(h, len(x))
}
