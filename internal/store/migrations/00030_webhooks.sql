-- +goose Up

-- Where a customer wants to be told of events, in one environment.
CREATE TABLE webhook (
  id               TEXT PRIMARY KEY,
  customer_id      TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  environment      TEXT NOT NULL,
  url              TEXT NOT NULL,
  description      TEXT NOT NULL,
  events           TEXT NOT NULL, -- a JSON array of types
  with_values      BOOLEAN NOT NULL, -- whether it wants more than ids
  secret           BYTEA NOT NULL, -- sealed; it signs
  old_secret       BYTEA, -- sealed; it signs too, until old_secret_until
  old_secret_until BIGINT,
  created_at       BIGINT NOT NULL,
  disabled_at      BIGINT,
  disabled_why     TEXT NOT NULL, -- empty while enabled
  failing_since    BIGINT, -- the first failure since the last success
  failures         BIGINT NOT NULL, -- without an answer, since the last answer
  paused_until     BIGINT -- nothing is tried before
);
CREATE INDEX webhook_customer ON webhook (customer_id, environment, created_at, id);

-- One event on its way to one webhook. It goes with the user it speaks of.
CREATE TABLE webhook_delivery (
  id          TEXT PRIMARY KEY,
  webhook_id  TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  event_id    TEXT NOT NULL,
  type        TEXT NOT NULL,
  at          BIGINT NOT NULL, -- of the event
  user_id     TEXT REFERENCES users (id) ON DELETE CASCADE, -- null where nobody is spoken of who is still there
  object_id   TEXT NOT NULL, -- of the scan or reading, or empty
  data        TEXT NOT NULL, -- JSON, ids alone
  sealed      BYTEA, -- the values, for those who want them
  created_at  BIGINT NOT NULL,
  status      TEXT NOT NULL, -- pending, delivered, failed
  turn        BIGINT NOT NULL, -- raised by each replay: jobs of an earlier turn are void
  turn_at     BIGINT NOT NULL, -- when this turn began
  attempts    BIGINT NOT NULL, -- of this turn
  next_at     BIGINT, -- of the next attempt, while it is pending
  last_at     BIGINT, -- of the last attempt
  last_status BIGINT, -- the HTTP status of its answer
  last_ms     BIGINT, -- how long it took
  last_fault  TEXT NOT NULL -- why it failed, or empty
);
CREATE INDEX webhook_delivery_page ON webhook_delivery (webhook_id, created_at, id);
CREATE INDEX webhook_delivery_user ON webhook_delivery (user_id);
CREATE INDEX webhook_delivery_age ON webhook_delivery (created_at);

-- +goose Down
DROP TABLE webhook_delivery;
DROP TABLE webhook;
