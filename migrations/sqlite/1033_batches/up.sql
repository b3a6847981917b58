-- What was taken back stays so, and nothing is deleted but a batch that touched nothing.
CREATE TRIGGER batches_revert_once BEFORE UPDATE ON batches WHEN OLD.reverted_at IS NOT NULL AND NEW.reverted_at IS NOT OLD.reverted_at
BEGIN SELECT RAISE(ABORT, 'a batch is taken back once'); END;
CREATE TRIGGER batch_members_are_kept BEFORE DELETE ON batch_members BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
