CREATE FUNCTION ledger_head_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger keeps its head';
END $$;
CREATE TRIGGER ledger_head_stays BEFORE DELETE ON ledger_head
    FOR EACH ROW EXECUTE FUNCTION ledger_head_stays();
