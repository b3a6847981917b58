-- A filter that some in a thousand to one in fifty meet is too common to be gathered and too rare to be met on the
-- way along a sort. What has such a value is kept in every order besides: `ordered` is the list under which.
ALTER TABLE facet_counts ADD COLUMN ordered BIGINT;
ALTER TABLE term_counts ADD COLUMN ordered BIGINT;

-- Of each such list and each sort that is not the number: the exceptions by what they are sorted by (`place`:
-- microseconds, or the rank of a tier). Derived from the record: the program fills it and follows it.
CREATE TABLE exception_orders (
    list BIGINT NOT NULL,
    sort INTEGER NOT NULL,
    place BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (list, sort, place, serial)
);
CREATE INDEX exception_orders_by_serial ON exception_orders (serial, sort, list);

-- How often the lists were others: what a process knows of them holds for one such number.
ALTER TABLE ledger_head ADD COLUMN orders BIGINT NOT NULL DEFAULT 0;
