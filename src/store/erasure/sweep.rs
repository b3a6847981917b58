//! What others were told of somebody, or said of them in passing: letters about exceptions with a text that is gone,
//! and the columns in which anything may stand.

use std::collections::BTreeSet;

use diesel::{prelude::*, sql_types::Text};

use super::{
    called::{Called, texts},
    classes::swept,
    found::Found,
    wipe::{ERASED, MOST},
};
use crate::{
    store::{error::StoreError, sql::Sql, tx::Tx},
    words::{ExceptionId, Hash},
};

/// The states in which nothing is told of an exception any more.
const OVER: &str = "('rejected', 'withdrawn', 'expired', 'revoked', 'closed')";

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct LetterRow {
    #[diesel(sql_type = Text)]
    letter: String,
    #[diesel(sql_type = Text)]
    told: String,
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Tx<'_, '_> {
    /// Letters about an exception with a text that goes said it in words: of them stays that they were. Where the
    /// exception goes on, that is so of those alone in which the text stands.
    pub(super) fn sweep_letters(&mut self, found: &Found, gone: &BTreeSet<Hash>) -> Result<(), StoreError> {
        let ids: Vec<String> = found.exceptions.iter().map(ExceptionId::to_string).collect();
        let mut open: Vec<String> = Vec::new();
        for some in ids.chunks(MOST) {
            let mut sql = Sql::new(&format!("SELECT id FROM exceptions WHERE state NOT IN {OVER} AND "));
            let rows: Vec<Id> = sql.one_of("id", some).query().load(self.conn())?;
            open.extend(rows.into_iter().map(|row| row.id));
        }
        let over: Vec<String> = ids.into_iter().filter(|id| !open.contains(id)).collect();
        for some in over.chunks(MOST) {
            self.blank_letters("exception", some)?;
        }
        if open.is_empty() {
            return Ok(());
        }
        let said: Vec<String> = texts(self.conn(), gone)?.into_iter().map(|row| row.value).collect();
        for exception in open {
            let asked = "SELECT letter, subject || ' ' || body AS told FROM mailbox WHERE exception = $1";
            let rows: Vec<LetterRow> = Sql::of(asked, [exception.as_str().into()]).query().load(self.conn())?;
            let holding = rows.into_iter().filter(|row| said.iter().any(|text| row.told.contains(text.as_str())));
            let letters: Vec<String> = holding.map(|row| row.letter).collect();
            for some in letters.chunks(MOST) {
                self.blank_letters("letter", some)?;
            }
        }
        Ok(())
    }

    fn blank_letters(&mut self, column: &str, values: &[String]) -> Result<(), StoreError> {
        let mut sql = Sql::new(&format!(
            "UPDATE mailbox SET body = '{ERASED}', \
             subject = '[' || (SELECT number FROM exceptions WHERE id = mailbox.exception) || '] {ERASED}' WHERE ",
        ));
        sql.one_of(column, values).query().execute(self.conn())?;
        Ok(())
    }

    /// What others said of them in passing, in one pass over each column: it is compared here, since no database
    /// folds what is not ASCII.
    pub(super) fn sweep(&mut self, called: &Called) -> Result<(), StoreError> {
        if called.sought.is_empty() {
            return Ok(());
        }
        for (table, column) in swept() {
            let asked = format!("SELECT DISTINCT {column} AS value FROM {table} WHERE {column} IS NOT NULL");
            let rows: Vec<Value> = Sql::new(&asked).query().load(self.conn())?;
            for Value { value } in rows.into_iter().filter(|row| called.stands_in(&row.value)) {
                let erased = format!("UPDATE {table} SET {column} = '{ERASED}' WHERE {column} = $1");
                Sql::of(&erased, [value.as_str().into()]).query().execute(self.conn())?;
            }
        }
        Ok(())
    }
}
