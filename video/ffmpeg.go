//go:build !js

package video

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// demuxers are the containers that ffmpeg may open. Playlists, devices and
// network formats, which can point elsewhere, are not among them.
const demuxers = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,ogg,asf,mjpeg,h264,hevc,m4v,ivf,nut,dv,mxf,gif"

// sandboxed are the options that limit ffmpeg and ffprobe to one local file. A stream without its beginning says
// nothing about its picture until the next key frame, which may be a minute away.
var sandboxed = []string{"-hide_banner", "-protocol_whitelist", "file,pipe", "-format_whitelist", demuxers, "-max_alloc", "536870912", "-probesize", "50M", "-analyzeduration", "60M"}

// openFFmpeg decodes a file with an ffmpeg process to planar YCbCr 4:2:0.
//
// ffprobe first lists streams and packet times, from which Timing is judged. Then ffmpeg decodes; its showinfo
// filter prints the time of each decoded frame, so frames and times always match, and the file is decoded once.
func openFFmpeg(ctx context.Context, path string, opt Options) (*Reader, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, inputError("the recording cannot be opened", err)
	}
	ffmpeg, err := program(opt.FFmpeg, "ffmpeg")
	if err != nil {
		return nil, err
	}
	ffprobe, err := program(opt.FFprobe, "ffprobe")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "blush-video-")
	if err != nil {
		return nil, fmt.Errorf("a private folder for ffmpeg: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, opt.Timeout)
	abandon := func(err error) (*Reader, error) {
		cancel()
		os.RemoveAll(dir)
		return nil, err
	}
	p, err := probe(ctx, ffprobe, dir, abs, opt)
	if err != nil {
		return abandon(err)
	}
	d, err := startDecoder(ctx, ffmpeg, dir, abs, p, opt)
	if err != nil {
		return abandon(err)
	}
	info := Info{Codec: p.codec, Frames: len(p.times)}
	v := judge(p.times, p.evidence)
	info.Timing, info.Rate = v.timing, v.rate
	r := &Reader{opt: opt, info: info}
	err = r.prime(func() (Frame, bool, error) {
		f, err := d.read()
		return f, false, err
	})
	if err != nil {
		d.stop(cancel)
		return abandon(err)
	}
	origin := d.first
	next := r.next
	r.next = func() (Frame, error) {
		f, err := next()
		f.TimeMS = (f.TimeMS - origin) * v.scale
		return f, err
	}
	r.close = func() error {
		d.stop(cancel)
		cancel()
		return os.RemoveAll(dir)
	}
	return r, nil
}

func program(path, name string) (string, error) {
	if path == "" {
		path = name
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return "", ErrNoFFmpeg
	}
	return filepath.Abs(found)
}

// command prepares a program that can be ended with all its children and doesn't see our environment.
func command(ctx context.Context, prog, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, prog, args...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "TMPDIR=" + dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.WaitDelay = 2 * time.Second
	isolate(cmd)
	return cmd
}

// decoder is one running ffmpeg process.
type decoder struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	shown  chan shown // one per frame, written before the frame itself
	logs   chan string
	done   chan struct{}
	ctx    context.Context
	color  Color
	img    *image.YCbCr
	frames int
	first  float64
	last   float64
	err    error
}

