package video

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"iter"
	"math"
)

// WriteY4M writes frames as YUV4MPEG2. Every frame must be an *image.YCbCr of
// the same size and of 4:2:0, 4:2:2 or 4:4:4; rate is the nominal rate in frames/s, and each frame
// keeps its own time in its header.
func WriteY4M(w io.Writer, frames iter.Seq2[Frame, error], rate float64) error {
	bw := bufio.NewWriterSize(w, 1<<20)
	var first *image.YCbCr
	for f, err := range frames {
		if err != nil {
			return err
		}
		m, ok := f.Image.(*image.YCbCr)
		if !ok {
			return errors.New("y4m can contain only YCbCr frames")
		}
		if first == nil {
			first = m
			space, ok := map[image.YCbCrSubsampleRatio]string{
				image.YCbCrSubsampleRatio420: "420jpeg", image.YCbCrSubsampleRatio422: "422", image.YCbCrSubsampleRatio444: "444",
			}[m.SubsampleRatio]
			if !ok {
				return errors.New("y4m can contain only 4:2:0, 4:2:2 and 4:4:4")
			}
			span := "FULL"
			if f.Color.Limited {
				span = "LIMITED"
			}
			fmt.Fprintf(bw, "%sW%d H%d F%d:1000 Ip A1:1 C%s XCOLORRANGE=%s\n", y4mMagic, m.Rect.Dx(), m.Rect.Dy(), int(math.Round(rate*1000)), space, span)
		}
		if m.Rect.Size() != first.Rect.Size() || m.SubsampleRatio != first.SubsampleRatio {
			return errors.New("y4m frames must all have one size")
		}
		fmt.Fprintf(bw, "FRAME X%s\n", formatTime(f.TimeMS))
		writePlanes(bw, m)
	}
	return bw.Flush()
}

// writePlanes writes the three planes of an image without row padding; the bufio.Writer keeps the first error.
func writePlanes(bw *bufio.Writer, m *image.YCbCr) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := w, h
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		cw, ch = (w+1)/2, (h+1)/2
	case image.YCbCrSubsampleRatio422:
		cw = (w + 1) / 2
	default: // 4:4:4
	}
	for y := range h {
		bw.Write(m.Y[y*m.YStride:][:w])
	}
	for _, p := range [][]byte{m.Cb, m.Cr} {
		for y := range ch {
			bw.Write(p[y*m.CStride:][:cw])
		}
	}
}

// WriteMJPEG writes frames as a sequence of JPEG images, each with its time in a comment, at a JPEG quality of 1
// to 100.
func WriteMJPEG(w io.Writer, frames iter.Seq2[Frame, error], quality int) error {
	var enc frameEncoder
	for f, err := range frames {
		if err != nil {
			return err
		}
		b, err := enc.encode(f, quality)
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// frameEncoder encodes frames of one stream.
type frameEncoder struct{ raw, out bytes.Buffer }

// encode returns a frame as JPEG with its time, valid until the next call.
func (e *frameEncoder) encode(f Frame, quality int) ([]byte, error) {
	e.raw.Reset()
	e.out.Reset()
	if err := jpeg.Encode(&e.raw, f.Image, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	comment := formatTime(f.TimeMS)
	b := e.raw.Bytes()
	e.out.Write(b[:2])
	e.out.Write([]byte{0xff, mCOM, 0, byte(2 + len(comment))})
	e.out.WriteString(comment)
	e.out.Write(b[2:])
	return e.out.Bytes(), nil
}

// maxAVI is the size at which a plain AVI ends, in bytes: its chunk sizes have 32 bits.
const maxAVI = 1 << 31

// WriteAVI writes frames as motion JPEG in AVI with an index, which browsers'
// test cameras and every player read. rate is the rate of the header in
// frames/s; each frame also keeps its own time in a JPEG comment.
func WriteAVI(w io.WriteSeeker, frames iter.Seq2[Frame, error], rate float64, quality int) error {
	var enc frameEncoder
	var index []byte
	var size image.Point
	count, largest, at := 0, 0, 4 // at: bytes from the word "movi"
	for f, err := range frames {
		if err != nil {
			return err
		}
		b, err := enc.encode(f, quality)
		if err != nil {
			return err
		}
		if count == 0 {
			size = f.Image.Bounds().Size()
			if _, err := w.Write(aviHead(size, rate, 0, 0, 0, 0)); err != nil {
				return err
			}
		}
		if at+len(b) > maxAVI {
			return errors.New("a plain AVI file cannot be larger than 2 GiB")
		}
		index = append(index, "00dc"...)
		for _, v := range []int{0x10, at, len(b)} { // 0x10: key frame
			index = binary.LittleEndian.AppendUint32(index, uint32(v))
		}
		head := binary.LittleEndian.AppendUint32([]byte("00dc"), uint32(len(b)))
		if len(b)&1 == 1 {
			b = append(b, 0)
		}
		if _, err := w.Write(append(head, b...)); err != nil {
			return err
		}
		at += 8 + len(b)
		largest = max(largest, len(b))
		count++
	}
	if count == 0 {
		return errors.New("a recording needs at least one frame")
	}
	if _, err := w.Write(append(binary.LittleEndian.AppendUint32([]byte("idx1"), uint32(len(index))), index...)); err != nil {
		return err
	}
	if _, err := w.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := w.Write(aviHead(size, rate, count, largest, at, len(index))); err != nil {
		return err
	}
	_, err := w.Seek(0, io.SeekEnd)
	return err
}

// aviHead returns everything before the first frame: Microsoft's AVI RIFF file reference.
func aviHead(size image.Point, rate float64, count, largest, movi, index int) []byte {
	le := binary.LittleEndian
	words := func(v ...int) (b []byte) {
		for _, x := range v {
			b = le.AppendUint32(b, uint32(x))
		}
		return b
	}
	box := func(id string, body ...[]byte) []byte {
		joined := bytes.Join(body, nil)
		return append(le.AppendUint32([]byte(id), uint32(len(joined))), joined...)
	}
	const scale = 1000
	perSecond := int(math.Round(rate * scale))
	avih := box("avih", words(int(math.Round(1e6/rate)), largest*int(math.Ceil(rate)), 0, 0x10 /* has an index */, count, 0, 1, largest, size.X, size.Y, 0, 0, 0, 0))
	strh := box("strh", []byte("vidsMJPG"), words(0, 0, 0, scale, perSecond, 0, count, largest, -1, 0, 0, size.Y<<16|size.X))
	strf := box("strf", words(40, size.X, size.Y, 24<<16|1), []byte("MJPG"), words(size.X*size.Y*3, 0, 0, 0, 0))
	hdrl := box("LIST", []byte("hdrl"), avih, box("LIST", []byte("strl"), strh, strf))
	total := 4 + len(hdrl) + 8 + movi
	if index > 0 {
		total += 8 + index
	}
	out := append(le.AppendUint32([]byte("RIFF"), uint32(total)), "AVI "...)
	out = append(out, hdrl...)
	out = append(le.AppendUint32(append(out, "LIST"...), uint32(movi)), "movi"...)
	return out
}
