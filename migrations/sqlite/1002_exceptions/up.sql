-- The ledger is append-only.
CREATE TRIGGER leaves_stay BEFORE UPDATE ON leaves BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER leaves_are_kept BEFORE DELETE ON leaves BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER nodes_stay BEFORE UPDATE ON nodes BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER nodes_are_kept BEFORE DELETE ON nodes BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER sops_stay BEFORE UPDATE ON sops BEGIN SELECT RAISE(ABORT, 'a published procedure never changes'); END;
CREATE TRIGGER sops_are_kept BEFORE DELETE ON sops BEGIN SELECT RAISE(ABORT, 'a published procedure never changes'); END;
CREATE TRIGGER exceptions_are_kept BEFORE DELETE ON exceptions BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER approvals_are_kept BEFORE DELETE ON approvals BEGIN SELECT RAISE(ABORT, 'votes are never deleted'); END;
CREATE TRIGGER approvals_only_void BEFORE UPDATE ON approvals
WHEN NEW.exception <> OLD.exception OR NEW.round <> OLD.round OR NEW.dossier <> OLD.dossier OR NEW.human <> OLD.human
    OR NEW.principal <> OLD.principal OR NEW.leaf <> OLD.leaf OR (OLD.voided AND NOT NEW.voided)
BEGIN SELECT RAISE(ABORT, 'votes are only ever voided'); END;
CREATE TRIGGER final_states_are_final BEFORE UPDATE OF state ON exceptions
WHEN OLD.state IN ('rejected', 'withdrawn', 'expired', 'revoked', 'closed') AND NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'final states are never left'); END;
-- Nothing is in effect without two people who approved exactly this dossier in this round.
CREATE TRIGGER effect_needs_two_people BEFORE UPDATE ON exceptions
WHEN NEW.state IN ('active', 're_review') AND (
    NEW.authority_round IS NULL OR NEW.authority_dossier IS NULL
    OR OLD.state NOT IN ('active', 're_review') OR OLD.authority_round IS NOT NEW.authority_round
    OR OLD.authority_dossier IS NOT NEW.authority_dossier)
AND (SELECT MIN(COUNT(DISTINCT human), COUNT(DISTINCT principal)) FROM approvals
     WHERE exception = NEW.id AND round = NEW.authority_round AND dossier = NEW.authority_dossier AND NOT voided) < 2
BEGIN SELECT RAISE(ABORT, 'effect needs two people'); END;
CREATE TRIGGER nobody_is_born_in_effect BEFORE INSERT ON exceptions WHEN NEW.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'an exception begins as a draft'); END;
