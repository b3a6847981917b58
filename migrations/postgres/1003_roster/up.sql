-- Nobody and nothing of the roster is deleted; a grant only ends, a decided change stays as it is.
CREATE TRIGGER people_are_kept BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grants_are_kept BEFORE DELETE ON grants FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER delegations_are_kept BEFORE DELETE ON delegations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tokens_are_kept BEFORE DELETE ON tokens FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER changes_are_kept BEFORE DELETE ON changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grants_only_end BEFORE UPDATE ON grants FOR EACH ROW
WHEN (NEW.id <> OLD.id OR NEW.person <> OLD.person OR NEW.human <> OLD.human OR NEW.role <> OLD.role
    OR NEW.domain <> OLD.domain OR NEW.leaf <> OLD.leaf OR OLD.removed_leaf IS NOT NULL)
EXECUTE FUNCTION refuse_change();
CREATE TRIGGER changes_are_decided_once BEFORE UPDATE ON changes FOR EACH ROW
WHEN (OLD.state <> 'open' OR NEW.id <> OLD.id OR NEW.action <> OLD.action OR NEW.hash <> OLD.hash
    OR NEW.proposed_by IS DISTINCT FROM OLD.proposed_by OR NEW.alone <> OLD.alone)
EXECUTE FUNCTION refuse_change();
