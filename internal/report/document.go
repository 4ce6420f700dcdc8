package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// The page, in mm: A4 with its margins.
const (
	pageWidth, pageHeight = 210.0, 297.0
	left, right           = 16.0, 194.0
	top, bottom           = 16.0, 280.0
	width                 = right - left
)

// family names the font of a document.
const family = "Liberation Sans"

// Sizes of text in points.
const (
	titleSize   = 19.0
	headingSize = 12.5
	textSize    = 9.5
	factSize    = 9.0
	smallSize   = 7.8
)

// setting is how much room a document takes.
type setting struct {
	leading                  float64 // the height of a line in parts of its size
	gap                      float64 // above a heading, in mm
	stripHeight, graphHeight float64 // of a strip of the pulse wave and of the plot of a trend, in mm
}

var (
	wide  = setting{1.38, 3, 20, 27}
	tight = setting{1.22, 1, 16, 22}
)

// fewest writes a document widely, or closely where that saves a page or keeps a list of values on one page, so that no page
// begins with a few lines that belong to the page before.
func fewest(write func(setting) (*document, error)) ([]byte, error) {
	d, err := write(wide)
	if err != nil {
		return nil, err
	}
	if n := d.pdf.PageCount(); n > 1 {
		c, err := write(tight)
		if err != nil {
			return nil, err
		}
		if c.pdf.PageCount() < n || c.pdf.PageCount() == n && c.parted < d.parted {
			d = c
		}
	}
	return d.bytes()
}

// colour is 0..255 each.
type colour [3]int

// The colours of the light theme in tokens.css and of the widgets.
var (
	ink      = colour{23, 36, 43}
	soft     = colour{81, 96, 106}
	hair     = colour{221, 223, 219}
	track    = colour{233, 235, 231}
	pulseInk = colour{194, 71, 90}
	ownInk   = colour{18, 96, 107}
	white    = colour{255, 255, 255}
)

// tone is a colour with the soft one that lies behind text.
type tone struct{ ink, soft colour }

var (
	good    = tone{colour{31, 104, 71}, colour{226, 242, 233}}
	normal  = tone{colour{61, 95, 146}, colour{230, 237, 246}}
	neutral = tone{colour{119, 80, 0}, colour{250, 239, 214}}
	bad     = tone{colour{163, 48, 58}, colour{250, 230, 230}}
)

// tones are those of levels, zones and severities.
var tones = map[string]tone{
	"good": good, "neutral": neutral, "bad": bad, "optimal": good, "normal": normal, "suboptimal": bad,
	"info": normal, "warning": neutral, "urgent": bad,
}

// document is a PDF on its way.
type document struct {
	texts
	setting
	pdf    *fpdf.Fpdf
	y      float64 // mm from the top, where the next thing goes
	parted int     // how many lists of values are not on one page
	accent colour
}

// newDocument starts a document with its head; at is the only time that it holds.
func newDocument(c Cover, title string, at time.Time, s setting) (*document, error) {
	d := &document{texts: textsOf(c.Language), setting: s, pdf: fpdf.New("P", "mm", "A4", ""), y: top, accent: ownInk}
	if v, err := strconv.ParseUint(strings.TrimPrefix(c.Accent, "#"), 16, 24); err == nil && len(c.Accent) == len("#rrggbb") {
		d.accent = colour{int(v >> 16), int(v >> 8 & 0xff), int(v & 0xff)}
	}
	p := d.pdf
	p.SetCatalogSort(true)
	p.SetCreationDate(at.UTC())
	p.SetModificationDate(at.UTC())
	p.SetProducer("Blush", true)
	p.SetCreator("Blush", true)
	p.SetTitle(d.report[title], true)
	p.SetAuthor(shown(c.Customer), true)
	p.SetLang(c.Language)
	p.SetMargins(left, top, pageWidth-right)
	p.SetAutoPageBreak(false, 0)
	p.SetCellMargin(0)
	p.AddUTF8FontFromBytes(family, "", liberationsansregular.TTF)
	p.AddUTF8FontFromBytes(family, "B", liberationsansbold.TTF)
	p.AddPage()
	if err := d.head(c, title); err != nil {
		return nil, err
	}
	return d, p.Error()
}

// logoBox is the largest that a logo is drawn, in mm.
const logoWidth, logoHeight = 46.0, 16.0

