package video

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"sync"
)

// maxJPEG bounds the coded size of one frame in bytes.
const maxJPEG = 32 << 20

// JPEG markers (ITU-T T.81, table B.1).
const (
	mSOF0 = 0xc0
	mDHT  = 0xc4
	mRST0 = 0xd0
	mSOI  = 0xd8
	mEOI  = 0xd9
	mSOS  = 0xda
	mCOM  = 0xfe
	mTEM  = 0x01
)

// NewMJPEG reads a sequence of JPEG images, as cameras and MJPEG files have them. Such a stream has no times, so
// its Timing is unknown (30 frames/s are assumed) unless its frames have the comment time_ms=NUMBER, which
// [WriteMJPEG] writes, or [Options].FPS gives the rate.
func NewMJPEG(src io.Reader, opt Options) (*Reader, error) {
	opt = opt.withDefaults()
	br := bufio.NewReaderSize(src, 1<<16)
	r := &Reader{opt: opt, info: Info{Codec: "mjpeg", Timing: TimingUnknown}}
	n := 0
	coming := ahead{next: func() (func() decoded, error) {
		buf, err := nextJPEG(br, nil)
		if err != nil && !errors.Is(err, errSpoilt) {
			return nil, err
		}
		at := float64(n) * 1000 / 30
		n++
		return func() decoded {
			if err != nil {
				return decoded{err: err}
			}
			return decodeJPEG(buf, at, opt)
		}, nil
	}}
	var f film
	if err := r.prime(func() (Frame, bool, error) { return coming.whole(&f) }); err != nil {
		return nil, err
	}
	return r, nil
}

// nextJPEG appends the next image of a stream to buf, io.EOF where it ends or is cut off. Bytes between images are skipped.
func nextJPEG(br *bufio.Reader, buf []byte) ([]byte, error) {
	for prev := byte(0); ; {
		c, err := br.ReadByte()
		if err != nil {
			return nil, io.EOF
		}
		if prev == 0xff && c == mSOI {
			break
		}
		prev = c
	}
	buf = append(buf, 0xff, mSOI)
	for len(buf) < maxJPEG {
		// Everything up to 0xff is entropy-coded data or padding.
		part, err := br.ReadSlice(0xff)
		buf = append(buf, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, io.EOF
		}
		m, err := br.ReadByte()
		if err != nil {
			return nil, io.EOF
		}
		buf = append(buf, m)
		switch {
		case m == mEOI:
			return buf, nil
		case m == 0xff:
			if err := br.UnreadByte(); err != nil {
				return nil, err
			}
			buf = buf[:len(buf)-1]
		case m == 0 || m == mTEM || m >= mRST0 && m <= mSOI:
		default:
			var l [2]byte
			if _, err := io.ReadFull(br, l[:]); err != nil {
				return nil, io.EOF
			}
			n := int(binary.BigEndian.Uint16(l[:]))
			if n < 2 {
				return nil, inputError("the recording is damaged: a frame is not a JPEG image", errSpoilt)
			}
			buf = append(buf, l[:]...)
			at := len(buf)
			buf = append(buf, make([]byte, n-2)...)
			if _, err := io.ReadFull(br, buf[at:]); err != nil {
				return nil, io.EOF
			}
		}
	}
	return nil, inputError("a JPEG frame of the recording is too large", nil)
}

// film is the state of reading the frames of one stream.
type film struct {
	width, height int
	good, spoilt  int
}

// fault returns what is wrong with a frame.
func (d *film) fault(f decoded) error {
	if f.err != nil {
		return f.err
	}
	size := f.Image.Bounds().Size()
	if d.good == 0 {
		d.width, d.height = size.X, size.Y
	}
	if size.X != d.width || size.Y != d.height {
		return errResized
	}
	d.good++
	return nil
}

// errSpoilt is the cause of an error that affects only one frame.
var errSpoilt = errors.New("a frame is not an image")

// errResized is the error of a frame of another size than the first. It is damaged, or the picture size changes
// there, which ends the recording.
var errResized = fmt.Errorf("a frame has another size than the first: %w", errSpoilt)

// leaveOut reports whether a frame that failed may be left out: a camera's first image, or a lost byte, costs a
// frame. With more than a few such frames, and more than one in twenty, the recording is damaged.
func (d *film) leaveOut(err error) bool {
	d.spoilt++
	return errors.Is(err, errSpoilt) && d.spoilt <= 2+d.good/20
}

// ending returns the error of a frame that is not left out: io.EOF where the picture size changes.
func ending(err error) error {
	if errors.Is(err, errResized) {
		return io.EOF
	}
	return err
}

// decodeJPEG decodes one JPEG image. Its time is at, in ms, unless it has its own.
func decodeJPEG(data []byte, at float64, opt Options) (f decoded) {
	t, own, tables := scanJPEG(data)
	if !own {
		t = at
	}
	if !tables {
		// AVI1 cameras leave the standard Huffman tables out.
		data = slices.Concat(data[:2], standardDHT(), data[2:])
	}
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		f.err = inputError("the recording is damaged: a frame is not a JPEG image", errors.Join(errSpoilt, err))
		return f
	}
	if f.err = opt.checkSize(cfg.Width, cfg.Height); f.err != nil {
		return f
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		f.err = inputError("the recording is damaged: a JPEG frame cannot be decoded", errors.Join(errSpoilt, err))
		return f
	}
	return decoded{Frame: Frame{TimeMS: t, Image: concrete(img)}, own: own}
}

// concrete converts the images that decoders return to the three types that a Frame may have.
func concrete(img image.Image) image.Image {
	switch m := img.(type) {
	case *image.YCbCr, *image.NRGBA, *image.RGBA:
		return m
	case *image.Gray:
		gray := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio420)
		for i := range gray.Cb {
			gray.Cb[i], gray.Cr[i] = 128, 128
		}
		gray.Y, gray.YStride = m.Pix, m.Stride
		return gray
	default:
		out := image.NewNRGBA(img.Bounds())
		draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
		return out
	}
}

// scanJPEG reads the segments before the first scan. It returns the frame's own time, if any, and whether there
// are Huffman tables.
func scanJPEG(b []byte) (t float64, own, tables bool) {
	for i := 2; i+4 <= len(b); {
		if b[i] != 0xff {
			return t, own, tables
		}
		m := b[i+1]
		if m == 0xff {
			i++
			continue
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if m == mSOS || n < 2 || i+2+n > len(b) {
			return t, own, tables
		}
		switch m {
		case mDHT:
			tables = true
		case mCOM:
			if v, ok := strings.CutPrefix(string(b[i+4:i+2+n]), timeKey); ok {
				if x, ok := parseTime(v); ok {
					t, own = x, true
				}
			}
		}
		i += 2 + n
	}
	return t, own, tables
}

// standardDHT is the segment with the Huffman tables of ITU-T T.81, annex K.3,
// which is what Go's encoder writes.
var standardDHT = sync.OnceValue(func() []byte {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, image.NewNRGBA(image.Rect(0, 0, 8, 8)), nil); err != nil {
		return nil
	}
	b := buf.Bytes()
	var out []byte
	for i := 2; i+4 <= len(b) && b[i] == 0xff && b[i+1] != mSOS; {
		n := 2 + int(binary.BigEndian.Uint16(b[i+2:]))
		if b[i+1] == mDHT {
			out = append(out, b[i:i+n]...)
		}
		i += n
	}
	return out
})
