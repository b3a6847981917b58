//! What of the record is somebody's: the texts that they wrote, those that say something of their account, and those
//! in which others call them by their whole name or their address; and the files that nobody else attached. It is
//! looked for once, however long that takes, and then goes on from where it came to: what is decided in a transaction
//! reads the leaves since.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use serde_json::Value;

use super::called::{Called, OpeningRow, called, humans, texts, texts_after};
use crate::{
    ledger::Subject,
    store::{backend::Conn, error::StoreError},
    words::{ExceptionId, Hash, PersonId},
};

/// How many leaves are read at once.
const PAGE: i64 = 500;

/// What is somebody's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// All accounts that are theirs.
    pub accounts: BTreeSet<PersonId>,
    /// The commitments of texts that they wrote, and of what is said of their accounts.
    pub written: BTreeSet<Hash>,
    /// The commitments of texts of others that name them.
    pub naming: BTreeSet<Hash>,
    /// The exceptions with such a text.
    pub exceptions: BTreeSet<ExceptionId>,
    /// The exceptions that they did something to, or that are in their name.
    pub touched: BTreeSet<String>,
    /// What they are called, so that it can be looked for.
    pub called: Called,
    /// Files that they attached, and those that others did.
    attached: BTreeSet<Hash>,
    shared: BTreeSet<Hash>,
    /// The commitments of what they were recorded to be called.
    identity: BTreeSet<Hash>,
    /// How many leaves were looked at, and how many of the roster.
    until: i64,
    roster: i64,
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

