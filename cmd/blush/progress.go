package main

import (
	"io"
	"iter"
	"time"

	"github.com/schollz/progressbar/v3"

	"blush.example/blush/video"
)

// withProgress shows a progress bar while the frames pass; total is 0 when unknown.
func withProgress(w io.Writer, what string, frames iter.Seq2[video.Frame, error], total int) iter.Seq2[video.Frame, error] {
	if total <= 0 {
		total = -1
	}
	return func(yield func(video.Frame, error) bool) {
		bar := progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("frames"),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		defer bar.Finish()
		for f, err := range frames {
			_ = bar.Add(1) // drawing cannot stop the work
			if !yield(f, err) {
				return
			}
		}
	}
}
