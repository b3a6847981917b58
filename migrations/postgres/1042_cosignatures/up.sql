-- What a witness signed stays, as it signed it.
CREATE TRIGGER cosignatures_stay BEFORE UPDATE OR DELETE ON cosignatures
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cosignatures_are_kept BEFORE TRUNCATE ON cosignatures EXECUTE FUNCTION refuse_change();
