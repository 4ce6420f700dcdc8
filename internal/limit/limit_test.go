package limit

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestNames(t *testing.T) {
	ctx := t.Context()
	var l Limiter
	if !l.Enter(ctx, "a", 2, 0) || !l.Enter(ctx, "a", 2, 0) || l.Enter(ctx, "a", 2, 0) {
		t.Error("with room for two of a name, two must enter and a third must not")
	}
	if !l.Enter(ctx, "b", 1, 0) {
		t.Error("another name must have its own room")
	}
	l.Leave("a")
	if !l.Enter(ctx, "a", 2, 0) {
		t.Error("one that left must make room")
	}
	l.Leave("a")
	l.Leave("a")
	l.Leave("b")
	if len(l.places) != 0 {
		t.Errorf("all have left, but %v is still stored", l.places)
	}
}

// How long a caller is ready to wait does not matter where nobody has to.
func TestEndedContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var l Limiter
	if !l.Enter(ended, "a", 1, 1) {
		t.Fatal("it did not enter a free place")
	}
	if l.Enter(ended, "a", 1, 1) {
		t.Error("it entered where another runs")
	}
	l.Leave("a")
	if len(l.places) != 0 {
		t.Errorf("all have left, but %v is still stored", l.places)
	}
}

// A turn that comes together with the end of the context is taken: nobody else has it.
func TestTurnAtTheEnd(t *testing.T) {
	for range 2000 {
		var l Limiter
		l.Enter(t.Context(), "a", 1, 1)
		ctx, giveUp := context.WithCancel(t.Context())
		entered := make(chan bool)
		go func() { entered <- l.Enter(ctx, "a", 1, 1) }()
		for l.in("a") < 2 {
			runtime.Gosched()
		}
		l.Leave("a")
		giveUp()
		if !<-entered {
			t.Fatal("it gave up, and its place was free")
		}
		l.Leave("a")
	}
}

// in is how many run or wait under a name.
func (l *Limiter) in(name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.places[name].in
}

// Those that wait have their turn in the order in which they came. One too many does not wait, and one that gives up leaves its place.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		if !l.Enter(t.Context(), "a", 1, 0) {
			t.Fatal("the first did not enter")
		}
		ctx, giveUp := context.WithCancel(t.Context())
		var order []int
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				mine := t.Context()
				if i == 1 {
					mine = ctx
				}
				if l.Enter(mine, "a", 1, 3) {
					order = append(order, i)
					l.Leave("a")
				}
			})
			synctest.Wait()
		}
		if l.Enter(t.Context(), "a", 1, 3) {
			t.Error("a fourth waited, with room for three")
		}
		giveUp()
		synctest.Wait()
		l.Leave("a")
		all.Wait()
		if len(order) != 2 || order[0] != 0 || order[1] != 2 {
			t.Errorf("their turns came in the order %v, want 0 and 2", order)
		}
		if len(l.places) != 0 {
			t.Errorf("all have left, but %v is still stored", l.places)
		}
	})
}

func TestMany(t *testing.T) {
	for _, waiting := range []int{0, math.MaxInt32} {
		var l Limiter
		var inside, most, entered atomic.Int32
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				for range 100 {
					if l.Enter(t.Context(), "a", 3, waiting) {
						entered.Add(1)
						for n := inside.Add(1); ; {
							if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
								break
							}
						}
						inside.Add(-1)
						l.Leave("a")
					}
				}
			})
		}
		all.Wait()
		if most.Load() > 3 {
			t.Errorf("%d were inside at once, want at most 3", most.Load())
		}
		if waiting > 0 && entered.Load() != 5000 {
			t.Errorf("%d of 5,000 that waited had their turn", entered.Load())
		}
	}
}
