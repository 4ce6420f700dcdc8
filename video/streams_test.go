//go:build !js

package video

import (
	"fmt"
	"strings"
	"testing"
)

// Of several video streams the one that players show is read: not a cover, marked as such or not, and the one marked as the one to
// play.
func TestTheStreamThatPlayersShowIsRead(t *testing.T) {
	type stream struct {
		frames  int
		cover   bool
		playing bool
	}
	for _, c := range []struct {
		what    string
		streams []stream
		want    int
	}{
		{"one stream", []stream{{900, false, true}}, 0},
		{"two, none marked", []stream{{900, false, false}, {900, false, false}}, 0},
		{"two, both marked", []stream{{900, false, true}, {900, false, true}}, 0},
		{"the second is the one to play", []stream{{900, false, false}, {750, false, true}}, 1},
		{"a cover that is marked as one", []stream{{1, true, true}, {900, false, false}}, 1},
		{"a cover that isn't", []stream{{1, false, true}, {900, false, true}}, 1},
		{"a cover that isn't, and neither is to be played", []stream{{1, false, false}, {900, false, false}}, 1},
		{"a cover behind the film", []stream{{900, false, false}, {1, false, true}}, 0},
	} {
		var b strings.Builder
		flag := map[bool]int{true: 1}
		for i, s := range c.streams {
			fmt.Fprintf(&b, "stream|index=%d|codec_name=h264|codec_type=video|width=64|height=48|pix_fmt=yuv420p|time_base=1/90000|disposition:attached_pic=%d|disposition:default=%d\n",
				i, flag[s.cover], flag[s.playing])
			for k := range s.frames {
				fmt.Fprintf(&b, "packet|stream_index=%d|pts_time=%.6f|dts_time=%.6f|flags=K__\n", i, float64(k)/30, float64(k)/30)
			}
		}
		b.WriteString("format|format_name=matroska,webm\n")
		p, err := parseProbe([]byte(b.String()), Options{}.withDefaults())
		if err != nil || p.video != c.want || len(p.times) != c.streams[c.want].frames {
			t.Errorf("%s: video %d with %d frames, %v; want %d", c.what, p.video, len(p.times), err, c.want)
		}
	}
}
