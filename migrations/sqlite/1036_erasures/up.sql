-- That somebody was erased stays, with what went and who was told; how far it has come outside is noted once.
CREATE TRIGGER erasures_stay BEFORE UPDATE OF leaf, person, accounts, erased_at, again, texts ON erasures
BEGIN SELECT RAISE(ABORT, 'an erasure stays as it was'); END;
CREATE TRIGGER erasures_are_swept_once BEFORE UPDATE OF swept_at, rewritten_at ON erasures WHEN OLD.swept_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an erasure is swept once'); END;
CREATE TRIGGER erasures_are_kept BEFORE DELETE ON erasures BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER erased_files_stay BEFORE UPDATE ON erased_files WHEN OLD.removed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a file is removed once'); END;
CREATE TRIGGER erased_files_are_kept BEFORE DELETE ON erased_files
BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER erasure_receipts_are_kept BEFORE DELETE ON erasure_receipts
BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER erased_cases_stay BEFORE UPDATE ON erased_cases WHEN OLD.done_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an exception is seen to once'); END;
CREATE TRIGGER erased_cases_are_kept BEFORE DELETE ON erased_cases
BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER retired_stay BEFORE UPDATE ON retired BEGIN SELECT RAISE(ABORT, 'it went once'); END;
CREATE TRIGGER retired_are_kept BEFORE DELETE ON retired BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
