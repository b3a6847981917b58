//! What others were told of somebody, or said of them in passing: letters about exceptions with a text that is gone,
//! and the columns in which anything may stand.

use std::collections::BTreeSet;

use diesel::{prelude::*, sql_types::Text};

use super::{
    called::{Called, texts},
    classes::{SWEPT, swept},
    found::Found,
    wipe::{ERASED, MOST},
};
use crate::{
    store::{error::StoreError, sql::Sql, tx::Tx},
    words::{ExceptionId, Hash},
};

/// How many values of a key are gone through at once.
const PAGE: usize = 100;
/// The states in which nothing is told of an exception any more.
pub(super) const OVER: &str = "('rejected', 'withdrawn', 'expired', 'revoked', 'closed')";

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

    /// What others said of them in passing: gone through in pages, and compared here, since no database folds what is
    /// not ASCII.
    pub(super) fn sweep(&mut self, called: &Called) -> Result<(), StoreError> {
        if called.sought.is_empty() {
            return Ok(());
        }
        for table in SWEPT {
            for column in swept(table.0) {
                let mut after = String::new();
                while let Some(last) = self.sweep_page(called, (*table, column), &after)? {
                    after = last;
                }
            }
        }
        Ok(())
    }

    /// The rows of a column behind this key: the last key of the page, if there is a page.
    fn sweep_page(
        &mut self,
        called: &Called,
        ((table, key, left), column): ((&str, &str, &str), &str),
        after: &str,
    ) -> Result<Option<String>, StoreError> {
        let left = left.replace("OVER", OVER);
        let keys = format!("SELECT DISTINCT {key} AS id FROM {table} WHERE {key} > $1 ORDER BY {key} LIMIT {PAGE}");
        let keys: Vec<Id> = Sql::of(&keys, [after.into()]).query().load(self.conn())?;
        let Some(last) = keys.into_iter().next_back().map(|row| row.id) else { return Ok(None) };
        let asked = format!(
            "SELECT DISTINCT {column} AS value FROM {table} \
             WHERE {key} > $1 AND {key} <= $2 AND {column} IS NOT NULL {left}"
        );
        let rows: Vec<Value> = Sql::of(&asked, [after.into(), last.as_str().into()]).query().load(self.conn())?;
        let erased = format!(
            "UPDATE {table} SET {column} = '{ERASED}' WHERE {key} > $1 AND {key} <= $2 AND {column} = $3 {left}"
        );
        for Value { value } in rows.into_iter().filter(|row| called.stands_in(&row.value)) {
            let binds = [after.into(), last.as_str().into(), value.as_str().into()];
            Sql::of(&erased, binds).query().execute(self.conn())?;
        }
        Ok(Some(last))
    }
}
