package server_test

import (
	"net/http"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
)

// The scan page reads the values of scans made since it was opened, and no earlier ones.
func TestScanPageReadsTheWidgetOfItsOwnScan(t *testing.T) {
	w := blushtest.Start(t)
	u := w.Year(1, time.Now().Add(-24*time.Hour))
	before, err := w.Client(w.Dev).Scans(t.Context(), client.UserRef{ID: u.UserID}, client.Page{})
	if err != nil || len(before.Data) == 0 {
		t.Fatalf("%d scans: %v", len(before.Data), err)
	}
	page, err := w.Client(w.Dev).ScanURL(t.Context(), client.UserRef{ID: u.UserID})
	if err != nil {
		t.Fatal(err)
	}
	var scan struct {
		ID string `json:"face_scan_id"`
	}
	w.Call(w.Dev, http.MethodPost, "/v2/facescans?user_id="+u.UserID, `{"synthetic":{"heart_rate":66,"duration_s":40}}`).Want(http.StatusCreated).JSON(&scan)
	token := []string{"Authorization", "Token " + tokenIn(t, page.URL)}
	path := "/v2/widgets/biomarker?parameter=heart_rate"
	var tile struct {
		Data struct {
			Value  *float64
			Change *struct{ Text string }
		}
	}
	w.Call("", http.MethodGet, path+"&face_scan_id="+scan.ID, nil, token...).Want(http.StatusOK).JSON(&tile)
	if tile.Data.Value == nil || tile.Data.Change != nil {
		t.Errorf("its own scan: %+v", tile.Data)
	}
	w.Call("", http.MethodGet, path+"&face_scan_id="+before.Data[0].FaceScanID, nil, token...).Want(http.StatusNotFound)
	w.Call("", http.MethodGet, path, nil, token...).Want(http.StatusForbidden)
	w.Call(w.Dev, http.MethodGet, path+"&user_id="+u.UserID+"&face_scan_id="+scan.ID, nil).Want(http.StatusOK).JSON(&tile)
	if tile.Data.Change == nil {
		t.Error("the scan before it is not known to the key either: the test shows nothing")
	}
}
