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
	"testing"

	"blush.example/blush/video"
)

// camera is the script of the camera that plays a film by the film's own clock.
//
//go:embed camera.js
var camera string

// reelPath is where a page finds the film of its camera, on the server that it
// comes from, since its policy lets it ask no other.
const reelPath = "/film-of-the-test-camera/"

// reels are the films that cameras play, by their number in that address.
var reels struct {
	sync.Mutex
	all []reel
}

type reel struct {
	t    testing.TB
	file string
}

// cameraFor is the script of a camera that plays a file.
func cameraFor(t testing.TB, file string) string {
	reels.Lock()
	defer reels.Unlock()
	reels.all = append(reels.all, reel{t, file})
	return fmt.Sprintf("(%s)(%q)", strings.TrimSpace(camera), reelPath+strconv.Itoa(len(reels.all)-1))
}

// project answers a camera's request: the frames of its film again and again,
// each with its time, for as long as it reads them.
func project(rw http.ResponseWriter, r *http.Request) {
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
func (f reel) play(w *bufio.Writer, r *http.Request, begins float64) (length float64, err error) {
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
			return 0, r.Context().Err() // nobody reads on
		}
	}
	return last + step, nil
}

// rows writes a plane without what stands beside the picture.
func rows(w *bufio.Writer, plane []byte, stride, width, height int) {
	for y := range height {
		w.Write(plane[y*stride:][:width])
	}
}

// HoldFilm makes the camera's film stop between two frames as soon as an
// expression of the page is true, in which film.time is how much of it was
// looked at, in s. It is for the document that is open.
func (b *Browser) HoldFilm(until string) {
	b.t.Helper()
	b.Eval(fmt.Sprintf("film.until = () => %s", until), nil)
}

// FilmHeld waits until the film has stopped: all that the page does about its frames is done.
func (b *Browser) FilmHeld() {
	b.t.Helper()
	b.WaitFor("film.held")
}

// PlayFilm lets a film go on that was held: until an expression is true, and
// waits for that, or, if it is empty, as long as there is a camera.
func (b *Browser) PlayFilm(until string) {
	b.t.Helper()
	if until == "" {
		b.Eval("film.play()", nil)
		return
	}
	b.Eval(fmt.Sprintf("film.play(() => %s)", until), nil)
	b.FilmHeld()
}
