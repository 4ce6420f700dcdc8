-- name: PutScanPoint :exec
INSERT INTO scan_point (scan_id, user_id, at, timezone, at_rest, confidence, heart_rate, sdnn, rmssd, stress_index)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (scan_id) DO UPDATE SET confidence = excluded.confidence, heart_rate = excluded.heart_rate, sdnn = excluded.sdnn,
  rmssd = excluded.rmssd, stress_index = excluded.stress_index;

-- name: DropScanEstimates :exec
DELETE FROM scan_estimate WHERE scan_id = $1;

-- name: ScanValues :many
SELECT at, timezone, at_rest, confidence, heart_rate, sdnn, rmssd, stress_index FROM scan_point
WHERE user_id = sqlc.arg(user_id) AND at >= sqlc.arg(from_at) AND at <= sqlc.arg(to_at)
ORDER BY at, scan_id;

-- EstimatesOf reads the index alone.
-- name: EstimatesOf :many
SELECT scan_id, at, timezone, value, low, high, confidence, reason FROM scan_estimate
WHERE user_id = sqlc.arg(user_id) AND biomarker = sqlc.arg(biomarker) AND at >= sqlc.arg(from_at) AND at < sqlc.arg(to_at)
ORDER BY at, scan_id;

-- name: NewestScanPoints :many
SELECT scan_id, at, timezone, at_rest FROM scan_point
WHERE user_id = sqlc.arg(user_id) AND at <= sqlc.arg(to_at)
ORDER BY at DESC, scan_id DESC LIMIT sqlc.arg(most);

-- name: EstimatesOfScan :many
SELECT biomarker, value, low, high, confidence, reason FROM scan_estimate WHERE scan_id = $1;

-- name: NextScanAt :one
SELECT at FROM scan_point WHERE user_id = sqlc.arg(user_id) AND at > sqlc.arg(after) ORDER BY at LIMIT 1;

-- name: ScansWithoutPoint :many
SELECT scan.* FROM scan LEFT JOIN scan_point ON scan_point.scan_id = scan.id
WHERE scan.user_id = $1 AND scan.status = 'done' AND scan_point.scan_id IS NULL;
