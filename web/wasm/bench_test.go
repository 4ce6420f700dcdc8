package main

import (
	"fmt"
	"image"
	"slices"
	"testing"

	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// BenchmarkLook is one frame of a face through a sampler, from bytes to row,
// detections averaged in; docs/capture.md tells how to run it as WebAssembly.
func BenchmarkLook(b *testing.B) {
	for _, size := range [][2]int{{640, 480}, {1280, 720}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			s := simulate.NewScene(7, 1)
			s.Clock = simulate.Clock{}
			frames, _ := s.Video(simulate.VideoOptions{Width: size[0], Height: size[1]})
			var seen []video.Frame
			for f := range frames {
				m := f.Image.(*image.YCbCr)
				pix := slices.Concat(m.Y, m.Cb, m.Cr)
				seen = append(seen, video.Frame{TimeMS: f.TimeMS, Image: &image.Gray{Pix: pix}})
				if len(seen) == 12 {
					break
				}
			}
			e := newSampler()
			if err := e.expect(picture{layout: i420, width: size[0], height: size[1]}); err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				// There and back again, so that the head never leaps.
				k := i % (2*len(seen) - 2)
				copy(e.pix, seen[min(k, 2*len(seen)-2-k)].Image.(*image.Gray).Pix)
				e.look(float64(i) * 1000 / 30)
				i++
			}
		})
	}
}
