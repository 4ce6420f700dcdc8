package video

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
)

// aviHeader has the fields of an AVI's headers that are needed.
type aviHeader struct {
	stream        int // index of the video stream
	handler       string
	scale, rate   uint32 // rate/scale = frames/s
	width, height int
	frameUS       uint32 // microseconds a frame according to the main header, 0 when unknown
	sound         []aviSound
	tags          evidence
}

// aviSound is the header of a sound track.
type aviSound struct {
	stream      int
	scale, rate uint32 // rate/scale = units a second
	unitBytes   uint32 // of a unit; 0: each chunk is a unit
}

// NewAVI reads motion JPEG in AVI (Microsoft RIFF, with the OpenDML extension
// for files beyond 1 GB). Frames are at multiples of the declared interval; an
// empty chunk is a dropped frame. Frames with a time_ms comment carry their own times.
func NewAVI(src io.Reader, opt Options) (*Reader, error) {
	opt = opt.withDefaults()
	br := bufio.NewReaderSize(src, 1<<16)
	h, err := readAVIHeader(br)
	if err != nil {
		return nil, err
	}
	if h.handler != "MJPG" {
		return nil, inputError("this AVI file does not contain motion JPEG", nil)
	}
	if err := opt.checkSize(h.width, h.height); err != nil {
		return nil, err
	}
	r := &Reader{opt: opt, info: Info{Codec: "mjpeg", Timing: TimingUnknown}}
	rate := 30.0
	if h.rate > 0 && h.scale > 0 {
		rate = float64(h.rate) / float64(h.scale)
		r.info.Rate = rate
		r.info.Timing = h.evidence(src, rate).constant(rate)
	}
	slot, empty := 0, 0
	coming := ahead{next: func() (func() decoded, error) {
		for {
			buf, err := nextAVIFrame(br, h.stream)
			if err != nil {
				return nil, err
			}
			at := float64(slot) * 1000 / rate
			slot++
			if len(buf) >= 4 {
				return func() decoded { return decodeJPEG(buf, at, opt) }, nil
			}
			if empty++; empty > opt.MaxFrames {
				return nil, inputError("the recording has too many frames", nil)
			}
		}
	}}
	var f film
	if err := r.prime(func() (Frame, bool, error) { return coming.whole(&f) }); err != nil {
		return nil, err
	}
	return r, nil
}

// isMJPEGAVI reports whether the headers of an AVI file say motion JPEG. It rewinds the file.
func isMJPEGAVI(f io.ReadSeeker) bool {
	h, err := readAVIHeader(bufio.NewReader(f))
	_, serr := f.Seek(0, io.SeekStart)
	return err == nil && serr == nil && h.handler == "MJPG"
}

type chunk struct {
	id   string
	size uint32
}

func readChunk(br *bufio.Reader) (chunk, error) {
	var b [8]byte
	if _, err := io.ReadFull(br, b[:]); err != nil {
		return chunk{}, io.EOF
	}
	return chunk{string(b[:4]), binary.LittleEndian.Uint32(b[4:])}, nil
}

// skip skips a chunk's body and its padding byte.
func (c chunk) skip(br *bufio.Reader) error {
	_, err := io.CopyN(io.Discard, br, int64(c.size)+int64(c.size&1))
	return err
}

// readAVIHeader reads up to the first chunk of the movi list.
func readAVIHeader(br *bufio.Reader) (aviHeader, error) {
	h := aviHeader{stream: -1}
	var form [12]byte
	if _, err := io.ReadFull(br, form[:]); err != nil || string(form[:4]) != "RIFF" || string(form[8:]) != "AVI " {
		return h, inputError("this is not an AVI file", err)
	}
	in := aviReading{current: -1}
	for range 4096 {
		c, err := readChunk(br)
		if err != nil {
			return h, damagedAVI(err)
		}
		switch c.id {
		case "LIST":
			frames, err := aviList(br, c)
			if err != nil || frames && h.stream >= 0 {
				return h, err
			}
			if frames {
				return h, inputError("this AVI file contains no video", nil)
			}
		case "ICMT", "ISBJ", "INAM", "IKEY": // what the file says about itself: comment, subject, name, keywords
			err = h.readTag(br, c)
		case "avih", "strh", "strf":
			err = h.readHeader(br, c, &in)
		default:
			if err = c.skip(br); err != nil {
				err = damagedAVI(err)
			}
		}
		if err != nil {
			return h, err
		}
	}
	return h, damagedAVI(errors.New("too many chunks"))
}

