-- Batches: all that one cause changes of exceptions by itself, named by the cause. What is counted in `dealt` and
-- `refused` is counted since it began or was last let go on.
CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER,
    begun_at BIGINT NOT NULL,
    begun_by TEXT,
    dealt BIGINT NOT NULL DEFAULT 0,
    refused BIGINT NOT NULL DEFAULT 0,
    held_at BIGINT,
    held_by TEXT,
    hold TEXT,
    reverted_at BIGINT,
    reverted_by TEXT
);
CREATE INDEX batches_by_time ON batches (begun_at, id);
CREATE INDEX batches_by_cause ON batches (kind, name);

-- The exceptions that each touches, as they were when it began; what has no outcome yet is work to be done. With
-- `version` an exception came out of it; `reversal` is what taking the batch back did to it.
CREATE TABLE batch_members (
    batch TEXT NOT NULL REFERENCES batches (id),
    exception TEXT NOT NULL REFERENCES exceptions (id),
    serial BIGINT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    settled_at BIGINT,
    version BIGINT,
    reversal TEXT,
    PRIMARY KEY (batch, exception),
    CHECK (outcome IN ('reopened', 'refused', 'suspended', 'noted', 'untouched', 'superseded', 'cancelled')),
    CHECK (reversal IN ('reverted', 'moved', 'suspended', 'ended', 'concerned', 'noted')),
    CHECK ((outcome IS NULL) = (settled_at IS NULL))
);
CREATE INDEX batch_members_in_order ON batch_members (batch, serial);
CREATE INDEX batch_members_open ON batch_members (batch, serial) WHERE outcome IS NULL;
CREATE INDEX batch_members_to_revert ON batch_members (batch, serial) WHERE outcome = 'reopened' AND reversal IS NULL;
CREATE INDEX batch_members_by_exception ON batch_members (exception);

-- What is under way now goes on as batches.
INSERT INTO batches (id, kind, name, version, begun_at, begun_by)
SELECT DISTINCT s.kind || ':' || s.id || ':' || CAST(s.version AS TEXT), s.kind, s.id, s.version, r.published_at, r.published_by
FROM stale s JOIN register_versions r ON r.kind = s.kind AND r.id = s.id AND r.version = s.version;
INSERT INTO batch_members (batch, exception, serial, state)
SELECT b.id, s.exception, e.serial, e.state FROM stale s
JOIN batches b ON b.kind = s.kind AND b.name = s.id AND b.version = s.version
JOIN exceptions e ON e.id = s.exception;
INSERT INTO batches (id, kind, name, begun_at, begun_by)
SELECT 'incident:' || i.id, 'incident', i.id, i.reported_at, i.reported_by FROM incidents i
WHERE EXISTS (SELECT 1 FROM incident_touches t WHERE t.incident = i.id AND t.outcome IS NULL);
INSERT INTO batch_members (batch, exception, serial, state)
SELECT b.id, t.exception, t.serial, t.state FROM incident_touches t
JOIN batches b ON b.kind = 'incident' AND b.name = t.incident WHERE t.outcome IS NULL;
