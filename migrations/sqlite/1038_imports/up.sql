-- Where something came from is known once and for good.
CREATE TRIGGER imports_stay BEFORE UPDATE ON imports BEGIN SELECT RAISE(ABORT, 'where it came from stays'); END;
CREATE TRIGGER imports_are_kept BEFORE DELETE ON imports BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
