//! The exceptions that what is somebody's stands in: those that go on, those that somebody must keep who is under a
//! legal hold, and the texts of others that name them.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use diesel::{prelude::*, sql_query, sql_types::Text};

use super::{
    called::{OpeningRow, texts},
    classes::OVER,
    found::{Found, touched},
    leaf::{commitments, read},
};
use crate::{
    domain::exception::Exception,
    store::{backend::Conn, error::StoreError, exceptions::parse, sql::Sql},
    words::{ExceptionId, Hash, PersonId, StateName},
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

#[derive(QueryableByName)]
struct SaidRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Text)]
    said: String,
}

/// An exception that goes on, with what it rests on.
#[derive(Debug, Clone)]
pub struct OpenCase {
    /// As it is.
    pub case: Exception,
    /// The texts that it holds, and those of incidents that touch it.
    pub texts: BTreeSet<Hash>,
    /// Does anything that others said of it name them, or is its record at another system called like them?
    pub named: bool,
}

/// The exceptions that go on and that they touched, or that name them. A draft of their own does not go on: nobody
/// else can file it.
pub fn open_cases(conn: &mut Conn, found: &Found) -> Result<Vec<OpenCase>, StoreError> {
    let named = found.exceptions.iter().map(ExceptionId::to_string);
    let ids: BTreeSet<String> = named.chain(found.touched.iter().cloned()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut cases = BTreeMap::new();
    for some in ids.chunks(MOST) {
        let mut sql = Sql::new(&format!("SELECT id, body FROM exceptions WHERE state NOT IN {OVER} AND "));
        let rows: Vec<CaseRow> = sql.one_of("id", some).query().load(conn)?;
        for CaseRow { id, body } in rows {
            let (case, texts) = (parse(&id, &body)?, said(&body)?);
            if case.state.name() != StateName::Draft || !found.accounts.contains(&case.requester) {
                // A comment holds nothing up, but whoever reads the exception rests on it.
                let named = found.named_in.contains(&case.id);
                cases.insert(id, OpenCase { case, texts, named });
            }
        }
    }
    add_struck(conn, found, &mut cases)?;
    add_ticketed(conn, found, &mut cases)?;
    Ok(cases.into_values().collect())
}

/// The committed texts of a value that is written.
fn said(body: &str) -> Result<BTreeSet<Hash>, StoreError> {
    let mut said = BTreeSet::new();
    commitments(&read(body)?, &mut said);
    Ok(said)
}

type Cases = BTreeMap<String, OpenCase>;

/// Those that an incident touches of which they said something, or which names them.
fn add_struck(conn: &mut Conn, found: &Found, cases: &mut Cases) -> Result<(), StoreError> {
    let rows: Vec<SaidRow> = sql_query(format!(
        "SELECT e.id, e.body, i.body AS said FROM incident_touches t JOIN incidents i ON i.id = t.incident \
         JOIN exceptions e ON e.id = t.exception WHERE e.state NOT IN {OVER}"
    ))
    .load(conn)?;
    for row in rows {
        let texts = said(&row.said)?;
        if texts.iter().any(|text| found.written.contains(text) || found.naming.contains(text)) {
            entered(cases, &row)?.texts.extend(texts);
        }
    }
    Ok(())
}

/// Those whose record at another system is called like them: it is found by that.
fn add_ticketed(conn: &mut Conn, found: &Found, cases: &mut Cases) -> Result<(), StoreError> {
    if found.called.sought.is_empty() {
        return Ok(());
    }
    let rows: Vec<SaidRow> = sql_query(format!(
        "SELECT e.id, e.body, t.ticket || ' ' || COALESCE(t.url, '') AS said FROM tickets t \
         JOIN exceptions e ON e.id = t.exception WHERE e.state NOT IN {OVER}"
    ))
    .load(conn)?;
    for row in rows.iter().filter(|row| found.called.stands_in(&row.said)) {
        entered(cases, row)?.named = true;
    }
    Ok(())
}

fn entered<'c>(cases: &'c mut Cases, row: &SaidRow) -> Result<&'c mut OpenCase, StoreError> {
    match cases.entry(row.id.clone()) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(free) => {
            let case = parse(&row.id, &row.body)?;
            Ok(free.insert(OpenCase { case, texts: BTreeSet::new(), named: false }))
        }
    }
}

/// The exceptions with a text that is found and that somebody else did something to, or that are in their name, on
/// whom a legal hold is.
pub fn held_cases(conn: &mut Conn, found: &Found) -> Result<Vec<Exception>, StoreError> {
    let held: Vec<String> = held(conn, found)?.iter().map(PersonId::to_string).collect();
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

/// Who else is under a legal hold.
fn held(conn: &mut Conn, found: &Found) -> Result<BTreeSet<PersonId>, StoreError> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = Text)]
        id: String,
    }
    let held: Vec<Id> = sql_query("SELECT id FROM people WHERE held_at IS NOT NULL").load(conn)?;
    let held = held.into_iter().filter_map(|row| row.id.parse::<PersonId>().ok());
    Ok(held.filter(|id| !found.accounts.contains(id)).collect())
}

/// Is there a text outside exceptions that would go, and that somebody said who is under a legal hold, or that is
/// about them?
pub fn holds_elsewhere(conn: &mut Conn, found: &Found) -> Result<bool, StoreError> {
    let held = held(conn, found)?;
    let going = found.said.iter().filter(|(text, _)| found.written.contains(text) || found.naming.contains(text));
    Ok(going.flat_map(|(_, parts)| parts).flatten().any(|person| held.contains(person)))
}

/// A text of others that names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingText {
    /// The exception that it is about, if it is about one.
    pub exception: Option<ExceptionId>,
    /// What it is in it.
    pub field: String,
    /// Its commitment.
    pub text: Hash,
    /// The text.
    pub value: String,
}

/// The texts of others that name them.
pub fn naming_texts(conn: &mut Conn, found: &Found) -> Result<Vec<NamingText>, StoreError> {
    let text = |row: OpeningRow| {
        Ok(NamingText {
            exception: (row.subject_kind == "exception").then(|| row.subject.parse().ok()).flatten(),
            text: row.hash()?,
            field: row.field,
            value: row.value,
        })
    };
    texts(conn, &found.naming)?.into_iter().map(text).collect()
}

/// The texts that were said among the people who work on an exception, and are for them alone.
pub fn internal_texts(conn: &mut Conn, exception: ExceptionId) -> Result<BTreeSet<Hash>, StoreError> {
    #[derive(QueryableByName)]
    struct Body {
        #[diesel(sql_type = Text)]
        body: String,
    }
    let rows: Vec<Body> =
        sql_query("SELECT body FROM leaves WHERE subject_kind = 'exception' AND subject = $1 AND kind = 'commented'")
            .bind::<Text, _>(exception.to_string())
            .load(conn)?;
    let mut internal = BTreeSet::new();
    for Body { body } in rows {
        let leaf = read(&body)?;
        if leaf.pointer("/event/deed/internal").and_then(serde_json::Value::as_bool) == Some(true) {
            commitments(&leaf, &mut internal);
        }
    }
    Ok(internal)
}
