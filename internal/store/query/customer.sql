-- name: InsertCustomer :execrows
INSERT INTO customer (id, name, frame_ancestors, page, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO NOTHING;

-- name: ListCustomers :many
SELECT * FROM customer ORDER BY name;

-- name: GetCustomer :one
SELECT * FROM customer WHERE id = sqlc.arg(id_or_name) OR name = sqlc.arg(id_or_name);

-- LockCustomer takes the row's lock on PostgreSQL; on SQLite the transaction has the whole database already.
-- name: LockCustomer :one
UPDATE customer SET id = id WHERE id = sqlc.arg(id_or_name) OR name = sqlc.arg(id_or_name) RETURNING *;

-- name: UpdateCustomer :exec
UPDATE customer SET frame_ancestors = $2, page = $3, keep_traces = $4, keep_results = $5, keep_audit = $6 WHERE id = $1;

-- name: RenameCustomer :execrows
UPDATE customer SET name = $2 WHERE customer.id = $1
  AND NOT EXISTS (SELECT 1 FROM customer AS other WHERE other.name = $2 AND other.id <> $1);

-- DeleteUsersOf comes before DeleteCustomer: what is sealed goes before the key that seals it.
-- name: DeleteUsersOf :exec
DELETE FROM users WHERE customer_id = $1;

-- name: DeleteCustomer :exec
DELETE FROM customer WHERE id = $1;

-- name: CountUsers :one
SELECT count(*) FROM users WHERE customer_id = $1 AND environment = $2;

-- name: InsertKey :exec
INSERT INTO api_key (id, customer_id, alias, environment, prefix, hash, created_at, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ListKeys :many
SELECT * FROM api_key WHERE customer_id = $1 ORDER BY created_at, id;

-- name: GetKey :one
SELECT * FROM api_key WHERE id = sqlc.arg(id_or_prefix) OR prefix = sqlc.arg(id_or_prefix);

-- name: GetKeyByHash :one
SELECT sqlc.embed(api_key), customer.name AS customer
FROM api_key JOIN customer ON customer.id = api_key.customer_id WHERE api_key.hash = $1;

-- name: RevokeKey :execrows
UPDATE api_key SET revoked_at = COALESCE(revoked_at, sqlc.arg(at)), keep_tokens = sqlc.arg(keep_tokens)
WHERE id = sqlc.arg(id) AND (revoked_at IS NULL OR keep_tokens AND NOT sqlc.arg(keep_tokens));

-- ExpireKey lets a valid key that is replaced end at a time, unless it ends before.
-- name: ExpireKey :execrows
UPDATE api_key SET keep_tokens = sqlc.arg(keep_tokens), replaced_at = sqlc.arg(now), expires_at = CASE WHEN expires_at < sqlc.arg(at) THEN expires_at ELSE sqlc.arg(at) END
WHERE id = sqlc.arg(id) AND revoked_at IS NULL;

-- name: TouchKey :exec
UPDATE api_key SET last_used_at = sqlc.arg(at) WHERE id = sqlc.arg(id);

-- name: InsertSigningKey :exec
INSERT INTO signing_key (id, sealed, created_at) VALUES ($1, $2, $3);

-- name: ListSigningKeys :many
SELECT * FROM signing_key ORDER BY created_at DESC, id DESC;

-- name: RetireSigningKeys :exec
UPDATE signing_key SET retired_at = sqlc.arg(at) WHERE retired_at IS NULL;

-- name: DeleteSigningKeys :exec
DELETE FROM signing_key WHERE retired_at < sqlc.arg(before);

-- name: RevokeToken :exec
INSERT INTO revoked_token (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING;

-- CountRevoked finds what ended a token: itself, or the key that made it.
-- name: CountRevoked :one
SELECT count(*) FROM (
  SELECT id FROM revoked_token WHERE revoked_token.id = sqlc.arg(token_id)
  UNION ALL
  SELECT id FROM api_key WHERE api_key.id = sqlc.arg(key_id) AND (api_key.revoked_at IS NOT NULL OR api_key.expires_at <= sqlc.arg(now)) AND NOT api_key.keep_tokens
) AS ended;

-- name: DeleteRevokedTokens :exec
DELETE FROM revoked_token WHERE expires_at < sqlc.arg(before);
