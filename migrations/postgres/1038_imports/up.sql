-- Where something came from is known once and for good.
CREATE TRIGGER imports_stay BEFORE UPDATE OR DELETE ON imports FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER imports_are_kept BEFORE TRUNCATE ON imports EXECUTE FUNCTION refuse_change();
