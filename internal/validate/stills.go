package validate

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"blush.example/blush/face"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// Stills are videos of still pictures: crops with a face in them, each compressed in one of many ways. The engine
// must refuse all of them.
type Stills struct {
	Crops int
	Seed  uint32
	// Picture returns a picture for a random number; nil means people of all kinds that [simulate.NewPicture]
	// draws, and [simulate.Portrait].
	Picture func(draw uint64) (*image.NRGBA, error)
}

// still has the parameters of one video.
type still struct {
	video.Coding
	seed, nth     uint64
	width, height int
	fps, seconds  float64
}

// draw decides how video i is made.
func (s Stills) draw(i int) still {
	r := rand.New(rand.NewPCG(uint64(s.Seed), uint64(i)))
	pick := func(x ...int) int { return x[r.IntN(len(x))] }
	between := func(low, high int) int { return low + r.IntN(high-low+1) }
	v := still{seed: uint64(s.Seed), nth: uint64(i), fps: float64(pick(15, 25, 30)), seconds: 12 + 18*r.Float64()}
	size := [][2]int{{320, 240}, {480, 360}, {640, 480}, {640, 360}, {480, 640}, {1280, 720}}[r.IntN(6)]
	v.width, v.height = size[0], size[1]
	v.Codec = video.Codecs[i%len(video.Codecs)]
	v.Live, v.Kbps = r.IntN(2) == 0, between(200, 4000)
	v.Preset = []string{"ultrafast", "veryfast", "medium"}[r.IntN(3)]
	worst := map[string]int{"mjpeg": 20, "mpeg4": 15, "h264": 38, "h265": 36, "vp8": 50, "vp9": 50}[v.Codec]
	if v.Quality = between(4, worst); v.Codec != "mjpeg" && r.IntN(3) == 0 {
		v.Quality = 0
	}
	if v.Codec == "h265" && v.Preset == "medium" {
		v.Preset = "superfast" // has the same codec artefacts in a fifth of the time
	}
	if r.IntN(2) == 0 { // key frames as often as hearts beat, or less often
		v.KeyEvery = max(2, int(v.fps*(0.4+3.6*r.Float64())))
	}
	v.Filter = fmt.Sprintf("scale=%d:%d", v.width, v.height)
	if r.IntN(2) == 0 { // noise like a sensor's
		v.Filter += fmt.Sprintf(",noise=alls=%d:allf=t:all_seed=%d", between(1, 6), between(1, 1<<20))
	}
	return v
}

// Set lists the videos, a case for each codec. A video is made when it is loaded, by ffmpeg, and removed afterwards.
func (s Stills) Set() Set {
	set := Set{Name: "stills", Reference: "none: nothing in them is alive, so every one should be refused"}
	for i := range s.Crops {
		v := s.draw(i)
		set.Recordings = append(set.Recordings, Recording{Case: v.Codec, ID: s.Name(i), Load: func(ctx context.Context) (Loaded, error) {
			dir, err := os.MkdirTemp("", "blush-still-")
			if err != nil {
				return Loaded{}, err
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, s.Name(i))
			if err := s.Write(ctx, i, path); err != nil {
				return Loaded{}, err
			}
			tr, err := captureFace(ctx, path)
			return Loaded{Trace: tr, Reference: always(Reference{Refuse: true})}, err
		}})
	}
	return set
}

// Name returns the file name of video i, which describes how it is made.
func (s Stills) Name(i int) string {
	v := s.draw(i)
	name := fmt.Sprintf("still-%d-%d-%s-%dx%d-%gfps", s.Seed, i, v.Codec, v.width, v.height, v.fps)
	if v.Quality > 0 {
		name += fmt.Sprintf("-q%d", v.Quality)
	} else {
		name += fmt.Sprintf("-%dk", v.Kbps)
	}
	if v.KeyEvery > 0 {
		name += fmt.Sprintf("-key%d", v.KeyEvery)
	}
	if strings.Contains(v.Filter, "noise") {
		name += "-noise"
	}
	return name + v.FileType()
}

// Write makes video i.
func (s Stills) Write(ctx context.Context, i int, path string) error {
	v := s.draw(i)
	m, err := s.crop(v)
	if err != nil {
		return err
	}
	return video.Encode(ctx, path, v.frames(m), v.fps, v.Coding)
}

// frames repeats a picture for the length of the video.
func (v still) frames(m *image.YCbCr) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		for n := 0.0; n < v.seconds*v.fps; n++ {
			if !yield(video.Frame{TimeMS: 1000 * n / v.fps, Image: m}, nil) {
				return
			}
		}
	}
}

// mostCrops is the number of crops tried to get one in which a face is found.
const mostCrops = 20

// crop draws a picture and cuts out the part for the video, in which a face is found.
func (s Stills) crop(v still) (*image.YCbCr, error) {
	r := rand.New(rand.NewPCG(v.seed, ^v.nth))
	take := s.Picture
	if take == nil {
		take = drawPerson
	}
	var m *image.YCbCr
	for range mostCrops {
		p, err := take(r.Uint64())
		if err != nil {
			return nil, err
		}
		b := p.Rect
		most := min(float64(b.Dx())/float64(v.width), float64(b.Dy())/float64(v.height))
		k := most * (0.45 + 0.55*r.Float64())
		w, h := max(16, int(k*float64(v.width))), max(16, int(k*float64(v.height)))
		at := b.Min.Add(image.Pt(r.IntN(max(1, b.Dx()-w+1)), r.IntN(max(1, b.Dy()-h+1))))
		m = ycbcr(p, image.Rectangle{at, at.Add(image.Pt(w, h))}.Intersect(b))
		if face.New(face.Options{}).Add(video.Frame{Image: m}).FaceBox[2] > 0 {
			break
		}
	}
	return m, nil
}

// drawPerson draws a person of any kind; one in six is the portrait.
func drawPerson(draw uint64) (*image.NRGBA, error) {
	if draw%6 == 0 {
		return simulate.Portrait(), nil
	}
	kinds := simulate.PictureKinds[:slices.Index(simulate.PictureKinds, "things")] // those that the figures were measured with
	return simulate.NewPicture(kinds[draw/6%uint64(len(kinds))], draw).Image, nil
}

// ycbcr cuts a rectangle out of a picture.
func ycbcr(p *image.NRGBA, r image.Rectangle) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, r.Dx(), r.Dy()), image.YCbCrSubsampleRatio444)
	for y := range r.Dy() {
		for x := range r.Dx() {
			c := p.NRGBAAt(r.Min.X+x, r.Min.Y+y)
			i := m.YOffset(x, y)
			m.Y[i], m.Cb[i], m.Cr[i] = color.RGBToYCbCr(c.R, c.G, c.B)
		}
	}
	return m
}
