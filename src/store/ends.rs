//! The ends of present periods, written once for what was there before they had a column. It decides nothing: the
//! stored exception says when it ends.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{
    error::StoreError,
    exceptions,
    tx::{Store, Tx},
};
use crate::domain::exception::Exception;

/// Exceptions that are read at once.
const PAGE: i64 = 200;

/// When the present period ends of what may have effect, in microseconds.
pub(super) fn period_end(exception: &Exception) -> Option<i64> {
    let living = exception.effective_until().and(exception.state.authority());
    living.map(|authority| authority.period.end.timestamp_micros())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

impl Store {
    /// Writes the end of the present period of every exception that has one and lacks it: after an upgrade. It
    /// blocks; never inside an async task.
    pub fn derive_ends(&self) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let last = self.write::<_, StoreError>(move |tx| tx.derive_some_ends(after))?;
            match last.blocking_recv().map_err(StoreError::from)?? {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }
}

impl Tx<'_, '_> {
    /// The same for a page behind the serial `after`; the last of it, or `None` where there was nothing left.
    fn derive_some_ends(&mut self, after: i64) -> Result<Option<i64>, StoreError> {
        let rows: Vec<Row> = sql_query(
            "SELECT id, serial, body FROM exceptions WHERE effective_until IS NOT NULL AND ends_at IS NULL \
             AND serial > $1 ORDER BY serial LIMIT $2",
        )
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(PAGE)
        .load(self.conn())?;
        for row in &rows {
            let Some(end) = period_end(&exceptions::parse(&row.id, &row.body)?) else { continue };
            sql_query("UPDATE exceptions SET ends_at = $1 WHERE id = $2")
                .bind::<BigInt, _>(end)
                .bind::<Text, _>(&row.id)
                .execute(self.conn())?;
        }
        Ok(rows.last().map(|row| row.serial))
    }
}
