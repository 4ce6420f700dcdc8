package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/fhir"
	"blush.example/blush/internal/health"
)

// fhirModules installs the validators and the client with npm, once, in the user's cache, and returns their folder.
var fhirModules = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	wanted, err := os.ReadFile("testdata/fhir/package.json")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "blush-test", "fhir")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), wanted, 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot install the FHIR validators: npm install: %w\n%s", err, out)
	}
	return dir, nil
})

func fhirScript(t *testing.T, in []byte, name string, args ...string) []byte {
	t.Helper()
	dir, err := fhirModules()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "fhir", name))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), text, 0o600) // next to the modules, where Node looks for them
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(dir, name)}, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String()[max(0, stderr.Len()-3000):])
	}
	return out
}

// fhirFaults validates resources by their names.
func fhirFaults(t *testing.T, resources map[string]any) map[string][]string {
	t.Helper()
	var in bytes.Buffer
	lines := json.NewEncoder(&in)
	for name, r := range resources {
		if err := lines.Encode(map[string]any{"name": name, "resource": r}); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string][]string{}
	for line := range bytes.Lines(fhirScript(t, in.Bytes(), "validate.mjs")) {
		var one struct {
			Name   string
			Faults []string
		}
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatal(err)
		}
		out[one.Name] = one.Faults
	}
	if len(out) != len(resources) {
		t.Fatalf("%d of %d resources were validated", len(out), len(resources))
	}
	return out
}

// person is a user with three scans, of which one is refused, and two cuff readings.
type person struct {
	*blushtest.World
	user            client.User
	scans, readings []string
}

func newPerson(t *testing.T) person {
	t.Helper()
	w := blushtest.Start(t)
	p := person{World: w, user: w.User()}
	w.Call(w.Dev, "PATCH", "/v2/users?user_id="+p.user.UserID, `{"birth_date":"1980-02-03","sex":"F","language":"nl"}`).Want(http.StatusOK)
	for _, body := range []string{`{"synthetic":{"duration_s":60,"seed":3},"timezone":"Europe/Brussels"}`, `{"synthetic":{"duration_s":12,"seed":4},"timezone":"America/New_York"}`, `{"synthetic":{"duration_s":40,"seed":5}}`} {
		a := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+p.user.UserID, body).Want(http.StatusCreated)
		p.scans = append(p.scans, strings.TrimPrefix(a.Header.Get("Location"), "/v2/facescans/"))
	}
	for _, body := range []string{
		`{"kind":"blood_pressure","systolic":124,"diastolic":79,"pulse":66,"measured_at":"2026-11-25T23:30:00Z","timezone":"Asia/Tokyo"}`,
		`{"kind":"blood_pressure","systolic":131,"diastolic":84,"measured_at":"2026-10-01T08:00:00Z"}`,
	} {
		var r struct {
			ID string `json:"reading_id"`
		}
		w.Call(w.Dev, "POST", "/v2/readings?user_id="+p.user.UserID, body).Want(http.StatusCreated).JSON(&r)
		p.readings = append(p.readings, r.ID)
	}
	return p
}

// get reads a resource.
func (p person) get(t *testing.T, path string, header ...string) map[string]any {
	t.Helper()
	a := p.Call(p.Dev, "GET", path, nil, header...).Want(http.StatusOK)
	if got := a.Header.Get("Content-Type"); got != fhir.ContentType {
		t.Errorf("%s is answered as %s", path, got)
	}
	var out map[string]any
	a.JSON(&out)
	return out
}

func entries(bundle map[string]any, kind string) (out []map[string]any) {
	all, _ := bundle["entry"].([]any)
	for _, e := range all {
		if r, _ := at(e, "resource").(map[string]any); r["resourceType"] == kind {
			out = append(out, r)
		}
	}
	return out
}

