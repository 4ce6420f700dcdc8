package importtest

import (
	"fmt"
	"slices"
	"strings"
)

// engine lists the public, pure packages. They use no clock, disk, network or global
// state, so they compile for the browser and give the same bytes everywhere.
var engine = []string{"biomarker", "dsp", "rppg", "ppg", "hrv", "resp", "video", "face/blazeface", "face", "check", "engine", "simulate"}

// arrows names, for each package, the packages of this module that it may
// import. A package without a row fails the test. docs/architecture.md lists
// the same imports.
var arrows = map[string][]string{
	"":                     {}, // doc.go, no code
	"biomarker":            {},
	"dsp":                  {},
	"rppg":                 {"dsp"},
	"ppg":                  {"dsp"},
	"hrv":                  {"dsp"},
	"resp":                 {"dsp"},
	"video":                {},
	"face/blazeface":       {},
	"face":                 {"dsp", "face/blazeface", "rppg", "video"},
	"check":                {"rppg"},
	"engine":               {"biomarker", "dsp", "rppg", "ppg", "hrv", "resp"},
	"simulate":             {"dsp", "rppg", "video"},
	"web/wasm":             {"biomarker", "check", "engine", "face", "rppg", "video"},
	"web/wasm/build":       {},
	"internal/importtest":  {},
	"internal/plot":        {"biomarker", "dsp", "engine"},
	"internal/validate":    {"biomarker", "dsp", "engine", "face", "hrv", "rppg", "simulate", "video"},
	"internal/blush":       {},
	"internal/words":       {},
	"internal/seal":        {},
	"internal/bucket":      {"internal/blush"},
	"internal/store":       {"internal/blush", "internal/seal", "internal/store/query"},
	"internal/store/query": {}, // written by sqlc
	"internal/brand":       {},
	"internal/limit":       {},
	"internal/account":     {"rppg", "internal/blush", "internal/brand", "internal/seal", "internal/store", "internal/words"},
	"internal/health":      {"biomarker", "internal/blush", "internal/words"},
	"internal/insight":     {"biomarker", "engine", "hrv", "internal/blush", "internal/store", "internal/account", "internal/health", "internal/words"},
	"internal/edf":         {},
	"internal/fhir":        {"biomarker", "engine", "internal/blush", "internal/health"},
	"internal/sandbox":     {"biomarker", "engine", "rppg", "simulate"},
	"internal/scan":        {"biomarker", "dsp", "engine", "face", "rppg", "video", "internal/blush", "internal/store", "internal/account", "internal/edf", "internal/health", "internal/insight", "internal/sandbox"},
	"internal/sample":      {"biomarker", "engine", "hrv", "internal/blush", "internal/insight", "internal/sandbox"},
	"internal/deliver":     {"internal/blush", "internal/limit", "internal/store", "internal/account"},
	"internal/widget":      {"biomarker", "internal/blush", "internal/health", "internal/insight", "internal/words"},
	"internal/report":      {"engine", "internal/health", "internal/scan", "internal/widget", "internal/words"},
	// Not internal/widget: what the gallery shows comes from the API, and from nowhere else.
	"internal/gallery": {"biomarker", "internal/blush", "internal/store", "internal/account", "internal/health", "internal/insight", "internal/scan",
		"internal/sample", "internal/sandbox", "internal/catalogue", "internal/httpapi", "internal/web", "internal/words"},
	"internal/catalogue": {"biomarker", "check", "internal/blush", "internal/account", "internal/health", "internal/sandbox", "internal/widget"},
	"docs":               {},
	"internal/manual":    {"docs"},
	"internal/web":       {"internal/blush", "internal/manual", "internal/words", "biomarker", "web/components"},
	"internal/monitor":   {"biomarker", "engine", "internal/blush", "internal/store"},
	"internal/httpapi": {"biomarker", "rppg", "internal/blush", "internal/brand", "internal/limit", "internal/account", "internal/scan",
		"internal/fhir", "internal/health", "internal/insight", "internal/sample", "internal/sandbox", "internal/widget", "internal/report", "internal/catalogue", "internal/deliver", "internal/words"},
	"internal/apitypes": {"internal/httpapi"},
	"internal/generate": {"biomarker", "internal/apitypes", "internal/catalogue", "internal/manual", "internal/web", "internal/widget", "internal/words"},
	"internal/server": {"internal/blush", "internal/bucket", "internal/store", "internal/account", "internal/scan", "internal/insight",
		"internal/deliver", "internal/monitor", "internal/httpapi", "internal/web", "internal/gallery"},
	"client": {"biomarker", "engine", "rppg"},
	"blushtest": {"blushtest/contract", "blushtest/freeport", "blushtest/pgtest", "blushtest/schema", "blushtest/sqlitetest", "client", "simulate", "video", "internal/blush", "internal/store",
		"internal/sample", "internal/deliver", "internal/server"},
	"blushtest/contract":   {},
	"blushtest/freeport":   {},
	"blushtest/pgtest":     {},
	"blushtest/schema":     {"internal/store"},
	"blushtest/sqlitetest": {"blushtest/schema"},
	"blushtest/browser":    {"blushtest/pgtest", "dsp", "rppg", "simulate", "video"}, // not blushtest: it would be compiled again for each package under test below the server
	"cmd/blush":            {anything},

	"clients":        {"internal/apitypes"},
	"clients/pack":   {"clients"},
	"examples/go":    {"client"},
	"web/components": {},
	"web/bundle":     {},
}

