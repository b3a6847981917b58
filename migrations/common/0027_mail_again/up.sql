-- The mail that a link stands in: another try of it by another process has another link, and both are open.
ALTER TABLE mail_links ADD COLUMN mail TEXT;

-- The letter that a code was mailed by, and the code of another try of it by another process: either does.
ALTER TABLE mail_codes ADD COLUMN letter TEXT;
ALTER TABLE mail_codes ADD COLUMN earlier TEXT;

-- In which browser, by the hash of what it shows, somebody decided in a round.
CREATE TABLE decision_browsers (
    exception TEXT NOT NULL REFERENCES exceptions (id),
    round INTEGER NOT NULL,
    person TEXT NOT NULL REFERENCES people (id),
    browser TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (exception, round, person)
);
CREATE INDEX decision_browsers_by_age ON decision_browsers (decided_at);
