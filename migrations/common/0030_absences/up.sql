-- From when until when somebody is away, who is named to stand in, and whether what follows of its beginning was seen to.
ALTER TABLE people ADD COLUMN away_from BIGINT;
ALTER TABLE people ADD COLUMN away_until BIGINT;
ALTER TABLE people ADD COLUMN stand_in TEXT;
ALTER TABLE people ADD COLUMN away_begun BOOLEAN NOT NULL DEFAULT FALSE;
-- Who is away, or will be.
CREATE INDEX people_away ON people (away_until) WHERE away_until IS NOT NULL;
