//go:build !js

package video

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
)

// probed is the information from ffprobe about a file.
type probed struct {
	video         int // index among the video streams
	width, height int
	codec         string
	color         Color
	convert       bool      // to 4:2:0 with 8 bits, limited range
	times         []float64 // ms, of the packets that are shown, ascending
	evidence
}

// probe lists the streams and the packet times of a file without decoding it.
func probe(ctx context.Context, prog, dir, path string, opt Options) (probed, error) {
	args := append([]string{"-v", "error"}, sandboxed...)
	args = append(args, "-show_entries",
		"packet=stream_index,pts_time,dts_time,duration_time,size,flags:stream=index,codec_type,codec_name,profile,sample_rate,time_base,width,height,pix_fmt,color_range,color_space:stream_disposition=attached_pic,default"+
			":format=format_name:format_tags:stream_tags",
		"-of", "compact", "file:"+path)
	// The line of a packet has about 105 bytes. A sound track adds up to two lines for each frame, and there may
	// be two tracks.
	out, err := run(ctx, prog, dir, int64(opt.MaxFrames)*525+1<<20, args...)
	if errors.Is(err, errTooLong) {
		return probed{}, inputError("the recording has too many frames", err)
	}
	if errors.Is(err, ErrInterrupted) || ctx.Err() != nil {
		return probed{}, err
	}
	if err != nil && len(out) == 0 {
		return probed{}, inputError("the file is not a video that can be read: it is damaged or of a kind that is not supported", err)
	}
	p, err := parseProbe(out, opt)
	if f, ferr := os.Open(path); ferr == nil {
		if st, serr := f.Stat(); serr == nil {
			p.retimed = p.retimed || shownAtAnotherSpeed(f, st.Size())
		}
		f.Close()
	}
	return p, err
}

type probedStream struct {
	kind, codec   string
	color         Color
	convert       bool
	width, height int
	picture       bool // attached, such as a cover
	first         bool // marked as the one to play
	tickMS        float64
	times         []float64 // ms
	untimed       int       // packets without a time
	places        []float64 // ms, when packets are decoded
	packets       sound
}

// parseProbe reads ffprobe's compact output.
func parseProbe(out []byte, opt Options) (probed, error) {
	l, err := readProbe(out)
	if err != nil {
		return l.probed, err
	}
	p := l.probed
	v, err := l.pick(&p)
	if err != nil {
		return p, err
	}
	if err := opt.checkSize(v.width, v.height); err != nil {
		return p, err
	}
	p.width, p.height, p.codec, p.color, p.convert = v.width, v.height, v.codec, v.color, v.convert
	return p, p.takeTimes(v, l.format, opt)
}

// listing is the parsed output of ffprobe.
type listing struct {
	probed  probed
	format  string
	streams map[int]*probedStream
}

// mostStreams is the number of streams of a file that are considered.
const mostStreams = 65

// readProbe collects the lines of ffprobe's compact output.
func readProbe(out []byte) (listing, error) {
	l := listing{streams: map[int]*probedStream{}}
	sc := bufio.NewScanner(bytes.NewReader(out))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		kind, rest, _ := strings.Cut(sc.Text(), "|")
		f := fields(rest)
		switch kind {
		case "packet":
			if s := l.stream(f["stream_index"]); s != nil {
				s.packet(f)
			}
		case "stream":
			if s := l.stream(f["index"]); s != nil {
				s.describe(f)
				l.probed.tagged(f)
			}
		case "format":
			l.format = f["format_name"]
			l.probed.tagged(f)
		}
	}
	if sc.Err() != nil {
		return l, inputError("the file is not a video that can be read", sc.Err())
	}
	return l, nil
}

// stream returns the stream with an index, or nil for one that isn't considered.
func (l listing) stream(index string) *probedStream {
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= mostStreams {
		return nil
	}
	if l.streams[i] == nil {
		l.streams[i] = &probedStream{}
	}
	return l.streams[i]
}

// packet adds one packet of the stream.
func (s *probedStream) packet(f map[string]string) {
	shown := !strings.Contains(f["flags"], "D") // D: decoded but not shown
	if t, ok := parseTime(f["dts_time"]); ok && shown {
		s.places = append(s.places, t*1000)
	}
	t, ok := parseTime(f["pts_time"])
	switch {
	case !ok:
		s.untimed++
	case shown:
		s.times = append(s.times, t*1000)
		s.packets.add(f)
	}
}