func startDecoder(ctx context.Context, prog, dir, path string, p probed, opt Options) (*decoder, error) {
	side := strconv.Itoa(opt.MaxSide)
	filter := "format=yuv420p|yuvj420p,showinfo=checksum=0"
	if p.convert {
		filter = "scale=out_range=tv," + filter
	}
	if max(p.width, p.height) > opt.MaxSide {
		filter = "scale=w=" + side + ":h=" + side + ":force_original_aspect_ratio=decrease:force_divisible_by=2:flags=area," + filter
	}
	args := append([]string{"-nostdin", "-nostats", "-loglevel", "info"}, sandboxed...)
	args = append(args, "-threads", "2", "-i", "file:"+path,
		"-map", "0:v:"+strconv.Itoa(p.video), "-an", "-sn", "-dn", "-map_metadata", "-1",
		"-fps_mode", "passthrough", "-copyts", "-vf", filter,
		"-frames:v", strconv.Itoa(opt.MaxFrames+1), "-f", "rawvideo", "pipe:1")
	d := &decoder{ctx: ctx, color: p.color, shown: make(chan shown, 1024), logs: make(chan string, 1), done: make(chan struct{})}
	d.cmd = command(ctx, prog, dir, args...)
	// Our own pipes: Wait would close those of os/exec while frames are still in them.
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("ffmpeg: %w", err)
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		outR.Close()
		outW.Close()
		return nil, fmt.Errorf("ffmpeg: %w", err)
	}
	widen(outR)
	d.cmd.Stdout, d.cmd.Stderr = outW, errW
	err = d.cmd.Start()
	outW.Close()
	errW.Close()
	if err != nil {
		outR.Close()
		errR.Close()
		return nil, fmt.Errorf("ffmpeg does not start: %w", err)
	}
	limit(d.cmd.Process.Pid)
	d.out = bufio.NewReaderSize(outR, 1<<18)
	go func() {
		d.listen(errR)
		errR.Close()
	}()
	go func() {
		d.err = d.cmd.Wait()
		close(d.done)
	}()
	context.AfterFunc(ctx, func() {
		// The process is being killed; no read may wait for it.
		outR.SetReadDeadline(time.Now().Add(time.Second))
		errR.SetReadDeadline(time.Now().Add(time.Second))
	})
	return d, nil
}

// shown is the showinfo output for a frame.
type shown struct {
	timeMS        float64
	timed         bool
	width, height int
}

// listen reads ffmpeg's messages. It sends the announcements of frames to d.shown and keeps the last other lines
// for the log.
func (d *decoder) listen(r io.Reader) {
	br := bufio.NewReaderSize(r, 1<<13)
	var tail []string
	base := 0.0
	for {
		line, err := readLine(br)
		base = cmp.Or(parseBase(line), base)
		if s, ok := parseShown(line, base); ok {
			select {
			case d.shown <- s:
			case <-d.ctx.Done():
			}
		} else if line != "" && !strings.Contains(line, "showinfo") {
			if tail = append(tail, line); len(tail) > 12 {
				tail = tail[1:]
			}
		}
		if err != nil && !errors.Is(err, errLongLine) {
			break
		}
	}
	close(d.shown)
	d.logs <- strings.Join(tail, "\n")
}

// parseBase parses the line by which showinfo says how many seconds a step of its clock takes: "[Parsed_showinfo_1 @
// 0x…] config in time_base: 1/90000, frame_rate: 30/1". It returns 0 for any other line.
func parseBase(line string) float64 {
	_, rest, ok := strings.Cut(line, "] config in time_base: ")
	if !ok || !strings.HasPrefix(line, "[Parsed_showinfo") {
		return 0
	}
	ratio, _, _ := strings.Cut(rest, ",")
	if v := fraction(ratio); v > 0 && v <= 1 {
		return v
	}
	return 0
}

// parseShown parses a line of the showinfo filter that begins a frame: "[Parsed_showinfo_1 @ 0x…] n: 0 pts: 0
// pts_time:0 … fmt:yuv420p … s:640x480 …". The time is counted in steps of base seconds, since pts_time has only six
// digits: a clock that began a day ago would give three frames one time. With a base of 0, which is not known, a frame has no time.
func parseShown(line string, base float64) (shown, bool) {
	var s shown
	if !strings.HasPrefix(line, "[Parsed_showinfo") {
		return s, false
	}
	_, rest, ok := strings.Cut(line, "] n:")
	if !ok {
		return s, false
	}
	last := ""
	for f := range strings.FieldsSeq(rest) {
		key, v, _ := strings.Cut(f, ":")
		if last == "pts:" { // the number is padded
			key, v = "pts", f
		}
		switch last = f; key {
		case "pts":
			if t, ok := parseTime(v); ok {
				s.timeMS, s.timed = t*base*1000, base > 0
			}
		case "s":
			w, h, _ := strings.Cut(v, "x")
			s.width, _ = strconv.Atoi(w)
			s.height, _ = strconv.Atoi(h)
		}
	}
	return s, s.width > 0 && s.height > 0
}

