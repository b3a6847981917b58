-- What was kept in another register and which exception it is here: the same row of it is imported once.
CREATE TABLE imports (
    source TEXT NOT NULL,
    reference TEXT NOT NULL,
    exception TEXT NOT NULL UNIQUE REFERENCES exceptions (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (source, reference)
);
