//! What of incidents has still to be carried out.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{counted, parsed};
use crate::{
    store::{backend::Conn, error::StoreError, sql::Sql},
    words::{ExceptionId, IncidentId},
};

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = Text)]
    incident: String,
    #[diesel(sql_type = Text)]
    exception: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// What of incidents has still to be carried out on this exception, the earliest first.
pub fn open_on(conn: &mut Conn, exception: ExceptionId) -> Result<Vec<IncidentId>, StoreError> {
    let open = "SELECT incident, exception FROM incident_touches WHERE outcome IS NULL \
         AND serial = (SELECT serial FROM exceptions WHERE id = $1) ORDER BY incident";
    let rows: Vec<OpenRow> = Sql::of(open, [exception.to_string().into()]).kept().load(conn)?;
    rows.into_iter().map(|row| parsed(&row.incident)).collect()
}

/// What of incidents has still to be carried out, in the order of exceptions, at most `limit`.
pub fn struck(conn: &mut Conn, limit: i64) -> Result<Vec<(IncidentId, ExceptionId)>, StoreError> {
    let rows: Vec<OpenRow> = sql_query(
        "SELECT incident, exception FROM incident_touches t WHERE outcome IS NULL AND NOT EXISTS \
         (SELECT 1 FROM batches b WHERE b.kind = 'incident' AND b.name = t.incident AND b.held_at IS NOT NULL) \
         ORDER BY serial, incident LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.into_iter().map(|row| Ok((parsed(&row.incident)?, parsed(&row.exception)?))).collect()
}

/// How much of it there is.
pub fn count_struck(conn: &mut Conn) -> Result<u64, StoreError> {
    let found: Count =
        sql_query("SELECT COUNT(*) AS count FROM incident_touches WHERE outcome IS NULL").get_result(conn)?;
    Ok(counted(found.count))
}