func (d *document) head(c Cover, title string) error {
	textWidth := width
	if len(c.Logo) > 0 {
		flat, size, err := flatten(c.Logo)
		if err != nil {
			return err
		}
		scale := min(logoWidth/float64(size.X), logoHeight/float64(size.Y))
		w, h := float64(size.X)*scale, float64(size.Y)*scale
		d.pdf.RegisterImageOptionsReader("logo", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(flat))
		d.pdf.ImageOptions("logo", right-w, d.y, w, h, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
		textWidth -= logoWidth + 6
	}
	customer := c.Customer
	if c.Test {
		customer += " · " + d.pages["test"]
	}
	d.flow(logoHeight, nil, column{left, textWidth, []piece{{smallSize + 1, "", soft, customer, 1.5}, {titleSize, "B", ink, d.report[title], 0}}})
	d.y += 2.5
	d.pdf.SetFillColor(d.accent[0], d.accent[1], d.accent[2])
	d.pdf.Rect(left, d.y, width, 0.7, "F")
	d.y += 4
	return nil
}

// need starts a new page where less than h mm are left.
func (d *document) need(h float64) {
	if d.y+h <= bottom {
		return
	}
	d.pdf.AddPage()
	d.y = top
}

// mm is how high a line of a size in points is.
func (d *document) mm(size float64) float64 { return size * d.leading * 25.4 / 72 }

func (d *document) font(size float64, style string, c colour) {
	d.pdf.SetFont(family, style, size)
	d.pdf.SetTextColor(c[0], c[1], c[2])
}

// text writes a text from a point at its top left, wrapped into a width, and returns its height.
func (d *document) text(x, y, w, size float64, style string, c colour, s string) float64 {
	lines := d.lines(w, size, style, s)
	d.font(size, style, c)
	for i, l := range lines {
		d.pdf.Text(x, y+d.mm(size)*(float64(i)+0.76), strings.TrimRight(l, " "))
	}
	return d.mm(size) * float64(len(lines))
}

// piece is a text within a column, with the room after it in mm. An empty one is left out.
type piece struct {
	size   float64
	style  string
	colour colour
	text   string
	after  float64
}

// column holds texts below each other.
type column struct {
	x, width float64
	pieces   []piece
}

// line is one of a column, with its height and the room after it in mm.
type line struct {
	piece
	height, after float64
}

func (d *document) linesOf(c column) (out []line) {
	for _, p := range c.pieces {
		if p.text == "" {
			continue
		}
		for _, s := range d.lines(c.width, p.size, p.style, p.text) {
			out = append(out, line{piece{p.size, p.style, p.colour, strings.TrimRight(s, " "), 0}, d.mm(p.size), 0})
		}
		out[len(out)-1].after = p.after
	}
	return out
}

// tall is the height of columns side by side.
func (d *document) tall(all ...column) (h float64) {
	for _, c := range all {
		_, used := fitting(d.linesOf(c), math.Inf(1))
		h = max(h, used)
	}
	return h
}

// fitting is how many of the lines fit in the given height (mm), and how high these are.
func fitting(all []line, room float64) (n int, h float64) {
	for n < len(all) && h+all[n].height <= room {
		h += all[n].height + all[n].after
		n++
	}
	return n, h
}

// flow writes columns side by side, at least the given height (mm). What fits on a page stays on one; what is longer continues on
// the next. behind draws what lies behind the text, of the given height (mm), on each page.
func (d *document) flow(least float64, behind func(h float64), all ...column) {
	if h := max(least, d.tall(all...)); h <= bottom-top {
		d.need(h)
	}
	rest := make([][]line, len(all))
	for i, c := range all {
		rest[i] = d.linesOf(c)
	}
	for {
		h, more := 0.0, false
		count := make([]int, len(all))
		for i := range rest {
			n, used := fitting(rest[i], bottom-d.y)
			count[i], h, more = n, max(h, used), more || n < len(rest[i])
		}
		if behind != nil && h > 0 {
			behind(h)
		}
		for i, c := range all {
			y := d.y
			for _, l := range rest[i][:count[i]] {
				d.font(l.size, l.style, l.colour)
				d.pdf.Text(c.x, y+l.height*0.76, l.text)
				y += l.height + l.after
			}
			rest[i] = rest[i][count[i]:]
		}
		if !more {
			d.y += max(h, least)
			return
		}
		least = 0
		d.pdf.AddPage()
		d.y = top + 3
	}
}

// mark writes one line beside a point: align is start, middle or end.
func (d *document) mark(x, y, size float64, c colour, align, s string) {
	d.font(size, "", c)
	s = shown(s)
	switch w := d.pdf.GetStringWidth(s); align {
	case "middle":
		x -= w / 2
	case "end":
		x -= w
	}
	d.pdf.Text(x, y, s)
}

// section starts a part of the document with its heading, on a page that has room for the given height (mm) of it.
func (d *document) section(title string, first float64) {
	d.y += d.gap
	d.need(first + 10)
	d.pdf.Bookmark(shown(title), 0, d.y)
	d.y += d.text(left, d.y, width, headingSize, "B", d.accent, title) + 1.5
}

func (d *document) paragraph(s string) { d.flow(0, nil, paragraph(s)) }

func paragraph(s string) column { return column{left, width, []piece{{textSize, "", ink, s, 2}}} }

// small writes paragraphs of explanation, which stay together.
func (d *document) small(all ...string) {
	var pieces []piece
	for _, s := range all {
		pieces = append(pieces, piece{smallSize, "", soft, s, 1})
	}
	d.flow(0, nil, column{left, width, pieces})
	d.y++
}

// boxPad is between the text of a box and its edges, in mm.
const boxPad = 3.0

// box writes something that must not be overlooked; a title may be empty.
func (d *document) box(t tone, title string, all ...string) {
	d.y += 1 + boxPad
	d.flow(0, func(h float64) {
		d.tint(t, left, d.y-boxPad, width, h+2*boxPad-1)
	}, boxed(t, title, all...))
	d.y += boxPad + 2
}

// boxed is the text of a box.
func boxed(t tone, title string, all ...string) column {
	pieces := []piece{{textSize, "B", t.ink, title, 0}}
	for _, s := range all {
		pieces = append(pieces, piece{textSize, "", ink, s, 1})
	}
	return column{left + boxPad + 1.5, width - 2*boxPad - 1.5, pieces}
}

// tint fills what lies behind a text that must not be overlooked.
func (d *document) tint(t tone, x, y, w, h float64) {
	d.fillColour(t.soft)
	d.pdf.Rect(x, y, w, h, "F")
	d.fillColour(t.ink)
	d.pdf.Rect(x, y, 1.5, h, "F")
}

// fact is something with its name.
type fact struct{ name, text string }

// facts lists facts in two columns; one that is too long for its column has a line of its own.
func (d *document) facts(all []fact) {
	const gap, name = 8.0, 30.0
	const half = (width - gap) / 2
	h, free := 0.0, true // of the line; free: nothing is in it yet
	end := func() {
		d.y, h, free = d.y+h, 0, true
	}
	for _, f := range all {
		if f.text == "" {
			continue
		}
		if len(d.lines(half-name, factSize, "", f.text)) > 1 {
			end()
			d.flow(0, nil, column{left, name - 2, []piece{{smallSize, "", soft, f.name, 0}}}, column{left + name, width - name, []piece{{factSize, "", ink, f.text, 0}}})
			d.y++
			continue
		}
		x := left
		if !free {
			x += half + gap
		}
		tall := max(d.mm(factSize), d.mm(smallSize)*float64(len(d.lines(name-2, smallSize, "", f.name)))) + 1
		if free {
			d.need(tall)
		}
		d.text(x, d.y+0.45, name-2, smallSize, "", soft, f.name)
		d.text(x+name, d.y, half-name, factSize, "", ink, f.text)
		h = max(h, tall)
		if free = !free; free {
			end()
		}
	}
	end()
	d.y += 2
}

// bytes ends the document: the foot of each page, then the file.
func (d *document) bytes() ([]byte, error) {
	n := d.pdf.PageCount()
	for i := 1; i <= n; i++ {
		d.pdf.SetPage(i)
		page := fill(d.report["page"], "n", strconv.Itoa(i), "of", strconv.Itoa(n))
		d.text(left, pageHeight-13, width-26, smallSize-0.6, "", soft, d.person["foot"])
		d.mark(right, pageHeight-13+d.mm(smallSize-0.6)*0.76, smallSize-0.6, soft, "end", page)
	}
	var out bytes.Buffer
	if err := d.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return out.Bytes(), nil
}

// glyphs is the font whose characters there are; the bold one has the same.
var glyphs = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(liberationsansregular.TTF)
	if err != nil {
		panic(err) // part of the program
	}
	return f
})

// shown is a text in characters that the font has: Latin, Greek and Cyrillic. Others are shown as a box.
func shown(s string) string {
	var b sfnt.Buffer
	return strings.Map(func(r rune) rune {
		switch i, err := glyphs().GlyphIndex(&b, r); {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		case err == nil && i != 0 && r <= 0xffff:
			return r
		case unicode.Is(unicode.Mn, r):
			return -1
		}
		return '□'
	}, norm.NFC.String(s))
}
