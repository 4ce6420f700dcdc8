// Package limit counts what is under way, by name, and lets in no more than a number at once.
package limit

import "sync"

// Counter counts what is under way for each name. Its zero value is ready; it is safe for use by several goroutines.
type Counter struct {
	mu      sync.Mutex
	running map[string]int
}

// Enter counts one more of a name and returns true, unless there are most of them already. The caller calls Leave once for each true.
func (c *Counter) Enter(name string, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[name] >= most {
		return false
	}
	if c.running == nil {
		c.running = map[string]int{}
	}
	c.running[name]++
	return true
}

// Leave ends what Enter began.
func (c *Counter) Leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[name]--; c.running[name] == 0 {
		delete(c.running, name)
	}
}
