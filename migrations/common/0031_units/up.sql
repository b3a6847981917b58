-- In which business unit and region somebody works, and when that last became another.
ALTER TABLE people ADD COLUMN unit TEXT;
ALTER TABLE people ADD COLUMN region TEXT;
ALTER TABLE people ADD COLUMN moved_at BIGINT;
CREATE INDEX people_moved ON people (moved_at) WHERE moved_at IS NOT NULL;
