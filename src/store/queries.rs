//! What opens commitments, and which exception a task belongs to.

use diesel::{prelude::*, sql_types::Text};

use super::{backend::Conn, error::StoreError, schema::tasks, sql::Sql};
use crate::words::{ExceptionId, Hash, Salt, TaskId};

/// Where a page of a list ended: the sort's value and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last row's value, in microseconds.
    pub value: i64,
    /// The last row's id.
    pub id: String,
}

/// An opened commitment.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The commitment.
    pub commitment: Hash,
    /// The salt.
    pub salt: Salt,
    /// The field.
    pub field: String,
    /// The text.
    pub value: String,
}

/// Up to so many commitments are asked for by statements that are kept.
const FEW: usize = 16;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    commitment: String,
    #[diesel(sql_type = Text)]
    salt: String,
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = Text)]
    value: String,
}

/// What opens these commitments; erased ones are not there.
pub fn opened(conn: &mut Conn, commitments: &[Hash]) -> Result<Vec<Opened>, StoreError> {
    let mut found = Vec::with_capacity(commitments.len());
    for chunk in commitments.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let mut asked = Sql::new("SELECT commitment, salt, field, value FROM openings WHERE ");
        asked.one_of("commitment", &keys);
        let ready = if keys.len() <= FEW { asked.kept() } else { asked.query() };
        let rows: Vec<Row> = ready.load(conn)?;
        for Row { commitment, salt, field, value } in rows {
            let broken = |_| StoreError::Corrupt(format!("the opening of {commitment}"));
            let (hash, salt) = (commitment.parse().map_err(broken)?, salt.parse().map_err(broken)?);
            found.push(Opened { commitment: hash, salt, field, value });
        }
    }
    Ok(found)
}

/// The exception that a task belongs to, and whether it is open.
pub fn exception_of_task(conn: &mut Conn, id: TaskId) -> Result<Option<(ExceptionId, bool)>, StoreError> {
    let columns = (tasks::exception, tasks::closed_at.is_null());
    let found: Option<(String, bool)> = tasks::table.find(id.to_string()).select(columns).first(conn).optional()?;
    Ok(found.and_then(|(id, open)| Some((id.parse().ok()?, open))))
}
