package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/fhir"
	"blush.example/blush/internal/scan"
)

type everythingRequest struct {
	ID    string   `path:"patient_id" doc:"The user_id."`
	Start string   `query:"start" doc:"What was measured on this date or later. A date without an offset is in the time zone of the person."`
	End   string   `query:"end" doc:"What was measured on this date or earlier."`
	Since string   `query:"_since" doc:"What was stored at this time or later, as meta.lastUpdated says, e.g. 2026-01-31T08:00:00Z. The Patient is always there."`
	Type  []string `query:"_type,explode" doc:"Types of resources, separated by commas: Patient, Observation and Device. Other types give an empty result."`
	Count int      `query:"_count" minimum:"1" doc:"The largest number of observations; the link next leads to more. All if left out."`
	Page  string   `query:"_page" doc:"Where a page begins: use the link next unchanged."`
	ReadForm
}

// typeName is the form of R4's names of types.
var typeName = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)

// search reads the parameters.
func (in *everythingRequest) search(now time.Time) (s fhir.Search, from fhir.Place, err error) {
	for _, p := range []struct {
		name, value, prefix string
		to                  *[][]fhir.Date
	}{{"start", in.Start, "ge", &s.Dates}, {"end", in.End, "le", &s.Dates}, {"_since", in.Since, "ge", &s.Updated}} {
		if p.value == "" {
			continue
		}
		d, err := fhir.ParseDate(p.prefix+p.value, now)
		if err != nil {
			return s, from, faultAt(fmt.Sprintf("%q is not a date such as 2026-01-31 or 2026-01-31T08:00:00+01:00.", p.value), "value_error", "query", p.name)
		}
		*p.to = append(*p.to, []fhir.Date{d})
	}
	for _, kinds := range in.Type {
		for kind := range strings.SplitSeq(kinds, ",") {
			if !typeName.MatchString(kind) {
				return s, from, faultAt(fmt.Sprintf("%q is not a type such as Observation.", kind), "value_error", "query", "_type")
			}
		}
	}
	from, err = placeOf(in.Page)
	return s, from, err
}

// wants says whether resources of a type are asked for.
func (in *everythingRequest) wants(kind string) bool {
	return len(in.Type) == 0 || slices.Contains(strings.Split(strings.Join(in.Type, ","), ","), kind)
}

// exportPatient sends everything as one bundle, or a page of it. It has one page of the store in memory at a time.
func (a *API) exportPatient(ctx context.Context, c blush.Caller, in *everythingRequest) (*exportResponse, error) {
	s, from, err := in.search(time.Now())
	if err != nil {
		return nil, err
	}
	h, err := a.scans.HistoryOf(ctx, c, blush.UserRef{ID: in.ID})
	if err != nil {
		return nil, fhirID(err)
	}
	query := recordOf(ctx).places.query
	return stream(ctx, fhir.ContentType, "history.json", func(to io.Writer) error {
		defer h.Close()
		out := newBundleWriter(to, a.cfg.BaseURL+fhirPath)
		if in.wants("Patient") && in.Page == "" {
			out.entry(fhir.PatientOf(h.User, names(c)))
		}
		o := scan.ObservedQuery{Scans: in.wants("Observation") || in.wants("Device"), AfterAt: from.At, AfterID: from.ID}
		o.Readings = o.Scans
		o.From, o.To = s.Span()
		count := in.Count
		if count == 0 {
			count = math.MaxInt
		}
		devices := map[string]bool{}
		next, enough, err := matching(h.All(ctx, o), s, from, count, func(v fhir.Observation, by *fhir.Device) error {
			if by != nil && in.wants("Device") && !devices[by.ID] {
				devices[by.ID] = true
				out.entry(*by)
			}
			if in.wants("Observation") {
				out.entry(v)
			}
			return out.err
		})
		if err != nil {
			return err
		}
		path := out.base + "/" + fhir.PatientOf(h.User, names(c)).Address() + "/$everything"
		links := []fhir.Link{{Relation: "self", URL: path + "?" + query.Encode()}}
		if enough {
			links = append(links, onward(path, query, next))
		}
		return out.end(links)
	}), nil
}

// bundleWriter writes a bundle entry by entry. It keeps its first error.
type bundleWriter struct {
	base string
	out  *bufio.Writer
	any  bool // there is an entry
	err  error
}

func newBundleWriter(to io.Writer, base string) *bundleWriter {
	w := &bundleWriter{base: base, out: bufio.NewWriterSize(to, 1<<16)}
	w.text(`{"resourceType":"Bundle","type":"searchset"`)
	return w
}

func (w *bundleWriter) text(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

func (w *bundleWriter) json(v any) {
	if w.err == nil {
		lines := json.NewEncoder(w.out)
		lines.SetEscapeHTML(false)
		w.err = lines.Encode(v)
	}
}

func (w *bundleWriter) entry(r fhir.Resource) {
	before := ","
	if !w.any {
		before, w.any = `,"entry":[`+"\n", true // R4 has no empty lists
	}
	w.text(before)
	w.json(fhir.NewEntry(fhir.Searchset, w.base, r, "match"))
}

// end writes what follows the entries.
func (w *bundleWriter) end(links []fhir.Link) error {
	if w.any {
		w.text("]")
	}
	w.text(`,"link":`)
	w.json(links)
	w.text("}\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}
