-- What witnesses said of a checkpoint: the line of the signed note, and when by their clock (seconds).
CREATE TABLE cosignatures (
    size BIGINT NOT NULL REFERENCES checkpoints (size),
    witness TEXT NOT NULL,
    line TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (size, witness)
);
CREATE INDEX cosignatures_by_witness ON cosignatures (witness, size);

-- A witness that did not sign when it was asked last: how often in a row, why, and which size it says that it knows.
CREATE TABLE witness_tries (
    witness TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    why TEXT NOT NULL,
    known BIGINT
);
