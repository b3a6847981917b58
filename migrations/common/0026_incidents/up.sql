-- Incidents as they were reported; texts stand in them as commitments.
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    leaf BIGINT NOT NULL UNIQUE,
    reported_at BIGINT NOT NULL,
    reported_by TEXT
);

-- The exceptions that each touched, as they were when it was reported. What has no outcome yet is work to be done.
CREATE TABLE incident_touches (
    incident TEXT NOT NULL REFERENCES incidents (id),
    exception TEXT NOT NULL REFERENCES exceptions (id),
    serial BIGINT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    settled_at BIGINT,
    PRIMARY KEY (incident, exception),
    CHECK (outcome IN ('reopened', 'suspended', 'noted', 'ended')),
    CHECK ((outcome IS NULL) = (settled_at IS NULL))
);
CREATE INDEX incident_touches_in_order ON incident_touches (incident, serial);
CREATE INDEX incident_touches_open ON incident_touches (serial, incident) WHERE outcome IS NULL;
