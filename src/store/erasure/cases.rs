//! The exceptions that what is somebody's stands in: those that go on, those that somebody must keep who is under a
//! legal hold, and the texts of others that name them.

use std::collections::BTreeSet;

use diesel::{prelude::*, sql_query, sql_types::Text};

use super::{
    called::{OpeningRow, texts},
    found::{Found, commitments, read, touched},
};
use crate::{
    domain::exception::Exception,
    store::{backend::Conn, error::StoreError, exceptions::parse, sql::Sql},
    words::{ExceptionId, Hash, StateName},
};

/// How many values one statement asks for.
const MOST: usize = 400;

#[derive(QueryableByName)]
struct CaseRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    body: String,
}

/// The exceptions that go on and that they touched, or that name them, each with the texts that it holds. A draft of
/// their own does not go on: nobody else can file it.
pub fn open_cases(conn: &mut Conn, found: &Found) -> Result<Vec<(Exception, BTreeSet<Hash>)>, StoreError> {
    let named = found.exceptions.iter().map(ExceptionId::to_string);
    let ids: BTreeSet<String> = named.chain(found.touched.iter().cloned()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut cases = Vec::new();
    for some in ids.chunks(MOST) {
        let mut sql = Sql::new(
            "SELECT id, body FROM exceptions \
             WHERE state NOT IN ('rejected', 'withdrawn', 'expired', 'revoked', 'closed') AND ",
        );
        let rows: Vec<CaseRow> = sql.one_of("id", some).query().load(conn)?;
        for CaseRow { id, body } in rows {
            let mut held = BTreeSet::new();
            commitments(&read(&body)?, &mut held);
            let case = parse(&id, &body)?;
            if case.state.name() != StateName::Draft || !found.accounts.contains(&case.requester) {
                cases.push((case, held));
            }
        }
    }
    Ok(cases)
}

/// The exceptions with a text that is found and that somebody else did something to, or that are in their name, on
/// whom a legal hold is.
pub fn held_cases(conn: &mut Conn, found: &Found) -> Result<Vec<Exception>, StoreError> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = Text)]
        id: String,
    }
    let held: Vec<Id> = sql_query("SELECT id FROM people WHERE held_at IS NOT NULL").load(conn)?;
    let theirs = |id: &String| found.accounts.iter().any(|account| account.to_string() == *id);
    let held: Vec<String> = held.into_iter().map(|row| row.id).filter(|id| !theirs(id)).collect();
    let ids: Vec<String> = touched(conn, &held)?
        .into_iter()
        .filter(|id| id.parse().is_ok_and(|id: ExceptionId| found.exceptions.contains(&id)))
        .collect();
    let mut cases = Vec::new();
    for some in ids.chunks(MOST) {
        let rows: Vec<CaseRow> =
            Sql::new("SELECT id, body FROM exceptions WHERE ").one_of("id", some).query().load(conn)?;
        for CaseRow { id, body } in rows {
            cases.push(parse(&id, &body)?);
        }
    }
    Ok(cases)
}

/// A text of others that names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingText {
    /// The exception that it is about, if it is about one.
    pub exception: Option<ExceptionId>,
    /// What it is in it.
    pub field: String,
    /// The text.
    pub value: String,
}

/// The texts of others that name them.
pub fn naming_texts(conn: &mut Conn, found: &Found) -> Result<Vec<NamingText>, StoreError> {
    let text = |row: OpeningRow| NamingText {
        exception: (row.subject_kind == "exception").then(|| row.subject.parse().ok()).flatten(),
        field: row.field,
        value: row.value,
    };
    Ok(texts(conn, &found.naming)?.into_iter().map(text).collect())
}
