-- name: InsertSecretCheck :exec
INSERT INTO secret_check (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING;

-- name: GetSecretCheck :one
SELECT sealed FROM secret_check WHERE id = 1;

-- name: CountAPIKeys :one
SELECT count(*) FROM api_key;
