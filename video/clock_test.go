package video

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The clocks of files made by programs and by cameras.
func TestClocksOfFiles(t *testing.T) {
	picture := func(rate string, more ...string) []string {
		return append([]string{"-f", "lavfi", "-i", "testsrc2=s=64x48:d=8:r=" + rate}, more...)
	}
	with := func(args []string, more ...string) []string { return append(slices.Clone(args), more...) }
	h264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"}
	film := func(rate string, more ...string) []string { return append(picture(rate, more...), h264...) }
	stamped := func(more ...string) []string {
		args := append([]string{"-f", "lavfi", "-i", "testsrc2=s=64x48:d=16:r=8"}, more...)
		return append(append(args, "-vf", "settb=1/90000,setpts='PTS+700*random(1)'", "-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-c:a", "aac"), h264...)
	}
	sine := func(seconds string, before ...string) []string {
		return append(before, "-f", "lavfi", "-i", testSound+seconds)
	}
	says := func(tag string) []string { return []string{"-movflags", "use_metadata_tags", "-metadata", tag} }
	nothing := []string{"-f", "lavfi", "-i", "anullsrc", "-t", "8"}
	type test struct {
		name   string
		args   []string
		timing Timing
		rate   float64
	}
	tests := []test{
		{"filmed at 120.mp4", film("30", says("com.android.capture.fps=120.0")...), TimingNominal, 120},
		{"H.264.avi", film("30"), TimingNominal, 30},
		{"H.264 with frames out of order.avi", picture("30", "-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p"), TimingNominal, 30},
		{"MPEG-4 with frames out of order.avi", picture("30", "-c:v", "mpeg4", "-bf", "2"), TimingNominal, 30},
		{"a clock that began a day ago.ts", film("30", "-output_ts_offset", "95000", "-vf", "settb=1/90000,setpts='PTS+700*random(1)'", "-fps_mode", "passthrough", "-enc_time_base", "1/90000"), TimingCamera, 30},
		{"stamped, sound ends early.mkv", stamped(sine("3")...), TimingCamera, 0},
		{"times in hundredths.gif", picture("30"), TimingNominal, 0},
		{"more dropped than kept.mkv", film("30", "-vf", "select='not(mod(n*n\\,7)-1)'", "-fps_mode", "passthrough"), TimingNominal, 0},

		// Read without ffmpeg.
		{"a time lapse in words.avi", picture("30", "-c:v", "mjpeg", "-metadata", "comment=time-lapse"), TimingUnknown, 30},
		{"sound ends early.avi", picture("30", with(sine("7"), "-c:v", "mjpeg")...), TimingNominal, 30},
		{"sound half as long.avi", picture("15", with(sine("4"), "-c:v", "mjpeg")...), TimingUnknown, 15},
		{"sound half as long, coded.avi", picture("15", with(sine("4"), "-c:v", "mjpeg", "-c:a", "mp2")...), TimingUnknown, 15},
		{"sound longer.avi", picture("30", with(sine("9"), "-c:v", "mjpeg", "-c:a", "pcm_s16le")...), TimingUnknown, 30},
		{"50 with sound.avi", picture("50", with(sine("8"), "-c:v", "mjpeg")...), TimingNominal, 50},
		{"50 with silence.avi", picture("50", with(nothing, "-c:v", "mjpeg", "-c:a", "pcm_s16le")...), TimingUnknown, 50},
	}
	// The clock of these is known without their pictures.
	probed := []test{
		{"filmed at 120, called 119.88p.mov", film("30000/1001", says("com.sony.captureFps=119.88p")...), TimingNominal, 119.88},
		{"filmed at 120, other container.mkv", film("30", says("com.android.capture.fps=120")...), TimingNominal, 120},
		{"sound as long.mp4", film("50", sine("8")...), TimingNominal, 50},
		{"sound twice as long.mp4", film("30", sine("16")...), TimingUnknown, 30},
		{"sound ends early.mp4", film("30", sine("7")...), TimingNominal, 30},
		{"sound starts late.mp4", film("30", sine("4", "-itsoffset", "4")...), TimingNominal, 30},
		{"sound starts late.mkv", film("30", sine("4", "-itsoffset", "4")...), TimingNominal, 30},
		{"H.264 with sound.avi", film("30", with(sine("8"), "-c:a", "pcm_s16le")...), TimingNominal, 30},
		{"H.264, sound half as long.avi", film("15", with(sine("4"), "-c:a", "pcm_s16le")...), TimingUnknown, 15},
		{"H.264, a rate that no camera has.avi", film("50"), TimingUnknown, 50},
		{"stamped, sound starts late.ts", stamped(sine("6", "-itsoffset", "10")...), TimingCamera, 0},
		{"sound half as long, other picture.avi", picture("15", with(sine("4"), "-c:v", "mpeg4")...), TimingUnknown, 15},
		{"a second track is short.mp4", film("30", "-f", "lavfi", "-i", testSound+"8", "-f", "lavfi", "-i", testSound+"3"), TimingNominal, 30},
		{"50 with silence.mp4", film("50", nothing...), TimingUnknown, 50},
		{"times in 600ths.mov", film("24000/1001", "-video_track_timescale", "600"), TimingNominal, 23.976},
		{"a film on television.mkv", picture("24", "-vf", "telecine=pattern=23", "-c:v", "mpeg4"), TimingNominal, 0},
		{"1000.mp4", film("1000", "-t", "1"), TimingUnknown, 1000},
	}
	var recordings []recording
	for _, tt := range slices.Concat(tests, probed) {
		recordings = append(recordings, recording{tt.name, tt.args})
	}
	paths := ffmpegs(t, recordings)
	for i, tt := range tests {
		expectClock(t, paths[i], tt.timing, tt.rate)
	}
	for i, tt := range probed {
		expectProbed(t, paths[len(tests)+i], tt.timing, tt.rate)
	}
}

