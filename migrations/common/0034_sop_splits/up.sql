-- The splits of procedures, those that are over too: what ran on a version that was split off is judged by it later.
-- Its text is among the documents.
CREATE TABLE sop_splits (
    id TEXT PRIMARY KEY,
    sop TEXT NOT NULL,
    body TEXT NOT NULL,
    ended BOOLEAN NOT NULL,
    leaf BIGINT NOT NULL UNIQUE
);
-- One at a time of each procedure.
CREATE UNIQUE INDEX sop_splits_one_open ON sop_splits (sop) WHERE NOT ended;
CREATE INDEX sop_splits_by_sop ON sop_splits (sop, leaf);
