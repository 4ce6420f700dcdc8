//go:build !js

package video

import (
	"bytes"
	"context"
	"io"
	"os"
)

// Open opens a recording: a file of any format, or a folder of images. The format is determined from the content,
// never from the name. Frame times in a file NAME.times next to it (one number in milliseconds a line) replace its
// own.
func Open(ctx context.Context, path string, opt Options) (*Reader, error) {
	opt = opt.withDefaults()
	st, err := os.Stat(path)
	if err != nil {
		return nil, inputError("the recording cannot be opened: there is no such file", err)
	}
	if st.IsDir() {
		return openFolder(path, opt)
	}
	if st.Size() == 0 {
		return nil, inputError("the file is empty", nil)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, inputError("the recording cannot be opened", err)
	}
	r, err := openPlain(f, opt)
	if err != nil {
		f.Close()
		return nil, err
	}
	if r == nil {
		f.Close()
		if r, err = openFFmpeg(ctx, path, opt); err != nil {
			return nil, err
		}
		return r, r.sidecar(path)
	}
	inner := r.close
	r.close = func() error {
		if inner != nil {
			_ = inner() // nothing is written
		}
		return f.Close()
	}
	next := r.next
	r.next = func() (Frame, error) {
		if err := ctx.Err(); err != nil {
			return Frame{}, err
		}
		return next()
	}
	if err := r.sidecar(path); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// openPlain opens a file of one of the formats that need no ffmpeg. It returns nil for another format.
func openPlain(f *os.File, opt Options) (*Reader, error) {
	var head [512]byte
	n, _ := io.ReadFull(f, head[:])
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, inputError("the recording cannot be read: it must be a plain file", err)
	}
	switch h := head[:n]; {
	case bytes.HasPrefix(h, []byte(y4mMagic)):
		return NewY4M(f, opt)
	case bytes.HasPrefix(h, []byte{0xff, 0xd8, 0xff}):
		return NewMJPEG(f, opt)
	case isMJPEGAVI(f):
		return NewAVI(f, opt)
	}
	return nil, nil
}
