-- What a witness signed stays, as it signed it.
CREATE TRIGGER cosignatures_stay BEFORE UPDATE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'a cosignature never changes'); END;
CREATE TRIGGER cosignatures_are_kept BEFORE DELETE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'a cosignature never changes'); END;
