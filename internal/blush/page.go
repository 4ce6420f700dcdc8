package blush

// Limits of one page.
const (
	DefaultPageLimit = 20
	MaxPageLimit     = 100
)

// Page asks for one page of a list, the newest first.
type Page struct {
	// Limit is the most items wanted, 1..MaxPageLimit; 0 means DefaultPageLimit.
	Limit int
	// StartingAfter is the id of the last item of the page before; empty for the first page.
	StartingAfter string
}

// List is one page.
type List[T any] struct {
	Data    []T  `json:"data"`
	HasMore bool `json:"has_more"`
}
