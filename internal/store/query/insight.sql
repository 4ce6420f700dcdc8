-- TouchInsights notes that something was learnt that holds from a time on.
-- name: TouchInsights :exec
INSERT INTO insight_state (user_id, revision, stale_from, model_version, journey, progress)
VALUES (sqlc.arg(user_id), 1, sqlc.arg(stale_from), '', '', '')
ON CONFLICT (user_id) DO UPDATE SET revision = insight_state.revision + 1,
  stale_from = CASE WHEN insight_state.stale_from < excluded.stale_from THEN insight_state.stale_from ELSE excluded.stale_from END;

-- GetInsightState gives the user and the journey of the user's customer, too: whoever asks for one needs the others.
-- name: GetInsightState :one
SELECT sqlc.embed(users), customer.name AS customer, insight_state.revision, insight_state.stale_from, insight_state.model_version, insight_state.journey, insight_state.progress,
  customer.journey AS own_journey
FROM users JOIN customer ON customer.id = users.customer_id LEFT JOIN insight_state ON insight_state.user_id = users.id
WHERE users.id = $1;

-- KeepInsightState does nothing when something was learnt since that revision.
-- name: KeepInsightState :execrows
INSERT INTO insight_state (user_id, revision, model_version, journey, progress)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id) DO UPDATE SET stale_from = NULL, model_version = excluded.model_version, journey = excluded.journey, progress = excluded.progress
WHERE insight_state.revision = excluded.revision;

-- DeleteScores asks for one day as a range, like ScoresOfDays.
-- name: DeleteScores :execrows
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

-- UsersBehind lists users whose insights another model made, or none yet, or do not hold any more.
-- name: UsersBehind :many
SELECT users.id FROM users LEFT JOIN insight_state ON insight_state.user_id = users.id
WHERE users.id > sqlc.arg(after) AND (insight_state.model_version IS NULL OR insight_state.model_version <> sqlc.arg(model_version) OR insight_state.stale_from IS NOT NULL)
ORDER BY users.id LIMIT sqlc.arg(most);

-- name: UserIDs :many
SELECT id FROM users WHERE id > sqlc.arg(after) ORDER BY id LIMIT sqlc.arg(most);

-- name: GetJourney :one
SELECT journey FROM customer WHERE id = $1;

-- name: SetJourney :execrows
UPDATE customer SET journey = sqlc.arg(journey) WHERE id = sqlc.arg(id);
