//go:build !js

package video

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Codecs are the codecs that [Encode] supports.
var Codecs = []string{"mjpeg", "mpeg4", "h264", "h265", "vp8", "vp9"}

// Coding says how ffmpeg compresses a recording.
type Coding struct {
	// Codec is one of [Codecs].
	Codec string
	// Quality is a constant quality on the codec's own scale, where less is better: 2 to 31 for mjpeg and mpeg4, 4
	// to 63 for vp8 and vp9, 1 to 51 for h264 and h265. If it is 0, the bit rate is Kbps, in kbit/s.
	Quality, Kbps int
	// Preset is the effort of x264 or x265, "ultrafast" to "veryslow"; empty means "medium".
	Preset string
	// Live encodes as in a call: frame by frame, without looking ahead.
	Live bool
	// KeyEvery is the distance between key frames in frames; 0 leaves it to the encoder.
	KeyEvery int
	// Filter is the ffmpeg filter applied to each frame before encoding, e.g. "scale=640:480"; empty means none.
	Filter string
}

// FileType returns the file name extension for the coding, which determines the container.
func (c Coding) FileType() string {
	switch c.Codec {
	case "mjpeg":
		return ".avi"
	case "vp8", "vp9":
		return ".webm"
	}
	return ".mp4"
}

// args are ffmpeg's arguments between input and output.
func (c Coding) args() ([]string, error) {
	var args []string
	add := func(s ...string) { args = append(args, s...) }
	quality := func(name string) {
		if c.Quality > 0 {
			add(name, strconv.Itoa(c.Quality))
		}
	}
	switch c.Codec {
	case "mjpeg", "mpeg4":
		add("-c:v", c.Codec)
		quality("-q:v")
	case "h264", "h265":
		add("-c:v", map[string]string{"h264": "libx264", "h265": "libx265"}[c.Codec])
		quality("-crf")
		if c.Preset != "" {
			add("-preset", c.Preset)
		}
		if c.Live {
			add("-tune", "zerolatency")
		}
		if c.Codec == "h265" {
			add("-x265-params", "log-level=error:pools=1:frame-threads=1")
		}
	case "vp8", "vp9":
		add("-c:v", map[string]string{"vp8": "libvpx", "vp9": "libvpx-vp9"}[c.Codec])
		quality("-crf")
		if c.Quality > 0 { // no limit on the bit rate
			add("-b:v", map[string]string{"vp8": "50M", "vp9": "0"}[c.Codec])
		}
		if c.Live {
			// With a positive speed, VP8 chooses its effort by the time that the machine took for the frames before; a negative one is kept.
			add("-deadline", "realtime", "-cpu-used", map[string]string{"vp8": "-8", "vp9": "8"}[c.Codec], "-lag-in-frames", "0")
		} else {
			add("-deadline", "good", "-cpu-used", "5")
		}
	default:
		return nil, fmt.Errorf("no codec is called %q; the codecs are %s", c.Codec, strings.Join(Codecs, ", "))
	}
	switch {
	case c.Quality > 0:
	case c.Kbps > 0:
		add("-b:v", strconv.Itoa(c.Kbps)+"k")
	default:
		return nil, errors.New("a coding needs a quality or a bit rate")
	}
	if c.KeyEvery > 0 {
		add("-g", strconv.Itoa(c.KeyEvery))
	}
	add("-vf", c.filters(), "-threads", "1") // one thread, so that the same frames make the same file
	return args, nil
}

// filters are what ffmpeg does to each frame before encoding.
func (c Coding) filters() string {
	// JPEG has the full range of levels, the others the limited range of television.
	levels := "scale=out_range=limited,format=yuv420p"
	if c.Codec == "mjpeg" {
		levels = "scale=out_range=full,format=yuvj420p"
	}
	if c.Filter != "" {
		return c.Filter + "," + levels
	}
	return levels
}

// Encode writes frames, which must be as for [WriteY4M], to a file with ffmpeg, at a constant rate in frames/s.
// The frames' own times are lost, unless the caller writes them to path.times. The same frames make the same
// pictures.
func Encode(ctx context.Context, path string, frames iter.Seq2[Frame, error], rate float64, c Coding) error {
	args, err := c.args()
	if err != nil {
		return err
	}
	ffmpeg, err := program("", "ffmpeg")
	if err != nil {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	args = slices.Concat([]string{"-v", "error", "-y", "-f", "yuv4mpegpipe", "-i", "pipe:0"}, args, []string{"-fps_mode", "passthrough", "file:" + abs})
	cmd := command(ctx, ffmpeg, filepath.Dir(abs), args...)
	var log limitedBuffer
	cmd.Stderr = &log
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("ffmpeg: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("ffmpeg does not start: %w", err)
	}
	werr := WriteY4M(in, frames, rate)
	in.Close()
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil, werr != nil && !errors.Is(werr, syscall.EPIPE): // the fault of the frames, not of ffmpeg
		return werr
	}
	return fmt.Errorf("ffmpeg cannot write %s as %s: %w: %s", path, c.Codec, err, log.b.String())
}
