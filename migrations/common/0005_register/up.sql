-- Which laws hold: moves with every published version of a procedure or of the register, in the row that
-- every batch of writes takes anyway, so that each replica sees the move before it decides.
ALTER TABLE ledger_head ADD COLUMN laws TEXT NOT NULL DEFAULT '';

-- Canonical JSON by its SHA-256: what events name and do not hold.
CREATE TABLE documents (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL
);

-- The register: policies, regulations and systems, each in all its versions.
CREATE TABLE register_versions (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    weight TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES documents (hash),
    leaf BIGINT NOT NULL UNIQUE,
    published_at BIGINT NOT NULL,
    published_by TEXT,
    PRIMARY KEY (kind, id, version),
    CHECK (kind IN ('policy', 'regulation', 'system')),
    CHECK (weight IN ('editorial', 'material')),
    CHECK (version > 0)
);

-- Exceptions that a material version made stale and that were not reopened yet: work to be done, no record.
CREATE TABLE stale (
    exception TEXT NOT NULL REFERENCES exceptions (id),
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (exception, kind, id)
);
