-- What lists are sorted by, beside each value that they are filtered by: so that those with a value are sorted before
-- any of them is looked up. In no index, since every command changes `changed_at`.
ALTER TABLE exception_facets ADD COLUMN changed_at BIGINT;
ALTER TABLE exception_facets ADD COLUMN due_at BIGINT;
ALTER TABLE exception_facets ADD COLUMN effective_until BIGINT;
ALTER TABLE exception_facets ADD COLUMN severity BIGINT;
UPDATE exception_facets SET
    changed_at = (SELECT e.changed_at FROM exceptions e WHERE e.serial = exception_facets.serial),
    due_at = (SELECT e.due_at FROM exceptions e WHERE e.serial = exception_facets.serial),
    effective_until = (SELECT e.effective_until FROM exceptions e WHERE e.serial = exception_facets.serial),
    severity = (SELECT e.severity FROM exceptions e WHERE e.serial = exception_facets.serial);
