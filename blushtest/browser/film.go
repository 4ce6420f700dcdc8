package browser

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"iter"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// Film is what a test camera plays.
type Film struct {
	Scene simulate.Scene
	Video simulate.VideoOptions
	// Quality of the JPEG images, 1 to 100; 0 means 90, as webcams send.
	Quality int
	// Swings of the light on the walls beside the person, from the film's first
	// frame to its last: how fast a camera played can be read off them (Speed).
	Swings int
}

// Speed is how fast the film was played that a trace is of, 1 as fast as it was
// made: a test camera on a busy machine is slow, and so is every pulse it shows.
func (f Film) Speed(tr *rppg.Trace) float64 {
	hz := float64(f.Swings) / f.Scene.Duration
	best, most := 1.0, -1.0
	mean := dsp.Mean(tr.Background.G)
	for speed := 0.5; speed < 1.5; speed += 0.0005 {
		// Least squares of sine and cosine, which over whole swings and nearly so over others are orthogonal.
		var sc, ss, cc, ys, yc float64
		for i, t := range tr.TimeMS {
			s, c := math.Sincos(2 * math.Pi * hz * speed * (t - tr.TimeMS[0]) / 1000)
			y := tr.Background.G[i] - mean
			sc, ss, cc, ys, yc = sc+s*c, ss+s*s, cc+c*c, ys+y*s, yc+y*c
		}
		det := ss*cc - sc*sc
		a, b := (ys*cc-yc*sc)/det, (yc*ss-ys*sc)/det
		if power := a*ys + b*yc; power > most {
			best, most = speed, power
		}
	}
	return best
}

// swing paints the walls of frame i of n.
func (f Film) swing(m *image.YCbCr, i, n int) {
	level := uint8(math.Round(140 + 40*math.Sin(2*math.Pi*float64(f.Swings)*float64(i)/float64(n))))
	w, h := m.Rect.Dx(), m.Rect.Dy()*3/5&^1
	side := (w/6 + 2) &^ 1
	for y := range h {
		for _, x := range [2]int{0, w - side} {
			row := m.Y[y*m.YStride+x:][:side]
			for k := range row {
				row[k] = level
			}
			if y%2 == 0 {
				for k := range side / 2 {
					m.Cb[y/2*m.CStride+x/2+k], m.Cr[y/2*m.CStride+x/2+k] = 128, 128
				}
			}
		}
	}
}

// FaceFilm is a person who sits still in front of an ordinary camera, with a
// heart rate in bpm, for the given number of seconds. A camera plays 30 frames/s whatever
// the scene says, so its clock is an even one.
func FaceFilm(bpm, seconds float64) Film {
	s := simulate.NewScene(7, seconds)
	s.Rhythm.HeartRate = bpm
	return Film{Scene: s, Video: simulate.VideoOptions{Width: 640, Height: 480}}
}

// PhotoFilm is a photograph of a person, held before the camera.
func PhotoFilm(seconds float64) Film {
	f := FaceFilm(70, seconds)
	f.Scene.Pulse = false
	return f
}

// RoomFilm is a room without anybody.
func RoomFilm(seconds float64) Film {
	f := FaceFilm(70, seconds)
	f.Scene.Face = false
	return f
}

// TwoPeopleFilm is a person with another one beside.
func TwoPeopleFilm(seconds float64) Film {
	f := FaceFilm(70, seconds)
	f.Video.Faces = 2
	return f
}

// DarkFilm is a person in a dark room.
func DarkFilm(seconds float64) Film {
	f := FaceFilm(70, seconds)
	f.Scene.Exposure = 0.1
	return f
}

// LeavingFilm is a person who leaves the picture after the given number of seconds.
func LeavingFilm(bpm, seconds, leaves float64) Film {
	f := FaceFilm(bpm, seconds)
	f.Video.LostAt = leaves
	return f
}

// Write writes a film as motion JPEG for a Camera, which plays it at 30
// frames/s, and returns what it holds.
func (f Film) Write(t testing.TB) (file string, truth simulate.Truth) {
	t.Helper()
	quality := f.Quality
	if quality == 0 {
		quality = 90
	}
	return f.made(t, ".mjpeg", 30, func(w *bufio.Writer, frames iter.Seq2[video.Frame, error]) error {
		return mjpeg(w, frames, quality)
	})
}

