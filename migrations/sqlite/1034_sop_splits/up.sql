-- A split that is over stays so, and nothing is deleted.
CREATE TRIGGER sop_splits_end_once BEFORE UPDATE ON sop_splits WHEN OLD.ended
BEGIN SELECT RAISE(ABORT, 'a split that is over stays so'); END;
CREATE TRIGGER sop_splits_are_kept BEFORE DELETE ON sop_splits BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
