-- The links by which an empty database gets its first administrator, by the hash of their secret alone.
-- Like sessions they are no part of the record; what one led to is.
CREATE TABLE setup_links (
    hash TEXT PRIMARY KEY,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
