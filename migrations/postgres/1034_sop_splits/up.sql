-- A split that is over stays so, and nothing is deleted.
CREATE TRIGGER sop_splits_end_once BEFORE UPDATE ON sop_splits
FOR EACH ROW WHEN (OLD.ended) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sop_splits_are_kept BEFORE DELETE ON sop_splits FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sop_splits_stay BEFORE TRUNCATE ON sop_splits EXECUTE FUNCTION refuse_change();
