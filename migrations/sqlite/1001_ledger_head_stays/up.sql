CREATE TRIGGER ledger_head_stays BEFORE DELETE ON ledger_head
BEGIN
    SELECT RAISE(ABORT, 'the ledger keeps its head');
END;