// anything marks a package at the top, which may import all below it.
const anything = "*"

// foreign lists the packages of other modules that an engine package may import.
var foreign = map[string][]string{
	"simulate": {"gonum.org/v1/gonum/dsp/fourier"},
}

// reserved names, for some modules, the only packages that may import them.
var reserved = []struct {
	prefix string
	by     []string
	why    string
}{
	{"modernc.org/sqlite", []string{"internal/store"}, "only the store knows a database driver"},
	{"github.com/jackc/pgx", []string{"internal/store", "blushtest/pgtest"}, "only the store and the PostgreSQL of tests know this driver"},
	{"github.com/lib/pq", nil, "pgx is the driver"},
	{"github.com/riverqueue/river/riverdriver", []string{"internal/store"}, "only the store knows the queue's driver"},
	{"github.com/pressly/goose", []string{"internal/store"}, "only the store migrates"},
	{"crypto/aes", []string{"internal/seal"}, "one package encrypts"},
	{"crypto/cipher", []string{"internal/seal"}, "one package encrypts"},
	{"database/sql", []string{"internal/store", "internal/store/query"}, "all SQL is in the store"},
	{"github.com/danielgtaylor/huma", []string{"internal/httpapi", "internal/server"}, "the API is described in one package"},
	{"github.com/alecthomas/kong", []string{"cmd/blush"}, "flags belong to the command"},
	{"github.com/prometheus/", []string{"internal/monitor"}, "metrics for operators are made in one package"},
	{"gocloud.dev", []string{"internal/bucket"}, "one package knows the clouds"},
	{"net/http/pprof", []string{"internal/monitor"}, "profiles are served only to operators"},
	{"expvar", nil, "metrics for operators are made in internal/monitor"},
	{"codeberg.org/go-pdf/", []string{"internal/report"}, "documents are made in one package"},
	{"github.com/schollz/progressbar", []string{"cmd/blush"}, "progress belongs to the command"},
	{"github.com/chromedp/", []string{"blushtest/browser"}, "browsers are for tests"},
	{"github.com/yuin/goldmark", []string{"internal/manual"}, "the documents become pages in one package"},
	{"github.com/evanw/esbuild/", []string{"web/bundle", "clients"}, "esbuild bundles scripts for others: the binary does not need it"},
	{"github.com/santhosh-tekuri/jsonschema", []string{"blushtest/contract"}, "JSON Schema is for tests; requests are checked by huma"},
	{"github.com/getkin/kin-openapi", nil, "it checks the OpenAPI document in a test"},
	{"github.com/pb33f/", nil, "libopenapi takes minutes to compile, half of a whole build"},
	{"github.com/rogpeppe/go-internal", nil, "testscript is for tests"},
	{"github.com/standard-webhooks/", nil, "receivers in tests verify with it"},
	{"pgregory.net/rapid", nil, "rapid is for tests"},
	{"gonum.org/v1/gonum/mat", nil, "slow to compile; the engine needs only the FFT"},
}

