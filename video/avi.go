package video

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// aviHeader is what is needed of an AVI's headers.
type aviHeader struct {
	stream        int // index of the video stream
	handler       string
	scale, rate   uint32 // rate/scale = frames/s
	width, height int
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
		return nil, inputError("this AVI file does not hold motion JPEG", nil)
	}
	if err := opt.checkSize(h.width, h.height); err != nil {
		return nil, err
	}
	r := &Reader{opt: opt, info: Info{Codec: "mjpeg", Timing: TimingUnknown}}
	rate := 30.0
	if h.rate > 0 && h.scale > 0 {
		rate = float64(h.rate) / float64(h.scale)
		r.info.Rate = rate
		if plausible(rate) {
			r.info.Timing = TimingNominal
		}
	}
	slot, empty := 0, 0
	var buf []byte
	var dec frameDecoder
	err = r.prime(func() (Frame, bool, error) {
		for {
			var err error
			if buf, err = nextAVIFrame(br, h.stream, buf); err != nil {
				return Frame{}, false, err
			}
			slot++
			if len(buf) < 4 {
				if empty++; empty > opt.MaxFrames {
					return Frame{}, false, inputError("the recording has too many frames", nil)
				}
				continue
			}
			f, own, err := dec.decode(buf, opt)
			if dec.passOver(err) {
				continue
			}
			if !own {
				f.TimeMS = float64(slot-1) * 1000 / rate
			}
			return f, own, err
		}
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// isMJPEGAVI looks at the headers of an AVI file and rewinds it.
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

// skip passes over a chunk's body and its padding byte.
func (c chunk) skip(br *bufio.Reader) error {
	_, err := io.CopyN(io.Discard, br, int64(c.size)+int64(c.size&1))
	return err
}

// readAVIHeader reads up to the first chunk of the movi list.
func readAVIHeader(br *bufio.Reader) (aviHeader, error) {
	h := aviHeader{stream: -1}
	damaged := func(err error) (aviHeader, error) {
		return h, inputError("the header of this AVI file is damaged", err)
	}
	var form [12]byte
	if _, err := io.ReadFull(br, form[:]); err != nil || string(form[:4]) != "RIFF" || string(form[8:]) != "AVI " {
		return h, inputError("this is not an AVI file", err)
	}
	streams, current := 0, -1
	for range 4096 {
		c, err := readChunk(br)
		if err != nil {
			return damaged(err)
		}
		switch c.id {
		case "LIST":
			var kind [4]byte
			if _, err := io.ReadFull(br, kind[:]); err != nil {
				return damaged(err)
			}
			switch string(kind[:]) {
			case "movi":
				if h.stream < 0 {
					return h, inputError("this AVI file holds no video", nil)
				}
				return h, nil
			case "hdrl", "strl": // their chunks follow
			default:
				if c.size < 4 {
					return damaged(nil)
				}
				if err := (chunk{size: c.size - 4}).skip(br); err != nil {
					return damaged(err)
				}
			}
		case "strh", "strf":
			if c.size > 1<<16 {
				return damaged(nil)
			}
			b := make([]byte, c.size+c.size&1)
			if _, err := io.ReadFull(br, b); err != nil {
				return damaged(err)
			}
			if c.id == "strh" && len(b) >= 28 {
				current = streams
				streams++
				if string(b[:4]) != "vids" || h.stream >= 0 {
					current = -1
					continue
				}
				h.stream = current
				h.scale, h.rate = binary.LittleEndian.Uint32(b[20:]), binary.LittleEndian.Uint32(b[24:])
			}
			if c.id == "strf" && current >= 0 && len(b) >= 20 {
				h.width = int(int32(binary.LittleEndian.Uint32(b[4:])))
				h.height = max(int(int32(binary.LittleEndian.Uint32(b[8:]))), -int(int32(binary.LittleEndian.Uint32(b[8:]))))
				h.handler = string(b[16:20])
				current = -1
			}
		default:
			if err := c.skip(br); err != nil {
				return damaged(err)
			}
		}
	}
	return damaged(errors.New("too many chunks"))
}

// nextAVIFrame returns the body of the next chunk of the video stream, io.EOF at the end.
func nextAVIFrame(br *bufio.Reader, stream int, buf []byte) ([]byte, error) {
	want := string([]byte{'0' + byte(stream/10), '0' + byte(stream%10)})
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
			buf = buf[:0]
			for n := int(c.size); n > 0; {
				// Grown as it arrives: a lying size reserves nothing.
				k := min(n, 1<<20)
				at := len(buf)
				buf = append(buf, make([]byte, k)...)
				if _, err := io.ReadFull(br, buf[at:]); err != nil {
					return nil, inputError("the recording is cut off in the middle of a frame", err)
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
