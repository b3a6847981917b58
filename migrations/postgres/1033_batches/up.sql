-- What was taken back stays so, and nothing is deleted but a batch that touched nothing.
CREATE TRIGGER batches_revert_once BEFORE UPDATE ON batches
FOR EACH ROW WHEN (OLD.reverted_at IS NOT NULL AND NEW.reverted_at IS DISTINCT FROM OLD.reverted_at) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER batch_members_are_kept BEFORE DELETE ON batch_members FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER batch_members_stay BEFORE TRUNCATE ON batch_members EXECUTE FUNCTION refuse_change();
