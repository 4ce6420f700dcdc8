-- name: InsertUser :execrows
INSERT INTO users (id, customer_id, environment, key_id, sealed_external_id, external_hash, sealed_birth_date, sex, language, token_epoch, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)
ON CONFLICT (customer_id, environment, external_hash) DO NOTHING;

-- name: GetUser :one
SELECT sqlc.embed(users), customer.name AS customer
FROM users JOIN customer ON customer.id = users.customer_id
WHERE users.id = $1 AND users.customer_id = $2 AND users.environment = $3;

-- name: GetUserByID :one
SELECT sqlc.embed(users), customer.name AS customer
FROM users JOIN customer ON customer.id = users.customer_id
WHERE users.id = $1;

-- UserByExternalID finds a user by the hash of the external id under each key that the customer has, or by the external id
-- of a row that is not sealed yet. For one condition with OR, SQLite would read all users of the customer.
-- name: UserByExternalID :one
SELECT users.id FROM users WHERE users.customer_id = sqlc.arg(customer_id) AND users.environment = sqlc.arg(environment) AND users.external_hash = sqlc.arg(hash)
UNION ALL
SELECT users.id FROM users WHERE users.customer_id = sqlc.arg(customer_id) AND users.environment = sqlc.arg(environment) AND users.external_hash = sqlc.arg(other_hash)
UNION ALL
SELECT users.id FROM users WHERE users.customer_id = sqlc.arg(customer_id) AND users.environment = sqlc.arg(environment) AND users.clear_external_id = sqlc.arg(clear)
LIMIT 1;

-- LockUser takes the row's lock on PostgreSQL; on SQLite the transaction has the whole database already.
-- name: LockUser :execrows
UPDATE users SET id = id WHERE id = $1 AND customer_id = $2 AND environment = $3;

-- name: UpdateUser :exec
UPDATE users SET key_id = $2, sealed_external_id = $3, external_hash = $4, sealed_birth_date = $5, clear_external_id = NULL, clear_birth_date = NULL,
  sex = $6, language = $7, locked = $8
WHERE id = $1;

-- name: BumpTokenEpoch :execrows
UPDATE users SET token_epoch = token_epoch + 1 WHERE id = $1;

-- name: DeleteUser :execrows
DELETE FROM users WHERE id = $1 AND customer_id = $2 AND environment = $3;

-- name: ListUsers :many
SELECT sqlc.embed(users), customer.name AS customer
FROM users JOIN customer ON customer.id = users.customer_id
WHERE users.customer_id = sqlc.arg(customer_id) AND users.environment = sqlc.arg(environment)
  AND (users.created_at < sqlc.arg(before_at) OR (users.created_at = sqlc.arg(before_at) AND users.id < sqlc.arg(before_id)))
ORDER BY users.created_at DESC, users.id DESC
LIMIT sqlc.arg(page_limit);

-- KeepAnswer does nothing when the request has an answer already. A row without one is of an earlier version.
-- name: KeepAnswer :execrows
INSERT INTO idempotency (customer_id, environment, holder, key, request_hash, user_id, answer, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (customer_id, environment, holder, key) DO UPDATE SET request_hash = excluded.request_hash,
  user_id = excluded.user_id, answer = excluded.answer, created_at = excluded.created_at
WHERE idempotency.answer IS NULL;

-- name: GetKeptAnswer :one
SELECT request_hash, answer FROM idempotency
WHERE customer_id = $1 AND environment = $2 AND holder = $3 AND key = $4 AND answer IS NOT NULL AND created_at >= sqlc.arg(since);

-- DeleteAnswersAbout forgets the answers that speak of a user.
-- name: DeleteAnswersAbout :exec
DELETE FROM idempotency WHERE user_id = $1;

-- name: DeleteIdempotencyBefore :exec
DELETE FROM idempotency WHERE created_at < sqlc.arg(before);
