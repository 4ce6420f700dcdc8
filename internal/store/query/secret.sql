-- name: InsertSecretCheck :exec
INSERT INTO secret_check (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING;

-- name: GetSecretCheck :one
SELECT sealed FROM secret_check WHERE id = 1;

-- name: CountAPIKeys :one
SELECT count(*) FROM api_key;

-- name: ListKeyrings :many
SELECT * FROM keyring ORDER BY created_at, id;

-- name: InsertKeyring :exec
INSERT INTO keyring (id, sealed, created_at) VALUES ($1, $2, $3);

-- name: DeleteKeyrings :exec
DELETE FROM keyring;