/// Every committed text in a value.
pub(super) fn commitments(value: &Value, found: &mut BTreeSet<Hash>) {
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
pub(super) fn attachments(value: &Value, found: &mut BTreeSet<(Hash, Hash)>) {
    match value {
        Value::Object(members) => {
            let text = |member: Option<&Value>| member?.as_str()?.parse::<Hash>().ok();
            let named = members.get("name").and_then(|name| text(name.get("c")));
            if members.contains_key("media_type") {
                found.extend(text(members.get("hash")).zip(named));
            }
            members.values().for_each(|member| attachments(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| attachments(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(super) fn read(body: &str) -> Result<Value, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Corrupt(format!("a leaf or an exception: {error}")))
}

/// Whom an event of the roster is about, by name or by what is proposed.
pub(super) fn about(leaf: &Value) -> Option<&str> {
    let deed = leaf.get("event")?.get("deed")?;
    deed.get("person").or_else(|| deed.get("action")?.get("person"))?.as_str()
}

/// Was it recorded what somebody is called? What was proposed and never confirmed names nobody.
fn names_somebody(leaf: &Value) -> bool {
    let kind = leaf.pointer("/event/deed/kind").and_then(Value::as_str);
    matches!(kind, Some("person_added" | "person_updated"))
}

impl Found {
    /// Nothing yet of whoever has these accounts.
    pub fn of(accounts: &BTreeSet<PersonId>) -> Self {
        Self { accounts: accounts.clone(), ..Self::default() }
    }

    /// The files that they attached, and nobody else.
    pub fn files(&self) -> BTreeSet<Hash> {
        self.attached.difference(&self.shared).copied().collect()
    }

    /// What stands for exactly this: other accounts, texts or files have another.
    pub fn hash(&self) -> Hash {
        let accounts = self.accounts.iter().map(|id| format!("account {id}"));
        let written = self.written.iter().map(|text| format!("written {text}"));
        let naming = self.naming.iter().map(|text| format!("naming {text}"));
        let files = self.files().into_iter().map(|file| format!("file {file}"));
        let all: Vec<String> = accounts.chain(written).chain(naming).chain(files).collect();
        Hash::of(all.join("\n").as_bytes())
    }

    /// Looks at what was not looked at yet.
    pub fn go_on(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        let ids: Vec<String> = self.accounts.iter().map(ToString::to_string).collect();
        let (from, until) = (self.until, leaves(conn)?);
        self.look_at_roster(conn, &ids)?;
        let touched = touched(conn, &ids)?;
        let changed = if from == 0 { BTreeSet::new() } else { changed_since(conn, from)? };
        for id in &touched {
            if changed.contains(id) || !self.touched.contains(id) {
                self.look_at_exception(conn, id, &ids)?;
            }
        }
        self.touched = touched;
        let called = called(conn, &self.identity, &ids)?;
        if from == 0 || called != self.called {
            self.called = called;
            self.look_at_all_texts(conn)?;
        } else {
            self.look_at_texts_since(conn, from)?;
        }
        self.naming.retain(|text| !self.written.contains(text));
        self.look_at_files(conn, from)?;
        self.until = until;
        Ok(())
    }

    /// Everything that the roster says of their accounts, and what they wrote there of nobody else; the commitments
    /// of what they are called, and were, as far as they are human.
    fn look_at_roster(&mut self, conn: &mut Conn, ids: &[String]) -> Result<(), StoreError> {
        let (kind, subject) = Subject::Roster.parts();
        let humans = humans(conn, ids)?;
        loop {
            let page: Vec<LeafRow> = sql_query(
                "SELECT seq, actor, body FROM leaves WHERE subject_kind = $1 AND subject = $2 AND seq > $3 \
                 ORDER BY seq LIMIT $4",
            )
            .bind::<Text, _>(kind)
            .bind::<Text, _>(&subject)
            .bind::<BigInt, _>(self.roster)
            .bind::<BigInt, _>(PAGE)
            .load(conn)?;
            let Some(last) = page.last() else { return Ok(()) };
            self.roster = last.seq;
            for leaf in page {
                let body = read(&leaf.body)?;
                let about = about(&body);
                if about.or(leaf.actor.as_deref()).is_some_and(|person| ids.iter().any(|id| id == person)) {
                    commitments(&body, &mut self.written);
                }
                if about.is_some_and(|person| humans.contains(person)) && names_somebody(&body) {
                    commitments(&body, &mut self.identity);
                }
            }
        }
    }

    /// What of an exception they said first. What a job took in for them is theirs too.
    fn look_at_exception(&mut self, conn: &mut Conn, id: &str, ids: &[String]) -> Result<(), StoreError> {
        let leaves: Vec<LeafRow> = sql_query(
            "SELECT seq, actor, body FROM leaves \
             WHERE subject_kind = 'exception' AND subject = $1 ORDER BY seq",
        )
        .bind::<Text, _>(id)
        .load(conn)?;
        let mut known = BTreeSet::new();
        for leaf in leaves {
            let body = read(&leaf.body)?;
            let drafted = || body.pointer("/event/deed/requester").and_then(Value::as_str).map(str::to_owned);
            let author = leaf.actor.or_else(drafted);
            let mut said = BTreeSet::new();
            commitments(&body, &mut said);
            let fresh: BTreeSet<Hash> = said.difference(&known).copied().collect();
            if author.is_some_and(|author| ids.contains(&author)) && !fresh.is_empty() {
                let mut here = BTreeSet::new();
                attachments(&body, &mut here);
                self.attached.extend(here.into_iter().filter(|(_, name)| fresh.contains(name)).map(|(hash, _)| hash));
                self.written.extend(&fresh);
                self.exceptions.extend(id.parse::<ExceptionId>());
            }
            known.extend(fresh);
        }
        Ok(())
    }

    /// Looks for them in every text of others.
    fn look_at_all_texts(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        self.naming.clear();
        let mut after = String::new();
        while !self.called.sought.is_empty() {
            let page = texts_after(conn, &after, PAGE)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.commitment);
            self.look_at_texts(&page)?;
        }
        Ok(())
    }

    /// The same of those that came with the leaves from this number on.
    fn look_at_texts_since(&mut self, conn: &mut Conn, from: i64) -> Result<(), StoreError> {
        let mut fresh = BTreeSet::new();
        let until = leaves(conn)?;
        each_body(conn, (from, until), "%", |body| commitments(body, &mut fresh))?;
        let page = texts(conn, &fresh)?;
        self.look_at_texts(&page)
    }

    fn look_at_texts(&mut self, page: &[OpeningRow]) -> Result<(), StoreError> {
        for row in page.iter().filter(|row| !row.is_of_account()) {
            let text = row.hash()?;
            if !self.written.contains(&text) && self.called.stands_in(&row.value) {
                self.naming.insert(text);
                let about = (row.subject_kind == "exception").then(|| row.subject.parse::<ExceptionId>().ok());
                self.exceptions.extend(about.flatten());
            }
        }
        Ok(())
    }

    /// Which of the files that they attached another attached too: the name is that one's then.
    fn look_at_files(&mut self, conn: &mut Conn, from: i64) -> Result<(), StoreError> {
        let mut named = BTreeSet::new();
        let until = leaves(conn)?;
        each_body(conn, (from, until), "%\"media_type\"%", |body| attachments(body, &mut named))?;
        let others = named.into_iter().filter(|(_, name)| !self.written.contains(name));
        self.shared.extend(others.map(|(hash, _)| hash));
        Ok(())
    }

    /// Does a leaf that is not in its table yet change anything of it?
    pub(super) fn is_changed_by(&self, leaf: &Value, (subject, actor): (&str, Option<&str>)) -> bool {
        let mut said = BTreeSet::new();
        commitments(leaf, &mut said);
        if said.is_empty() {
            return false;
        }
        let is_theirs = |id: &str| self.accounts.iter().any(|account| account.to_string() == id);
        let mut attached = BTreeSet::new();
        attachments(leaf, &mut attached);
        let about = if Subject::Roster.parts().1 == subject { about(leaf) } else { None };
        actor.is_some_and(is_theirs)
            || about.is_some_and(is_theirs)
            || self.touched.contains(subject)
            || subject.parse().is_ok_and(|id: ExceptionId| self.exceptions.contains(&id))
            || attached.iter().any(|(file, _)| self.attached.contains(file))
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct SubjectRow {
    #[diesel(sql_type = Text)]
    subject: String,
}

#[derive(QueryableByName)]
struct BodyRow {
    #[diesel(sql_type = Text)]
    body: String,
}

/// How many leaves there are.
fn leaves(conn: &mut Conn) -> Result<i64, StoreError> {
    let row: Count = sql_query("SELECT COALESCE(MAX(idx), -1) + 1 AS count FROM leaves").get_result(conn)?;
    Ok(row.count)
}

/// The exceptions with a leaf from this number on.
fn changed_since(conn: &mut Conn, from: i64) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<SubjectRow> =
        sql_query("SELECT DISTINCT subject FROM leaves WHERE idx >= $1 AND subject_kind = 'exception'")
            .bind::<BigInt, _>(from)
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.subject).collect())
}

/// Every leaf from the first number to before the second whose body is like that, a range of them at a time.
fn each_body(
    conn: &mut Conn,
    (from, until): (i64, i64),
    like: &str,
    mut job: impl FnMut(&Value),
) -> Result<(), StoreError> {
    let mut next = from;
    while next < until {
        let rows: Vec<BodyRow> = sql_query("SELECT body FROM leaves WHERE idx >= $1 AND idx < $2 AND body LIKE $3")
            .bind::<BigInt, _>(next)
            .bind::<BigInt, _>(next + PAGE)
            .bind::<Text, _>(like)
            .load(conn)?;
        next += PAGE;
        for row in &rows {
            job(&read(&row.body)?);
        }
    }
    Ok(())
}

/// The exceptions that they did something to, are a party of, or decided, by themselves or through others.
pub(super) fn touched(conn: &mut Conn, ids: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let mut all = BTreeSet::new();
    for id in ids {
        let rows: Vec<SubjectRow> = sql_query(
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
