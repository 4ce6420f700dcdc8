package browser

import (
	"bufio"
	_ "embed"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"blush.example/blush/video"
)

// camera is the script of a camera that plays a film by the film's own clock.
//
//go:embed camera.js
var camera string

// reelPath is the path of a camera's film on the page's own server, since the
// page's policy allows requests to no other.
const reelPath = "/film-of-the-test-camera/"

// reels are the films that cameras play, by their number in that address.
var reels struct {
	sync.Mutex
	all []*reel
}

type reel struct {
	t     testing.TB
	file  string
	shown atomic.Int64 // frames
}

// cameraFor is the script of a camera that plays a file.
func cameraFor(t testing.TB, file string) (*reel, string) {
	reels.Lock()
	defer reels.Unlock()
	r := &reel{t: t, file: file}
	reels.all = append(reels.all, r)
	return r, fmt.Sprintf("(%s)(%q)", strings.TrimSpace(camera), reelPath+strconv.Itoa(len(reels.all)-1))
}

// serveFilm answers a camera's request with the frames of its film in a loop, each
// with its time, as long as the camera reads them.
func serveFilm(rw http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, reelPath))
	reels.Lock()
	all := reels.all
	reels.Unlock()
	if err != nil || n < 0 || n >= len(all) {
		http.NotFound(rw, r)
		return
	}
	w := bufio.NewWriterSize(rw, 1<<20)
	for begins := 0.0; r.Context().Err() == nil; {
		length, err := all[n].play(w, r, begins)
		if err != nil && r.Context().Err() == nil {
			all[n].t.Errorf("the camera's film: %v", err)
			return
		}
		begins += length
	}
}

// play writes the film's frames, the first at begins, and returns its length, both in ms.
func (f *reel) play(w *bufio.Writer, r *http.Request, begins float64) (length float64, err error) {
	film, err := video.Open(r.Context(), f.file, video.Options{})
	if err != nil {
		return 0, err
	}
	defer film.Close()
	var last, step float64
	for frame, err := range film.Frames() {
		if err != nil {
			return 0, err
		}
		m, ok := frame.Image.(*image.YCbCr)
		if !ok || m.SubsampleRatio != image.YCbCrSubsampleRatio420 {
			return 0, fmt.Errorf("a frame of %T", frame.Image)
		}
		step, last = frame.TimeMS-last, frame.TimeMS
		width, height := m.Rect.Dx(), m.Rect.Dy()
		head := binary.LittleEndian.AppendUint64(nil, math.Float64bits(begins+frame.TimeMS))
		head = binary.LittleEndian.AppendUint32(head, uint32(width))
		head = binary.LittleEndian.AppendUint32(head, uint32(height))
		w.Write(head)
		rows(w, m.Y, m.YStride, width, height)
		rows(w, m.Cb, m.CStride, width/2, height/2)
		rows(w, m.Cr, m.CStride, width/2, height/2)
		if err := w.Flush(); err != nil {
			return 0, r.Context().Err() // the camera has stopped reading
		}
		f.shown.Add(1)
	}
	return last + step, nil
}

// rows writes a plane without its padding.
func rows(w *bufio.Writer, plane []byte, stride, width, height int) {
	for y := range height {
		w.Write(plane[y*stride:][:width])
	}
}

// HoldFilm stops the camera's film between two frames as soon as an expression in
// the page is true. In it, film.time is how much of the film the page has
// processed, in s. It applies to the open document.
func (b *Browser) HoldFilm(until string) {
	b.t.Helper()
	b.Eval(fmt.Sprintf("film.until = () => %s", until), nil)
}

// FilmHeld waits until the film has stopped and the page has processed its frames.
func (b *Browser) FilmHeld() {
	b.t.Helper()
	b.WaitFor("film.held")
}

// PlayFilm resumes a stopped film until an expression is true, and waits for that.
// If the expression is empty, the film plays as long as there is a camera.
func (b *Browser) PlayFilm(until string) {
	b.t.Helper()
	if until == "" {
		b.Eval("film.play()", nil)
		return
	}
	b.Eval(fmt.Sprintf("film.play(() => %s)", until), nil)
	b.FilmHeld()
}
