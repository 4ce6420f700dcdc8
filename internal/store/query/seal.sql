-- name: InsertCustomerKey :exec
INSERT INTO customer_key (id, customer_id, sealed, created_at) VALUES ($1, $2, $3, $4);

-- name: CustomerKeys :many
SELECT * FROM customer_key WHERE customer_id = $1 ORDER BY created_at DESC, id DESC;

-- name: CustomerOfKey :one
SELECT customer_id FROM customer_key WHERE id = $1;

-- name: AllCustomerKeys :many
SELECT * FROM customer_key ORDER BY customer_id, created_at DESC, id DESC;

-- name: WrapCustomerKey :exec
UPDATE customer_key SET sealed = $2 WHERE id = $1;

-- name: DeleteCustomerKey :execrows
DELETE FROM customer_key WHERE id = $1;

-- name: CustomersWithoutKey :many
SELECT id FROM customer WHERE NOT EXISTS (SELECT 1 FROM customer_key WHERE customer_key.customer_id = customer.id);

-- name: CustomerOfUser :one
SELECT customer_id FROM users WHERE id = $1;

-- The rows of one customer that are sealed with a key that is on its way out, or not at all yet. The customer is compared as an
-- expression, so that the indexes of keys are taken. Rows that were found damaged are left out.

-- UsersToSeal takes the rows' locks on PostgreSQL; on SQLite the transaction has the whole database already.
-- name: UsersToSeal :many
UPDATE users SET id = id WHERE id IN (
  SELECT u.id FROM users AS u
  WHERE (u.key_id = sqlc.arg(old_key) OR u.key_id IS NULL) AND u.customer_id || '' = sqlc.arg(customer_id) AND u.damaged_at IS NULL LIMIT sqlc.arg(most)
) RETURNING *;

-- name: AnswersToSeal :many
SELECT sqlc.embed(answer) FROM answer JOIN users ON users.id = answer.user_id
WHERE (answer.key_id = sqlc.arg(old_key) OR answer.key_id IS NULL) AND users.customer_id || '' = sqlc.arg(customer_id) AND answer.damaged_at IS NULL
LIMIT sqlc.arg(most);

-- name: SealAnswer :exec
UPDATE answer SET key_id = sqlc.arg(key_id), sealed_value = sqlc.arg(sealed_value), clear_value = NULL
WHERE id = sqlc.arg(id) AND (key_id = sqlc.arg(old_key) OR key_id IS NULL);

-- name: ScanDataToSeal :many
SELECT sqlc.embed(scan_data) FROM scan_data JOIN scan ON scan.id = scan_data.scan_id JOIN users ON users.id = scan.user_id
WHERE (scan_data.key_id = sqlc.arg(old_key) OR scan_data.key_id IS NULL) AND users.customer_id || '' = sqlc.arg(customer_id)
  AND scan_data.damaged_at IS NULL AND scan_data.object IS NULL
LIMIT sqlc.arg(most);

-- name: SealScanData :exec
UPDATE scan_data SET key_id = sqlc.arg(key_id), data = sqlc.arg(data)
WHERE scan_id = sqlc.arg(scan_id) AND kind = sqlc.arg(kind) AND (key_id = sqlc.arg(old_key) OR key_id IS NULL);

-- name: CountToSeal :one
SELECT (SELECT count(*) FROM users WHERE users.key_id IS NULL) + (SELECT count(*) FROM answer WHERE answer.key_id IS NULL)
  + (SELECT count(*) FROM scan_data WHERE scan_data.key_id IS NULL) AS to_seal;

-- name: MarkUserDamaged :exec
UPDATE users SET damaged_at = $1 WHERE id = $2;

-- name: MarkAnswerDamaged :exec
UPDATE answer SET damaged_at = $1 WHERE id = $2;

-- name: MarkScanDataDamaged :exec
UPDATE scan_data SET damaged_at = $1 WHERE scan_id = $2 AND kind = $3;

-- name: DamagedUsers :many
SELECT id FROM users WHERE damaged_at IS NOT NULL ORDER BY damaged_at, id;

-- name: DamagedAnswers :many
SELECT id, user_id, lookup_key FROM answer WHERE damaged_at IS NOT NULL ORDER BY damaged_at, id;

-- name: DamagedScanData :many
SELECT scan_id, kind FROM scan_data WHERE damaged_at IS NOT NULL ORDER BY damaged_at, scan_id, kind;

-- name: RetryUsers :exec
UPDATE users SET damaged_at = NULL WHERE damaged_at IS NOT NULL;

-- name: RetryAnswers :exec
UPDATE answer SET damaged_at = NULL WHERE damaged_at IS NOT NULL;

-- name: RetryScanData :exec
UPDATE scan_data SET damaged_at = NULL WHERE damaged_at IS NOT NULL;
