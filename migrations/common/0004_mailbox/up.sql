-- What was delivered to people inside the service. A letter to a role has a row for each of its holders.
CREATE TABLE mailbox (
    letter TEXT NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    exception TEXT NOT NULL REFERENCES exceptions (id),
    at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    mailed_at BIGINT,
    read_at BIGINT,
    PRIMARY KEY (letter, person)
);
CREATE INDEX mailbox_by_person ON mailbox (person, at, seq, letter);
CREATE INDEX mailbox_by_exception ON mailbox (exception);
-- Letters that were given up, for those who look after the service.
CREATE INDEX outbox_dead ON outbox (next_at) WHERE state = 'dead';
