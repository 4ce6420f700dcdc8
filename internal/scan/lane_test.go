package scan_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
	"blush.example/blush/rppg"
)

// Whether a trace is costly depends on its frames and regions, not only on its length.
func TestCostly(t *testing.T) {
	trace := func(seconds, rate float64, regions int, background bool) *rppg.Trace {
		tr := &rppg.Trace{Regions: make([]rppg.Region, regions)}
		for i := range int(seconds*rate) + 1 {
			tr.TimeMS = append(tr.TimeMS, 1000*float64(i)/rate)
		}
		if background {
			tr.Background = &rppg.Region{}
		}
		return tr
	}
	for _, c := range []struct {
		seconds, rate float64
		regions       int
		costly        bool
	}{
		{60, 30, 16, false}, {90, 60, 16, false}, {60, 30, 62, false}, {599, 30, 3, false}, {90, 240, 3, false},
		{599, 30, 60, true}, {599, 30, 16, true}, {90, 240, 16, true}, {120, 60, 60, true},
		{599, 1, 60, true}, // few frames, and all the time between them
		{601, 30, 1, true},
	} {
		if got := scan.Costly(trace(c.seconds, c.rate, c.regions, true)); got != c.costly {
			t.Errorf("%v s at %v frames/s, %d regions: costly %v", c.seconds, c.rate, c.regions, got)
		}
	}
}

// Customers take turns, however many submissions of one of them wait. A user has
// only one place, if that is the limit.
func TestLane(t *testing.T) {
	type entered struct {
		name  string
		leave func()
		err   error
	}
	ctx := t.Context()
	in := make(chan entered, 20)
	var l *scan.Lane
	enter := func(ctx context.Context, customer, user string) {
		before := l.Waiting()
		done := make(chan struct{})
		go func() {
			leave, err := l.Enter(ctx, customer, user)
			in <- entered{customer + user, leave, err}
			close(done)
		}()
		for l.Waiting() == before { // until it is in line, or through
			select {
			case <-done:
				return
			default:
			}
		}
	}
	next := func() entered {
		e := <-in
		if e.err != nil {
			t.Fatalf("%s: %v", e.name, e.err)
		}
		return e
	}

	l = scan.NewLane(scan.LaneRules{Inside: 1, Waiting: 6, Customer: 4})
	enter(ctx, "a", "0")
	first := next()
	for i := range 4 {
		enter(ctx, "a", fmt.Sprint(i+1))
	}
	_, err := l.Enter(ctx, "a", "5") // of this customer enough wait
	wantKind(t, err, blush.Unavailable)
	cut, cancel := context.WithCancel(ctx)
	enter(cut, "c", "gone")
	enter(ctx, "b", "1")
	_, err = l.Enter(ctx, "d", "1") // and of all
	wantKind(t, err, blush.Unavailable)
	cancel()
	if e := <-in; e.err != context.Canceled {
		t.Errorf("%+v", e)
	}
	enter(ctx, "b", "2")
	var order []string
	for e := first; ; e = next() {
		order = append(order, e.name)
		e.leave()
		if len(order) == 7 {
			break
		}
	}
	if want := []string{"a0", "a1", "b1", "a2", "b2", "a3", "a4"}; !slices.Equal(order, want) {
		t.Errorf("in turn %v, want %v", order, want)
	}
	if leave, err := l.Enter(ctx, "a", "6"); err != nil {
		t.Errorf("the lane is empty: %v", err)
	} else {
		leave()
	}

	l = scan.NewLane(scan.LaneRules{Inside: 2, User: 1})
	leave, err := l.Enter(ctx, "a", "1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Enter(ctx, "a", "1")
	wantKind(t, err, blush.TooMany)
	if other, err := l.Enter(ctx, "a", "2"); err != nil {
		t.Errorf("another user: %v", err)
	} else {
		other()
	}
	leave()
	if leave, err := l.Enter(ctx, "a", "1"); err != nil {
		t.Errorf("again: %v", err)
	} else {
		leave()
	}
}