func damagedAVI(err error) error {
	return inputError("the header of this AVI file is damaged", err)
}

// aviList enters a list whose chunks are needed and skips any other. It reports whether it is the list of the
// frames.
func aviList(br *bufio.Reader, c chunk) (frames bool, err error) {
	var kind [4]byte
	if _, err := io.ReadFull(br, kind[:]); err != nil {
		return false, damagedAVI(err)
	}
	switch string(kind[:]) {
	case "movi":
		return true, nil
	case "hdrl", "strl", "INFO":
		return false, nil
	}
	if c.size < 4 {
		return false, damagedAVI(nil)
	}
	if err := (chunk{size: c.size - 4}).skip(br); err != nil {
		return false, damagedAVI(err)
	}
	return false, nil
}

// readTag reads a text and keeps its first 4 KiB.
func (h *aviHeader) readTag(br *bufio.Reader, c chunk) error {
	b := make([]byte, min(c.size, 1<<12))
	if _, err := io.ReadFull(br, b); err != nil {
		return damagedAVI(err)
	}
	if _, err := io.CopyN(io.Discard, br, int64(c.size)+int64(c.size&1)-int64(len(b))); err != nil {
		return damagedAVI(err)
	}
	h.tags.tagged(map[string]string{"tag:" + c.id: string(b)})
	return nil
}

// aviReading is the state of reading a header: the number of streams so far, and the index of the stream whose
// format is wanted and comes next, or -1.
type aviReading struct{ streams, current int }

// readHeader reads the file's header, a stream's header or a stream's format.
func (h *aviHeader) readHeader(br *bufio.Reader, c chunk, in *aviReading) error {
	if c.size > 1<<16 {
		return damagedAVI(nil)
	}
	b := make([]byte, c.size+c.size&1)
	if _, err := io.ReadFull(br, b); err != nil {
		return damagedAVI(err)
	}
	switch {
	case c.id == "avih" && len(b) >= 4:
		h.frameUS = binary.LittleEndian.Uint32(b)
	case c.id == "strh" && len(b) >= 28:
		in.current = h.addStream(in.streams, b)
		in.streams++
	case c.id == "strf" && in.current >= 0 && len(b) >= 20:
		h.width = int(int32(binary.LittleEndian.Uint32(b[4:])))
		h.height = max(int(int32(binary.LittleEndian.Uint32(b[8:]))), -int(int32(binary.LittleEndian.Uint32(b[8:]))))
		h.handler = string(b[16:20])
		in.current = -1
	}
	return nil
}

// addStream reads the header of stream i and notes it as sound, or as the picture if it is the first video. It
// returns i for the picture, else -1.
func (h *aviHeader) addStream(i int, b []byte) int {
	scale, rate := binary.LittleEndian.Uint32(b[20:]), binary.LittleEndian.Uint32(b[24:])
	if string(b[:4]) == "auds" && len(b) >= 48 && scale > 0 && rate > 0 {
		h.sound = append(h.sound, aviSound{i, scale, rate, binary.LittleEndian.Uint32(b[44:])})
	}
	if string(b[:4]) != "vids" || h.stream >= 0 {
		return -1
	}
	h.stream, h.scale, h.rate = i, scale, rate
	return i
}

