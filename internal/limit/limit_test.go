package limit

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestCounter(t *testing.T) {
	var c Counter
	if !c.Enter("a", 2) || !c.Enter("a", 2) || c.Enter("a", 2) {
		t.Error("with room for two of a name, two must enter and a third must not")
	}
	if !c.Enter("b", 1) {
		t.Error("another name must have its own room")
	}
	c.Leave("a")
	if !c.Enter("a", 2) {
		t.Error("one that left must make room")
	}
	c.Leave("a")
	c.Leave("a")
	c.Leave("b")
	if len(c.running) != 0 {
		t.Errorf("all have left, but %v is still stored", c.running)
	}
}

func TestCounterOfMany(t *testing.T) {
	var c Counter
	var inside, most atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 100 {
				if c.Enter("a", 3) {
					for n := inside.Add(1); ; {
						if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
							break
						}
					}
					inside.Add(-1)
					c.Leave("a")
				}
			}
		})
	}
	all.Wait()
	if most.Load() > 3 {
		t.Errorf("%d were inside at once, want at most 3", most.Load())
	}
}
