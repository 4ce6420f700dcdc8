package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // portraits are JPEG or PNG
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"blush.example/blush/dsp"
	"blush.example/blush/face"
	"blush.example/blush/internal/blush"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

type facesCmd struct {
	Folder string   `arg:"" optional:"" help:"Folder of portraits (JPEG, PNG) to use instead of drawn ones."`
	Kind   []string `help:"Draw only these kinds."`
	Each   int      `default:"40" help:"Pictures of each kind."`
	Seed   uint64   `default:"1" help:"Seed of the drawn pictures."`
	Out    string   `placeholder:"DIR" help:"Write one PNG sheet for each kind to this folder: found faces with their points and patches, missed faces in red."`
}

// faceKind counts what was found in the pictures of one kind.
type faceKind struct {
	name            string
	pictures, found int
	eyes, tilt, yaw []float64 // errors of the detected faces, in pupil distances and degrees
	bare            map[string][]float64
	sheet           []image.Image
}

// faceGroups are groups of patches, by the prefixes of their names.
var faceGroups = []string{"forehead", "cheek", "nose", "chin"}

func (c *facesCmd) Run(ctx context.Context, con console) error {
	if c.Each < 1 || c.Each > 10_000 {
		return badInput("--each %d: must be 1 to 10000", c.Each)
	}
	kinds := simulate.PictureKinds
	for _, k := range c.Kind {
		if !slices.Contains(kinds, k) {
			return badInput("--kind %s: must be one of %s", k, strings.Join(kinds, ", "))
		}
	}
	if len(c.Kind) > 0 {
		kinds = blush.Once(c.Kind)
	}
	pictures := func(kind string) int { return c.Each }
	take := func(kind string, i int) (simulate.Picture, error) {
		return simulate.NewPicture(kind, c.Seed*1_000_003+uint64(i)), nil
	}
	if c.Folder != "" {
		files, err := portraits(c.Folder)
		if err != nil {
			return badFile(err)
		}
		kinds = []string{filepath.Base(c.Folder)}
		pictures = func(string) int { return len(files) }
		take = func(_ string, i int) (simulate.Picture, error) {
			m, err := readPicture(files[i])
			return simulate.Picture{Image: m, Face: true}, err
		}
	}
	var all []*faceKind
	for _, name := range kinds {
		k := &faceKind{name: name, bare: map[string][]float64{}}
		for i := range pictures(name) {
			if err := ctx.Err(); err != nil {
				return err
			}
			p, err := take(name, i)
			if err != nil {
				return badFile(err)
			}
			k.look(p, c.Out != "")
		}
		if c.Out != "" {
			if err := k.write(c.Out); err != nil {
				return err
			}
			k.sheet = nil
		}
		all = append(all, k)
	}
	return printFaces(con.out, all)
}

// portraits lists the pictures in a folder.
func portraits(folder string) (files []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".jpg", ".jpeg", ".png":
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no .jpg, .jpeg or .png in it", folder)
	}
	return files, nil
}

func readPicture(name string) (*image.NRGBA, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out := image.NewNRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out, nil
}

// look shows a picture to a new tracker for 3 s, as a camera would, or until a face is found.
func (k *faceKind) look(p simulate.Picture, keep bool) {
	t := face.New(face.Options{})
	var s rppg.Sample
	for ms := 0.0; ms < 3000 && s.FaceBox[2] == 0; ms += 100 {
		s = t.Add(video.Frame{TimeMS: ms, Image: p.Image})
	}
	k.pictures++
	found := s.FaceBox[2] > 0
	if found {
		k.found++
	}
	if found && p.Skin != nil {
		k.judge(p, s, t)
	}
	if keep {
		k.sheet = append(k.sheet, thumbnail(p, s, t.Outlines(), found == p.Face))
	}
}

// judge compares a detected face with the true one.
func (k *faceKind) judge(p simulate.Picture, s rppg.Sample, t *face.Tracker) {
	l, e := s.Landmarks, p.Eyes
	apart := math.Hypot(e[1][0]-e[0][0], e[1][1]-e[0][1]) / math.Cos(p.Yaw)
	off := (math.Hypot(l[0]-e[0][0], l[1]-e[0][1]) + math.Hypot(l[2]-e[1][0], l[3]-e[1][1])) / 2
	k.eyes = append(k.eyes, off/apart)
	degrees := func(rad float64) float64 { return math.Abs(rad) * 180 / math.Pi }
	k.tilt = append(k.tilt, degrees(math.Remainder(math.Atan2(l[3]-l[1], l[2]-l[0])-p.Tilt, 2*math.Pi)))
	k.yaw = append(k.yaw, degrees(t.View().Yaw-p.Yaw))
	for i, o := range t.Outlines() {
		r := s.Regions[i]
		for _, g := range faceGroups {
			if strings.HasPrefix(t.Trace().Regions[i].Name, g) {
				k.bare[g] = append(k.bare[g], bareShare(p.Skin, o))
				k.bare[g+" taken"] = append(k.bare[g+" taken"], r.Skin/max(r.Pixels, 1))
			}
		}
	}
}

