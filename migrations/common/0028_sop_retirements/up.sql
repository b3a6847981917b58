-- With which version a procedure was retired. A newer version takes it back into use.
CREATE TABLE sop_retirements (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    leaf BIGINT NOT NULL,
    retired_at BIGINT NOT NULL,
    PRIMARY KEY (id, version),
    FOREIGN KEY (id, version) REFERENCES sops (id, version)
);
