-- Which draft an inbound message led to: the same message is the same draft. Both names are hashes.
CREATE TABLE intake_drafts (
    source TEXT NOT NULL,
    message TEXT NOT NULL,
    exception TEXT NOT NULL REFERENCES exceptions (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (source, message)
);

-- Deliveries that were taken, for as long as their signature could be believed again.
CREATE TABLE intake_deliveries (
    source TEXT NOT NULL,
    delivery TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (source, delivery)
);
CREATE INDEX intake_deliveries_by_age ON intake_deliveries (at);

-- The newest exceptions of a unit and of a kind: what a request resembles.
CREATE INDEX exceptions_by_unit ON exceptions (business_unit, changed_at, id);
CREATE INDEX exceptions_by_kind ON exceptions (kind, changed_at, id);
