-- What was answered or settled stays so, and nothing is deleted.
CREATE TRIGGER concerns_end_once BEFORE UPDATE ON concerns
FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER concerns_are_kept BEFORE DELETE ON concerns FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER concerns_stay BEFORE TRUNCATE ON concerns EXECUTE FUNCTION refuse_change();
