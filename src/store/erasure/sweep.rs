//! What others were told of somebody, or said of them in passing: letters about exceptions with a text that is gone,
//! and the columns in which anything may stand. A reader looks for it page by page, and each page is overwritten in a
//! transaction of its own; what they are called is kept until that is done.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    called::{Called, plain, stands_alone, texts},
    classes::{OVER, SWEPT, swept},
    found::Found,
    wipe::{ERASED, MOST},
};
use crate::{
    store::{backend::Conn, error::StoreError, ledger::big, rows::Cell, sql::Sql, tx::Tx},
    words::{ExceptionId, Hash, PersonId},
};

/// How many rows are looked at or written at once.
const PAGE: i64 = 200;
/// How many exceptions have their letters overwritten at once.
const CASES: i64 = 20;
/// What is shorter is no text that a letter could be told by.
const FEWEST: usize = 8;

/// A column in which others may have named somebody.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    table: &'static str,
    key: &'static str,
    left: &'static str,
    column: &'static str,
}

/// What was found on one page: the last key of it, and the values that are to be overwritten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The last key.
    pub last: String,
    /// Keys and values.
    pub values: Vec<(String, String)>,
}

/// Rows that are theirs by an id in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A request that was answered: its whole key.
    Asked([String; 3]),
    /// A letter.
    Letter(String),
}

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
    key: String,
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = Text)]
    principal: String,
    #[diesel(sql_type = Text)]
    verb: String,
    #[diesel(sql_type = Text)]
    key: String,
}

#[derive(QueryableByName)]
struct Sought {
    #[diesel(sql_type = Nullable<Text>)]
    sought: Option<String>,
}

impl Place {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        SWEPT.iter().flat_map(|(table, key, left)| swept(table).map(|column| Self { table, key, left, column }))
    }

    fn left(&self) -> String {
        self.left.replace("OVER", OVER)
    }

    /// What of the next page names them; `None` behind the last one. The database folds nothing that is not ASCII, so
    /// it is compared here.
    pub fn page(&self, conn: &mut Conn, (called, after): (&Called, &str)) -> Result<Option<Named>, StoreError> {
        let Self { table, key, column, .. } = self;
        let keys = format!("SELECT DISTINCT {key} AS id FROM {table} WHERE {key} > $1 ORDER BY {key} LIMIT {PAGE}");
        let keys: Vec<Id> = Sql::of(&keys, [after.into()]).query().load(conn)?;
        let Some(last) = keys.into_iter().next_back().map(|row| row.id) else { return Ok(None) };
        let asked = format!(
            "SELECT DISTINCT {key} AS key, {column} AS value FROM {table} \
             WHERE {key} > $1 AND {key} <= $2 AND {column} IS NOT NULL {}",
            self.left()
        );
        let rows: Vec<Value> = Sql::of(&asked, [after.into(), last.as_str().into()]).query().load(conn)?;
        let named = rows.into_iter().filter(|row| called.stands_in(&row.value));
        Ok(Some(Named { last, values: named.map(|row| (row.key, row.value)).collect() }))
    }
}

/// What somebody is called whose erasure is not yet seen to in passing.
pub fn passing(conn: &mut Conn, leaf: u64) -> Result<Option<Called>, StoreError> {
    let row: Option<Sought> =
        Sql::of("SELECT sought FROM erasures WHERE leaf = $1", [big(leaf)]).query().get_result(conn).optional()?;
    Ok(row.and_then(|row| row.sought).map(|sought| Called::read(&sought)))
}

/// The next exceptions of an erasure whose letters and words are not seen to.
pub fn unseen_cases(conn: &mut Conn, leaf: u64) -> Result<Vec<ExceptionId>, StoreError> {
    let rows: Vec<Id> = sql_query(
        "SELECT exception AS id FROM erased_cases WHERE erasure = $1 AND done_at IS NULL ORDER BY exception LIMIT $2",
    )
    .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
    .bind::<BigInt, _>(CASES)
    .load(conn)?;
    rows.iter().map(|row| row.id.parse().map_err(|_| StoreError::Corrupt(format!("exception {}", row.id)))).collect()
}

