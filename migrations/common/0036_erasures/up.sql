-- When somebody was erased; and since when they must not be, with the commitment of why.
ALTER TABLE people ADD COLUMN erased_at BIGINT;
ALTER TABLE people ADD COLUMN held_at BIGINT;
ALTER TABLE people ADD COLUMN hold_c TEXT;

-- What somebody wrote is found by who did it, and what is theirs by whose it is.
CREATE INDEX leaves_by_actor ON leaves (actor, idx) WHERE actor IS NOT NULL;
CREATE INDEX people_held ON people (id) WHERE held_at IS NOT NULL;
CREATE INDEX people_by_responsible ON people (responsible) WHERE responsible IS NOT NULL;
CREATE INDEX tickets_by_age ON tickets (at);
CREATE INDEX decision_browsers_by_person ON decision_browsers (person);
CREATE INDEX mailbox_of_no_exception ON mailbox (letter) WHERE exception IS NULL;
CREATE INDEX mail_links_by_person ON mail_links (person);
CREATE INDEX sessions_of_person ON sessions (person);
CREATE INDEX unsubscribes_by_person ON unsubscribes (person);

-- Who was erased, with all their accounts (again: the signed note of the erasure that was done before, where the
-- database was set back), and what is still to be done outside the transaction that did it: what others said of them
-- in passing (sought is what they are called, until that is done), the list that a restored database is held against,
-- the files, and the pages that the rows stood in. Until tried_until nobody else tries.
CREATE TABLE erasures (
    leaf BIGINT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    accounts TEXT NOT NULL,
    erased_at BIGINT NOT NULL,
    again TEXT,
    texts BIGINT NOT NULL,
    sought TEXT,
    listed_at BIGINT,
    rewritten_at BIGINT,
    tried_until BIGINT,
    swept_at BIGINT
);
CREATE INDEX erasures_by_person ON erasures (person, leaf);
CREATE INDEX erasures_unswept ON erasures (leaf) WHERE swept_at IS NULL;

-- The exceptions, all of them over, whose letters and words of the search are written anew after it.
CREATE TABLE erased_cases (
    erasure BIGINT NOT NULL REFERENCES erasures (leaf),
    exception TEXT NOT NULL REFERENCES exceptions (id),
    done_at BIGINT,
    PRIMARY KEY (erasure, exception)
);

-- Files that nobody but the erased attached, by the hash of their content.
CREATE TABLE erased_files (
    erasure BIGINT NOT NULL REFERENCES erasures (leaf),
    hash TEXT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (erasure, hash)
);

-- The exceptions whose texts went since they were over for as long as texts are kept, each with when; and the files
-- that went with them, until it was looked whether they are another's.
CREATE TABLE retired (
    exception TEXT NOT NULL REFERENCES exceptions (id),
    leaf BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (exception, leaf)
);
CREATE TABLE retired_files (
    leaf BIGINT NOT NULL,
    hash TEXT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (leaf, hash)
);
CREATE INDEX retired_files_left ON retired_files (leaf) WHERE removed_at IS NULL;

-- Who was told of it: every endpoint, and every connector, which has no call for it and is seen to by people.
CREATE TABLE erasure_receipts (
    erasure BIGINT NOT NULL REFERENCES erasures (leaf),
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT,
    status INTEGER,
    PRIMARY KEY (erasure, channel, name),
    CHECK (channel IN ('webhook', 'connector')),
    CHECK (state IN ('waiting', 'delivered', 'failed', 'by_hand'))
);
