-- What was answered or settled stays so, and nothing is deleted.
CREATE TRIGGER concerns_end_once BEFORE UPDATE ON concerns WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'what was answered or settled stays so'); END;
CREATE TRIGGER concerns_are_kept BEFORE DELETE ON concerns BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
