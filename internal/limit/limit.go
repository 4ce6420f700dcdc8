// Package limit counts what is running, by name, and limits how much runs at once.
package limit

import "sync"

// Counter counts what is running for each name. Its zero value is ready to use. It is safe for concurrent use.
type Counter struct {
	mu      sync.Mutex
	running map[string]int
}

// Enter counts one more for a name and returns true, unless the name already has most. The caller calls Leave once for each true.
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