// The FHIR routes, with one person: valid resources, the API's values, searches, errors, and a public client.
func TestFHIR(t *testing.T) {
	p := newPerson(t)
	for name, test := range map[string]func(*testing.T, person){
		"valid": resourcesAreValid, "values": valuesAreTheAPIs, "search": searches, "outcomes": outcomes, "client": publicClient,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}

const accept = "application/fhir+json"

// Every response in FHIR is valid R4 and follows the vital signs profiles that it names. The validators find deliberate faults.
func resourcesAreValid(t *testing.T, p person) {
	user := "user_id=" + p.user.UserID
	all := map[string]any{
		"scan":       p.get(t, "/v2/facescans/"+p.scans[0], "Accept", accept),
		"short scan": p.get(t, "/v2/facescans/"+p.scans[1], "Accept", accept+"; fhirVersion=4.0"),
		"scans":      p.get(t, "/v2/facescans?limit=2&"+user, "Accept", accept),
		"readings":   p.get(t, "/v2/readings?"+user, "Accept", accept+", application/json;q=0.5"),
		"search":     p.get(t, "/v2/fhir/Observation?patient="+p.user.UserID),
		"empty":      p.get(t, "/v2/fhir/Observation?date=1999&patient="+p.user.UserID),
		"everything": p.get(t, "/v2/fhir/Patient/"+p.user.UserID+"/$everything"),
		"new":        p.get(t, "/v2/fhir/Patient/"+p.user.UserID+"/$everything?_since=2026-01-01T00:00:00Z&_count=3"),
		"nothing":    p.get(t, "/v2/fhir/Patient/"+p.user.UserID+"/$everything?_type=Condition"),
		"by id":      p.get(t, "/v2/fhir/Observation?_id="+p.scans[0]+".rmssd,"+p.user.UserID+".metric-mental-stress"),
		"patient":    p.get(t, "/v2/fhir/Patient/"+p.user.UserID),
		"value":      p.get(t, "/v2/fhir/Observation/"+p.scans[0]+".heart-rate"),
		"metadata":   p.get(t, "/v2/fhir/metadata"),
		"count":      p.get(t, "/v2/fhir/Observation?_summary=count&patient="+p.user.UserID),
		"patients":   p.get(t, "/v2/fhir/Patient?_id="+p.user.UserID),
		"nobody":     p.get(t, "/v2/fhir/Patient?identifier=nobody"),
	}
	maker := p.User()
	p.Call(p.Dev, "POST", "/v2/sandbox/history?user_id="+maker.UserID, `{"persona":"worried","days":20}`).Want(http.StatusCreated)
	history := p.get(t, "/v2/fhir/Patient/"+maker.UserID+"/$everything")
	all["history of the sandbox"] = history
	for _, d := range entries(history, "Device") {
		p.get(t, "/v2/fhir/Device/"+d["id"].(string))
	}
	for _, profile := range health.ProfileNames {
		all[profile] = p.get(t, "/v2/userprofiles/"+profile+"?"+user, "Accept", accept)
	}
	for _, c := range fhir.CodeSystems() {
		all[c.Address()] = p.get(t, "/v2/fhir/"+c.Address())
	}
	for _, d := range fhir.StructureDefinitions() {
		all[d.Address()] = p.get(t, "/v2/fhir/"+d.Address())
	}
	for _, read := range []string{"Patient/" + p.user.UserID, "Observation/" + p.scans[0] + ".heart-rate", "Patient/" + p.user.UserID + "/$everything", "metadata"} {
		p.get(t, "/v2/fhir/"+read+"?_format=json&_pretty=true")
	}
	for name, query := range map[string]string{"unknown parameter": "colour=red", "bad date": "date=26.11.2026"} {
		var outcome map[string]any
		p.Call(p.Dev, "GET", "/v2/fhir/Observation?"+query+"&patient="+p.user.UserID, nil).Want(http.StatusBadRequest).JSON(&outcome)
		all[name] = outcome
	}
	// The validators find deliberate faults.
	const broken = "broken: "
	for name, change := range map[string]func(map[string]any){
		"status of no value set": func(o map[string]any) { o["status"] = "sure" }, "no code": func(o map[string]any) { delete(o, "code") },
		"unknown property": func(o map[string]any) { o["colour"] = "red" }, "no date": func(o map[string]any) { o["effectiveDateTime"] = "2026-11-31T99:00" },
		"no value and no reason": func(o map[string]any) { delete(o, "valueQuantity") }, "another unit": func(o map[string]any) { o["valueQuantity"].(map[string]any)["code"] = "bpm" },
		"another code": func(o map[string]any) {
			o["code"].(map[string]any)["coding"].([]any)[0].(map[string]any)["code"] = "9279-1"
		},
		"no subject": func(o map[string]any) { delete(o, "subject") }, "no effective time": func(o map[string]any) { delete(o, "effectiveDateTime") },
		"an extension of two kinds": func(o map[string]any) {
			o["extension"].([]any)[0].(map[string]any)["extension"] = []any{map[string]any{"url": "x", "valueCode": "y"}}
		},
	} {
		o := p.get(t, "/v2/fhir/Observation/"+p.scans[0]+".heart-rate")
		change(o)
		all[broken+name] = o
	}
	for name, found := range fhirFaults(t, all) {
		if valid := !strings.HasPrefix(name, broken); valid != (len(found) == 0) {
			t.Errorf("%s: the validators find %q", name, found)
		}
	}
}

// The resources have the values of the API.
func valuesAreTheAPIs(t *testing.T, p person) {
	var scan struct {
		CreatedAt string `json:"created_at"`
		Engine    struct{ Version, Calibration string }
		Estimates []struct {
			Biomarker, Unit string
			Value           *float64
			Interval        *[2]float64
			Confidence      float64
			Reason          *string
		}
	}
	refused, given := 0, 0
	for _, id := range p.scans[:2] {
		p.Call(p.Dev, "GET", "/v2/facescans/"+id, nil).Want(http.StatusOK).JSON(&scan)
		bundle := p.get(t, "/v2/facescans/"+id, "Accept", accept)
		found := map[string]map[string]any{}
		for _, o := range entries(bundle, "Observation") {
			found[o["id"].(string)] = o
		}
		if d := entries(bundle, "Device"); len(d) != 1 || at(d[0], "version", 0, "value") != scan.Engine.Version || at(d[0], "version", 1, "value") != scan.Engine.Calibration {
			t.Errorf("the device is %v, the engine %+v", d, scan.Engine)
		} else if read := p.get(t, "/v2/fhir/Device/"+d[0]["id"].(string)); fmt.Sprint(read) != fmt.Sprint(d[0]) {
			t.Errorf("the device reads %v", read)
		}
		if who := entries(bundle, "Patient"); len(who) != 1 || who[0]["id"] != p.user.UserID || at(who[0], "identifier", 1, "value") != *p.user.ExternalUserID || who[0]["birthDate"] != nil {
			t.Errorf("the patient is %v", who)
		}
		if len(found) != len(scan.Estimates)-2 { // without the pressures, which only a cuff measures
			t.Errorf("%d observations of %d estimates", len(found), len(scan.Estimates))
		}
		for _, e := range scan.Estimates {
			if e.Unit == "mmHg" {
				continue
			}
			o := found[id+"."+strings.ReplaceAll(e.Biomarker, "_", "-")]
			if o["effectiveDateTime"] != scan.CreatedAt || at(o, "subject", "reference") != "Patient/"+p.user.UserID {
				t.Errorf("%s: %v", e.Biomarker, o)
			}
			if c, _ := at(o, "extension", 0, "valueDecimal").(float64); math.Abs(c-e.Confidence) > 1e-4 {
				t.Errorf("%s: confidence %g, want %g", e.Biomarker, c, e.Confidence)
			}
			if e.Value == nil {
				refused++
				if at(o, "dataAbsentReason", "coding", 1, "code") != *e.Reason || o["valueQuantity"] != nil {
					t.Errorf("%s, refused as %s: %v", e.Biomarker, *e.Reason, o)
				}
				continue
			}
			given++
			v, _ := at(o, "valueQuantity", "value").(float64)
			sd, _ := at(o, "valueQuantity", "extension", 0, "valueDecimal").(float64)
			low, _ := at(o, "valueQuantity", "extension", 2, "extension", 0, "valueDecimal").(float64)
			if math.Abs(v-*e.Value) > 0.005 || math.Abs(sd-(e.Interval[1]-e.Interval[0])/3.2897) > 1e-3 || math.Abs(low-e.Interval[0]) > 0.005 {
				t.Errorf("%s: %g, %g, %g, want %+v", e.Biomarker, v, sd, low, e)
			}
		}
	}
	if refused == 0 || given == 0 {
		t.Errorf("%d refused, %d given: this test shows too little", refused, given)
	}
	for code, where := range map[string]string{"8867-4": "heart-rate", "9279-1": "respiratory-rate", "80404-7": "heart-rate-variability"} {
		o := p.get(t, "/v2/fhir/Observation/"+p.scans[0]+"."+where)
		if at(o, "code", "coding", 0, "system") != "http://loinc.org" || at(o, "code", "coding", 0, "code") != code {
			t.Errorf("%s is coded %v", where, o["code"])
		}
	}
	if o := p.get(t, "/v2/fhir/Observation/"+p.scans[0]+".rmssd"); at(o, "code", "coding", 0, "system") != fhir.BiomarkerSystem || at(o, "valueQuantity", "code") != "ms" {
		t.Errorf("RMSSD: %v", o)
	}
	cuff := p.get(t, "/v2/fhir/Observation/"+p.readings[0]+".blood-pressure")
	if cuff["effectiveDateTime"] != "2026-11-26T08:30:00+09:00" || at(cuff, "code", "coding", 0, "code") != "85354-9" ||
		at(cuff, "component", 0, "code", "coding", 0, "code") != "8480-6" || at(cuff, "component", 0, "valueQuantity", "value") != 124.0 ||
		at(cuff, "component", 1, "code", "coding", 0, "code") != "8462-4" || at(cuff, "component", 1, "valueQuantity", "value") != 79.0 {
		t.Errorf("cuff: %v", cuff)
	}
	if pulse := p.get(t, "/v2/fhir/Observation/"+p.readings[0]+".heart-rate"); at(pulse, "valueQuantity", "value") != 66.0 || at(pulse, "method", "text") == nil {
		t.Errorf("the cuff's pulse: %v", pulse)
	}
	if who := p.get(t, "/v2/fhir/Patient/"+p.user.UserID); who["birthDate"] != "1980-02-03" || who["gender"] != "female" {
		t.Errorf("the patient reads %v", who)
	}
	mental := p.get(t, "/v2/userprofiles/mental?user_id="+p.user.UserID, "Accept", accept)
	if o := entries(mental, "Observation"); len(o) != 1+len(at(o[0], "hasMember").([]any)) || at(o[0], "dataAbsentReason", "coding", 1, "code") == nil && at(o[0], "valueQuantity") == nil {
		t.Errorf("a profile: %v", o)
	} else if read := p.get(t, "/v2/fhir/"+at(o[0], "hasMember", 0, "reference").(string)); read["id"] != o[1]["id"] {
		t.Errorf("a member reads %v", read)
	}
}

// A public client, fhir-kit-client, works: statement, search, pages, references, operation and errors.
func publicClient(t *testing.T, p person) {
	t.Setenv("NODE_EXTRA_CA_CERTS", p.Server.CAFile())
	var got struct {
		Version                string
		Resources, Identifiers []string
		Pages, Everything      int
		Total                  int // by a search as a form
		Values, Absent         [][]any
		Device                 []string
		Refused                map[string][]any
	}
	out := fhirScript(t, nil, "client.mjs", p.URL+"/v2/fhir", p.Dev, p.user.UserID)
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got.Version != fhir.Version || !slices.Contains(got.Resources, "Observation") || len(got.Identifiers) != 2 || got.Identifiers[1] != *p.user.ExternalUserID {
		t.Errorf("%s", out)
	}
	if got.Pages < 2 || len(got.Values)+len(got.Absent) != 4 || got.Total != 4 || len(got.Device) != 2 || got.Everything < 30 {
		t.Errorf("%s", out)
	}
	for _, v := range got.Values {
		if v[2] != "/min" {
			t.Errorf("%v", v)
		}
	}
	want := map[string][]any{"type": {404.0, "OperationOutcome", "not-found"}, "id": {404.0, "OperationOutcome", "not-found"}, "parameter": {400.0, "OperationOutcome", "not-supported"}}
	if fmt.Sprint(got.Refused) != fmt.Sprint(want) {
		t.Errorf("refused: %v, want %v", got.Refused, want)
	}
}
