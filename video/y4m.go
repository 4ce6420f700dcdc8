package video

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"
)

const (
	y4mMagic = "YUV4MPEG2 "
	// maxLine bounds a header line of y4m; real ones have under 200 bytes.
	maxLine = 4096
)

// NewY4M reads YUV4MPEG2 with 8 bits a sample: 4:2:0, 4:2:2, 4:4:4 or luma alone
// (https://wiki.multimedia.cx/index.php/YUV4MPEG2). A frame header may have its own time as the comment
// Xtime_ms=NUMBER, which [WriteY4M] writes.
func NewY4M(src io.Reader, opt Options) (*Reader, error) {
	opt = opt.withDefaults()
	br := bufio.NewReaderSize(src, 1<<16)
	line, err := readLine(br)
	if err != nil || !strings.HasPrefix(line, y4mMagic) {
		return nil, inputError("this is not a YUV4MPEG2 file", err)
	}
	h, err := parseY4M(line[len(y4mMagic):], opt)
	if err != nil {
		return nil, err
	}
	img := image.NewYCbCr(image.Rect(0, 0, h.width, h.height), h.ratio)
	if h.mono {
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = 128, 128
		}
	}
	r := &Reader{opt: opt, info: Info{Width: h.width, Height: h.height, Codec: "y4m", Rate: h.rate, Timing: TimingUnknown}}
	if h.rate > 0 {
		r.info.Timing = evidence{}.constant(h.rate)
	}
	n := 0
	err = r.prime(func() (Frame, bool, error) {
		t, own, err := y4mFrameTime(br)
		if err != nil {
			return Frame{}, false, err
		}
		for i, p := range [][]byte{img.Y, img.Cb, img.Cr} {
			if i > 0 && h.mono {
				break
			}
			if _, err := io.ReadFull(br, p); err != nil {
				return Frame{}, false, io.EOF // cut off in this frame
			}
		}
		if !own {
			t = float64(n) * 1000 / cmp.Or(h.rate, 30)
		}
		n++
		return Frame{TimeMS: t, Image: img, Color: Color{Limited: !h.full}}, own, nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

type y4mHeader struct {
	width, height int
	rate          float64
	ratio         image.YCbCrSubsampleRatio
	mono, full    bool
}

func parseY4M(fields string, opt Options) (y4mHeader, error) {
	h := y4mHeader{ratio: image.YCbCrSubsampleRatio420}
	for f := range strings.FieldsSeq(fields) {
		v := f[1:]
		var err error
		switch f[0] {
		case 'W':
			h.width, err = strconv.Atoi(v)
		case 'H':
			h.height, err = strconv.Atoi(v)
		case 'F':
			var num, den int
			if _, err = fmt.Sscanf(v, "%d:%d", &num, &den); err == nil && num > 0 && den > 0 {
				h.rate = float64(num) / float64(den)
			}
		case 'C':
			switch v {
			case "420", "420jpeg", "420mpeg2", "420paldv":
			case "422":
				h.ratio = image.YCbCrSubsampleRatio422
			case "444":
				h.ratio = image.YCbCrSubsampleRatio444
			case "mono":
				h.mono = true
			default:
				return h, inputError("this y4m file has a colour format that is not supported: use 420, 422, 444 or mono with 8 bits", nil)
			}
		case 'X':
			if v == "COLORRANGE=FULL" {
				h.full = true
			}
		}
		if err != nil {
			return h, inputError("the header of this y4m file is damaged", err)
		}
	}
	return h, opt.checkSize(h.width, h.height)
}

// y4mFrameTime reads a frame header; own says whether it has a time.
func y4mFrameTime(br *bufio.Reader) (t float64, own bool, err error) {
	line, err := readLine(br)
	if errors.Is(err, io.EOF) && line == "" {
		return 0, false, io.EOF
	}
	if err != nil || !strings.HasPrefix(line, "FRAME") {
		return 0, false, io.EOF // the rest isn't a frame
	}
	for f := range strings.FieldsSeq(line) {
		if v, ok := strings.CutPrefix(f, "X"+timeKey); ok {
			if t, ok := parseTime(v); ok {
				return t, true, nil
			}
		}
	}
	return 0, false, nil
}

var errLongLine = errors.New("line too long")

// readLine reads up to a newline, at most maxLine bytes.
func readLine(br *bufio.Reader) (string, error) {
	var b []byte
	for len(b) < maxLine {
		c, err := br.ReadByte()
		if err != nil {
			return string(b), err
		}
		if c == '\n' {
			return string(b), nil
		}
		b = append(b, c)
	}
	return "", errLongLine
}
