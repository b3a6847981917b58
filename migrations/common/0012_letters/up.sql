-- A mailbox holds letters that are about no exception too; threads are read by exception and person.
CREATE TABLE letters_to (
    letter TEXT NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    exception TEXT REFERENCES exceptions (id),
    at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    mailed_at BIGINT,
    read_at BIGINT,
    digest BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (letter, person)
);
INSERT INTO letters_to (letter, person, kind, subject, body, exception, at, seq, mailed_at, read_at, digest)
    SELECT letter, person, kind, subject, body, exception, at, seq, mailed_at, read_at, digest FROM mailbox;
DROP TABLE mailbox;
ALTER TABLE letters_to RENAME TO mailbox;
CREATE INDEX mailbox_by_person ON mailbox (person, at, seq, letter);
CREATE INDEX mailbox_by_thread ON mailbox (exception, person);
CREATE INDEX mailbox_for_digest ON mailbox (person, at) WHERE digest AND mailed_at IS NULL;
CREATE INDEX mailbox_mailed ON mailbox (person, mailed_at) WHERE mailed_at IS NOT NULL;

-- Whose code was typed in a browser.
CREATE INDEX mail_codes_by_pass ON mail_codes (pass) WHERE pass IS NOT NULL;

-- What a process that ended had in hand.
CREATE INDEX outbox_leased ON outbox (lease_until) WHERE lease_until IS NOT NULL;
