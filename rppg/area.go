package rppg

import "strings"

// Area is the part of a face that a region lies in.
type Area int

// The areas that are distinguished. Nose and chin are Elsewhere.
const (
	Elsewhere Area = iota
	Forehead
	LeftCheek
	RightCheek
	Areas // the number of areas
)

// AreaOf returns the area that the name of a region contains, such as "forehead_3" or "cheek_left_1". For any
// other name it returns Elsewhere.
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
