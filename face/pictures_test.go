package face

import (
	"math"
	"strings"
	"testing"

	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// show feeds a picture to a new Tracker for up to 3 s, as a camera would, and returns the Tracker.
func show(p simulate.Picture) (t *Tracker, skin map[string]float64) {
	t = New(Options{})
	for ms := 0.0; ms < 3000; ms += 100 {
		s := t.Add(video.Frame{TimeMS: ms, Image: p.Image})
		if !t.tracking {
			continue
		}
		skin = map[string]float64{}
		var all, pass [2]float64 // of the forehead, of what lies below
		for k, c := range s.Regions {
			i := 0
			if patches[k].moves != withForehead {
				i = 1
			}
			all[i], pass[i] = all[i]+c.Pixels, pass[i]+c.Skin
		}
		skin["forehead"], skin["below"] = pass[0]/all[0], pass[1]/all[1]
		skin["all"] = (pass[0] + pass[1]) / (all[0] + all[1])
		return t, skin
	}
	return t, nil
}

// Drawn people of every kind are found, and no face among things. The rotation of a head is read to some degrees,
// and patches lie on skin.
func TestDrawnPeople(t *testing.T) {
	for _, kind := range simulate.PictureKinds {
		n := 1
		if kind == "things" {
			n = 2
		}
		found, bare, asked := 0, 0.0, 0.0
		for seed := range uint64(n) {
			p := simulate.NewPicture(kind, seed)
			tk, _ := show(p)
			if !tk.tracking {
				continue
			}
			found++
			if p.Skin == nil {
				continue
			}
			if d := tk.yaw - p.Yaw; math.Abs(d) > 0.26 && kind != "mask" {
				t.Errorf("%s %d: turned by %.2f rad, read as %.2f", kind, seed, p.Yaw, tk.yaw)
			}
			for k, o := range tk.Outlines() {
				if patches[k].moves == withForehead {
					continue // often hair
				}
				x, y := (o[0][0]+o[2][0])/2, (o[0][1]+o[2][1])/2
				asked++
				if p.Skin.AlphaAt(int(x), int(y)).A > 0 {
					bare++
				}
			}
		}
		switch {
		case kind == "things" && found > 0:
			t.Errorf("a face among things %d times", found)
		case kind != "things" && found < n:
			t.Errorf("%s: %d of %d found", kind, found, n)
		case !strings.Contains("things mask hair cut", kind) && bare < 0.8*asked: // some have beards
			t.Errorf("%s: %.0f of %.0f asked on bare skin", kind, bare, asked)
		}
	}
}

// A mask is not learned as skin: the forehead passes the skin mask, and the covered part does not.
func TestMaskIsNotSkin(t *testing.T) {
	for seed := range uint64(3) {
		if tk, skin := show(simulate.NewPicture("mask", seed)); skin == nil || !tk.skin.covered || skin["below"] >= 0.3 || skin["forehead"] <= 0.6 {
			t.Errorf("mask %d: skin %v", seed, skin)
		}
		if _, skin := show(simulate.NewPicture("upright", seed)); skin == nil || skin["below"] < 0.75 {
			t.Errorf("upright %d: skin %v", seed, skin)
		}
	}
}

// Where red is at the sensor's limit everywhere, skin is still recognised: green and blue distinguish it from
// hair.
func TestOverexposedRedIsSkin(t *testing.T) {
	for seed := range uint64(3) {
		p := simulate.NewPicture("tone I-II", seed)
		for i := 0; i < len(p.Image.Pix); i += 4 {
			p.Image.Pix[i] = uint8(min(255, 1.6*float64(p.Image.Pix[i])))
		}
		if _, skin := show(p); skin == nil || skin["all"] < 0.7 {
			t.Errorf("%d: skin %v", seed, skin)
		}
	}
}
