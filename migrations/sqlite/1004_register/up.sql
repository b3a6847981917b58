-- What was published stays as it was published.
CREATE TRIGGER documents_stay BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'a document is its hash'); END;
CREATE TRIGGER documents_are_kept BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
CREATE TRIGGER register_versions_stay BEFORE UPDATE ON register_versions BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER register_versions_are_kept BEFORE DELETE ON register_versions BEGIN SELECT RAISE(ABORT, 'nothing is deleted'); END;
