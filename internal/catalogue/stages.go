package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/check"
)

// Stage is one message of the scan page to the page or the app around it.
type Stage struct {
	Name string
	When string // for the documents
	With string // for the documents, in Markdown
	Type string // its fields other than its name, in TypeScript
}

// Stages lists them in the order of a scan.
var Stages = []Stage{
	{"startNewMeasurement", "the user starts a scan", "", "{}"},
	{"camera", "the camera is ready, or cannot be used", "`data.status`: " + code(cameraStatuses), "{ data: { status: CameraStatus } }"},
	{"recordingStarted", "the recording runs", "", "{}"},
	{"recordingStopped", "the recording ended or was interrupted", "", "{}"},
	{"faceScanSuccessful", "the result can be fetched", "`uuid`, `data.face_scan_id`, `data.hasResults: true`", "{ uuid: string; data: { face_scan_id: string; hasResults: true } }"},
	{"error", "no result; the user may try again", "`data.reason`, `data.message` (the words the user read)", "{ data: { reason: ScanError; message: string } }"},
	{"timeOut", "five minutes without input; the page closes itself", "", "{}"},
	{"userFinished", "the user left without a result", "", "{}"},
	{"dismiss", "close the view; always last", "`uuid` of the last scan or null, `data.hasResults`", "{ uuid: string | null; data: { hasResults: boolean } }"},
}

// cameraStatuses says whether the page may use the camera, and if not, why.
var cameraStatuses = []string{"granted", "denied", "no_camera", "in_use"}

// otherErrors are the errors of the scan page that are about neither the recording nor the picture.
var otherErrors = []string{"camera_ended", "engine", "token_expired", "forbidden", "refused", "failed"}

// scanErrors are the reasons of the stage error.
func scanErrors() []string {
	out := names(biomarker.Reasons)
	for _, n := range append(checks(), otherErrors...) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// checks are the faults of the picture that the scan page reports. The first codes have the numbers that integrators know.
func checks() []string {
	var out []string
	for _, c := range check.Codes()[1:] {
		if c <= check.NotEnoughSkin {
			out = append(out, fmt.Sprintf("check_%d", c))
		} else {
			out = append(out, c.String())
		}
	}
	return out
}

// ChecksInWords lists the checks with what the numbered ones mean.
func ChecksInWords() string {
	out := checks()
	for i, c := range check.Codes()[1:] {
		out[i] = "`" + out[i] + "`"
		if c <= check.NotEnoughSkin {
			out[i] += " (" + strings.ReplaceAll(c.String(), "_", " ") + ")"
		}
	}
	return strings.Join(out, ", ")
}

func code(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
