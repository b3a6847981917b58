-- What was signed stays, as it was signed.
CREATE TRIGGER checkpoints_stay BEFORE UPDATE OR DELETE ON checkpoints
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_are_kept BEFORE TRUNCATE ON checkpoints EXECUTE FUNCTION refuse_change();
