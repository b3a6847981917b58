//! What of the record is somebody's: the texts that they wrote, those that say something of their account, and those
//! in which others call them by their whole name or their address; and the files that nobody else attached.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use serde_json::Value;

use crate::{
    domain::exception::Exception,
    ledger::Subject,
    store::{backend::Conn, error::StoreError, exceptions::parse, sql::Sql},
    words::{ExceptionId, Hash, PersonId},
};

/// How many leaves are read at once.
const PAGE: i64 = 500;
/// How many values one statement asks for.
const MOST: usize = 400;

/// What is somebody's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The commitments of texts that they wrote, and of what is said of their accounts.
    pub written: BTreeSet<Hash>,
    /// The commitments of texts of others that name them.
    pub naming: BTreeSet<Hash>,
    /// The exceptions with such a text.
    pub exceptions: BTreeSet<ExceptionId>,
    /// The exceptions that they did something to, or that are in their name.
    pub touched: BTreeSet<String>,
    /// Files that they attached, and nobody else.
    pub files: BTreeSet<Hash>,
    /// What they are called, so that it can be looked for.
    pub called: Vec<Named>,
}

/// What somebody is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named(String);

impl Named {
    /// A name or an address that can be looked for: one word alone names nobody.
    fn of(field: &str, value: &str) -> Option<Self> {
        let value = value.trim();
        let tells = field == "email" || value.split_whitespace().nth(1).is_some();
        (tells && value.chars().count() >= 5).then(|| Self(value.to_owned()))
    }

    /// As a pattern of LIKE, with `\` before what would be one.
    pub(super) fn pattern(&self) -> String {
        let escaped = self.0.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        format!("%{escaped}%")
    }

    /// Does it stand in a text, as words of their own?
    pub(super) fn stands_in(&self, text: &str) -> bool {
        let (text, name) = (text.to_lowercase(), self.0.to_lowercase());
        let apart = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
        text.match_indices(&name).any(|(at, found)| {
            let (before, after) =
                (text.get(..at).unwrap_or_default(), text.get(at + found.len()..).unwrap_or_default());
            apart(before.chars().next_back()) && apart(after.chars().next())
        })
    }
}

#[derive(QueryableByName)]
struct LeafRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Nullable<Text>)]
    actor: Option<String>,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct OpeningRow {
    #[diesel(sql_type = Text)]
    commitment: String,
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = Text)]
    subject: String,
}

#[derive(QueryableByName)]
struct CaseRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    body: String,
}

