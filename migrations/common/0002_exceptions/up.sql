-- The ledger: one leaf for every event, in commit order, dense. Leaves are the level 0 of the tree.
CREATE TABLE leaves (
    idx BIGINT PRIMARY KEY,
    hash TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (subject_kind, subject, seq)
);

-- Complete subtrees above the leaves (RFC 6962 2.1).
CREATE TABLE nodes (
    level INTEGER NOT NULL,
    idx BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (level, idx)
);

-- What opens the commitments in leaves: the one place of free text and personal data.
CREATE TABLE openings (
    commitment TEXT PRIMARY KEY,
    salt TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE INDEX openings_by_subject ON openings (subject_kind, subject);

-- The exceptions: the fold of their events (body), and what lists and rules select by.
CREATE TABLE exceptions (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    seq BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    tier TEXT,
    kind TEXT,
    requester TEXT NOT NULL,
    business_unit TEXT,
    confidential BOOLEAN NOT NULL,
    sop TEXT NOT NULL,
    sop_version INTEGER NOT NULL,
    drafted_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    due_at BIGINT,
    starts_at BIGINT,
    effective_until BIGINT,
    wake_at BIGINT,
    authority_round INTEGER,
    authority_dossier TEXT,
    title TEXT,
    body TEXT NOT NULL
);
-- Lists by state, newest first; by requester; what the clock has to look at; what ends soon.
CREATE INDEX exceptions_by_state ON exceptions (state, changed_at, id);
CREATE INDEX exceptions_by_change ON exceptions (changed_at, id);
CREATE INDEX exceptions_by_requester ON exceptions (requester, changed_at, id);
CREATE INDEX exceptions_by_tier ON exceptions (tier, changed_at, id);
CREATE INDEX exceptions_by_kind ON exceptions (kind, changed_at, id);
CREATE INDEX exceptions_by_unit ON exceptions (business_unit, changed_at, id);
CREATE INDEX exceptions_by_end ON exceptions (effective_until, id);
CREATE INDEX exceptions_by_due ON exceptions (due_at, id);
CREATE INDEX exceptions_to_wake ON exceptions (wake_at) WHERE wake_at IS NOT NULL;

-- Where an exception applies, what it deviates from, who has to do with it.
CREATE TABLE exception_facets (
    exception TEXT NOT NULL REFERENCES exceptions (id),
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (facet, value, exception)
);
CREATE INDEX exception_facets_by_exception ON exception_facets (exception, facet);

-- One human one vote, one principal one slot, in every round.
CREATE TABLE approvals (
    exception TEXT NOT NULL REFERENCES exceptions (id),
    round INTEGER NOT NULL,
    dossier TEXT NOT NULL,
    human TEXT NOT NULL,
    principal TEXT NOT NULL,
    leaf BIGINT NOT NULL,
    at BIGINT NOT NULL,
    voided BOOLEAN NOT NULL,
    PRIMARY KEY (exception, leaf)
);
CREATE UNIQUE INDEX approvals_one_human ON approvals (exception, round, human) WHERE NOT voided;
CREATE UNIQUE INDEX approvals_one_principal ON approvals (exception, round, principal) WHERE NOT voided;
CREATE INDEX approvals_by_human ON approvals (human) WHERE NOT voided;
CREATE INDEX approvals_by_principal ON approvals (principal) WHERE NOT voided;

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    exception TEXT NOT NULL REFERENCES exceptions (id),
    step TEXT NOT NULL,
    work TEXT NOT NULL,
    roles TEXT NOT NULL,
    assignee TEXT,
    opened_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    closed_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX tasks_open_by_due ON tasks (due_at, id) WHERE closed_at IS NULL;
CREATE INDEX tasks_by_assignee ON tasks (assignee, due_at) WHERE closed_at IS NULL;
CREATE INDEX tasks_by_exception ON tasks (exception);

-- Letters, written with the change that they tell of.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    dedupe_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    last_error TEXT,
    state TEXT NOT NULL
);
CREATE INDEX outbox_waiting ON outbox (next_at) WHERE state = 'waiting';

-- Which request led to which events, for a day.
CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    verb TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    events INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (principal, verb, key)
);
CREATE INDEX idempotency_by_age ON idempotency (at);

-- The last number given out in each year.
CREATE TABLE numbers (
    year INTEGER PRIMARY KEY,
    last BIGINT NOT NULL
);

-- Refused attempts, counted per person and hour.
CREATE TABLE attempts (
    person TEXT NOT NULL,
    hour BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (person, hour)
);

-- Published procedures, immutable.
CREATE TABLE sops (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    leaf BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (id, version)
);
