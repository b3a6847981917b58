-- Nobody and nothing of the roster is deleted; a grant only ends, a decided change stays as it is.
CREATE TRIGGER people_are_kept BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER grants_are_kept BEFORE DELETE ON grants BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER delegations_are_kept BEFORE DELETE ON delegations BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER tokens_are_kept BEFORE DELETE ON tokens BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER changes_are_kept BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER grants_only_end BEFORE UPDATE ON grants
WHEN NEW.id <> OLD.id OR NEW.person <> OLD.person OR NEW.human <> OLD.human OR NEW.role <> OLD.role
    OR NEW.domain <> OLD.domain OR NEW.leaf <> OLD.leaf OR OLD.removed_leaf IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a grant only ever ends'); END;
CREATE TRIGGER changes_are_decided_once BEFORE UPDATE ON changes
WHEN OLD.state <> 'open' OR NEW.id <> OLD.id OR NEW.action <> OLD.action OR NEW.hash <> OLD.hash
    OR NEW.proposed_by IS NOT OLD.proposed_by OR NEW.alone <> OLD.alone
BEGIN SELECT RAISE(ABORT, 'a change is decided once, as it was proposed'); END;
