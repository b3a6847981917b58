-- What was published stays as it was published.
CREATE TRIGGER documents_stay BEFORE UPDATE OR DELETE ON documents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER register_versions_stay BEFORE UPDATE OR DELETE ON register_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
