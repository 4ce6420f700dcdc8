-- name: InsertAnswer :exec
INSERT INTO answer (id, user_id, lookup_key, instrument, key_id, sealed_value, at, timezone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO NOTHING;

-- name: NewestAnswer :one
SELECT * FROM answer WHERE user_id = $1 AND lookup_key = $2 ORDER BY at DESC, id DESC LIMIT 1;

-- name: ListAnswers :many
SELECT * FROM answer WHERE user_id = $1 ORDER BY at, id;

-- name: ListAnswersAfter :many
SELECT * FROM answer
WHERE user_id = sqlc.arg(user_id)
  AND (at > sqlc.arg(after_at) OR (at = sqlc.arg(after_at) AND id > sqlc.arg(after_id)))
ORDER BY at, id
LIMIT sqlc.arg(page_limit);

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

-- name: GetReadingOf :one
SELECT cuff_reading.* FROM cuff_reading JOIN users ON users.id = cuff_reading.user_id
WHERE cuff_reading.id = $1 AND users.customer_id = $2 AND users.environment = $3;

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

-- name: ListOldestReadings :many
SELECT * FROM cuff_reading
WHERE user_id = sqlc.arg(user_id)
  AND (measured_at > sqlc.arg(after_at) OR (measured_at = sqlc.arg(after_at) AND id > sqlc.arg(after_id)))
ORDER BY measured_at, id
LIMIT sqlc.arg(page_limit);

-- name: DeleteReading :execrows
DELETE FROM cuff_reading WHERE id = $1 AND user_id = $2;

-- name: InsertConsent :exec
INSERT INTO consent (id, user_id, version, text_hash, language, given_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: WithdrawConsent :execrows
UPDATE consent SET withdrawn_at = sqlc.arg(at) WHERE user_id = sqlc.arg(user_id) AND version = sqlc.arg(version) AND withdrawn_at IS NULL;

-- name: ListConsents :many
SELECT * FROM consent WHERE user_id = $1 ORDER BY given_at DESC, id DESC;