// bareShare is the share of bare skin in a patch.
func bareShare(skin *image.Alpha, o [4][2]float64) float64 {
	const n = 12
	hits := 0.0
	for i := range n * n {
		u, v := (float64(i%n)+0.5)/n, (float64(i/n)+0.5)/n
		x := o[0][0] + u*(o[1][0]-o[0][0]) + v*(o[3][0]-o[0][0])
		y := o[0][1] + u*(o[1][1]-o[0][1]) + v*(o[3][1]-o[0][1])
		if skin.AlphaAt(int(x), int(y)).A > 0 {
			hits++
		}
	}
	return hits / (n * n)
}

// printFaces writes one line for each kind.
func printFaces(w io.Writer, all []*faceKind) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "pictures\tof\tfound\teyes off\ttilt off\tyaw off\tbare skin in patches of the forehead\tcheeks\tnose\tchin\t")
	for _, k := range all {
		fmt.Fprintf(t, "%s\t%d\t%d\t", k.name, k.pictures, k.found)
		if len(k.eyes) > 0 {
			fmt.Fprintf(t, "%.3f\t%.1f°\t%.1f°\t", dsp.Mean(k.eyes), dsp.Mean(k.tilt), dsp.Mean(k.yaw))
			for _, g := range faceGroups {
				fmt.Fprintf(t, "%.0f %% (taken %.0f %%)\t", 100*dsp.Mean(k.bare[g]), 100*dsp.Mean(k.bare[g+" taken"]))
			}
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "eyes off: mean distance from the true pupils, in pupil distances; taken: the share of a patch that the skin mask keeps")
	return nil
}

// Size of a picture on a sheet in pixels.
const thumbWidth, thumbHeight, sheetColumns = 240, 180, 6

// thumbnail draws a picture small, with what was found in it.
func thumbnail(p simulate.Picture, s rppg.Sample, patches [][4][2]float64, right bool) image.Image {
	b := p.Image.Bounds()
	k := max(float64(b.Dx())/thumbWidth, float64(b.Dy())/thumbHeight)
	out := image.NewNRGBA(image.Rect(0, 0, thumbWidth, thumbHeight))
	for y := range thumbHeight {
		for x := range thumbWidth {
			if at := image.Pt(int(float64(x)*k), int(float64(y)*k)); at.In(b) {
				out.Set(x, y, p.Image.At(at.X, at.Y))
			}
		}
	}
	dot := func(x, y float64, size int, c color.NRGBA) {
		r := image.Rect(int(x/k), int(y/k), int(x/k)+size, int(y/k)+size)
		draw.Draw(out, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	line := func(a, b [2]float64, c color.NRGBA) {
		n := max(1, math.Hypot(b[0]-a[0], b[1]-a[1])/k)
		for i := 0.0; i <= n; i++ {
			dot(a[0]+i/n*(b[0]-a[0]), a[1]+i/n*(b[1]-a[1]), 1, c)
		}
	}
	for _, o := range patches {
		for i := range o {
			line(o[i], o[(i+1)%4], color.NRGBA{0, 220, 255, 255})
		}
	}
	if s.FaceBox[2] > 0 {
		for i := range 5 {
			dot(s.Landmarks[2*i], s.Landmarks[2*i+1], 3, color.NRGBA{255, 255, 0, 255})
		}
	}
	if !right {
		for _, r := range []image.Rectangle{{Max: image.Pt(thumbWidth, 4)}, {Max: image.Pt(4, thumbHeight)},
			{image.Pt(0, thumbHeight-4), image.Pt(thumbWidth, thumbHeight)}, {image.Pt(thumbWidth-4, 0), image.Pt(thumbWidth, thumbHeight)}} {
			draw.Draw(out, r, image.NewUniform(color.NRGBA{255, 0, 0, 255}), image.Point{}, draw.Src)
		}
	}
	return out
}

// write puts the pictures of a kind onto one sheet.
func (k *faceKind) write(dir string) error {
	if err := makeFolder(dir); err != nil {
		return err
	}
	rows := (len(k.sheet) + sheetColumns - 1) / sheetColumns
	sheet := image.NewNRGBA(image.Rect(0, 0, sheetColumns*thumbWidth, rows*thumbHeight))
	for i, m := range k.sheet {
		at := image.Pt(i%sheetColumns*thumbWidth, i/sheetColumns*thumbHeight)
		draw.Draw(sheet, image.Rectangle{at, at.Add(image.Pt(thumbWidth, thumbHeight))}, m, image.Point{}, draw.Src)
	}
	name := filepath.Join(dir, strings.ReplaceAll(k.name, " ", "-")+".png")
	return writeFile(name, func(w io.Writer) error { return png.Encode(w, sheet) })
}
