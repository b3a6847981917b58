-- The version of a procedure that is tried on what happens, without effect; at most one of each procedure.
CREATE TABLE sop_shadows (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL REFERENCES documents (hash),
    leaf BIGINT NOT NULL,
    begun_at BIGINT NOT NULL
);
