-- The ledger is append-only, and nothing that was decided is deleted.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the record is append-only', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER leaves_stay BEFORE UPDATE OR DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER leaves_are_kept BEFORE TRUNCATE ON leaves EXECUTE FUNCTION refuse_change();
CREATE TRIGGER nodes_stay BEFORE UPDATE OR DELETE ON nodes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER nodes_are_kept BEFORE TRUNCATE ON nodes EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sops_stay BEFORE UPDATE OR DELETE ON sops FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exceptions_are_kept BEFORE DELETE ON exceptions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approvals_are_kept BEFORE DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approvals_only_void BEFORE UPDATE ON approvals FOR EACH ROW
WHEN (NEW.exception <> OLD.exception OR NEW.round <> OLD.round OR NEW.dossier <> OLD.dossier OR NEW.human <> OLD.human
    OR NEW.principal <> OLD.principal OR NEW.leaf <> OLD.leaf OR (OLD.voided AND NOT NEW.voided))
EXECUTE FUNCTION refuse_change();
CREATE TRIGGER final_states_are_final BEFORE UPDATE OF state ON exceptions FOR EACH ROW
WHEN (OLD.state IN ('rejected', 'withdrawn', 'expired', 'revoked', 'closed') AND NEW.state <> OLD.state)
EXECUTE FUNCTION refuse_change();
CREATE TRIGGER nobody_is_born_in_effect BEFORE INSERT ON exceptions FOR EACH ROW
WHEN (NEW.state <> 'draft') EXECUTE FUNCTION refuse_change();
-- Nothing is in effect without two people who approved exactly this dossier in this round.
CREATE FUNCTION effect_needs_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT LEAST(COUNT(DISTINCT human), COUNT(DISTINCT principal)) FROM approvals
        WHERE exception = NEW.id AND round = NEW.authority_round AND dossier = NEW.authority_dossier AND NOT voided) < 2 THEN
        RAISE EXCEPTION 'effect needs two people';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER effect_needs_two_people BEFORE UPDATE ON exceptions FOR EACH ROW
WHEN (NEW.state IN ('active', 're_review') AND (
    NEW.authority_round IS NULL OR NEW.authority_dossier IS NULL
    OR OLD.state NOT IN ('active', 're_review') OR OLD.authority_round IS DISTINCT FROM NEW.authority_round
    OR OLD.authority_dossier IS DISTINCT FROM NEW.authority_dossier))
EXECUTE FUNCTION effect_needs_two_people();
