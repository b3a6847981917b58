\set id random(1, 100000)
BEGIN;
SELECT version, status FROM exc WHERE id = :id FOR UPDATE \gset
UPDATE exc SET status = CASE WHEN :version % 2 = 0 THEN 'pending' ELSE 'approved' END, version = version + 1, updated_at = now() WHERE id = :id AND version = :version;
INSERT INTO event (exc_id, seq, hash, body) VALUES (:id, :version + 1, '\x0707070707070707070707070707070707070707070707070707070707070707', repeat('e', 400)) RETURNING id AS ev \gset
INSERT INTO outbox (event_id, kind, payload) VALUES (:ev, 'decided', repeat('p', 200));
COMMIT;