// describe sets the properties of the stream.
func (s *probedStream) describe(f map[string]string) {
	s.kind, s.codec = f["codec_type"], f["codec_name"]
	s.width, _ = strconv.Atoi(f["width"])
	s.height, _ = strconv.Atoi(f["height"])
	s.tickMS = 1000 * fraction(f["time_base"])
	s.packets.describe(f)
	s.color, s.convert = colorOf(f["pix_fmt"], f["color_range"], f["color_space"])
	s.picture, s.first = f["disposition:attached_pic"] == "1", f["disposition:default"] == "1"
}

// pick returns the video stream of a file that players show. It notes the stream's index among the videos, and the sound tracks.
func (l listing) pick(p *probed) (*probedStream, error) {
	var v *probedStream
	heard, nth := false, -1
	for i := range mostStreams {
		s := l.streams[i]
		switch {
		case s == nil:
		case s.kind == "audio":
			heard = true
			if t, ok := s.packets.track(s.times, s.tickMS, l.format); ok {
				p.sound = append(p.sound, t)
			}
		case s.kind == "video":
			nth++
			if !s.picture && (v == nil || s.before(v)) {
				v, p.video = s, nth
			}
		}
	}
	switch {
	case v != nil:
		return v, nil
	case heard:
		return nil, inputError("the file contains sound but no video", nil)
	}
	return nil, inputError("the file contains no video", nil)
}

// before reports whether a stream is shown rather than o, which comes first in the file: it moves and o is a single picture, such as a
// cover that isn't marked as one, or only it is marked as the one to play.
func (s *probedStream) before(o *probedStream) bool {
	moves := func(s *probedStream) bool { return len(s.times)+s.untimed > 1 }
	if moves(s) != moves(o) {
		return moves(s)
	}
	return s.first && !o.first
}

// takeTimes sets the times of the frames from v, in a container of the given format.
func (p *probed) takeTimes(v *probedStream, format string, opt Options) error {
	if format == "avi" && v.untimed > 0 {
		v.times, v.untimed = v.places, 0 // an AVI has no times, only positions at a constant rate
	}
	p.times, p.tickMS = v.times, v.tickMS
	slices.Sort(p.times)
	if n := len(p.times); n > 0 {
		p.startS, p.endS = p.times[0]/1000, p.times[n-1]/1000
	}
	switch {
	case len(p.times) > opt.MaxFrames:
		return inputError("the recording has too many frames", nil)
	case p.endS-p.startS > opt.MaxDuration.Seconds(): // from the packets, since a header may say anything
		return tooLong(opt, p.times...)
	}
	// Elementary streams have no times: ffmpeg counts frames at a rate that it assumes.
	switch format {
	case "h264", "hevc", "mjpeg", "m4v", "mpegvideo":
		p.invented = true
	}
	if v.untimed > len(p.times) {
		p.invented = true
	}
	return nil
}

// colorOf returns the colour coding of the frames from ffmpeg. 4:2:0 with 8 bits is not converted. convert says
// that another format is converted to it, with limited range, by a filter that keeps the matrix of a YUV format.
func colorOf(format, span, space string) (c Color, convert bool) {
	yuv := strings.HasPrefix(format, "yuv") || strings.HasPrefix(format, "nv") || strings.HasPrefix(format, "p0")
	c.BT709 = yuv && space == "bt709"
	if format == "yuv420p" || format == "yuvj420p" {
		c.Limited = format == "yuv420p" && span != "pc"
		return c, false
	}
	c.Limited = true
	return c, true
}

// fields splits "a=1|b=2". A backslash in a value escapes the next character, which may be a bar.
func fields(s string) map[string]string {
	m := make(map[string]string, 16)
	var key, part strings.Builder
	inValue := false
	end := func() {
		if inValue {
			m[key.String()] = part.String()
		}
		key.Reset()
		part.Reset()
		inValue = false
	}
	for i := 0; i < len(s); i++ {
		to := &key
		if inValue {
			to = &part
		}
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			to.WriteByte(s[i])
		case c == '|':
			end()
		case c == '=' && !inValue:
			inValue = true
		default:
			to.WriteByte(c)
		}
	}
	end()
	return m
}
