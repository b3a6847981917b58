-- When the present period of an exception ends, where it has one: what budgets count the days of. The program
-- writes it for what was there before.
ALTER TABLE exceptions ADD COLUMN ends_at BIGINT;

-- Concerns as they were raised, and how each ended. `topic` is what it is about, in one form.
CREATE TABLE concerns (
    id TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    figures TEXT NOT NULL,
    leaf BIGINT NOT NULL UNIQUE,
    raised_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,
    response TEXT,
    CHECK (state IN ('open', 'answered', 'settled')),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'answered') = (response IS NOT NULL))
);
-- Nobody is asked the same twice at once.
CREATE UNIQUE INDEX concerns_one_open ON concerns (topic) WHERE state = 'open';
CREATE INDEX concerns_by_topic ON concerns (topic, leaf);
CREATE INDEX concerns_by_state ON concerns (state, id);
-- What was due in a span, open or closed.
CREATE INDEX report_work_by_due ON report_work (due_at, closed_at, serial);
