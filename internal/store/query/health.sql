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

-- name: InsertAnswer :exec
INSERT INTO answer (id, user_id, lookup_key, instrument, value, at, timezone) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING;

-- name: NewestAnswer :one
SELECT * FROM answer WHERE user_id = $1 AND lookup_key = $2 ORDER BY at DESC, id DESC LIMIT 1;

-- name: ListAnswers :many
SELECT * FROM answer WHERE user_id = $1 ORDER BY at, id;

-- LatestAnswers gives the newest answer to each question, and all to the questionnaires, whose items count together.
-- name: LatestAnswers :many
SELECT * FROM answer WHERE answer.user_id = sqlc.arg(user_id) AND answer.at <= sqlc.arg(to_at)
  AND (answer.instrument <> '' OR answer.at = (SELECT max(newest.at) FROM answer AS newest
    WHERE newest.user_id = answer.user_id AND newest.lookup_key = answer.lookup_key AND newest.at <= sqlc.arg(to_at)))
ORDER BY answer.at, answer.id;

-- name: InsertReading :execrows
INSERT INTO cuff_reading (id, user_id, systolic, diastolic, pulse, measured_at, timezone, source, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING;

-- name: GetReading :one
SELECT * FROM cuff_reading WHERE id = $1 AND user_id = $2;

-- name: GetReadingLike :one
SELECT * FROM cuff_reading WHERE user_id = $1 AND measured_at = $2 AND systolic = $3 AND diastolic = $4;

-- name: ReadingsBetween :many
SELECT * FROM cuff_reading WHERE user_id = sqlc.arg(user_id) AND measured_at >= sqlc.arg(from_at) AND measured_at <= sqlc.arg(to_at)
ORDER BY measured_at, id;

-- name: ListReadings :many
SELECT * FROM cuff_reading
WHERE user_id = sqlc.arg(user_id)
  AND (measured_at < sqlc.arg(before_at) OR (measured_at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
ORDER BY measured_at DESC, id DESC
LIMIT sqlc.arg(page_limit);

-- name: DeleteReading :execrows
DELETE FROM cuff_reading WHERE id = $1 AND user_id = $2;

-- name: InsertConsent :exec
INSERT INTO consent (id, user_id, version, text_hash, language, given_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: WithdrawConsent :execrows
UPDATE consent SET withdrawn_at = sqlc.arg(at) WHERE user_id = sqlc.arg(user_id) AND version = sqlc.arg(version) AND withdrawn_at IS NULL;

-- name: ListConsents :many
SELECT * FROM consent WHERE user_id = $1 ORDER BY given_at DESC, id DESC;

-- TouchInsights notes that something was learnt that holds from a time on.
-- name: TouchInsights :exec
INSERT INTO insight_state (user_id, revision, stale_from, model_version, journey, progress)
VALUES (sqlc.arg(user_id), 1, sqlc.arg(stale_from), '', '', '')
ON CONFLICT (user_id) DO UPDATE SET revision = insight_state.revision + 1,
  stale_from = CASE WHEN insight_state.stale_from < excluded.stale_from THEN insight_state.stale_from ELSE excluded.stale_from END;

-- name: GetInsightState :one
SELECT * FROM insight_state WHERE user_id = $1;

-- KeepInsightState does nothing when something was learnt since that revision.
-- name: KeepInsightState :execrows
INSERT INTO insight_state (user_id, revision, model_version, journey, progress)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id) DO UPDATE SET stale_from = NULL, model_version = excluded.model_version, journey = excluded.journey, progress = excluded.progress
WHERE insight_state.revision = excluded.revision;

-- DeleteScores asks for one day as a range, like ScoresOfDays.
-- name: DeleteScores :exec
DELETE FROM insight_score WHERE user_id = sqlc.arg(user_id) AND day >= sqlc.arg(first_day) AND day <= sqlc.arg(last_day);

-- ScoresOf reads the index alone.
-- name: ScoresOf :many
SELECT day, at, timezone, score, low, high, confidence, status FROM insight_score
WHERE user_id = sqlc.arg(user_id) AND name = sqlc.arg(name) AND at >= sqlc.arg(from_at) AND at < sqlc.arg(to_at)
ORDER BY at, day;

-- ScoresOfDays asks for one day as a range too: SQLite would read all days of the user for an equality.
-- name: ScoresOfDays :many
SELECT day, name, at, timezone, score, low, high, confidence, status FROM insight_score
WHERE user_id = sqlc.arg(user_id) AND day >= sqlc.arg(first_day) AND day <= sqlc.arg(last_day)
ORDER BY day, name;

-- name: DayBefore :one
SELECT day FROM insight_score
WHERE user_id = sqlc.arg(user_id) AND name = sqlc.arg(name) AND at < sqlc.arg(to_at) AND day < sqlc.arg(before_day)
ORDER BY at DESC LIMIT 1;

-- UsersBehind lists users whose insights another model made, or none yet.
-- name: UsersBehind :many
SELECT users.id FROM users LEFT JOIN insight_state ON insight_state.user_id = users.id
WHERE users.id > sqlc.arg(after) AND (insight_state.model_version IS NULL OR insight_state.model_version <> sqlc.arg(model_version))
ORDER BY users.id LIMIT sqlc.arg(most);

-- name: UserIDs :many
SELECT id FROM users WHERE id > sqlc.arg(after) ORDER BY id LIMIT sqlc.arg(most);

-- name: JourneyOfUser :one
SELECT customer.journey FROM users JOIN customer ON customer.id = users.customer_id WHERE users.id = $1;

-- name: GetJourney :one
SELECT journey FROM customer WHERE id = $1;

-- name: SetJourney :execrows
UPDATE customer SET journey = sqlc.arg(journey) WHERE id = sqlc.arg(id);
