package video

import (
	"encoding/binary"
	"io"
)

// maxBoxes bounds the boxes of an MP4 file that are read.
const maxBoxes = 4096

// shownAtAnotherSpeed reports whether an MP4 or QuickTime file says that it must be shown faster or slower than
// its frame times say: by the preferred rate of its movie or by the media rate of an edit (ISO/IEC 14496-12, 8.2.2
// and 8.6.6). ffmpeg ignores both. The file doesn't say at which of the two speeds it was filmed.
func shownAtAnotherSpeed(f io.ReaderAt, size int64) bool {
	left := maxBoxes
	return otherSpeed(f, 0, size, &left)
}

// otherSpeed checks the boxes between two places of a file.
func otherSpeed(f io.ReaderAt, at, end int64, left *int) bool {
	for ; at+8 <= end && *left > 0; *left-- {
		var head [16]byte
		if _, err := f.ReadAt(head[:8], at); err != nil {
			return false
		}
		body, n := at+8, int64(binary.BigEndian.Uint32(head[:]))
		switch n {
		case 0: // up to the end
			n = end - at
		case 1: // the size follows
			if _, err := f.ReadAt(head[8:], body); err != nil {
				return false
			}
			n = int64(binary.BigEndian.Uint64(head[8:]))
			body += 8
		}
		if n < body-at || n > end-at {
			return false
		}
		found := false
		switch string(head[4:8]) {
		case "moov", "trak", "edts":
			found = otherSpeed(f, body, at+n, left)
		case "mvhd":
			found = otherRate(f, body, at+n)
		case "elst":
			found = otherEdit(f, body, at+n)
		}
		if found {
			return true
		}
		at += n
	}
	return false
}

const normalSpeed = 1 << 16 // 1, as a 16.16 fixed-point number

// otherRate checks the preferred rate of a movie header. A rate of 0 says nothing.
func otherRate(f io.ReaderAt, at, end int64) bool {
	var b [32]byte
	if n, _ := f.ReadAt(b[:min(32, end-at)], at); n < 32 {
		return false
	}
	rate := binary.BigEndian.Uint32(b[20:]) // version 0: times of 32 bits
	if b[0] == 1 {
		rate = binary.BigEndian.Uint32(b[28:])
	}
	return rate != 0 && rate != normalSpeed
}

// otherEdit checks the media rates of an edit list; edits without media are pauses.
func otherEdit(f io.ReaderAt, at, end int64) bool {
	b := make([]byte, min(end-at, 8+20*256))
	if n, _ := f.ReadAt(b, at); n < len(b) || n < 8 {
		return false
	}
	size := 12 // of an entry: duration, media time, rate
	if b[0] == 1 {
		size = 20
	}
	count := binary.BigEndian.Uint32(b[4:])
	for b = b[8:]; len(b) >= size && count > 0; b, count = b[size:], count-1 {
		empty := b[size-8] == 0xff && b[size-7] == 0xff // media time -1
		if rate := binary.BigEndian.Uint32(b[size-4:]); !empty && rate != normalSpeed {
			return true
		}
	}
	return false
}
