package scan

// Waiting is how many are in line.
func (l *Lane) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting
}
