-- What reports are counted from: facts of each exception, folded from its events. They follow the ledger from
-- the place below and can be built anew from it at any time; nothing is decided by them.
CREATE TABLE report_place (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    leaf BIGINT NOT NULL,
    build BIGINT NOT NULL
);
INSERT INTO report_place (id, leaf, build) VALUES (1, 0, 1);

-- One row an exception. Months are numbers such as 202603, in UTC.
CREATE TABLE report_cases (
    serial BIGINT PRIMARY KEY,
    exception TEXT NOT NULL,
    seq BIGINT NOT NULL,
    build BIGINT NOT NULL,
    confidential BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL,
    tier TEXT,
    kind TEXT,
    business_unit TEXT,
    sop TEXT NOT NULL,
    submitted_at BIGINT,
    submitted_month INTEGER,
    decided_at BIGINT,
    decided_month INTEGER,
    granted BOOLEAN NOT NULL,
    resolved_at BIGINT,
    resolved_month INTEGER,
    ended_at BIGINT,
    ended_month INTEGER,
    review_due BIGINT,
    first_pass BOOLEAN,
    submissions INTEGER NOT NULL,
    failed_gates INTEGER NOT NULL,
    returns INTEGER NOT NULL,
    escalations INTEGER NOT NULL,
    reopenings INTEGER NOT NULL
);
-- Each has what is counted of its rows, so that a span is one range of an index.
CREATE INDEX report_cases_submitted ON report_cases
    (submitted_at, submitted_month, submissions, failed_gates, first_pass, confidential, serial)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX report_cases_decided ON report_cases
    (decided_at, decided_month, submitted_at, granted, confidential, serial) WHERE decided_at IS NOT NULL;
CREATE INDEX report_cases_resolved ON report_cases
    (resolved_at, resolved_month, submitted_at, confidential, serial) WHERE resolved_at IS NOT NULL;
CREATE INDEX report_cases_ended ON report_cases (ended_at, ended_month, outcome, confidential, serial)
    WHERE ended_at IS NOT NULL;
CREATE INDEX report_cases_review ON report_cases (review_due, confidential, serial) WHERE review_due IS NOT NULL;

-- Each stay in a state. `until_at`: when an effect that nobody has ended yet ends by itself.
CREATE TABLE report_stays (
    serial BIGINT NOT NULL,
    place INTEGER NOT NULL,
    confidential BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    step TEXT,
    tier TEXT,
    effective BOOLEAN NOT NULL,
    entered_at BIGINT NOT NULL,
    left_at BIGINT,
    until_at BIGINT,
    PRIMARY KEY (serial, place)
);
CREATE INDEX report_stays_entered ON report_stays (entered_at, state, step, left_at, tier, confidential, serial);
CREATE INDEX report_stays_effective ON report_stays (until_at, entered_at, effective, tier, state, confidential, serial)
    WHERE effective;

-- Each task: whose it was, when it was due, and who did it.
CREATE TABLE report_work (
    serial BIGINT NOT NULL,
    task TEXT NOT NULL,
    confidential BOOLEAN NOT NULL,
    step TEXT NOT NULL,
    work TEXT NOT NULL,
    role TEXT,
    assignee TEXT,
    opened_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_month INTEGER,
    closed_by TEXT,
    PRIMARY KEY (serial, task)
);
CREATE INDEX report_work_closed ON report_work
    (closed_at, closed_month, opened_at, due_at, step, role, closed_by, confidential, serial)
    WHERE closed_at IS NOT NULL;
CREATE INDEX report_work_open ON report_work (due_at, closed_at, step, role, assignee, confidential, serial)
    WHERE closed_at IS NULL;

-- Each approval. `seconds`: since its round was opened. `counted`: it was one of a quorum.
CREATE TABLE report_votes (
    serial BIGINT NOT NULL,
    place INTEGER NOT NULL,
    confidential BOOLEAN NOT NULL,
    round INTEGER NOT NULL,
    human TEXT NOT NULL,
    principal TEXT NOT NULL,
    at BIGINT NOT NULL,
    month INTEGER NOT NULL,
    seconds BIGINT NOT NULL,
    delegated BOOLEAN NOT NULL,
    counted BOOLEAN NOT NULL,
    PRIMARY KEY (serial, place)
);
CREATE INDEX report_votes_at ON report_votes (at, month, human, seconds, delegated, counted, confidential, serial);
