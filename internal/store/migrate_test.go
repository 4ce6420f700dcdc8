package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/internal/blush"
)

// What scans and days held as JSON before there were rows for graphs is there
// after the upgrade, and the way back leaves a database that is filled again.
func TestUpgradeOfGraphs(t *testing.T) {
	upgrade := func(t *testing.T, url string) {
		ctx := t.Context()
		st, err := Open(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		g, err := st.goose()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.UpTo(ctx, 3); err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{
			`INSERT INTO customer (id, name, frame_ancestors, created_at) VALUES ('c', 'ACME', '[]', 0)`,
			`INSERT INTO users (id, customer_id, environment, token_epoch, created_at) VALUES ('u', 'c', 'dev', 0, 0)`,
			`INSERT INTO scan (id, user_id, status, created_at, timezone, source, input_hash, failure) VALUES ('s', 'u', 'done', 5, 'UTC', 'browser', '', '')`,
			`INSERT INTO scan_point (scan_id, user_id, at, timezone, confidence, heart_rate, estimates) VALUES ('s', 'u', 5, 'Europe/Brussels', 0.97, 71.123456789,
			  '{"heart_rate":{"v":71.123456789,"l":70.5,"h":72,"c":0.97},"resonant_breathing_score":{"v":3,"h":9.5,"c":0.5},"rmssd":{"c":0.1,"r":"too_short"}}')`,
			`INSERT INTO insight_state (user_id, revision, model_version, journey, progress) VALUES ('u', 1, 'm1', 'j', '{}')`,
			`INSERT INTO insight_day (user_id, day, at, timezone, insights) VALUES ('u', '2026-01-02', 5, 'Europe/Brussels',
			  '{"mental_stress":{"score":29.83,"low":7.92,"high":63.77,"confidence":89.9,"status":"confirming"},"mental":{"score":29.21,"confidence":94},"sleep_quality":{"confidence":0,"status":"no_data"}}')`,
		} {
			if _, err := st.write.ExecContext(ctx, q); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
		if err := st.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		n := func(v float64) *float64 { return &v }
		at := time.UnixMilli(5).UTC()
		points, err := st.NewestScanPoints(ctx, "u", at, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := []blush.ScanPoint{{ScanID: "s", UserID: "u", At: at, Timezone: "Europe/Brussels", Estimates: map[string]blush.PointEstimate{
			"heart_rate":               {Value: n(71.123456789), Low: 70.5, High: 72, Confidence: 0.97},
			"resonant_breathing_score": {Value: n(3), High: 9.5, Confidence: 0.5},
			"rmssd":                    {Confidence: 0.1, Reason: "too_short"},
		}}}
		if diff := cmp.Diff(want, points); diff != "" {
			t.Errorf("estimates (-before +after):\n%s", diff)
		}
		days, err := st.InsightDays(ctx, "u")
		if err != nil {
			t.Fatal(err)
		}
		then := []blush.InsightDay{{Day: "2026-01-02", At: at, Timezone: "Europe/Brussels", Scores: map[string]blush.Score{
			"mental_stress": {Score: n(29.83), Interval: &[2]float64{7.92, 63.77}, Confidence: 89.9, Status: "confirming"},
			"mental":        {Score: n(29.21), Confidence: 94},
			"sleep_quality": {Status: "no_data"},
		}}}
		if diff := cmp.Diff(then, days); diff != "" {
			t.Errorf("days (-before +after):\n%s", diff)
		}
		if _, err := g.DownTo(ctx, 3); err != nil {
			t.Fatal(err)
		}
		if err := st.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		if left, err := st.ScansWithoutPoint(ctx, "u"); err != nil || len(left) != 1 {
			t.Errorf("scans to fill in after the way back: %v %v", left, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { upgrade(t, filepath.Join(t.TempDir(), "blush.db")) })
	t.Run("postgres", func(t *testing.T) { upgrade(t, pgtest.URL(t, "upgrade", func(string) error { return nil })) })
}
