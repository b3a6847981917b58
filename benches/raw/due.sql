-- The least that fifty expiries need, in one transaction: their rows, the facets that lists find them by, a leaf, a
-- node of the tree and the letters of each, and the counts of all. :a is the first of them.
UPDATE exceptions SET state = 'expired', seq = seq + 1, version = version + 1, changed_at = changed_at + 1, effective_until = NULL, ends_at = NULL, wake_at = NULL, due_at = NULL, body = body || ' ' WHERE id IN (SELECT id FROM raw_due WHERE n BETWEEN :a AND :a + 49);
DELETE FROM exception_facets WHERE facet = 'state' AND value = 'active' AND serial IN (SELECT serial FROM raw_due WHERE n BETWEEN :a AND :a + 49);
INSERT INTO exception_facets (facet, value, serial, exception) SELECT 'state', 'expired', serial, id FROM raw_due WHERE n BETWEEN :a AND :a + 49;
INSERT INTO leaves (idx, hash, subject_kind, subject, seq, kind, actor, at, body) SELECT 1000000000 + n, '0707070707070707070707070707070707070707070707070707070707070707', 'exception', id, 1000, 'expired', NULL, 1000000000000000, :body FROM raw_due WHERE n BETWEEN :a AND :a + 49;
INSERT INTO nodes (level, idx, hash) SELECT 99, n, '0707070707070707070707070707070707070707070707070707070707070707' FROM raw_due WHERE n BETWEEN :a AND :a + 49;
INSERT INTO outbox (id, dedupe_key, kind, payload, attempts, next_at, state, place) SELECT id || '/' || letter.n, id || '/raw/' || letter.n, 'expired', :payload, 0, 1000000000000000, 'waiting', 1 FROM raw_due, (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) AS letter WHERE raw_due.n BETWEEN :a AND :a + 49;
UPDATE facet_counts SET held = held - 50 WHERE facet = 'state' AND value = 'active';
