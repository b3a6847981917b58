-- Who keeps time: one process, until its lease ends by the database's clock. Every new holder raises the
-- fence, so that a command of the one before it is refused in its own transaction.
CREATE TABLE scheduler (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    owner TEXT,
    fence BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);
INSERT INTO scheduler (id, owner, fence, lease_until) VALUES (1, NULL, 0, 0);

-- One run for each tick of a job, whoever runs it. One without an end is taken over; one that was asked for
-- by somebody and has not begun has no fence yet.
CREATE TABLE job_run (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    cause TEXT NOT NULL,
    fence BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    begun_at BIGINT,
    ended_at BIGINT,
    outcome TEXT,
    done BIGINT NOT NULL,
    PRIMARY KEY (job, tick),
    CHECK (cause IN ('schedule', 'hand')),
    CHECK (outcome IN ('done', 'failed')),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX job_run_open ON job_run (job, tick) WHERE ended_at IS NULL;
CREATE INDEX job_run_ended ON job_run (ended_at) WHERE ended_at IS NOT NULL;

-- What the kill switch stops, until it is released.
CREATE TABLE halts (
    scope TEXT PRIMARY KEY,
    reason_c TEXT NOT NULL,
    person TEXT,
    leaf BIGINT NOT NULL UNIQUE,
    halted_at BIGINT NOT NULL
);
