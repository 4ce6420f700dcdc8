package rppg

import "strings"

// Area is the part of a face that a region lies in.
type Area int

// The areas that regions are told apart by. Nose and chin are Elsewhere.
const (
	Elsewhere Area = iota
	Forehead
	LeftCheek
	RightCheek
	Areas // how many there are
)

// AreaOf returns the area of a region from its name, as "forehead_3" or "cheek_left_1" has it. A name in other words is Elsewhere.
func AreaOf(name string) Area {
	n := strings.ToLower(name)
	switch {
	case strings.Contains(n, "forehead"):
		return Forehead
	case strings.Contains(n, "cheek") && strings.Contains(n, "left"):
		return LeftCheek
	case strings.Contains(n, "cheek") && strings.Contains(n, "right"):
		return RightCheek
	}
	return Elsewhere
}

// AreasOf returns the area of each region.
func AreasOf(regions []Region) []Area {
	out := make([]Area, len(regions))
	for i, r := range regions {
		out[i] = AreaOf(r.Name)
	}
	return out
}
