-- What is claimed next comes by an index in the very order that is asked for, so that nothing is sorted, however
-- much waits and whatever the statistics know of it.
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (lane, next_at, place, id) WHERE state = 'waiting';
DROP INDEX outbox_leased;
CREATE INDEX outbox_leased ON outbox (lane, lease_until, place, id) WHERE lease_until IS NOT NULL;
