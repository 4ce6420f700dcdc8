package scan

import (
	"context"
	"slices"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/rppg"
)

// Lane limits how many submissions run at the same time, and how many wait. Customers
// with waiting submissions take turns, so that one who sends many does not delay the others.
type Lane struct {
	mu      sync.Mutex
	free    int
	rules   LaneRules
	waiting int
	queues  map[string][]*waiter // by customer, in order of arrival
	turns   []string             // the customers with waiting submissions, the next one first
	users   map[string]int       // how many of each user are inside or waiting, if that is limited
}

// LaneRules are the limits of a lane. Zero means no limit.
type LaneRules struct {
	Inside   int // running at the same time; at least 1
	Waiting  int // waiting, of all customers
	Customer int // waiting, of one customer
	User     int // inside or waiting, of one user
}

// waiter is a waiting submission; turn is closed when it may run.
type waiter struct{ turn chan struct{} }

// NewLane makes an empty lane.
func NewLane(r LaneRules) *Lane {
	return &Lane{free: r.Inside, rules: r, queues: map[string][]*waiter{}, users: map[string]int{}}
}

// Enter waits until the submission may run. The caller must call leave; further calls do nothing. The error is
// Unavailable (503) if too many wait, and TooMany (429) if too many are of this user.
func (l *Lane) Enter(ctx context.Context, customer, user string) (leave func(), err error) {
	w, err := l.join(customer, user)
	if err != nil {
		return nil, err
	}
	select {
	case <-w.turn:
		return sync.OnceFunc(func() { l.leave(user) }), nil
	case <-ctx.Done():
		l.giveUp(w, customer, user)
		return nil, ctx.Err()
	}
}

// Waiting returns how many wait.
func (l *Lane) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting
}

func (l *Lane) join(customer, user string) (*waiter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	refuse := func(k blush.Kind, message string, after time.Duration) (*waiter, error) {
		return nil, &blush.Error{Kind: k, Message: message, RetryAfter: after}
	}
	if l.rules.User > 0 && l.users[user] >= l.rules.User {
		return refuse(blush.TooMany, "A long recording of this user is being analysed: send the next one when it is done.", 5*time.Second)
	}
	w := &waiter{turn: make(chan struct{})}
	if l.free > 0 { // so nobody waits
		l.free--
		close(w.turn)
	} else {
		full := l.rules.Waiting > 0 && l.waiting >= l.rules.Waiting
		if full || l.rules.Customer > 0 && len(l.queues[customer]) >= l.rules.Customer {
			return refuse(blush.Unavailable, "The server is busy: try again in a moment.", 2*time.Second)
		}
		if len(l.queues[customer]) == 0 {
			l.turns = append(l.turns, customer)
		}
		l.queues[customer] = append(l.queues[customer], w)
		l.waiting++
	}
	if l.rules.User > 0 {
		l.users[user]++
	}
	return w, nil
}

// giveUp stops waiting, or leaves the lane if its turn came in the same moment.
func (l *Lane) giveUp(w *waiter, customer, user string) {
	l.mu.Lock()
	i := slices.Index(l.queues[customer], w)
	if i < 0 {
		l.mu.Unlock()
		l.leave(user)
		return
	}
	defer l.mu.Unlock()
	l.drop(customer, i)
	if len(l.queues[customer]) == 0 {
		l.turns = slices.DeleteFunc(l.turns, func(c string) bool { return c == customer })
	}
	l.forget(user)
}

func (l *Lane) leave(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(user)
	if len(l.turns) == 0 {
		l.free++
		return
	}
	customer := l.turns[0]
	l.turns = l.turns[1:]
	next := l.queues[customer][0]
	l.drop(customer, 0)
	if len(l.queues[customer]) > 0 {
		l.turns = append(l.turns, customer) // at the end of the turns
	}
	close(next.turn)
}

// drop removes number i of a customer's waiting submissions.
func (l *Lane) drop(customer string, i int) {
	l.waiting--
	if l.queues[customer] = slices.Delete(l.queues[customer], i, i+1); len(l.queues[customer]) == 0 {
		delete(l.queues, customer)
	}
}

func (l *Lane) forget(user string) {
	if l.rules.User == 0 {
		return
	}
	if l.users[user]--; l.users[user] == 0 {
		delete(l.users, user)
	}
}

const (
	// costlySamples is more than a scan has: 90 s of 16 patches and the
	// background at 60 frames/s are 92,000. The engine takes some 1.6 µs for each.
	costlySamples = 120_000
	// leastRate is the frame rate in frames/s by which a trace with fewer frames is counted.
	leastRate = 30
)

// Costly says whether the analysis of a trace takes so long that it has its own lane, so
// that other traces do not wait for it. It depends on the number of frames and regions.
func Costly(tr *rppg.Trace) bool {
	regions := len(tr.Regions)
	if tr.Background != nil {
		regions++
	}
	frames := max(float64(len(tr.TimeMS)), leastRate*tr.Duration())
	return tr.Duration() > 600 || frames*float64(regions) > costlySamples
}

// costlyToRead says whether a trace in the compact form has so many numbers that even parsing it takes long.
func costlyToRead(h rppg.CompactHead) bool { return h.Frames*h.Regions > costlySamples }

// The rules of the two lanes. Only a few costly submissions may wait, because they are large. One customer may have half of the waiting
// ones.
var (
	fastRules   = LaneRules{Waiting: 64, Customer: 32}
	costlyRules = LaneRules{Inside: 1, Waiting: 4, Customer: 2, User: 1}
)
