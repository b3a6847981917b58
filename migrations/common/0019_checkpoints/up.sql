-- What was signed of the ledger: one root for each size, whoever signs it.
CREATE TABLE checkpoints (
    size BIGINT PRIMARY KEY,
    root TEXT NOT NULL,
    note TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Why nothing is signed any more, while that is so.
CREATE TABLE ledger_alarm (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at BIGINT NOT NULL,
    why TEXT NOT NULL
);
