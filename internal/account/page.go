package account

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/brand"
	"blush.example/blush/internal/words"
)

// ScanBiomarkers lists the biomarkers that a scan can be set to continue for.
var ScanBiomarkers = []string{"heart_rate", "respiratory_rate", "heart_rate_variability"}

// CustomerChange says what to change about a customer; nil leaves a part unchanged.
type CustomerChange struct {
	// FrameAncestors are the origins that may embed the customer's pages; none means any HTTPS origin and this machine.
	FrameAncestors *[]string
	// Accent and AccentDark are "#rrggbb". An empty Accent means the product's own, an empty AccentDark one derived from Accent.
	Accent, AccentDark *string
	// Logo is a PNG, JPEG or WebP file, or empty for none.
	Logo *[]byte
	// Questions says whether the scan page asks how the user is.
	Questions *bool
	// Language is one of Languages, or empty for English.
	Language *string
	// Biomarkers are from ScanBiomarkers; none means all.
	Biomarkers *[]string
	// KeepTraces, KeepResults and KeepAudit are in days; 0 means until erased. See [blush.Retention].
	KeepTraces, KeepResults, KeepAudit *int
}

// origin matches an origin that frame-ancestors accepts: HTTPS with at most one wildcard,
// this machine, or the scheme of a native wrapper.
var origin = regexp.MustCompile(`^(https://(\*\.)?[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:([0-9]{1,5}|\*))?|(capacitor|ionic)://localhost)$`)

// sameOrigin returns the usual form of an origin: in lower case, without its scheme's own port.
func sameOrigin(o string) string {
	o = strings.ToLower(o)
	if strings.HasPrefix(o, "https:") {
		return strings.TrimSuffix(o, ":443")
	}
	return strings.TrimSuffix(o, ":80")
}

// UpdateCustomer changes a customer, named by its id or its name. If a value cannot
// be used, the error is Invalid and nothing is changed.
func (s *Service) UpdateCustomer(ctx context.Context, idOrName string, ch CustomerChange) (blush.Customer, error) {
	c, err := s.store.Customer(ctx, idOrName)
	if err != nil {
		return blush.Customer{}, err
	}
	err = s.operate(ctx, blush.CustomerUpdate, c.ID, "", c.ID, func(ctx context.Context) error {
		c, err = s.store.UpdateCustomer(ctx, c.ID, ch.apply)
		return err
	})
	return c, err
}

// Page is what a page needs to know about its customer.
type Page struct {
	Customer   string
	Test       bool // opened with test data
	Questions  bool
	Language   string // for users whose own language is not known; may be empty
	Biomarkers []string
	Logo       []byte // PNG, or nil
	// Light and Dark are the customer's accents; nil means the product's own.
	Light, Dark *brand.Look
	Keep        blush.Retention
}

// Page returns the page settings of the caller's customer. They contain nothing about a person.
func (s *Service) Page(ctx context.Context, caller blush.Caller) (Page, error) {
	c, err := s.store.Customer(ctx, caller.CustomerID)
	if err != nil {
		return Page{}, err
	}
	p := Page{Customer: c.Name, Test: caller.Environment == blush.Dev, Questions: !c.Page.NoQuestions, Language: c.Page.Language, Biomarkers: c.Page.Biomarkers, Logo: c.Page.Logo, Keep: c.Keep}
	if len(p.Biomarkers) == 0 {
		p.Biomarkers = ScanBiomarkers
	}
	p.Light, p.Dark, err = looks(c.Page)
	return p, err
}

// looks derives the accents of both themes.
func looks(p blush.PageSettings) (light, dark *brand.Look, err error) {
	if p.Accent != "" {
		l, err := brand.Light.Accent(p.Accent)
		if err != nil {
			return nil, nil, err
		}
		light = &l
	}
	var d brand.Look
	switch {
	case p.AccentDark != "":
		d, err = brand.Dark.Accent(p.AccentDark)
	case p.Accent != "":
		d, err = brand.Lighten(p.Accent)
	default:
		return light, nil, nil
	}
	return light, &d, err
}

// apply makes the changes in a customer.
func (ch CustomerChange) apply(c *blush.Customer) error {
	if ch.FrameAncestors != nil {
		origins := make([]string, len(*ch.FrameAncestors))
		for i, o := range *ch.FrameAncestors {
			if !origin.MatchString(o) {
				return blush.E(blush.Invalid, "%q is not an origin that can embed a page. Such are https://app.example.com, https://*.example.com, http://localhost:PORT and capacitor://localhost.", o)
			}
			origins[i] = sameOrigin(o)
		}
		c.FrameAncestors = blush.Once(origins)
	}
	if err := ch.applyPage(&c.Page); err != nil {
		return err
	}
	for _, k := range []struct{ to, days *int }{{&c.Keep.Traces, ch.KeepTraces}, {&c.Keep.Results, ch.KeepResults}, {&c.Keep.Audit, ch.KeepAudit}} {
		if k.days == nil {
			continue
		}
		if *k.days < 0 || *k.days > MaxKeepDays {
			return blush.E(blush.Invalid, "Data is kept for 1 to %d days, or until it is erased.", MaxKeepDays)
		}
		*k.to = *k.days
	}
	return nil
}

// applyPage makes the changes in how the customer's pages look and what they ask.
func (ch CustomerChange) applyPage(p *blush.PageSettings) error {
	if ch.Accent != nil {
		p.Accent = strings.ToLower(*ch.Accent)
	}
	if ch.AccentDark != nil {
		p.AccentDark = strings.ToLower(*ch.AccentDark)
	}
	if _, _, err := looks(*p); err != nil {
		return blush.E(blush.Invalid, "The accent cannot be used: %v.", err)
	}
	if ch.Questions != nil {
		p.NoQuestions = !*ch.Questions
	}
	if ch.Language != nil {
		lang := words.Language(*ch.Language)
		if *ch.Language != "" && lang == "" {
			return blush.E(blush.Invalid, "%q is not a language of the pages. The languages are %s.", *ch.Language, strings.Join(Languages, ", "))
		}
		p.Language = lang
	}
	if ch.Biomarkers != nil {
		for _, b := range *ch.Biomarkers {
			if !slices.Contains(ScanBiomarkers, b) {
				return blush.E(blush.Invalid, "A scan cannot continue for %q, only for %s.", b, strings.Join(ScanBiomarkers, ", "))
			}
		}
		p.Biomarkers = blush.InOrder(ScanBiomarkers, *ch.Biomarkers)
	}
	if ch.Logo != nil {
		p.Logo = nil
		if len(*ch.Logo) > 0 {
			logo, err := brand.Logo(*ch.Logo)
			if err != nil {
				return blush.E(blush.Invalid, "The logo cannot be used: %v.", err)
			}
			p.Logo = logo
		}
	}
	return nil
}