// nextAVIFrame returns the body of the next chunk of the video stream, io.EOF at the end.
func nextAVIFrame(br *bufio.Reader, stream int) ([]byte, error) {
	want := aviStream(stream)
	for {
		c, err := readChunk(br)
		if err != nil {
			return nil, io.EOF
		}
		switch {
		case c.id == "LIST" || c.id == "RIFF": // rec and movi lists, further RIFF parts: their chunks follow
			if _, err := br.Discard(4); err != nil {
				return nil, io.EOF
			}
		case c.id[:2] == want && (c.id[2:] == "dc" || c.id[2:] == "db"):
			if c.size > maxJPEG {
				return nil, inputError("a frame of the recording is too large", nil)
			}
			buf := make([]byte, 0, min(c.size, 1<<20))
			for n := int(c.size); n > 0; {
				// The buffer grows as data arrive, so a false size reserves nothing.
				k := min(n, 1<<20)
				at := len(buf)
				buf = slices.Grow(buf, k)[:at+k]
				if _, err := io.ReadFull(br, buf[at:]); err != nil {
					return nil, io.EOF // cut off in this frame
				}
				n -= k
			}
			if c.size&1 == 1 {
				br.Discard(1)
			}
			return buf, nil
		default:
			if err := c.skip(br); err != nil {
				return nil, io.EOF
			}
		}
	}
}

// aviStream returns the first two characters of the chunk names of a stream.
func aviStream(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// maxAVIChunks bounds the chunks that are counted: 64 for each of 216,000 frames.
const maxAVIChunks = 64 * 216_000

// evidence is what the file says about a rate in frames/s: the main header, and, in a file that can be rewound,
// the length of the sound in its chunks. Lengths in headers are ignored: a recorder that was stopped never wrote
// them.
func (h *aviHeader) evidence(src io.Reader, rate float64) evidence {
	ev := h.tags
	if h.frameUS > 0 && h.frameUS < math.MaxUint32 {
		ev.retimed = ev.retimed || math.Abs(rate*float64(h.frameUS)/1e6-1) > 0.03
	}
	f, ok := src.(io.ReadSeeker)
	if !ok || len(h.sound) == 0 {
		return ev
	}
	here, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return ev
	}
	frames, units, silent := h.count(f)
	if _, err := f.Seek(here, io.SeekStart); err != nil {
		return evidence{invented: true}
	}
	ev.endS = float64(frames) / rate
	for i, s := range h.sound {
		if !silent[i] {
			ev.sound = append(ev.sound, soundTrack{endS: units[i] * float64(s.scale) / float64(s.rate)})
		}
	}
	return ev
}

// count goes through the chunks of a file and counts the frames of the picture, including dropped ones, and the
// units of each sound track. A track is silent if the first 64 bytes of each of its chunks are all equal.
func (h *aviHeader) count(f io.ReadSeeker) (frames int, units []float64, silent []bool) {
	units, silent = make([]float64, len(h.sound)), make([]bool, len(h.sound))
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, units, silent
	}
	for i := range silent {
		silent[i] = true
	}
	picture := aviStream(h.stream)
	at := int64(12)
	var b [8 + 64]byte
	for range maxAVIChunks {
		if at >= size {
			break
		}
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			break
		}
		n, _ := io.ReadFull(f, b[:])
		if n < 8 {
			break
		}
		id, body := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		first := b[8:min(n, int(min(body, 64))+8)]
		at += 8
		switch {
		case id == "LIST" || id == "RIFF":
			at += 4
			continue
		case id == picture+"dc" || id == picture+"db":
			frames++
		case id[2:] == "wb":
			for i, s := range h.sound {
				if id[:2] != aviStream(s.stream) {
					continue
				}
				silent[i] = silent[i] && !slices.ContainsFunc(first, func(v byte) bool { return v != first[0] })
				if s.unitBytes > 0 {
					units[i] += float64(min(body, max(0, size-at))) / float64(s.unitBytes)
				} else {
					units[i]++
				}
			}
		}
		at += body + body&1
	}
	return frames, units, silent
}
