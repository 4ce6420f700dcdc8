package blush

// Limits of one page.
const (
	DefaultPageLimit = 20
	MaxPageLimit     = 100
)

// Page asks for one page of a list, the newest first.
type Page struct {
	// Limit is the largest number of items wanted, 1..MaxPageLimit; 0 means DefaultPageLimit.
	Limit int
	// StartingAfter is the id of the last item of the page before; empty for the first page.
	StartingAfter string
}

// List is one page.
type List[T any] struct {
	Data    []T  `json:"data"`
	HasMore bool `json:"has_more"`
}

// Check fills in the default limit and refuses an invalid limit or id.
func (p Page) Check() (Page, error) {
	if p.Limit == 0 {
		p.Limit = DefaultPageLimit
	}
	if p.Limit < 1 || p.Limit > MaxPageLimit {
		return p, Field("limit must be 1 to 100.", "value_error", "limit")
	}
	if p.StartingAfter != "" {
		id, err := CheckID(p.StartingAfter, "starting_after")
		if err != nil {
			return p, err
		}
		p.StartingAfter = id
	}
	return p, nil
}
