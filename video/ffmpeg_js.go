package video

import "context"

// openFFmpeg has no processes to start in a browser.
func openFFmpeg(context.Context, string, Options) (*Reader, error) { return nil, ErrNoFFmpeg }
