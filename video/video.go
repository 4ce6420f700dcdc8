// Package video reads recordings as a stream of frames, each with its own time. YUV4MPEG2 (.y4m), motion JPEG
// (concatenated or in AVI) and folders of images are read by Go code; every other format is read by a sandboxed
// ffmpeg process, because a recording is untrusted input.
//
// At most a few frames are in memory at a time: the reader runs only as fast as its caller. A recording is read to
// its last whole frame, or to where the size of its picture changes.
package video

import (
	"errors"
	"image"
	"io"
	"iter"
	"strconv"
	"time"
)

// Frame is one picture of a recording.
type Frame struct {
	// TimeMS is when the frame was taken, in milliseconds from the start of the recording.
	TimeMS float64
	// Image is an *image.YCbCr, *image.NRGBA or *image.RGBA. It is valid until
	// the next frame is read.
	Image image.Image
	// Color is the meaning of the samples of an *image.YCbCr. The zero value is that of Go and JPEG: BT.601,
	// 0..255.
	Color Color
}

// Color is the meaning of YCbCr samples.
type Color struct {
	// Limited is set when luma runs from 16 to 235 and chroma from 16 to 240.
	Limited bool
	// BT709 selects the matrix of ITU-R BT.709 instead of BT.601.
	BT709 bool
}

// Timing says where frame times come from.
type Timing string

// What is known about frame times.
const (
	TimingCamera  Timing = "camera"  // each frame was stamped when it was taken
	TimingNominal Timing = "nominal" // a constant rate that the file declares: one that cameras deliver, or that it says it was filmed at
	TimingUnknown Timing = "unknown" // the rate may be invented: nothing per minute can be read from it
)

// Info describes a recording.
type Info struct {
	// Width and Height are those of the frames returned, in pixels.
	Width, Height int
	// Codec is the codec's name, e.g. "h264", "mjpeg", "y4m".
	Codec string
	// Rate is the mean frame rate in frames per second, 0 when unknown.
	Rate float64
	// Frames is the number of frames if it is known beforehand, otherwise 0.
	Frames int
	Timing Timing
}

// Options limit what is read. The zero value is a sensible choice.
type Options struct {
	// FPS, when positive, replaces the times of the file: frame i is at i/FPS seconds. The caller is responsible
	// for the rate, so Timing becomes nominal.
	FPS float64
	// MaxPixels bounds width × height as coded; 0 means 4096 × 2304.
	MaxPixels int
	// MaxFrames bounds the number of frames; 0 means 216,000 (two hours at 30 frames/s).
	MaxFrames int
	// MaxDuration bounds the length of the recording; 0 means two hours.
	MaxDuration time.Duration
	// Timeout bounds the run time of an ffmpeg process; 0 means 30 minutes.
	Timeout time.Duration
	// MaxSide is the longest side of frames decoded by ffmpeg, in pixels; larger ones are scaled down by
	// averaging. 0 means 1280.
	MaxSide int
	// FFmpeg and FFprobe are the programs to run; empty means those on the PATH.
	FFmpeg, FFprobe string
}

func (o Options) withDefaults() Options {
	if o.MaxPixels <= 0 {
		o.MaxPixels = 4096 * 2304
	}
	if o.MaxFrames <= 0 {
		o.MaxFrames = 216_000
	}
	if o.MaxDuration <= 0 {
		o.MaxDuration = 2 * time.Hour
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Minute
	}
	if o.MaxSide <= 0 {
		o.MaxSide = 1280
	}
	return o
}

// ErrNoFFmpeg is returned for a format that needs ffmpeg where it is not installed.
var ErrNoFFmpeg = errors.New("this video format needs ffmpeg and ffprobe, which were not found: install ffmpeg (e.g. apt install ffmpeg, brew install ffmpeg), or send the recording as MJPEG or y4m")

// ErrInterrupted is returned when a recording was not read to its end for a reason outside the recording: ffmpeg
// was killed, or exceeded [Options.Timeout], which also gives [context.DeadlineExceeded]. Another try may succeed.
var ErrInterrupted = errors.New("the recording was not read to its end, because ffmpeg was stopped")

// InputError says what is wrong with a recording: a fault of the file, not of the program.
type InputError struct {
	// Msg is a sentence for the person who sent it.
	Msg string
	// Err is the cause for the log, if there is more to say.
	Err error
}

func (e *InputError) Error() string { return e.Msg }
func (e *InputError) Unwrap() error { return e.Err }

func inputError(msg string, cause error) error { return &InputError{Msg: msg, Err: cause} }

// Reader yields the frames of one recording once.
type Reader struct {
	info  Info
	opt   Options
	next  func() (Frame, error) // io.EOF after the last frame
	close func() error
}

// Info describes the recording.
func (r *Reader) Info() Info { return r.info }

// Close releases the file or ends the process. It may be called more than once.
func (r *Reader) Close() error {
	if r.close == nil {
		return nil
	}
	c := r.close
	r.close = nil
	return c()
}

// Frames yields the frames in order of time, once. An error ends the stream.
func (r *Reader) Frames() iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		last := 0.0
		for n := 0; ; n++ {
			f, err := r.next()
			if err == nil {
				err = r.check(n, last, f)
			}
			last = f.TimeMS
			if errors.Is(err, io.EOF) {
				if n == 0 {
					yield(Frame{}, inputError("the recording contains no frames", nil))
				}
				return
			}
			if err != nil {
				yield(Frame{}, err)
				return
			}
			if r.opt.FPS > 0 {
				f.TimeMS = float64(n) * 1000 / r.opt.FPS
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// check refuses frame n, which follows one at last ms, if it is beyond the limits.
func (r *Reader) check(n int, last float64, f Frame) error {
	if n >= r.opt.MaxFrames {
		return inputError("the recording has too many frames", nil)
	}
	if r.opt.FPS <= 0 && f.TimeMS > float64(r.opt.MaxDuration.Milliseconds()) {
		return tooLong(r.opt, last, f.TimeMS)
	}
	return nil
}

// tooLong returns the error of a recording with frames at these times (ms, ascending), which span more than the
// limit. If one step between them does, the clock is wrong, and the recording is not long.
func tooLong(opt Options, times ...float64) error {
	for i := 1; i < len(times); i++ {
		if step := times[i] - times[i-1]; step > float64(opt.MaxDuration.Milliseconds()) {
			return inputError("the frame times of the recording jump by "+strconv.FormatFloat(step/3.6e6, 'f', 1, 64)+" hours: the clock that stamped them is wrong", nil)
		}
	}
	return inputError("the recording is too long", nil)
}

// checkSize refuses sizes that are empty or beyond the limit, before anything of that size is allocated.
func (o Options) checkSize(w, h int) error {
	if w <= 0 || h <= 0 {
		return inputError("the video does not say how large its picture is: its beginning is missing, or it is damaged", nil)
	}
	if w > o.MaxPixels || h > o.MaxPixels || w*h > o.MaxPixels {
		return inputError("the picture is too large for this service: record at 640×480 or 1280×720", nil)
	}
	return nil
}
