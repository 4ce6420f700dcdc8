package video

// inFlight is the number of frames decoded concurrently, before they are asked for: enough to keep two cores busy
// besides the reader's, and few enough for memory.
const inFlight = 3

// decoded is the result of decoding one frame.
type decoded struct {
	Frame
	own bool // the frame carries its time
	err error
}

// ahead decodes frames before they are asked for, in their order.
type ahead struct {
	// next takes the next coded frame from its source and returns a function that decodes it, which may run
	// concurrently with others. An error is the end.
	next  func() (func() decoded, error)
	queue []chan decoded
	err   error
}

func (a *ahead) take() (decoded, error) {
	for a.err == nil && len(a.queue) < inFlight {
		work, err := a.next()
		if err != nil {
			a.err = err
			break
		}
		c := make(chan decoded, 1)
		go func() { c <- work() }()
		a.queue = append(a.queue, c)
	}
	if len(a.queue) == 0 {
		return decoded{}, a.err
	}
	c := a.queue[0]
	a.queue = a.queue[1:]
	return <-c, nil
}

// whole returns the next frame that is not left out.
func (a *ahead) whole(d *film) (Frame, bool, error) {
	for {
		f, err := a.take()
		if err != nil {
			return Frame{}, false, err
		}
		if err := d.fault(f); err == nil {
			return f.Frame, f.own, nil
		} else if !d.leaveOut(err) {
			return Frame{}, false, ending(err)
		}
	}
}