// read returns the next frame, and none once the context has ended.
func (d *decoder) read() (Frame, error) {
	if d.ctx.Err() != nil {
		return Frame{}, d.end()
	}
	s, ok := <-d.shown
	if !ok {
		return Frame{}, d.end()
	}
	if d.img == nil {
		d.img = image.NewYCbCr(image.Rect(0, 0, s.width, s.height), image.YCbCrSubsampleRatio420)
		d.first = s.timeMS
		d.last = s.timeMS - 1
	}
	if d.img.Rect.Dx() != s.width || d.img.Rect.Dy() != s.height {
		return Frame{}, io.EOF // the picture size changes: the recording ends here
	}
	for _, p := range [][]byte{d.img.Y, d.img.Cb, d.img.Cr} {
		if _, err := io.ReadFull(d.out, p); err != nil {
			return Frame{}, d.end()
		}
	}
	d.frames++
	t := s.timeMS
	if !s.timed {
		t = d.last + 1000.0/30
	}
	d.last = t
	return Frame{TimeMS: t, Image: d.img, Color: d.color}, nil
}

// end returns the reason why there are no more frames: io.EOF at the regular end.
func (d *decoder) end() error {
	<-d.done
	if err := broken(d.ctx, d.err); err != nil {
		return err
	}
	if d.frames > 0 {
		return io.EOF
	}
	var log string
	select {
	case log = <-d.logs:
	case <-time.After(time.Second):
	}
	return inputError("the video cannot be decoded: the file is damaged or of a kind that is not supported", fmt.Errorf("%w: %s", d.err, log))
}

// broken returns the error of a program that was ended from outside, and nil if it ended by itself.
func broken(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.DeadlineExceeded) {
		return fmt.Errorf("%w: it took too long: %w", ErrInterrupted, cause)
	} else if cause != nil {
		return cause
	}
	// Exit codes of ffmpeg and ffprobe: 255 and 123 after a signal that they handle, 244 without memory (-ENOMEM); and 126 and 127
	// if the system cannot start them or load their libraries.
	var exit *exec.ExitError
	if errors.As(err, &exit) && (!exit.Exited() || slices.Contains([]int{255, 244, 123, 126, 127}, exit.ExitCode())) {
		return fmt.Errorf("%w: %w", ErrInterrupted, err)
	}
	return nil
}

// stop ends the process and waits for it.
func (d *decoder) stop(cancel context.CancelFunc) {
	cancel()
	for range d.shown { // so that listen can finish
	}
	<-d.done
}

// run collects at most max bytes of a program's output.
func run(ctx context.Context, prog, dir string, max int64, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := command(ctx, prog, dir, args...)
	var stderr limitedBuffer
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	limit(cmd.Process.Pid)
	out, rerr := io.ReadAll(io.LimitReader(pipe, max+1))
	if int64(len(out)) > max {
		cancel()
		_ = cmd.Wait()
		return out, errTooLong
	}
	werr := cmd.Wait()
	if err := broken(ctx, werr); err != nil {
		return nil, err
	}
	if rerr == nil && werr != nil {
		rerr = fmt.Errorf("%w: %s", werr, stderr.b.String())
	}
	return out, rerr
}

var errTooLong = errors.New("too much output")

// limitedBuffer keeps the first bytes written to it.
type limitedBuffer struct{ b bytes.Buffer }

func (l *limitedBuffer) Write(p []byte) (int, error) {
	if room := 2048 - l.b.Len(); room > 0 {
		l.b.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
