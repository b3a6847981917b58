-- Accounts. Names and addresses stand here as commitments; the key makes one address one account for ever.
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    human TEXT NOT NULL,
    responsible TEXT REFERENCES people (id),
    active BOOLEAN NOT NULL,
    name_c TEXT NOT NULL,
    email_c TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password TEXT,
    password_temporary BOOLEAN NOT NULL,
    added_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    first_leaf BIGINT NOT NULL UNIQUE,
    CHECK (responsible IS NULL OR (responsible <> id AND password IS NULL AND human = id))
);
CREATE INDEX people_by_human ON people (human);

-- Roles by domain, with the leaves that granted and removed them. `human` is who the account belonged to
-- when it was granted: that two humans once governed is not undone by a merge.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    human TEXT NOT NULL,
    role TEXT NOT NULL,
    domain TEXT NOT NULL,
    leaf BIGINT NOT NULL UNIQUE,
    granted_at BIGINT NOT NULL,
    removed_leaf BIGINT UNIQUE,
    removed_at BIGINT,
    CHECK (role <> 'requester'),
    CHECK ((removed_leaf IS NULL) = (removed_at IS NULL))
);
CREATE INDEX grants_by_person ON grants (person) WHERE removed_leaf IS NULL;
CREATE INDEX grants_by_role ON grants (role) WHERE removed_leaf IS NULL;
-- Who administers, and who ever did.
CREATE INDEX grants_of_offices ON grants (role, human) WHERE role IN ('governance', 'admin');

CREATE TABLE delegations (
    id TEXT PRIMARY KEY,
    from_person TEXT NOT NULL REFERENCES people (id),
    to_person TEXT NOT NULL REFERENCES people (id),
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    leaf BIGINT NOT NULL UNIQUE,
    ended_at BIGINT,
    CHECK (from_person <> to_person),
    CHECK (starts < ends)
);
CREATE INDEX delegations_to ON delegations (to_person) WHERE ended_at IS NULL;
CREATE INDEX delegations_from ON delegations (from_person) WHERE ended_at IS NULL;

-- API tokens, by the hash of the token alone.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    name_c TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    revoked_at BIGINT,
    last_used_at BIGINT,
    CHECK (issued_at < expires_at)
);
CREATE INDEX tokens_by_person ON tokens (person);

-- Sessions, by the hash of the cookie alone. They are no part of the record and may be swept.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    hash TEXT NOT NULL UNIQUE,
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT,
    ended_at BIGINT
);
CREATE INDEX sessions_by_person ON sessions (person) WHERE ended_at IS NULL;

-- What lowers a protection: proposed by one, confirmed by another, or marked as done alone.
CREATE TABLE changes (
    id TEXT PRIMARY KEY,
    action TEXT NOT NULL,
    hash TEXT NOT NULL,
    proposed_by TEXT REFERENCES people (id),
    proposed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT REFERENCES people (id),
    decided_at BIGINT,
    alone BOOLEAN NOT NULL,
    CHECK (state IN ('open', 'confirmed', 'rejected')),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (state <> 'confirmed' OR alone
        OR (proposed_by IS NOT NULL AND decided_by IS NOT NULL AND proposed_by <> decided_by))
);
CREATE INDEX changes_open ON changes (expires_at) WHERE state = 'open';
