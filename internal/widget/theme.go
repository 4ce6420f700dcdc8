package widget

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"blush.example/blush/internal/blush"
)

// Theme contains the colours with which an integrator replaces ours, by the name
// of our custom property. They colour shapes only: text keeps its contrast.
type Theme map[string]string

// overrides names what a caller may replace, spelled without its hyphens.
var overrides = map[string][]string{
	"functionalprimary500":   {"--bw-bad"},
	"functionalsecondary500": {"--bw-neutral", "--bw-normal"},
	"functionaltertiary500":  {"--bw-good"},
	"support300":             {"--bw-track"},
	"support500":             {"--bw-mark"},
	"brandsecondary":         {"--bw-accent"},
}

// softened are the properties whose colour is also used, softened, behind text: in badges, bars, bands and boxes.
var softened = []string{"--bw-bad", "--bw-neutral", "--bw-normal", "--bw-good"}

// soft makes a colour translucent, so that text on it keeps its contrast.
func soft(colour string) string {
	const share = 0.16
	through := 255.0
	if len(colour) == len("#rrggbbaa") {
		if v, err := strconv.ParseUint(colour[7:], 16, 8); err == nil { // written by hex: always
			through = float64(v)
		}
	}
	return colour[:7] + fmt.Sprintf("%02x", int(math.Round(share*through)))
}

// maxTheme bounds the entries of a theme.
const maxTheme = 100

// ParseTheme reads theme overrides, in snake, kebab or camel case. A value that is
// not a colour is refused, whatever its name; an unknown name is
// ignored, since a caller may use the theme for other widgets too. null overrides nothing.
func ParseTheme(sent map[string]any) (Theme, error) {
	if len(sent) > maxTheme {
		return nil, themeFault("A theme holds at most 100 entries.", "too_long")
	}
	theme := Theme{}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		value := sent[name]
		if value == nil {
			continue
		}
		text, ok := value.(string)
		if !ok {
			return nil, themeFault("A theme value must be a colour, written as text.", "color_error", name)
		}
		colour, ok := parseColour(text)
		if !ok {
			return nil, themeFault("A theme value must be a colour: #rgb, #rrggbb, rgb(), hsl() or a name.", "color_error", name)
		}
		for _, property := range overrides[strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))] {
			theme[property] = colour
			if slices.Contains(softened, property) {
				theme[property+"-soft"] = soft(colour)
			}
		}
	}
	return theme, nil
}

func themeFault(msg, typ string, at ...string) error {
	path := []any{"theme"}
	for _, a := range at {
		path = append(path, a)
	}
	return blush.Field(msg, typ, path...)
}

// style writes the theme as declarations. It contains no text from the caller:
// names are ours, and colours were parsed and written as #rrggbbaa.
func (t Theme) style() string {
	out := make([]string, 0, len(t))
	for _, p := range slices.SortedFunc(maps.Keys(t), cmp.Compare[string]) {
		out = append(out, p+":"+t[p])
	}
	return strings.Join(out, ";")
}

// UnmarshalTheme reads a theme from JSON: an object, or null for none.
func UnmarshalTheme(b json.RawMessage) (Theme, error) {
	if len(b) == 0 || string(b) == "null" {
		return Theme{}, nil
	}
	var sent map[string]any
	if err := json.Unmarshal(b, &sent); err != nil {
		return nil, themeFault("A theme must be an object of colours.", "dict_type")
	}
	return ParseTheme(sent)
}