// expectClock reads a file and compares the timing and rate found. A rate of 0 matches any.
func expectClock(t *testing.T, path string, timing Timing, rate float64) {
	t.Helper()
	r, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	times, _ := timesOf(t, r)
	i := r.Info()
	compareClock(t, path, times, i.Timing, i.Rate, timing, rate)
}

// expectProbed is expectClock of a file whose clock is known without its pictures. ffprobe alone reads it.
func expectProbed(t *testing.T, path string, timing Timing, rate float64) {
	t.Helper()
	p, err := probe(t.Context(), "ffprobe", t.TempDir(), path, Options{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	v := judge(p.times, p.evidence)
	for i := range p.times {
		p.times[i] *= v.scale
	}
	compareClock(t, path, p.times, v.timing, v.rate, timing, rate)
}

func compareClock(t *testing.T, path string, times []float64, gotTiming Timing, gotRate float64, timing Timing, rate float64) {
	t.Helper()
	if n := len(slices.Compact(slices.Clone(times))); n < len(times) {
		t.Errorf("%s: %d frames have %d times", filepath.Base(path), len(times), n)
	}
	if gotTiming != timing || rate > 0 && math.Abs(gotRate-rate) > 0.01*rate {
		t.Errorf("%s: %s at %v frames/s, want %s at %v", filepath.Base(path), gotTiming, gotRate, timing, rate)
	}
	if got := meanRate(times); rate > 0 && math.Abs(got-rate) > 0.01*rate {
		t.Errorf("%s: frames are handed out at %v frames/s, want %v", filepath.Base(path), got, rate)
	}
}

func timesOf(t *testing.T, r *Reader) (times []float64, last Frame) {
	t.Helper()
	for f, err := range r.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		times, last = append(times, f.TimeMS), f
	}
	return times, last
}

// A copy in another container has the times of a constant rate, rounded, which is no sign of a camera. Sound whose
// samples last longer or shorter than its packets shows that the file was slowed down or sped up.
func TestClocksOfRewrappedFiles(t *testing.T) {
	picture := func(rate string, more ...string) []string {
		return append([]string{"-f", "lavfi", "-i", "testsrc2=s=64x48:d=8:r=" + rate}, more...)
	}
	sound := []string{"-f", "lavfi", "-i", testSound + "8", "-pix_fmt", "yuv420p"}
	made := ffmpegs(t, []recording{
		{"1.avi", picture("28.67", "-c:v", "mjpeg")}, {"2.avi", picture("24000/1001", "-c:v", "mjpeg")},
		{"3.mkv", append(picture("30", sound...), "-c:v", "libx264", "-c:a", "aac")},
		{"4.mkv", append(picture("30", sound...), "-c:v", "mpeg4", "-c:a", "libmp3lame")},
	})
	again := func(from, name string, before ...string) recording {
		return recording{name, append(before, "-i", from, "-c", "copy")}
	}
	var copies []recording
	for _, from := range made[2:] {
		copies = append(copies, again(from, filepath.Base(from)+"slow.mkv", "-itsscale", "2"), again(from, filepath.Base(from)+"fast.mp4", "-itsscale", "0.5"))
	}
	copied := ffmpegs(t, append(copies, again(made[0], "1.mkv"), again(made[1], "2.mkv")))
	for i := range made[2:] {
		expectProbed(t, copied[2*i], TimingUnknown, 15)
		expectProbed(t, copied[2*i+1], TimingUnknown, 60)
	}
	mkv := copied[len(copies):]
	var twice []recording
	for _, from := range mkv {
		base := filepath.Base(from)
		twice = append(twice, again(from, base+".mp4"), again(from, base+"slow.mkv", "-itsscale", "2"), again(from, base+"fast.mkv", "-itsscale", "0.8"))
	}
	for _, path := range slices.Concat(mkv, ffmpegs(t, twice)) {
		expectProbed(t, path, TimingNominal, 0)
	}
	for _, path := range made[:2] {
		expectClock(t, path, TimingNominal, 0)
	}
}

// patched copies a file with four bytes at each place where a box of this name begins, off bytes from the name.
func patched(t *testing.T, path string, off int, value uint32, boxes ...string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, box := range boxes {
		at := bytes.Index(b, []byte(box))
		if at < 0 {
			t.Fatalf("%s holds no %s", path, box)
		}
		for ; at >= 0; at = next(b, box, at) {
			binary.BigEndian.PutUint32(b[at+off:], value)
		}
	}
	out := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(out, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// next returns the next place of a name after a place, or -1.
func next(b []byte, name string, at int) int {
	if n := bytes.Index(b[at+4:], []byte(name)); n >= 0 {
		return at + 4 + n
	}
	return -1
}

// A recorder that doesn't know the length in advance writes all ones, and one that was stopped writes nothing.
func TestUnknownDurationIsNotTooLong(t *testing.T) {
	made := ffmpegs(t, []recording{
		{"a.mp4", []string{"-f", "lavfi", "-i", "testsrc2=s=64x48:d=2:r=30", "-c:v", "mpeg4"}},
		{"a.avi", []string{"-f", "lavfi", "-i", "testsrc2=s=64x48:d=2:r=30", "-c:v", "mpeg4"}},
		{"a.webm", []string{"-f", "lavfi", "-i", "testsrc2=s=64x48:d=1:r=30", "-c:v", "libvpx", "-deadline", "realtime"}},
	})
	mp4, avi, webm := made[0], made[1], made[2]
	for _, v := range []uint32{math.MaxUint32, 0} {
		for _, path := range []string{
			patched(t, mp4, 20, v, "mdhd"), patched(t, patched(t, mp4, 20, v, "mvhd", "mdhd"), 24, v, "tkhd"),
			patched(t, avi, 40, v, "strh"),
			patched(t, webm, 3, v, "\x44\x89\x88"), // Duration, 8 bytes; all ones are no number
		} {
			expectProbed(t, path, TimingNominal, 30)
		}
	}
}

// An MP4 can say that it must be shown at another speed than that of its frame times.
func TestSpeedOfMP4(t *testing.T) {
	path := ffmpeg(t, "a.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1:r=30", "-c:v", "mpeg4")
	expectProbed(t, path, TimingNominal, 30)
	expectClock(t, patched(t, path, 24, 0x4000, "mvhd"), TimingUnknown, 30)
	expectProbed(t, patched(t, path, 20, 0x4000, "elst"), TimingUnknown, 30)
	b, err := os.ReadFile(patched(t, patched(t, path, 20, 0x4000, "elst"), 16, math.MaxUint32, "elst"))
	if err != nil || shownAtAnotherSpeed(bytes.NewReader(b), int64(len(b))) {
		t.Errorf("an edit without media: %v", err)
	}
}

func FuzzMP4(f *testing.F) {
	box := func(name string, body []byte) []byte {
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), name...), body...)
	}
	elst := box("elst", []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 1, 0, 0})
	f.Add(box("moov", append(box("mvhd", make([]byte, 100)), box("trak", box("edts", elst))...)))
	f.Add(append([]byte{0, 0, 0, 1}, "moov\xff\xff\xff\xff\xff\xff\xff\xff"...))
	f.Fuzz(func(_ *testing.T, b []byte) { shownAtAnotherSpeed(bytes.NewReader(b), int64(len(b))) })
}

