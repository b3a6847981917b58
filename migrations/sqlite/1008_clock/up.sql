-- A tick is run once: what ended stays as it ended. The fence never falls.
CREATE TRIGGER job_run_ends_once BEFORE UPDATE ON job_run WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'this run has ended'); END;
CREATE TRIGGER scheduler_stays BEFORE DELETE ON scheduler BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER scheduler_fence_rises BEFORE UPDATE ON scheduler WHEN NEW.fence < OLD.fence
BEGIN SELECT RAISE(ABORT, 'the fence never falls'); END;
