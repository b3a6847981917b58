-- What ends, in an order of its own: fifty of it are a batch.
CREATE TABLE raw_due AS
  SELECT ROW_NUMBER() OVER (ORDER BY serial) - 1 AS n, id, serial FROM exceptions WHERE state = 'active';
CREATE UNIQUE INDEX raw_due_n ON raw_due (n);
CREATE TABLE raw_batch (next BIGINT NOT NULL);
INSERT INTO raw_batch VALUES (0);