// ordered fails unless times are finite and none is before another.
func ordered(t *testing.T, times []float64) {
	t.Helper()
	if !slices.IsSorted(times) || slices.ContainsFunc(times, func(at float64) bool { return math.IsNaN(at) || math.IsInf(at, 0) }) {
		t.Errorf("times %v", times)
	}
}

// What ffprobe and ffmpeg print contains text from the file.
func FuzzProbe(f *testing.F) {
	f.Add([]byte("stream|index=0|codec_name=h264|codec_type=video|width=64|height=48|pix_fmt=yuv420p|time_base=1/90000|disposition:attached_pic=0\n" +
		"stream|index=1|codec_name=aac|codec_type=audio|sample_rate=44100|time_base=1/44100\n" +
		"packet|stream_index=0|pts_time=0.000000|dts_time=0.0|duration_time=0.033|size=100|flags=K__\npacket|stream_index=0|pts_time=0.033|dts_time=N/A|size=9|flags=_D_\n" +
		"packet|stream_index=1|pts_time=nan|dts_time=0|duration_time=inf|size=-1|flags=K__\nformat|format_name=mov,mp4|tag:comment=slow\\|motion\n"))
	f.Add([]byte("stream|index=0|codec_type=video|width=9999999999999999999|height=-1\nformat|format_name=avi"))
	opt := Options{MaxPixels: 1 << 16, MaxFrames: 64, MaxDuration: time.Minute}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseProbe(b, opt)
		if err != nil {
			return
		}
		if opt.checkSize(p.width, p.height) != nil || len(p.times) > opt.MaxFrames {
			t.Errorf("%d × %d, %d frames", p.width, p.height, len(p.times))
		}
		ordered(t, p.times)
		judge(p.times, p.evidence)
	})
}

