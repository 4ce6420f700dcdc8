package video

import (
	"strconv"
	"strings"
)

// deviceTags are the tags by which cameras and phones identify themselves in their recordings.
var deviceTags = map[string]bool{
	"com.apple.quicktime.make": true, "com.apple.quicktime.model": true, "com.android.version": true,
	"com.android.capture.fps": true, "com.android.manufacturer": true, "com.android.model": true, "make": true, "model": true,
}

// captureTags are the ends of the names of tags with the rate at which a file was filmed, without separators:
// com.android.capture.fps (Android, MediaMuxer), captureFps (Sony's XML), CaptureFrameRate.
var captureTags = []string{"capturefps", "captureframerate", "capturerate"}

// otherClocks are words for a recording that is shown slower or faster than it was filmed.
var otherClocks = []string{"slowmo", "timelapse", "hyperlapse", "fastmotion"}

// tagged reads what the tags of a file or a stream say about its clock. Apple's tag
// full-frame-rate-playback-intent says nothing: it is 0 in ordinary recordings, and in slow motion the frames keep
// their own times.
func (ev *evidence) tagged(fields map[string]string) {
	for k, v := range fields {
		name, ok := strings.CutPrefix(strings.ToLower(k), "tag:")
		if !ok {
			continue
		}
		ev.device = ev.device || deviceTags[name]
		name = letters(name)
		for _, tag := range captureTags {
			if strings.HasSuffix(name, tag) {
				ev.captureFPS = max(ev.captureFPS, rate(v))
			}
		}
		value := letters(v)
		for _, word := range otherClocks {
			named := strings.Contains(name, word) && !denied(value)
			ev.retimed = ev.retimed || named || strings.Contains(value, word)
		}
	}
}

// denied reports whether the value of a tag negates the tag's name.
func denied(v string) bool {
	switch v {
	case "", "0", "00", "no", "false", "off", "none":
		return true
	}
	return false
}

// letters returns the letters and digits of a text, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// rate reads frames/s: 120, 120.0, 120/1, 119.88p, 240 fps. It is 0 when there is none between 0 and 10,000.
func rate(s string) float64 {
	s = strings.TrimSpace(s)
	if end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '/' }); end >= 0 {
		s = s[:end]
	}
	if v := fraction(s); v > 0 && v < 1e4 {
		return v
	}
	return 0
}

// fraction parses a number, or two with a slash between them. It returns 0 for any other text.
func fraction(s string) float64 {
	num, den, ok := strings.Cut(s, "/")
	a, err := strconv.ParseFloat(num, 64)
	b := 1.0
	if ok && err == nil {
		b, err = strconv.ParseFloat(den, 64)
	}
	if err != nil || b == 0 {
		return 0
	}
	return a / b
}
