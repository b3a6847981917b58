-- That a procedure was retired stays true of that version.
CREATE TRIGGER sop_retirements_stay BEFORE UPDATE OR DELETE ON sop_retirements
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sop_retirements_are_kept BEFORE TRUNCATE ON sop_retirements EXECUTE FUNCTION refuse_change();
