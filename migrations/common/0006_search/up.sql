-- `serial`: the place of an exception's first leaf. It rises with the number, never changes, and is what the
-- indexes below are ordered by. `severity`: the tier as a rank.
ALTER TABLE exceptions ADD COLUMN serial BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exceptions ADD COLUMN severity BIGINT;
ALTER TABLE tasks ADD COLUMN serial BIGINT NOT NULL DEFAULT 0;
UPDATE exceptions SET
    serial = (SELECT l.idx FROM leaves l WHERE l.subject_kind = 'exception' AND l.subject = exceptions.id AND l.seq = 1),
    severity = CASE tier WHEN 'low' THEN 1 WHEN 'moderate' THEN 2 WHEN 'high' THEN 3 WHEN 'critical' THEN 4 END;
UPDATE tasks SET serial = (SELECT e.serial FROM exceptions e WHERE e.id = tasks.exception);

-- Filters have an index of their own (exception_facets); what is left are the orders.
DROP INDEX exceptions_by_state;
DROP INDEX exceptions_by_tier;
DROP INDEX exceptions_by_kind;
DROP INDEX exceptions_by_unit;
DROP INDEX exceptions_by_change;
DROP INDEX exceptions_by_end;
DROP INDEX exceptions_by_due;
CREATE UNIQUE INDEX exceptions_by_serial ON exceptions (serial);
CREATE INDEX exceptions_by_change ON exceptions (changed_at, serial);
CREATE INDEX exceptions_by_end ON exceptions (effective_until, serial) WHERE effective_until IS NOT NULL;
CREATE INDEX exceptions_by_due ON exceptions (due_at, serial) WHERE due_at IS NOT NULL;
CREATE INDEX exceptions_by_severity ON exceptions (severity, serial) WHERE severity IS NOT NULL;

-- Everything that lists filter by and that decides who sees an exception, one row for each value, newest
-- exceptions together at the end of each value. Derived from the record: the program rebuilds it.
DROP TABLE exception_facets;
CREATE TABLE exception_facets (
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    serial BIGINT NOT NULL,
    exception TEXT NOT NULL,
    PRIMARY KEY (facet, value, serial)
);
CREATE INDEX exception_facets_by_exception ON exception_facets (exception, facet);
-- How many exceptions have each value: what the form of a query is chosen by.
CREATE TABLE facet_counts (
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (facet, value)
);

-- The words of an exception's texts, folded, for the search by prefix. They come from openings and go with them.
CREATE TABLE exception_terms (
    term TEXT NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (term, serial)
);
CREATE INDEX exception_terms_by_serial ON exception_terms (serial, term);
CREATE TABLE term_counts (
    term TEXT PRIMARY KEY,
    held BIGINT NOT NULL
);

-- Open tasks by who may do them: a row for each role and each domain in which holding it is enough.
-- A task that asks for no role stands under `*`, in `/`.
CREATE TABLE task_seats (
    role TEXT NOT NULL,
    domain TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    task TEXT NOT NULL,
    free BOOLEAN NOT NULL,
    PRIMARY KEY (role, domain, due_at, task)
);
CREATE INDEX task_seats_by_task ON task_seats (task);
DROP INDEX tasks_by_assignee;
CREATE INDEX tasks_by_assignee ON tasks (assignee, due_at, id) WHERE closed_at IS NULL;
DROP INDEX tasks_by_exception;
CREATE INDEX tasks_by_exception ON tasks (exception, due_at, id);
CREATE INDEX tasks_by_serial ON tasks (serial, due_at, id) WHERE closed_at IS NULL;
