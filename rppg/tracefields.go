package rppg

// The fields of trace format version 1, object by object.

func (p *jsonReader) trace(t *Trace) error {
	return p.object("a trace", func(name string) (known bool, err error) {
		switch name {
		case "version":
			p.version = true
			t.Version, err = p.integer()
		case "face_scan_id":
			err = p.optionalText(&t.ScanID)
		case "site":
			var s string
			s, err = p.text()
			t.Site = Site(s)
		case "timezone":
			err = p.optionalText(&t.Timezone)
		case "at_rest":
			err = p.optional(func() error { return p.boolean(&t.AtRest) })
		case "time_ms":
			t.TimeMS, err = p.numbers()
		case "regions":
			err = p.list("a list of regions", func(int) error {
				if len(t.Regions) == MaxRegions {
					return p.fail("too_many", "there are more than %d regions", MaxRegions)
				}
				t.Regions = append(t.Regions, Region{})
				return p.region(&t.Regions[len(t.Regions)-1])
			})
		case "background":
			err = p.optional(func() error {
				t.Background = &Region{}
				return p.region(t.Background)
			})
		case "shoulder_dy":
			err = p.optionalNumbers(&t.ShoulderDY)
		case "face_box":
			err = p.optional(func() (err error) { t.FaceBox, err = p.boxes(); return err })
		case "landmarks":
			err = p.optional(func() (err error) { t.Landmarks, err = p.landmarks(); return err })
		case "device":
			err = p.optional(func() error { return p.device(&t.Device) })
		default:
			return false, nil
		}
		return true, err
	})
}

// boxes reads a list of boxes.
func (p *jsonReader) boxes() ([]Box, error) {
	all := []Box{}
	err := p.list("a list of boxes", func(int) error {
		var b Box
		err := p.fixed(b[:], "left, top, width and height")
		all = append(all, b)
		return err
	})
	return all, err
}

// landmarks reads a list of five points each.
func (p *jsonReader) landmarks() ([][10]float64, error) {
	all := [][10]float64{}
	err := p.list("a list of landmarks", func(int) error {
		var l [10]float64
		err := p.fixed(l[:], "x and y of five points")
		all = append(all, l)
		return err
	})
	return all, err
}

func (p *jsonReader) region(r *Region) error {
	return p.object("a region", func(name string) (known bool, err error) {
		switch name {
		case "name":
			r.Name, err = p.text()
		case "r":
			r.R, err = p.numbers()
		case "g":
			r.G, err = p.numbers()
		case "b":
			r.B, err = p.numbers()
		case "n_px":
			err = p.optionalNumbers(&r.Pixels)
		case "n_clipped":
			err = p.optionalNumbers(&r.Clipped)
		case "n_skin":
			err = p.optionalNumbers(&r.Skin)
		default:
			return false, nil
		}
		return true, err
	})
}

func (p *jsonReader) device(d *Device) error {
	return p.object("a device", func(name string) (known bool, err error) {
		switch name {
		case "source":
			err = p.optionalText(&d.Source)
		case "camera":
			err = p.optionalText(&d.Camera)
		case "user_agent":
			err = p.optionalText(&d.UserAgent)
		case "codec":
			err = p.optionalText(&d.Codec)
		case "timing":
			err = p.optionalText((*string)(&d.Timing))
		case "width":
			err = p.optional(func() (err error) { d.Width, err = p.integer(); return err })
		case "height":
			err = p.optional(func() (err error) { d.Height, err = p.integer(); return err })
		default:
			return false, nil
		}
		return true, err
	})
}

func (p *jsonReader) optionalText(s *string) error {
	return p.optional(func() (err error) { *s, err = p.text(); return err })
}

func (p *jsonReader) optionalNumbers(v *[]float64) error {
	return p.optional(func() (err error) { *v, err = p.numbers(); return err })
}

func (p *jsonReader) boolean(b **bool) error {
	v := p.has("true")
	if !v && !p.has("false") {
		return p.wrong("true or false")
	}
	p.pos += len("false")
	if v {
		p.pos--
	}
	*b = &v
	return nil
}

// fixed reads a list of exactly len(v) numbers.
func (p *jsonReader) fixed(v []float64, what string) error {
	x, err := p.numbers()
	if err == nil && len(x) != len(v) {
		err = p.fail("length_mismatch", "has %d numbers, not the %d of %s", len(x), len(v), what)
	}
	copy(v, x)
	return err
}
