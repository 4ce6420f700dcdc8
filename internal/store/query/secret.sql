-- name: InsertSecretCheck :exec
INSERT INTO secret_check (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING;

-- name: GetSecretCheck :one
SELECT sealed FROM secret_check WHERE id = 1;

-- name: CountAPIKeys :one
SELECT count(*) FROM api_key;

-- name: ListKeyrings :many
SELECT * FROM keyring ORDER BY created_at, id;

-- name: PutKeyring :exec
INSERT INTO keyring (id, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed;

-- name: DeleteOtherKeyrings :execrows
DELETE FROM keyring WHERE id <> $1;
