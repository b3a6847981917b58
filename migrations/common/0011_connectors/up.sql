-- What leaves for other systems stands in the outbox too, in a lane for each, so that none waits for another;
-- of one exception in order: a stream, and the place in it.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT 'letters';
ALTER TABLE outbox ADD COLUMN stream TEXT;
ALTER TABLE outbox ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (lane, next_at) WHERE state = 'waiting';
CREATE INDEX outbox_streams ON outbox (stream, place) WHERE state = 'waiting' AND stream IS NOT NULL;

-- Which record of another system an exception has there: created by a connector, or the one that it came from.
CREATE TABLE tickets (
    system TEXT NOT NULL,
    exception TEXT NOT NULL REFERENCES exceptions (id),
    ticket TEXT NOT NULL,
    url TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (system, exception)
);

-- What is used of what is configured.
CREATE TABLE connections (
    name TEXT PRIMARY KEY,
    used BIGINT NOT NULL,
    last_used_at BIGINT,
    last_failed_at BIGINT,
    last_error TEXT
);
