//! Two roles on PostgreSQL: one owns the tables and migrates them, the other works with them and can
//! neither change nor drop what keeps the record. On SQLite whoever has the file has everything.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl, sql_query};

use super::url::{DatabaseUrl, Place};
use super::{Conn, Connector, ONE_AT_A_TIME, Purpose};
use crate::store::StoreError;

/// What a trigger refuses whatever the row is, so that nobody who works here needs the right to it.
const ALWAYS_REFUSED: &str = "SELECT c.relname::text AS name, bool_or((t.tgtype & 16) <> 0) AS no_update, \
    bool_or((t.tgtype & 8) <> 0) AS no_delete \
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid \
    WHERE p.proname = 'refuse_change' AND t.tgqual IS NULL AND c.relnamespace = current_schema()::regnamespace \
    GROUP BY c.relname ORDER BY c.relname";

#[derive(QueryableByName)]
struct Refused {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    no_update: bool,
    #[diesel(sql_type = Bool)]
    no_delete: bool,
}

#[derive(Clone, QueryableByName)]
struct Session {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    schema: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    value: bool,
}

/// Gives the role of `url` what the service needs on the tables of `owner`, and nothing by which the
/// record could be changed. `Unsuitable` where the two are one role, or not one database.
pub fn grant(owner: &DatabaseUrl, url: &DatabaseUrl) -> Result<(), StoreError> {
    let (Place::Server(_), Place::Server(_)) = (&owner.0, &url.0) else {
        return Err(StoreError::Unsuitable("an owner's URL is for PostgreSQL alone".into()));
    };
    let mut conn = Connector::new(owner, Purpose::Write).open()?;
    let ours = session(&mut conn)?;
    let role = session_of(url)?.role;
    if ours.role == role {
        let why = format!("database.owner_url and database.url sign in as the same role {role}: two are needed");
        return Err(StoreError::Unsuitable(why));
    }
    let refused: Vec<Refused> = sql_query(ALWAYS_REFUSED).load(&mut conn)?;
    conn.batch_execute(&statements(&Session { role, ..ours.clone() }, &refused))?;
    let found = session_of(url)?.schema;
    if found == ours.schema {
        return Ok(());
    }
    Err(StoreError::Unsuitable(format!(
        "the owner's tables are in schema {}, the service looks in {found}",
        ours.schema
    )))
}

/// As whom, and where, a URL works. A schema without the right to use it is not seen at all.
fn session_of(url: &DatabaseUrl) -> Result<Session, StoreError> {
    session(&mut Connector::new(url, Purpose::Write).open()?)
}

fn session(conn: &mut Conn) -> Result<Session, StoreError> {
    let sql = "SELECT current_user::text AS role, COALESCE(current_schema(), '')::text AS schema";
    Ok(sql_query(sql).get_result(conn)?)
}

fn statements(to: &Session, refused: &[Refused]) -> String {
    let (role, schema) = (quoted(&to.role), quoted(&to.schema));
    let mut all = vec![
        format!("GRANT USAGE ON SCHEMA {schema} TO {role}"),
        format!("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"),
        format!("REVOKE INSERT, UPDATE, DELETE ON {schema}.__diesel_schema_migrations FROM {role}"),
    ];
    for table in refused {
        let rights = [("UPDATE", table.no_update), ("DELETE", table.no_delete)];
        let taken: Vec<&str> = rights.into_iter().filter_map(|(right, taken)| taken.then_some(right)).collect();
        if !taken.is_empty() {
            all.push(format!("REVOKE {} ON {schema}.{} FROM {role}", taken.join(", "), quoted(&table.name)));
        }
    }
    // Replicas that start together take turns: two that change a table's rights at once would fail.
    format!("BEGIN; {ONE_AT_A_TIME}; {}; COMMIT", all.join("; "))
}

/// An identifier as PostgreSQL reads it literally.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Conn {
    /// Is this role unable to undo what keeps the record, since another owns the ledger? `None` on SQLite,
    /// or before there is a ledger.
    pub fn is_kept_apart(&mut self) -> Result<Option<bool>, StoreError> {
        let Self::Pg(conn) = self else { return Ok(None) };
        let sql = "SELECT NOT pg_has_role(current_user, c.relowner, 'USAGE') AS value FROM pg_class c \
            WHERE c.oid = to_regclass('leaves')";
        let answer: Option<Answer> = sql_query(sql).get_result(conn).optional()?;
        Ok(answer.map(|answer| answer.value))
    }
}
