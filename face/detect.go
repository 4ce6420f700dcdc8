package face

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"math"
	"sync"

	pigo "github.com/esimov/pigo/core"
)

// The cascades are those of pigo v1.4.6 (MIT, cascade/LICENSE-pigo.txt), which
// took them from picornt by Nenad Markuš. The shifts of the one for pupils are
// rounded to 1/65536 of the window, far below a pixel: browsers load it.
var (
	//go:embed cascade/facefinder
	facefinder []byte
	//go:embed cascade/pupils
	pupilCascade []byte
)

// checksums of the embedded cascades, SHA-256.
const (
	facefinderSum = "d8014993e7298c7b1865d1f8b855d6dbf4ec5c808bf879e2091ab6837abf90cd"
	pupilsSum     = "f2d256ce350432396b3cc6c384cb6f3da134e7fce3ab33706c57e2b47d3b9635"
)

func intact(b []byte, sum string) bool {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:]) == sum
}

type finder struct {
	faces  *pigo.Pigo
	pupils *locator
}

// loadFinder unpacks the cascades once; they are read only afterwards.
var loadFinder = sync.OnceValue(func() finder {
	faces, err := pigo.NewPigo().Unpack(facefinder)
	if err != nil {
		panic(err) // the embedded bytes are checked by a test
	}
	pupils, err := newLocator(pupilCascade)
	if err != nil {
		panic(err)
	}
	return finder{faces, pupils}
})

// found is a face that the detector sees: centre, side and score; x, y, size in small pixels.
type found struct{ x, y, size, score float64 }

// minScore is the summed score of overlapping windows from which a detection
// counts. Faces of the development recordings score above 20, patterned backgrounds below 8.
const minScore = 12

// detect lists the frontal faces in a picture whose side is at least minSize pixels.
func (fd finder) detect(g gray, minSize int) []found {
	if g.w < 24 || g.h < 24 {
		return nil
	}
	ds := fd.faces.RunCascade(pigo.CascadeParams{
		MinSize: max(20, minSize), MaxSize: min(g.w, g.h), ShiftFactor: 0.1, ScaleFactor: 1.1,
		ImageParams: pigo.ImageParams{Pixels: g.pix, Rows: g.h, Cols: g.w, Dim: g.w},
	}, 0)
	var out []found
	for _, d := range fd.faces.ClusterDetections(ds, 0.2) {
		if d.Q >= minScore {
			out = append(out, found{float64(d.Col), float64(d.Row), float64(d.Scale), float64(d.Q)})
		}
	}
	return out
}

// pose is where a face is: the middle between the pupils, the distance between
// them (pixels) and the tilt of the line through them (radians, clockwise in the picture).
type pose struct{ x, y, d, tilt float64 }

// meanEyes are the pupils in a detection, in sides from its centre: the average of upright faces.
const (
	eyeDX = 0.185
	eyeDY = -0.085
)

// eyes places the eyes in a detection: by the pupils where these are plausible, else by the average face.
func (fd finder) eyes(g gray, f found) (p pose, seen bool) {
	lx, ly := fd.pupils.find(g, f.x-eyeDX*f.size, f.y+eyeDY*f.size, 0.25*f.size)
	rx, ry := fd.pupils.find(g, f.x+eyeDX*f.size, f.y+eyeDY*f.size, 0.25*f.size)
	p = pose{(lx + rx) / 2, (ly + ry) / 2, math.Hypot(rx-lx, ry-ly), math.Atan2(ry-ly, rx-lx)}
	mean := pose{f.x, f.y + eyeDY*f.size, 2 * eyeDX * f.size, 0}
	if math.Abs(p.tilt) > 0.45 || p.d < 0.75*mean.d || p.d > 1.3*mean.d || math.Hypot(p.x-mean.x, p.y-mean.y) > 0.15*f.size {
		return mean, false
	}
	return p, true
}