func FuzzShown(f *testing.F) {
	f.Add("[Parsed_showinfo_1 @ 0x55d0c8] n:   0 pts:      0 pts_time:0       duration: 1 fmt:yuv420p cl:left sar:1/1 s:640x480 i:P iskey:1 type:I")
	f.Add("[Parsed_showinfo_1 @ 0x1] n:1 pts:nan pts_time:nan s:-1x2")
	f.Add("[Parsed_showinfo_1 @ 0x1] config in time_base: 1/90000, frame_rate: 30/1")
	f.Fuzz(func(t *testing.T, line string) {
		s, _ := parseShown(line, cmp.Or(parseBase(line), 1e-3))
		ordered(t, []float64{s.timeMS})
	})
}

func FuzzTimes(f *testing.F) {
	f.Add([]byte("# ms\n0\n33.4\n66.7\n"))
	f.Add([]byte("1e15\n-inf\nNaN"))
	f.Fuzz(func(t *testing.T, b []byte) {
		times, err := parseTimes(bytes.NewReader(b), fuzzed)
		if err == nil && (len(times) == 0 || len(times) > fuzzed.MaxFrames || times[0] != 0) {
			t.Errorf("times %v", times)
		}
		ordered(t, times)
		judge(times, evidence{device: true})
	})
}

