-- That a procedure was retired stays true of that version.
CREATE TRIGGER sop_retirements_stay BEFORE UPDATE ON sop_retirements
BEGIN SELECT RAISE(ABORT, 'what was retired stays so'); END;
CREATE TRIGGER sop_retirements_are_kept BEFORE DELETE ON sop_retirements
BEGIN SELECT RAISE(ABORT, 'what was retired stays so'); END;
