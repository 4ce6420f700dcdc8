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

// FacePatches are the names of the patches into which a face is divided, in the order in which package face reads
// them. Left and right are those of the picture.
var FacePatches = [...]string{
	"forehead_1", "forehead_2", "forehead_3", "forehead_4", "forehead_5", "forehead_6",
	"cheek_left_1", "cheek_left_2", "cheek_left_3", "cheek_left_4",
	"cheek_right_1", "cheek_right_2", "cheek_right_3", "cheek_right_4",
	"nose", "chin",
}

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
