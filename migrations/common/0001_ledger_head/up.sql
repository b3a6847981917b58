-- The head of the ledger: every batch of writes takes this row first.
CREATE TABLE ledger_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL,
    frontier TEXT NOT NULL,
    at BIGINT NOT NULL
);
INSERT INTO ledger_head (id, size, frontier, at) VALUES (1, 0, '', 0);