/// The numbers of the exceptions of an erasure that are over: what lists them in a letter tells their texts too.
pub fn case_numbers(conn: &mut Conn, leaf: u64) -> Result<BTreeSet<String>, StoreError> {
    let numbers =
        "SELECT e.number AS id FROM erased_cases c JOIN exceptions e ON e.id = c.exception WHERE c.erasure = $1";
    let rows: Vec<Id> = Sql::of(numbers, [big(leaf)]).query().load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Of the next letters that are about no single exception, such as reports: the last of the page, and those that list
/// one of these numbers. `None` behind the last one.
pub fn listing(
    conn: &mut Conn,
    (numbers, after): (&BTreeSet<String>, &str),
) -> Result<Option<(String, Vec<String>)>, StoreError> {
    let asked = format!(
        "SELECT letter, subject || ' ' || body AS told FROM mailbox WHERE exception IS NULL AND letter > $1 \
         ORDER BY letter LIMIT {PAGE}"
    );
    let rows: Vec<LetterRow> = Sql::of(&asked, [after.into()]).query().load(conn)?;
    let Some(last) = rows.last().map(|row| row.letter.clone()) else { return Ok(None) };
    let lists = |told: &str| {
        let mut words = told.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
        words.any(|word| numbers.contains(word))
    };
    let letters = rows.into_iter().filter(|row| lists(&row.told)).map(|row| row.letter);
    Ok(Some((last, letters.collect())))
}

/// The numbers of these exceptions.
pub fn numbers(conn: &mut Conn, exceptions: &BTreeSet<ExceptionId>) -> Result<BTreeSet<String>, StoreError> {
    let ids: Vec<String> = exceptions.iter().map(ExceptionId::to_string).collect();
    let mut numbers = BTreeSet::new();
    for some in ids.chunks(MOST) {
        let mut sql = Sql::new("SELECT number AS id FROM exceptions WHERE ");
        let rows: Vec<Id> = sql.one_of("id", some).query().load(conn)?;
        numbers.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(numbers)
}

/// The next rows that are about this account: what was asked about it, what is still to be told to it, and what went
/// wrong in telling it.
pub fn about(conn: &mut Conn, account: PersonId) -> Result<Vec<About>, StoreError> {
    let named = format!("%{account}%");
    let asked = format!("SELECT principal, verb, key FROM idempotency WHERE verb LIKE $1 LIMIT {PAGE}");
    let asked: Vec<Asked> = Sql::of(&asked, [named.as_str().into()]).query().load(conn)?;
    let told = format!(
        "SELECT id FROM outbox WHERE payload LIKE $1 AND (state IN ('waiting', 'dead') OR last_error IS NOT NULL) \
         LIMIT {PAGE}"
    );
    let told: Vec<Id> = Sql::of(&told, [named.as_str().into()]).query().load(conn)?;
    let asked = asked.into_iter().map(|row| About::Asked([row.principal, row.verb, row.key]));
    Ok(asked.chain(told.into_iter().map(|row| About::Letter(row.id))).collect())
}

impl Tx<'_, '_> {
    /// Of an exception that goes on, the letters alone in which a text stood that goes.
    pub(super) fn blank_open_letters(&mut self, found: &Found, gone: &BTreeSet<Hash>) -> Result<(), StoreError> {
        if found.open.is_empty() {
            return Ok(());
        }
        let said: Vec<String> = texts(self.conn(), gone)?.into_iter().map(|row| plain(&row.value)).collect();
        let said: Vec<String> = said.into_iter().filter(|text| text.chars().count() >= FEWEST).collect();
        for exception in &found.open {
            let asked = "SELECT letter, subject || ' ' || body AS told FROM mailbox WHERE exception = $1";
            let rows: Vec<LetterRow> = Sql::of(asked, [exception.to_string().into()]).query().load(self.conn())?;
            let holds = |told: &str| said.iter().any(|text| stands_alone(text, told));
            let holding = rows.into_iter().filter(|row| holds(&plain(&row.told)));
            let letters: Vec<String> = holding.map(|row| row.letter).collect();
            for some in letters.chunks(MOST) {
                self.blank_letters("letter", some)?;
            }
        }
        Ok(())
    }

    pub(super) fn blank_letters(&mut self, column: &str, values: &[String]) -> Result<(), StoreError> {
        let mut sql = Sql::new(&format!(
            "UPDATE mailbox SET body = '{ERASED}', \
             subject = '[' || (SELECT number FROM exceptions WHERE id = mailbox.exception) || '] {ERASED}' WHERE ",
        ));
        sql.one_of(column, values).query().execute(self.conn())?;
        Ok(())
    }

    /// Letters about these exceptions, which are over, said in words what went: of them stays that they were. The
    /// words by which they are searched are written anew.
    pub fn see_to_cases(&mut self, leaf: u64, cases: &[ExceptionId]) -> Result<(), StoreError> {
        let ids: Vec<String> = cases.iter().map(ExceptionId::to_string).collect();
        if ids.is_empty() {
            return Ok(());
        }
        self.blank_letters("exception", &ids)?;
        for case in cases {
            self.rewrite_terms(*case)?;
        }
        let mut done = Sql::new("UPDATE erased_cases SET done_at = ");
        done.bind(Cell::BigInt(Some(self.now().timestamp_micros()))).push(" WHERE erasure = ").bind(big(leaf));
        done.push(" AND ").one_of("exception", &ids).query().execute(self.conn())?;
        Ok(())
    }

    /// Overwrites letters that are about no single exception.
    pub fn blank_lists(&mut self, letters: &[String]) -> Result<(), StoreError> {
        if letters.is_empty() {
            return Ok(());
        }
        let blank = format!("UPDATE mailbox SET body = '{ERASED}', subject = '{ERASED}' WHERE exception IS NULL AND ");
        Sql::new(&blank).one_of("letter", letters).query().execute(self.conn())?;
        Ok(())
    }

    /// Overwrites what names them.
    pub fn overwrite(&mut self, place: Place, named: &Named) -> Result<(), StoreError> {
        let Place { table, key, column, .. } = place;
        let erased =
            format!("UPDATE {table} SET {column} = '{ERASED}' WHERE {key} = $1 AND {column} = $2 {}", place.left());
        for (at, value) in &named.values {
            Sql::of(&erased, [at.as_str().into(), value.as_str().into()]).query().execute(self.conn())?;
        }
        Ok(())
    }

    /// Forgets what was asked about somebody, and tells them nothing more.
    pub fn forget_about(&mut self, rows: &[About]) -> Result<(), StoreError> {
        for row in rows {
            let forgotten = match row {
                About::Asked(key) => {
                    let [principal, verb, key] = key.each_ref().map(|part| Cell::from(part.as_str()));
                    let asked = "DELETE FROM idempotency WHERE principal = $1 AND verb = $2 AND key = $3";
                    Sql::of(asked, [principal, verb, key])
                }
                About::Letter(id) => Sql::of(
                    "UPDATE outbox SET state = CASE WHEN state IN ('waiting', 'dead') THEN 'discarded' ELSE state END, \
                     lease_owner = NULL, lease_until = NULL, last_error = NULL WHERE id = $1",
                    [id.as_str().into()],
                ),
            };
            forgotten.query().execute(self.conn())?;
        }
        Ok(())
    }

    /// Forgets what they were called: it was looked for everywhere.
    pub fn note_passed(&mut self, leaf: u64) -> Result<(), StoreError> {
        Sql::of("UPDATE erasures SET sought = NULL WHERE leaf = $1", [big(leaf)]).query().execute(self.conn())?;
        if let Conn::Pg(_) = self.conn() {
            // Whoever vacuums the tables asks for the rows that are left dead.
            sql_query("SELECT pg_stat_force_next_flush()").execute(self.conn())?;
        }
        Ok(())
    }
}
