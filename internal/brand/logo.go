package brand

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the formats a logo may come in
	"image/png"

	_ "golang.org/x/image/webp"
)

// The limits of a logo, as uploaded and as stored.
const (
	MaxLogoBytes = 256 << 10
	MaxLogoSide  = 1024 // pixels
)

// Logo decodes a PNG, JPEG or WebP and encodes it as a new PNG, so that it contains
// only pixels: no metadata and no second file. SVG is rejected, since it can contain scripts.
func Logo(file []byte) ([]byte, error) {
	if len(file) > MaxLogoBytes {
		return nil, fmt.Errorf("a logo has at most %d KiB, this one %d", MaxLogoBytes>>10, len(file)>>10)
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, errors.New("a logo is a PNG, a JPEG or a WebP image")
	}
	if size.Width < 1 || size.Height < 1 || size.Width > MaxLogoSide || size.Height > MaxLogoSide {
		return nil, fmt.Errorf("a logo has at most %d pixels a side, this one %d × %d", MaxLogoSide, size.Width, size.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, errors.New("the logo's image is damaged")
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	if b.Len() > MaxLogoBytes {
		return nil, fmt.Errorf("the logo takes %d KiB as a PNG, at most %d are kept: take a smaller one", b.Len()>>10, MaxLogoBytes>>10)
	}
	return b.Bytes(), nil
}
