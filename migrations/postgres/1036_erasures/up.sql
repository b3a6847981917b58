-- That somebody was erased stays, with what went and who was told; how far it has come outside is noted once.
CREATE TRIGGER erasures_stay BEFORE UPDATE OF leaf, person, accounts, erased_at, again, texts ON erasures
FOR EACH ROW WHEN (OLD.leaf IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasures_are_swept_once BEFORE UPDATE OF swept_at, rewritten_at ON erasures
FOR EACH ROW WHEN (OLD.swept_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasures_are_kept BEFORE DELETE ON erasures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasures_stay_whole BEFORE TRUNCATE ON erasures EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erased_files_stay BEFORE UPDATE ON erased_files
FOR EACH ROW WHEN (OLD.removed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erased_files_are_kept BEFORE DELETE ON erased_files FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erased_files_stay_whole BEFORE TRUNCATE ON erased_files EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_receipts_are_kept BEFORE DELETE ON erasure_receipts
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_receipts_stay_whole BEFORE TRUNCATE ON erasure_receipts EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erased_cases_stay BEFORE UPDATE ON erased_cases
FOR EACH ROW WHEN (OLD.done_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erased_cases_are_kept BEFORE DELETE ON erased_cases FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erased_cases_stay_whole BEFORE TRUNCATE ON erased_cases EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retired_stay BEFORE UPDATE OR DELETE ON retired FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retired_stay_whole BEFORE TRUNCATE ON retired EXECUTE FUNCTION refuse_change();
