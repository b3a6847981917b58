-- How many events the roster has, in the row that every batch takes first: who read people before sees whether
-- they are still the same.
ALTER TABLE ledger_head ADD COLUMN roster BIGINT NOT NULL DEFAULT 0;
UPDATE ledger_head SET roster = (SELECT COALESCE(MAX(seq), 0) FROM leaves WHERE subject_kind = 'roster');
