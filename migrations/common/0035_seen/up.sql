-- Up to where somebody has looked at an exception, so that they are shown what changed since: the version and the
-- number of its last event, and those of the look before, at what was another dossier. No event, and nothing follows.
CREATE TABLE seen (
    person TEXT NOT NULL,
    exception TEXT NOT NULL,
    version BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    earlier_seq BIGINT,
    earlier_at BIGINT,
    PRIMARY KEY (person, exception),
    CHECK ((earlier_seq IS NULL) = (earlier_at IS NULL))
);
CREATE INDEX seen_by_age ON seen (looked_at);
