package face

import (
	"image"
	"slices"
	"testing"

	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// A film that is played again gives the colours of its first time again, although the tracker has followed the face
// meanwhile: forwards, backwards, and from its middle.
func TestPicturesThatComeAgain(t *testing.T) {
	scene := steady(3)
	scene.Motion.Sway = 0.01
	var clip []*image.YCbCr
	frames, _ := scene.Video(simulate.VideoOptions{Width: 320, Height: 240})
	for f := range frames {
		m := *f.Image.(*image.YCbCr)
		m.Y, m.Cb, m.Cr = slices.Clone(m.Y), slices.Clone(m.Cb), slices.Clone(m.Cr)
		clip = append(clip, &m)
	}
	back := slices.Clone(clip)
	slices.Reverse(back)
	pictures := slices.Concat(clip, clip, back, clip[len(clip)/2:])
	tr := capture(t, func(yield func(video.Frame, error) bool) {
		for i, m := range pictures {
			if !yield(video.Frame{TimeMS: float64(i) * 1000 / 30, Image: m}, nil) {
				return
			}
		}
	})
	if seen(tr) < 1 {
		t.Fatalf("a face in %.2f of the frames", seen(tr))
	}
	for i, m := range pictures[len(clip):] {
		i, first := i+len(clip), slices.Index(clip, m)
		for _, r := range tr.Regions {
			if r.R[i] != r.R[first] || r.G[i] != r.G[first] || r.B[i] != r.B[first] {
				t.Fatalf("frame %d is picture %d again, but %s is %.4f %.4f %.4f and was %.4f %.4f %.4f", i, first, r.Name,
					r.R[i], r.G[i], r.B[i], r.R[first], r.G[first], r.B[first])
			}
		}
		if tr.Background.G[i] != tr.Background.G[first] {
			t.Fatalf("frame %d is picture %d again, with another background", i, first)
		}
	}
}

// The colours of a picture count: two of the same luma are two.
func TestPicturesOfOtherColours(t *testing.T) {
	a := first(t, steady(1), simulate.VideoOptions{Width: 320, Height: 240})
	m := *a.Image.(*image.YCbCr)
	m.Cr = slices.Clone(m.Cr)
	for i := range m.Cr {
		m.Cr[i]++
	}
	small, _ := shrink(a, gray{})
	if sumOf(a, small) == sumOf(video.Frame{Image: &m}, small) {
		t.Error("they have one sum")
	}
}
