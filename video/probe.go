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

// probed is what ffprobe tells of a file.
type probed struct {
	video         int // index among the video streams
	width, height int
	codec         string
	color         Color
	convert       bool      // into 4:2:0 with 8 bits, limited
	times         []float64 // of the packets that are shown, ms, ascending
	evidence
}

// probe lists the streams and the packet times of a file without decoding it.
func probe(ctx context.Context, prog, dir, path string, opt Options) (probed, error) {
	args := append([]string{"-v", "error"}, boxed...)
	args = append(args, "-show_entries",
		"packet=stream_index,pts_time,dts_time,duration_time,size,flags:stream=index,codec_type,codec_name,profile,sample_rate,time_base,width,height,pix_fmt,color_range,color_space:stream_disposition=attached_pic"+
			":format=format_name:format_tags:stream_tags",
		"-of", "compact", "file:"+path)
	// A line of a packet has about 105 bytes; a sound track adds up to two for each frame, and there may be two.
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
	picture       bool
	tickMS        float64
	times         []float64 // ms
	untimed       int       // packets without a time
	places        []float64 // ms, when packets are decoded
	packets       sound
}

// parseProbe reads ffprobe's compact output.
func parseProbe(out []byte, opt Options) (probed, error) {
	streams := map[int]*probedStream{}
	at := func(i int) *probedStream {
		if streams[i] == nil {
			streams[i] = &probedStream{}
		}
		return streams[i]
	}
	var p probed
	format := ""
	sc := bufio.NewScanner(bytes.NewReader(out))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		kind, rest, _ := strings.Cut(sc.Text(), "|")
		f := fields(rest)
		switch kind {
		case "packet":
			i, err := strconv.Atoi(f["stream_index"])
			if err != nil || i < 0 || i > 64 {
				continue
			}
			if t, err := strconv.ParseFloat(f["dts_time"], 64); err == nil && !strings.Contains(f["flags"], "D") {
				at(i).places = append(at(i).places, t*1000)
			}
			t, err := strconv.ParseFloat(f["pts_time"], 64)
			if err != nil {
				at(i).untimed++
				continue
			}
			if !strings.Contains(f["flags"], "D") { // D: decoded but not shown
				s := at(i)
				s.times = append(s.times, t*1000)
				s.packets.add(f)
			}
		case "stream":
			i, err := strconv.Atoi(f["index"])
			if err != nil || i < 0 || i > 64 {
				continue
			}
			s := at(i)
			s.kind, s.codec = f["codec_type"], f["codec_name"]
			s.width, _ = strconv.Atoi(f["width"])
			s.height, _ = strconv.Atoi(f["height"])
			s.tickMS = 1000 * fraction(f["time_base"])
			s.packets.describe(f)
			s.color, s.convert = colorOf(f["pix_fmt"], f["color_range"], f["color_space"])
			s.picture = f["disposition:attached_pic"] == "1"
			p.tagged(f)
		case "format":
			format = f["format_name"]
			p.tagged(f)
		}
	}
	if sc.Err() != nil {
		return p, inputError("the file is not a video that can be read", sc.Err())
	}
	var v *probedStream
	heard, nth := false, -1
	for i := range 65 {
		s := streams[i]
		switch {
		case s == nil:
		case s.kind == "audio":
			heard = true
			if t, ok := s.packets.track(s.times, format); ok {
				p.sound = append(p.sound, t)
			}
		case s.kind == "video":
			nth++
			if v == nil && !s.picture {
				v, p.video = s, nth
			}
		}
	}
	switch {
	case v == nil && heard:
		return p, inputError("the file holds sound but no video", nil)
	case v == nil:
		return p, inputError("the file holds no video", nil)
	}
	if err := opt.checkSize(v.width, v.height); err != nil {
		return p, err
	}
	p.width, p.height, p.codec, p.color, p.convert = v.width, v.height, v.codec, v.color, v.convert
	if format == "avi" && v.untimed > 0 {
		v.times, v.untimed = v.places, 0 // an AVI has no times, only places at a constant rate
	}
	p.times, p.tickMS = v.times, v.tickMS
	slices.Sort(p.times)
	if n := len(p.times); n > 0 {
		p.startS, p.endS = p.times[0]/1000, p.times[n-1]/1000
	}
	switch {
	case len(p.times) > opt.MaxFrames:
		return p, inputError("the recording has too many frames", nil)
	case p.endS-p.startS > opt.MaxDuration.Seconds(): // of the packets: a header may say anything
		return p, inputError("the recording is too long", nil)
	}
	// Elementary streams carry no times: ffmpeg counts frames at a rate of its own.
	switch format {
	case "h264", "hevc", "mjpeg", "m4v", "mpegvideo":
		p.invented = true
	}
	if v.untimed > len(p.times) {
		p.invented = true
	}
	return p, nil
}

// colorOf is the colour coding of the frames that come out of ffmpeg. 4:2:0 with 8 bits passes through as
// it is; convert says that anything else is brought to it, limited, by a filter that keeps a YUV format's matrix.
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
