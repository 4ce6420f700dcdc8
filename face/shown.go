package face

import (
	"hash/crc64"
	"image"
	"slices"

	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

// shown remembers the colours that pictures of a face gave. A picture that comes again, as in a film played in a loop, gives
// the same again, to whatever place the face has been followed meanwhile: so the engine can tell that they repeat. The
// noise of a camera makes each of its pictures another one.
type shown struct {
	recent, older map[uint64][]rppg.Colour // by the sum of a picture: those of its regions, then the background's
}

// rememberedPictures is how many pictures are remembered at least: two minutes at 30 frames/s. As many more may be.
const rememberedPictures = 3600

// again gives a sample the colours that its picture gave when it came before, and remembers them when it comes first.
func (p *shown) again(sum uint64, s *rppg.Sample) {
	colours, ok := p.recent[sum]
	if !ok {
		colours, ok = p.older[sum]
	}
	if ok {
		s.Background = colours[copy(s.Regions, colours)]
		return
	}
	if p.recent == nil || len(p.recent) == rememberedPictures {
		p.recent, p.older = map[uint64][]rppg.Colour{}, p.recent
	}
	p.recent[sum] = append(slices.Clone(s.Regions), s.Background)
}

var polynomial = crc64.MakeTable(crc64.ECMA)

// sumOf is a checksum of a picture: of its luma made small, and of every eighth line of its colours.
func sumOf(f video.Frame, small gray) uint64 {
	sum := crc64.Update(0, polynomial, small.pix)
	lines := func(pix []uint8, stride int) {
		for y := 0; y+stride <= len(pix); y += 8 * stride {
			sum = crc64.Update(sum, polynomial, pix[y:y+stride])
		}
	}
	switch m := f.Image.(type) {
	case *image.YCbCr:
		lines(m.Cb, m.CStride)
		lines(m.Cr, m.CStride)
	case *image.NRGBA:
		lines(m.Pix, m.Stride)
	case *image.RGBA:
		lines(m.Pix, m.Stride)
	}
	return sum
}