/// Every committed text in a value.
fn commitments(value: &Value, found: &mut BTreeSet<Hash>) {
    match value {
        Value::Object(members) => {
            if let (2, Some(Value::String(hash)), Some(Value::Number(_))) =
                (members.len(), members.get("c"), members.get("n"))
            {
                found.extend(hash.parse::<Hash>());
            }
            members.values().for_each(|member| commitments(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| commitments(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The files in a value, each with the commitment of its name.
fn files(value: &Value, found: &mut BTreeSet<(Hash, Hash)>) {
    match value {
        Value::Object(members) => {
            let text = |member: Option<&Value>| member?.as_str()?.parse::<Hash>().ok();
            let named = members.get("name").and_then(|name| text(name.get("c")));
            if members.contains_key("media_type") {
                found.extend(text(members.get("hash")).zip(named));
            }
            members.values().for_each(|member| files(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| files(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn read(body: &str) -> Result<Value, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Corrupt(format!("a leaf or an exception: {error}")))
}

/// Whom an event of the roster is about, by name or by what is proposed.
fn about(leaf: &Value) -> Option<&str> {
    let deed = leaf.get("event")?.get("deed")?;
    deed.get("person").or_else(|| deed.get("action")?.get("person"))?.as_str()
}

/// What is somebody's, who has these accounts.
pub fn found(conn: &mut Conn, accounts: &BTreeSet<PersonId>) -> Result<Found, StoreError> {
    let ids: BTreeSet<String> = accounts.iter().map(ToString::to_string).collect();
    let mut found = Found::default();
    let identity = of_roster(conn, &ids, &mut found)?;
    let mut attached = BTreeSet::new();
    found.touched = touched(conn, &ids)?;
    for exception in found.touched.clone() {
        of_exception(conn, &exception, &ids, (&mut found, &mut attached))?;
    }
    found.called = called(conn, &identity)?;
    name(conn, &mut found)?;
    only_theirs(conn, attached, &mut found)?;
    Ok(found)
}

/// Everything that the roster says of their accounts, and what they wrote there of nobody else; the commitments of
/// what they are called, and were.
fn of_roster(conn: &mut Conn, ids: &BTreeSet<String>, found: &mut Found) -> Result<BTreeSet<Hash>, StoreError> {
    let (kind, subject) = Subject::Roster.parts();
    let (mut after, mut identity) = (0, BTreeSet::new());
    loop {
        let page: Vec<LeafRow> = sql_query(
            "SELECT seq, actor, body FROM leaves WHERE subject_kind = $1 AND subject = $2 AND seq > $3 \
             ORDER BY seq LIMIT $4",
        )
        .bind::<Text, _>(kind)
        .bind::<Text, _>(&subject)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(PAGE)
        .load(conn)?;
        let Some(last) = page.last() else { return Ok(identity) };
        after = last.seq;
        for leaf in page {
            let body = read(&leaf.body)?;
            let about = about(&body);
            let theirs = about.or(leaf.actor.as_deref()).is_some_and(|person| ids.contains(person));
            if theirs {
                commitments(&body, &mut found.written);
            }
            if theirs && names_somebody(&body) {
                commitments(&body, &mut identity);
            }
        }
    }
}

/// Does it say what somebody is called?
fn names_somebody(leaf: &Value) -> bool {
    let kinds = ["/event/deed/kind", "/event/deed/action/kind"].map(|path| leaf.pointer(path).and_then(Value::as_str));
    let naming = ["person_added", "person_updated", "add_person", "update_person"];
    kinds.into_iter().flatten().any(|kind| naming.contains(&kind))
}

/// The exceptions that they did something to, are a party of, or decided, by themselves or through others.
fn touched(conn: &mut Conn, ids: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Subject {
        #[diesel(sql_type = Text)]
        subject: String,
    }
    let mut all = BTreeSet::new();
    for id in ids {
        let rows: Vec<Subject> = sql_query(
            "SELECT DISTINCT subject FROM leaves WHERE actor = $1 AND subject_kind = 'exception' \
             UNION SELECT exception FROM exception_facets WHERE facet IN ('requester', 'party') AND value = $2 \
             UNION SELECT exception FROM approvals WHERE human = $3 AND NOT voided \
             UNION SELECT exception FROM approvals WHERE principal = $4 AND NOT voided",
        )
        .bind::<Text, _>(id)
        .bind::<Text, _>(id)
        .bind::<Text, _>(id)
        .bind::<Text, _>(id)
        .load(conn)?;
        all.extend(rows.into_iter().map(|row| row.subject));
    }
    Ok(all)
}

/// What of an exception they said first. What a job took in for them is theirs too.
fn of_exception(
    conn: &mut Conn,
    id: &str,
    ids: &BTreeSet<String>,
    (found, attached): (&mut Found, &mut BTreeSet<Hash>),
) -> Result<(), StoreError> {
    let leaves: Vec<LeafRow> = sql_query(
        "SELECT seq, actor, body FROM leaves \
         WHERE subject_kind = 'exception' AND subject = $1 ORDER BY seq",
    )
    .bind::<Text, _>(id)
    .load(conn)?;
    let mut known = BTreeSet::new();
    let mut theirs_here = false;
    for leaf in leaves {
        let body = read(&leaf.body)?;
        let drafted = || body.pointer("/event/deed/requester").and_then(Value::as_str).map(str::to_owned);
        let author = leaf.actor.or_else(drafted);
        let mut said = BTreeSet::new();
        commitments(&body, &mut said);
        let fresh: BTreeSet<Hash> = said.difference(&known).copied().collect();
        if author.is_some_and(|author| ids.contains(&author)) && !fresh.is_empty() {
            let mut here = BTreeSet::new();
            files(&body, &mut here);
            attached.extend(here.into_iter().filter(|(_, name)| fresh.contains(name)).map(|(hash, _)| hash));
            found.written.extend(&fresh);
            theirs_here = true;
        }
        known.extend(fresh);
    }
    if theirs_here {
        found.exceptions.extend(id.parse::<ExceptionId>());
    }
    Ok(())
}

/// What they are called now, and were before.
fn called(conn: &mut Conn, identity: &BTreeSet<Hash>) -> Result<Vec<Named>, StoreError> {
    let texts: Vec<String> = identity.iter().map(Hash::to_string).collect();
    let mut found = BTreeSet::new();
    for some in texts.chunks(MOST) {
        let mut sql = Sql::new("SELECT commitment, field, value, subject_kind, subject FROM openings WHERE ");
        let rows: Vec<OpeningRow> = sql.one_of("commitment", some).query().load(conn)?;
        found.extend(rows.iter().filter_map(|row| Named::of(&row.field, &row.value)));
    }
    Ok(found.into_iter().collect())
}

/// Texts of others in which they stand. The name of another person who is called the same is not theirs.
fn name(conn: &mut Conn, found: &mut Found) -> Result<(), StoreError> {
    for named in found.called.clone() {
        let rows: Vec<OpeningRow> = sql_query(
            "SELECT commitment, field, value, subject_kind, subject FROM openings \
             WHERE LOWER(value) LIKE $1 ESCAPE '\\' \
             AND NOT (subject_kind = 'roster' AND field IN ('name', 'email'))",
        )
        .bind::<Text, _>(named.pattern())
        .load(conn)?;
        for row in rows.iter().filter(|row| named.stands_in(&row.value)) {
            let broken = |_| StoreError::Corrupt(format!("the opening of {}", row.commitment));
            let hash: Hash = row.commitment.parse().map_err(broken)?;
            if !found.written.contains(&hash) {
                found.naming.insert(hash);
                let about = (row.subject_kind == "exception").then(|| row.subject.parse::<ExceptionId>().ok());
                found.exceptions.extend(about.flatten());
            }
        }
    }
    Ok(())
}

/// Of the files that they attached those that no exception has from anybody else.
fn only_theirs(conn: &mut Conn, attached: BTreeSet<Hash>, found: &mut Found) -> Result<(), StoreError> {
    for file in attached {
        let leaves: Vec<LeafRow> = sql_query(
            "SELECT seq, actor, body FROM leaves \
             WHERE subject_kind = 'exception' AND body LIKE $1",
        )
        .bind::<Text, _>(format!("%{file}%"))
        .load(conn)?;
        let mut named = BTreeSet::new();
        for leaf in &leaves {
            files(&read(&leaf.body)?, &mut named);
        }
        if named.iter().filter(|(hash, _)| *hash == file).all(|(_, name)| found.written.contains(name)) {
            found.files.insert(file);
        }
    }
    Ok(())
}

/// The exceptions that go on and that they touched, or that name them, each with the texts that it holds.
pub fn open_cases(conn: &mut Conn, found: &Found) -> Result<Vec<(Exception, BTreeSet<Hash>)>, StoreError> {
    let named = found.exceptions.iter().map(ExceptionId::to_string);
    let ids: BTreeSet<String> = named.chain(found.touched.iter().cloned()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut cases = Vec::new();
    for some in ids.chunks(MOST) {
        let mut sql = Sql::new(
            "SELECT id, body FROM exceptions \
             WHERE state NOT IN ('draft', 'rejected', 'withdrawn', 'expired', 'revoked', 'closed') AND ",
        );
        let rows: Vec<CaseRow> = sql.one_of("id", some).query().load(conn)?;
        for CaseRow { id, body } in rows {
            let mut held = BTreeSet::new();
            commitments(&read(&body)?, &mut held);
            cases.push((parse(&id, &body)?, held));
        }
    }
    Ok(cases)
}
