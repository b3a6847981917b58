-- Drafts are nobody's history: whoever keeps thousands of them does not make each submission read them.
DROP INDEX exceptions_by_requester;
DROP INDEX exceptions_by_unit;
DROP INDEX exceptions_by_kind;
CREATE INDEX exceptions_filed_by_requester ON exceptions (requester, changed_at, id) WHERE state <> 'draft';
CREATE INDEX exceptions_filed_by_unit ON exceptions (business_unit, changed_at, id) WHERE state <> 'draft';
CREATE INDEX exceptions_filed_by_kind ON exceptions (kind, changed_at, id) WHERE state <> 'draft';