// A tag is text from the sender, and can't imitate other output about the file.
func TestTagsAreNotTheStream(t *testing.T) {
	path := ffmpeg(t, "a.mkv", "-f", "lavfi", "-i", "testsrc2=s=640x480:d=1:r=30", "-c:v", "mpeg4", "-metadata:s:v", `title=x|width=64|height=48|codec_type=audio`)
	if _, err := Open(t.Context(), path, Options{MaxPixels: 100_000}); !isInput(err, "large") {
		t.Errorf("a size in a title: %v, want too large", err)
	}
}

// A recording is read up to a change of the picture size. A change of the sample format is converted to the first
// format.
func TestPictureThatChanges(t *testing.T) {
	part := func(name, size, format, at string) recording {
		return recording{name, []string{"-f", "lavfi", "-i", "testsrc2=s=" + size + ":d=1:r=30", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-pix_fmt", format, "-output_ts_offset", at}}
	}
	made := ffmpegs(t, []recording{part("1.ts", "64x48", "yuv420p", "0"), part("2.ts", "96x64", "yuv420p", "1"), part("3.ts", "48x64", "yuv420p", "1"), part("4.ts", "64x48", "yuv444p", "1")})
	var parts [4][]byte
	for i, path := range made {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = b
	}
	for i, tt := range []struct {
		name   string
		frames int
	}{{"size", 30}, {"turned", 30}, {"format", 60}} {
		path := filepath.Join(t.TempDir(), "x.ts")
		if err := os.WriteFile(path, slices.Concat(parts[0], parts[1+i]), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		times, images := read(t, r)
		r.Close()
		if len(times) != tt.frames {
			t.Errorf("%s: %d frames, want %d", tt.name, len(times), tt.frames)
		}
		if n := len(images); n == 60 {
			a, b := images[5].Y[48*20+30], images[35].Y[48*20+30]
			if math.Abs(float64(a)-float64(b)) > 8 {
				t.Errorf("%s: luma %d, then %d", tt.name, a, b)
			}
		}
	}
}

// An AVI that can't be rewound is judged by its header alone, even if sound and picture differ in length.
func TestAVISoundNeedsAFileThatRewinds(t *testing.T) {
	path := ffmpeg(t, "a.avi", "-f", "lavfi", "-i", "testsrc2=s=64x48:d=8:r=15", "-f", "lavfi", "-i", testSound+"4", "-c:v", "mjpeg", "-c:a", "pcm_s16le")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for src, want := range map[io.Reader]Timing{bytes.NewReader(b): TimingUnknown, io.MultiReader(bytes.NewReader(b)): TimingNominal} {
		r, err := NewAVI(src, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if times, _ := timesOf(t, r); len(times) < 119 || r.Info().Timing != want {
			t.Errorf("%T: %d frames, %+v, want %s", src, len(times), r.Info(), want)
		}
	}
	// The main header and the stream's header give different rates.
	at := bytes.Index(b, []byte("avih"))
	binary.LittleEndian.PutUint32(b[at+8:], 1e6/25)
	r, err := NewAVI(io.MultiReader(bytes.NewReader(b)), Options{})
	if err != nil || r.Info().Timing != TimingUnknown {
		t.Errorf("two rates in the headers: %v, %+v", err, r.Info())
	}
}
