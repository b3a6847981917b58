-- The least that a decision needs: the thing decided, its event, its letter. 100,000 rows to choose from.
CREATE TABLE exc (
  id bigint PRIMARY KEY, status text NOT NULL, version int NOT NULL, body text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, exc_id bigint NOT NULL, seq int NOT NULL, hash bytea NOT NULL,
  body text NOT NULL, at timestamptz NOT NULL DEFAULT now(), UNIQUE (exc_id, seq));
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id bigint NOT NULL, kind text NOT NULL,
  payload text NOT NULL, due timestamptz NOT NULL DEFAULT now());
INSERT INTO exc SELECT n, 'pending', 1, repeat('x', 400) FROM generate_series(1, 100000) n;
CREATE INDEX exc_status ON exc (status, updated_at);
VACUUM ANALYZE exc;