// WriteY4M writes a film as uncompressed video of its own rate in frames/s: 14
// MB for 30 frames of 640 × 480.
func (f Film) WriteY4M(t testing.TB, rate float64) (file string, truth simulate.Truth) {
	t.Helper()
	return f.made(t, ".y4m", rate, func(w *bufio.Writer, frames iter.Seq2[video.Frame, error]) error {
		return y4m(w, frames, rate)
	})
}

// mjpeg writes frames as JPEG images one after the other, encoded by all the
// machine has while the next ones are drawn.
func mjpeg(w *bufio.Writer, frames iter.Seq2[video.Frame, error], quality int) error {
	type coded struct {
		jpeg bytes.Buffer
		err  error
	}
	queue := make(chan chan *coded, runtime.NumCPU())
	go func() {
		defer close(queue)
		for f, err := range frames {
			done := make(chan *coded, 1)
			queue <- done
			if err != nil {
				done <- &coded{err: err}
				return
			}
			m := *f.Image.(*image.YCbCr) // the film draws over its own
			m.Y, m.Cb, m.Cr = slices.Clone(m.Y), slices.Clone(m.Cb), slices.Clone(m.Cr)
			go func() {
				var c coded
				c.err = jpeg.Encode(&c.jpeg, &m, &jpeg.Options{Quality: quality})
				done <- &c
			}()
		}
	}()
	var failed error
	for done := range queue {
		c := <-done
		if failed == nil {
			failed = c.err
		}
		if failed == nil {
			_, failed = c.jpeg.WriteTo(w)
		}
	}
	return failed
}

// y4m writes frames as chromium reads them: 4:2:0, and nothing in a frame's header.
func y4m(w *bufio.Writer, frames iter.Seq2[video.Frame, error], rate float64) error {
	begun := false
	for f, err := range frames {
		if err != nil {
			return err
		}
		m := f.Image.(*image.YCbCr)
		if !begun {
			begun = true
			fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F%d:1000 Ip A1:1 C420\n", m.Rect.Dx(), m.Rect.Dy(), int(math.Round(rate*1000)))
		}
		w.WriteString("FRAME\n")
		w.Write(m.Y)
		w.Write(m.Cb)
		w.Write(m.Cr)
	}
	return nil
}

// films holds the files of the films that were written already, by what they hold.
var films struct {
	sync.Mutex
	dir  string
	file map[string]string
}

// Main runs a package's tests with one place for their films and one chromium for their pages: a film that
// several stories play is made once. Stories wait far more than they work, so
// three of them run in parallel even on a small machine. Call it from TestMain; what
// is to be done after the tests is in after.
func Main(m *testing.M, after ...func()) {
	if err := flag.Set("test.parallel", strconv.Itoa(max(3, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "blush-films")
	if err != nil {
		panic(err)
	}
	films.dir, films.file = dir, map[string]string{}
	chromiums.by = map[string]*chromium{}
	code := pgtest.Run(m)
	endShared()
	os.RemoveAll(dir)
	for _, f := range after {
		f()
	}
	os.Exit(code)
}

// shoot films with an even clock, since a camera plays one rate whatever the scene says.
func (f Film) shoot(rate float64) (iter.Seq2[video.Frame, error], simulate.Truth) {
	f.Scene.Camera.FPS = rate
	f.Scene.Clock = simulate.Clock{}
	frames, truth := f.Scene.Video(f.Video)
	if f.Swings == 0 {
		return frames, truth
	}
	n := int(rate * f.Scene.Duration)
	return func(yield func(video.Frame, error) bool) {
		i := 0
		for fr, err := range frames {
			if err == nil {
				f.swing(fr.Image.(*image.YCbCr), i, n)
			}
			i++
			if !yield(fr, err) {
				return
			}
		}
	}, truth
}

// made returns the file of a film, which it makes unless it is there.
func (f Film) made(t testing.TB, ext string, rate float64, to func(*bufio.Writer, iter.Seq2[video.Frame, error]) error) (string, simulate.Truth) {
	t.Helper()
	frames, truth := f.shoot(rate)
	key := fmt.Sprintf("%s %g %+v", ext, rate, f)
	films.Lock()
	defer films.Unlock()
	if file, ok := films.file[key]; ok {
		return file, truth
	}
	dir := films.dir
	if dir == "" {
		dir = t.TempDir()
	}
	out, err := os.CreateTemp(dir, "film-*"+ext)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 1<<20)
	if err := to(w, frames); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if films.file != nil {
		films.file[key] = out.Name()
	}
	return out.Name(), truth
}
