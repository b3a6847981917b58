//! Which exception a row of another register became. What stands in the row is not known here.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{error::StoreError, tx::Tx};
use crate::words::ExceptionId;

#[derive(QueryableByName)]
struct Became {
    #[diesel(sql_type = Text)]
    exception: String,
}

impl Tx<'_, '_> {
    /// What the row of this reference in this source became, if it was imported.
    pub fn imported(&mut self, source: &str, reference: &str) -> Result<Option<ExceptionId>, StoreError> {
        let row: Option<Became> = sql_query("SELECT exception FROM imports WHERE source = $1 AND reference = $2")
            .bind::<Text, _>(source)
            .bind::<Text, _>(reference)
            .get_result(self.conn())
            .optional()?;
        let broken = |row: &Became| StoreError::Corrupt(format!("the import of {}", row.exception));
        row.map(|row| row.exception.parse().map_err(|_| broken(&row))).transpose()
    }

    /// Remembers what a row became: the same is not imported twice.
    pub fn keep_import(&mut self, (source, reference): (&str, &str), became: ExceptionId) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query("INSERT INTO imports (source, reference, exception, at) VALUES ($1, $2, $3, $4)")
            .bind::<Text, _>(source)
            .bind::<Text, _>(reference)
            .bind::<Text, _>(became.to_string())
            .bind::<BigInt, _>(now)
            .execute(self.conn())?;
        Ok(())
    }
}
