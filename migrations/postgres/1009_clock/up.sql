-- A tick is run once: what ended stays as it ended. The fence never falls.
CREATE TRIGGER job_run_ends_once BEFORE UPDATE ON job_run FOR EACH ROW
WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER scheduler_stays BEFORE DELETE ON scheduler FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER scheduler_fence_rises BEFORE UPDATE ON scheduler FOR EACH ROW
WHEN (NEW.fence < OLD.fence) EXECUTE FUNCTION refuse_change();
