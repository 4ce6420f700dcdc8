package httpapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

type unknownKey struct{}

// readableQuery refuses a query that cannot be read completely: a broken escape, a
// semicolon between parameters, text that is not UTF-8, a parameter of this route in
// another spelling (User_ID, userId), or one that is given twice but has one value. An unreadable parameter would count as missing, and a
// request without a user may mean all users. It refuses all other unknown parameters too,
// unless the route is tolerant to clients of the vendor's API, or a client of FHIR asks to have them ignored (R4 §3.1.1.2).
// See also [onlyKnownQuery].
func readableQuery(hc huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(hc)
	refuse := func(msg, typ string, loc ...any) {
		writeProblem(w, faultAt(msg, typ, append([]any{"query"}, loc...)...))
	}
	if strings.Contains(r.URL.RawQuery, ";") {
		refuse("A semicolon in a query must be written %3B; parameters are separated by &.", "value_error")
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		refuse("The query contains a % that is not followed by two hexadecimal digits.", "value_error")
		return
	}
	known := queryNames(hc.Operation())
	var unknown []string
	for name, values := range query {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(values, "")) {
			name = strings.ToValidUTF8(name, "?")
			refuse(name+" is not UTF-8.", "string_unicode", name)
			return
		}
		if slices.Contains(known, name) {
			if len(values) > 1 && !repeats(hc.Operation(), name) {
				refuse(name+" must be given once.", "value_error", name)
				return
			}
			continue
		}
		unknown = append(unknown, name)
		for _, k := range known {
			if letters(k) == letters(name) {
				refuse("Write "+k+".", "extra_forbidden", name)
				return
			}
		}
	}
	if withOffsets(hc.Operation(), query) {
		r.URL.RawQuery = query.Encode()
	}
	if len(unknown) > 0 {
		refused := unknownParameters(unknown, known)
		if rec := recordOf(hc.Context()); !rec.lenient && (rec.fhir || !operationOf(hc).tolerant) {
			writeProblem(w, refused)
			return
		}
		hc = huma.WithContext(hc, context.WithValue(hc.Context(), unknownKey{}, refused))
	}
	next(hc)
}

// withParameters refuses unknown parameters on a route that is not one of huma's; [readableQuery] does on those.
func withParameters(known []string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		unknown := slices.DeleteFunc(slices.Collect(maps.Keys(r.URL.Query())), func(name string) bool { return slices.Contains(known, name) })
		if len(unknown) > 0 && !recordOf(r.Context()).lenient {
			writeProblem(w, unknownParameters(unknown, known))
			return
		}
		next(w, r)
	}
}

// maxNamed is how many unknown parameters a response names.
const maxNamed = 10

// unknownParameters names the unknown parameters, and the known ones.
func unknownParameters(unknown, known []string) *problem {
	slices.Sort(unknown)
	unknown = unknown[:min(len(unknown), maxNamed)]
	are := ""
	if len(known) > 0 {
		are = " The parameters are: " + strings.Join(known, ", ") + "."
	}
	fields := make([]FieldError, len(unknown))
	for i, name := range unknown {
		fields[i] = FieldError{Loc: []any{"query", name}, Msg: fmt.Sprintf("There is no parameter %q here.%s", name, are), Type: "extra_forbidden"}
	}
	return unprocessable(fields[0].Msg, fields...)
}

// onlyKnownQuery refuses a query with an unknown parameter on a tolerant route, for
// requests that without it would be about all users or about none.
func onlyKnownQuery(ctx context.Context) error {
	if refused, ok := ctx.Value(unknownKey{}).(*problem); ok {
		return refused
	}
	return nil
}

// queryNames lists the query parameters of an operation.
func queryNames(op *huma.Operation) []string {
	var names []string
	for _, p := range op.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return names
}

// repeats says whether a query parameter of an operation may be given several times.
func repeats(op *huma.Operation, name string) bool {
	return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name && p.Explode != nil && *p.Explode })
}

// withOffsets restores the + of the offsets of times in a query, which is a space unless it was written %2B. It
// changes query, and says whether it did.
func withOffsets(op *huma.Operation, query url.Values) (changed bool) {
	for _, p := range op.Parameters {
		if p.In != "query" || p.Schema.Format != "date-time" {
			continue
		}
		for i, v := range query[p.Name] {
			if at := strings.LastIndexByte(v, ' '); at > len(time.DateOnly) {
				query[p.Name][i], changed = v[:at]+"+"+v[at+1:], true
			}
		}
	}
	return changed
}

// letters returns the part of a parameter's name that is the same in every spelling.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