// impure lists what no pure package imports.
var impure = []string{"os", "net", "syscall", "log", "io/ioutil", "runtime/debug", "crypto/rand", "math/rand", "expvar", "plugin", "unsafe"}

// impureCalls lists what no pure package calls: clocks, and random numbers without a seed.
var impureCalls = []string{
	"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick", "time.NewTimer", "time.NewTicker",
	"rand.Int", "rand.IntN", "rand.Int64", "rand.Int64N", "rand.Uint32", "rand.Uint64", "rand.Float64", "rand.Float32",
	"rand.NormFloat64", "rand.ExpFloat64", "rand.Perm", "rand.Shuffle", "rand.N",
}

// file is what the check reads of one Go file that is not a test.
type file struct {
	pkg     string // relative to the module, "" for its root
	name    string
	imports []string // as written
	calls   []string // "package.Function" of calls into imported packages
	browser bool     // part of the build for js/wasm
}

// check returns one sentence for every import or call that breaks the table.
func check(files []file) []string {
	var broken []string
	for _, f := range files {
		at := f.pkg + "/" + f.name
		say := func(format string, args ...any) { broken = append(broken, at+": "+fmt.Sprintf(format, args...)) }
		allowed, known := arrows[f.pkg]
		if !known {
			say("package %q has no row in the table of arrows", f.pkg)
			continue
		}
		pure := slices.Contains(engine, f.pkg)
		for _, imp := range f.imports {
			local, ours := strings.CutPrefix(imp, "blush.example/blush/")
			switch {
			case ours && strings.HasPrefix(local, "cmd/"):
				say("imports %s: nothing imports a command", imp)
			case ours && !slices.Contains(allowed, anything) && !slices.Contains(allowed, local):
				say("imports %s: this arrow is not in the table", imp)
			case !ours && pure && strings.Contains(root(imp), ".") && !slices.Contains(foreign[f.pkg], imp):
				say("imports %s: an engine package uses only the standard library and what its row allows", imp)
			}
			for _, r := range reserved {
				if under(imp, r.prefix) && !slices.Contains(r.by, f.pkg) {
					say("imports %s: %s", imp, r.why)
				}
			}
			// Only the part of video that runs ffmpeg and reads folders may touch
			// the machine, and that part stays out of the browser.
			outside := f.pkg == "video" && !f.browser
			if pure && !outside && slices.ContainsFunc(impure, func(p string) bool { return imp == p || imp != "math/rand/v2" && under(imp, p) }) {
				say("imports %s: an engine package touches neither clock, disk, network nor global state", imp)
			}
		}
		if pure && (f.pkg != "video" || f.browser) {
			for _, c := range f.calls {
				if slices.Contains(impureCalls, c) {
					say("calls %s: an engine package has no clock and no unseeded randomness", c)
				}
			}
		}
	}
	return broken
}

func root(imp string) string {
	r, _, _ := strings.Cut(imp, "/")
	return r
}

// under reports whether an import path is the prefix or below it; a prefix that
// ends in / covers a whole host directory.
func under(imp, prefix string) bool {
	if strings.HasSuffix(prefix, "/") {
		return strings.HasPrefix(imp, prefix)
	}
	return imp == prefix || strings.HasPrefix(imp, prefix+"/") ||
		// drivers are named by suffix: riverdriver/riversqlite, jackc/pgx/v5
		strings.HasPrefix(imp, prefix) && strings.Contains(prefix, "riverdriver")
}
