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
	var head [512]byte
	n, _ := io.ReadFull(f, head[:])
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		f.Close()
		return nil, inputError("the recording cannot be read: it must be a plain file", err)
	}
	var r *Reader
	switch h := head[:n]; {
	case bytes.HasPrefix(h, []byte(y4mMagic)):
		r, err = NewY4M(f, opt)
	case bytes.HasPrefix(h, []byte{0xff, 0xd8, 0xff}):
		r, err = NewMJPEG(f, opt)
	case isMJPEGAVI(f):
		r, err = NewAVI(f, opt)
	default:
		f.Close()
		r, err = openFFmpeg(ctx, path, opt)
		if err != nil {
			return nil, err
		}
		return r, r.sidecar(path)
	}
	if err != nil {
		f.Close()
		return nil, err
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
