-- Ranges of words and days compare bytes, whatever the database's language.
ALTER TABLE exception_terms ALTER COLUMN term TYPE TEXT COLLATE "C";
ALTER TABLE term_counts ALTER COLUMN term TYPE TEXT COLLATE "C";
ALTER TABLE facet_counts ALTER COLUMN value TYPE TEXT COLLATE "C";
