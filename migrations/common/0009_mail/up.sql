-- Letters by where they stand, for those who look after the service; what one claim has in hand.
CREATE INDEX outbox_by_state ON outbox (state, next_at, id);
CREATE INDEX outbox_by_lease ON outbox (lease_owner) WHERE lease_owner IS NOT NULL;

-- How people want to be written to; who said nothing has no row.
CREATE TABLE preferences (
    person TEXT PRIMARY KEY REFERENCES people (id),
    body TEXT NOT NULL,
    leaf BIGINT NOT NULL
);

-- What waits for a digest.
ALTER TABLE mailbox ADD COLUMN digest BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX mailbox_for_digest ON mailbox (person, at) WHERE digest AND mailed_at IS NULL;
CREATE INDEX mailbox_mailed ON mailbox (person, mailed_at) WHERE mailed_at IS NOT NULL;

-- Links by which approvers decide, by the hash of their secret alone. A use is part of the decision.
CREATE TABLE mail_links (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    exception TEXT NOT NULL REFERENCES exceptions (id),
    round INTEGER NOT NULL,
    dossier TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id),
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,
    codes INTEGER NOT NULL DEFAULT 0,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX mail_links_open ON mail_links (exception, person) WHERE ended_at IS NULL;

-- The code of a link that was sent last: its hash, how often it was mistyped, and once it was right the
-- hash of what the browser that typed it shows.
CREATE TABLE mail_codes (
    link TEXT PRIMARY KEY REFERENCES mail_links (id),
    hash TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    wrong INTEGER NOT NULL,
    pass TEXT,
    passed_at BIGINT
);

-- Links by which a digest is cancelled (RFC 8058), by the hash of their secret alone.
CREATE TABLE unsubscribes (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    issued_at BIGINT NOT NULL
);
CREATE INDEX unsubscribes_by_age ON unsubscribes (issued_at);
