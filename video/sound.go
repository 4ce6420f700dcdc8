//go:build !js

package video

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// sound collects what the packets of a track say about its clock.
type sound struct {
	bytes      float64
	durationMS []float64
	codec      string
	rate       float64 // samples/s
	sbr        bool    // the packets have twice as many samples as the codec's name says
}

// silentBits is the rate in bit/s below which a coded track is silent: digital silence takes 1400 (AAC) or 1200
// (Opus), speech at the lowest rate of a telephone 4750 (AMR). Such a track comes from a converter, not from a
// microphone.
const silentBits = 4000

func (s *sound) describe(f map[string]string) {
	s.codec = f["codec_name"]
	s.rate, _ = strconv.ParseFloat(f["sample_rate"], 64)
	s.sbr = strings.HasPrefix(f["profile"], "HE-AAC")
}

func (s *sound) add(f map[string]string) {
	n, _ := strconv.ParseFloat(f["size"], 64)
	s.bytes += n
	if d, ok := parseTime(f["duration_time"]); ok && d > 0 {
		s.durationMS = append(s.durationMS, d*1000)
	}
}

// track returns the evidence from a track whose packets are at times (ms), counted in steps of tick ms, in a file of
// this format; ok is false if it is silent.
func (s *sound) track(times []float64, tick float64, format string) (t soundTrack, ok bool) {
	if len(times) < 2 {
		return t, false
	}
	times = slices.Sorted(slices.Values(times))
	t.startS, t.endS = times[0]/1000, times[len(times)-1]/1000
	if !strings.HasPrefix(s.codec, "pcm_") && s.bytes*8 < silentBits*(t.endS-t.startS) {
		return t, false
	}
	// These two formats store the time of each packet; others compute it from the samples.
	if strings.HasPrefix(format, "mov,") || strings.HasPrefix(format, "matroska,") {
		apart, _ := interval(times, 0)
		last, rounded := s.packetMS()
		switch {
		case last <= 0:
		case rounded && math.Abs(apart-last) <= tick: // packets of 2.5 ms are all called 2 ms long in Matroska
			t.stretch = 1
		default:
			t.stretch = apart / last
		}
	}
	return t, true
}

// packetMS returns the duration of the samples of a packet in ms, 0 when unknown, and whether it is one that the
// file gives, rounded to its clock. It comes from the codec where
// that fixes the number of samples (ISO/IEC 14496-3, 4.5.1.1; ISO/IEC 11172-3, 2.4.2.1), since the duration that
// MP4 gives is the time to the next packet.
func (s *sound) packetMS() (ms float64, rounded bool) {
	switch {
	case s.sbr || s.rate <= 0:
	case s.codec == "aac":
		return 1024 / s.rate * 1000, false
	case s.codec == "mp3" && s.rate >= 32000:
		return 1152 / s.rate * 1000, false
	case len(s.durationMS) > 0:
		slices.Sort(s.durationMS)
		return s.durationMS[len(s.durationMS)/2], true
	}
	return 0, false
}
