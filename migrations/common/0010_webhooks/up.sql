-- Endpoints that events are sent to. Address and secrets stand here alone, and are gone with the endpoint.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    medium TEXT NOT NULL,
    owner TEXT NOT NULL REFERENCES people (id),
    description_c TEXT NOT NULL,
    host TEXT NOT NULL,
    events TEXT NOT NULL,
    state TEXT NOT NULL,
    ended_by TEXT,
    url TEXT,
    secret TEXT,
    old_secret TEXT,
    old_until BIGINT,
    -- The leaf that is looked at next.
    position BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- Since when every try failed, and when one was claimed last.
    failing_since BIGINT,
    tried_at BIGINT NOT NULL DEFAULT 0,
    CHECK ((state = 'removed') = (url IS NULL)),
    CHECK ((old_secret IS NULL) = (old_until IS NULL))
);
CREATE INDEX webhooks_enabled ON webhooks (position) WHERE state = 'enabled';

-- Parts of the ledger that an endpoint is sent once more.
CREATE TABLE webhook_replays (
    leaf BIGINT PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhooks (id),
    next BIGINT NOT NULL,
    until BIGINT NOT NULL
);

-- One event on its way to one endpoint.
CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhooks (id),
    leaf BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- All tries, and how many of them were before the last replay.
    attempts INTEGER NOT NULL,
    base INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    UNIQUE (webhook, leaf)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_lease ON webhook_deliveries (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (next_at) WHERE state <> 'waiting';

-- What came of each try: a status, or why there was none.
CREATE TABLE webhook_attempts (
    delivery TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    at BIGINT NOT NULL,
    millis BIGINT NOT NULL,
    status INTEGER,
    error TEXT,
    PRIMARY KEY (delivery, attempt)
);
