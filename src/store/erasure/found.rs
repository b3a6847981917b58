//! What of the record is somebody's: the texts that they were the first to say, those that say something of their
//! account, and those in which others call them by their whole name or their address; and the files that nobody else
//! attached. A reader looks for it, however long that takes, and goes on from where it came to; the writer then only
//! asks whether anything changed it since (`stale.rs`).

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use serde_json::Value;

use super::{
    called::{Called, OpeningRow, called, humans, texts, texts_after},
    classes::OVER,
    leaf::{LeafRow, PAGE, about, attachments, commitments, each_body, kind, leaves, names_somebody, read},
};
use crate::{
    ledger::Subject,
    store::{backend::Conn, error::StoreError, sql::Sql},
    words::{ExceptionId, Hash, PersonId},
};

/// How many values one statement asks for.
const MOST: usize = 400;

/// What is somebody's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// All accounts that are theirs.
    pub accounts: BTreeSet<PersonId>,
    /// The commitments of texts that they wrote, and of what is said of their accounts.
    pub written: BTreeSet<Hash>,
    /// The commitments of texts of others that name them.
    pub naming: BTreeSet<Hash>,
    /// The exceptions with a text of either kind.
    pub exceptions: BTreeSet<ExceptionId>,
    /// Those with a text of others that names them.
    pub named_in: BTreeSet<ExceptionId>,
    /// Those of all these that go on.
    pub open: BTreeSet<ExceptionId>,
    /// The exceptions that they did something to, or that are in their name.
    pub touched: BTreeSet<String>,
    /// What they are called, so that it can be looked for.
    pub called: Called,
    /// Files that they attached, and those that others did.
    pub(super) attached: BTreeSet<Hash>,
    shared: BTreeSet<Hash>,
    /// The commitments of what they were recorded to be called.
    identity: BTreeSet<Hash>,
    /// Who was the first to say each text of the roster, and whom it is about.
    pub(super) said: BTreeMap<Hash, [Option<PersonId>; 2]>,
    /// How many leaves were looked at, and how many of the roster; when the newest ticket was kept.
    pub(super) until: i64,
    roster: i64,
    pub(super) tickets: i64,
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
        self.open = open(conn, &self.exceptions)?;
        self.tickets = newest_ticket(conn)?;
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
                if about.is_some_and(|person| humans.contains(person)) && names_somebody(&body) {
                    commitments(&body, &mut self.identity);
                }
                self.look_at_roster_leaf((&body, leaf.actor.as_deref()), ids);
            }
        }
    }

    /// What is said of an account is that account's; anything else is whose who said it first. Whoever confirms what
    /// another proposed repeats it.
    pub(super) fn look_at_roster_leaf(&mut self, (body, actor): (&Value, Option<&str>), ids: &[String]) {
        let about = about(body);
        let theirs = |person: Option<&str>| person.is_some_and(|person| ids.iter().any(|id| id == person));
        let mut said = BTreeSet::new();
        commitments(body, &mut said);
        for text in said {
            let first = !self.said.contains_key(&text);
            if theirs(about) || (about.is_none() && first && theirs(actor)) {
                self.written.insert(text);
            }
            self.said.entry(text).or_insert_with(|| [actor, about].map(|id| id.and_then(|id| id.parse().ok())));
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
        let bodies: Vec<Value> = leaves.iter().map(|leaf| read(&leaf.body)).collect::<Result<_, _>>()?;
        let whose = bodies.first().zip(bodies.get(1)).map_or(Whose::Author, |(one, two)| begun_by(one, two));
        let mut known = BTreeSet::new();
        for (at, (leaf, body)) in leaves.into_iter().zip(&bodies).enumerate() {
            let drafted = || body.pointer("/event/deed/requester").and_then(Value::as_str).map(str::to_owned);
            let author = match &whose {
                Whose::Owner(owner) if at < 2 => Some(owner.clone()),
                Whose::Nobody if at < 2 => None,
                Whose::Author | Whose::Owner(_) | Whose::Nobody => leaf.actor.or_else(drafted),
            };
            let mut said = BTreeSet::new();
            commitments(body, &mut said);
            let fresh: BTreeSet<Hash> = said.difference(&known).copied().collect();
            if author.is_some_and(|author| ids.contains(&author)) && !fresh.is_empty() {
                let mut here = BTreeSet::new();
                attachments(body, &mut here);
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
        self.named_in.clear();
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
                self.named_in.extend(about.flatten());
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
}

/// Whose the texts are by which an exception begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Whoever wrote them.
    Author,
    /// Its owner's, whom the register names that it came from.
    Owner(String),
    /// Nobody's: that register names no owner, and whoever brought it wrote none of it.
    Nobody,
}

/// Whose the texts of the first two events of an exception are.
pub(super) fn begun_by(first: &Value, second: &Value) -> Whose {
    if kind(second) != "imported" {
        return Whose::Author;
    }
    let ownerless = second.pointer("/event/deed/from/ownerless").and_then(Value::as_bool).unwrap_or(false);
    let owner = first.pointer("/event/deed/requester").and_then(Value::as_str);
    owner.filter(|_| !ownerless).map_or(Whose::Nobody, |owner| Whose::Owner(owner.to_owned()))
}

#[derive(QueryableByName)]
struct Newest {
    #[diesel(sql_type = BigInt)]
    at: i64,
}

#[derive(QueryableByName)]
struct SubjectRow {
    #[diesel(sql_type = Text)]
    subject: String,
}

/// When the newest ticket was kept.
fn newest_ticket(conn: &mut Conn) -> Result<i64, StoreError> {
    let row: Newest = sql_query("SELECT COALESCE(MAX(at), -1) AS at FROM tickets").get_result(conn)?;
    Ok(row.at)
}

/// Those of these exceptions that go on.
fn open(conn: &mut Conn, exceptions: &BTreeSet<ExceptionId>) -> Result<BTreeSet<ExceptionId>, StoreError> {
    let ids: Vec<String> = exceptions.iter().map(ExceptionId::to_string).collect();
    let mut open = BTreeSet::new();
    for some in ids.chunks(MOST) {
        let mut sql = Sql::new(&format!("SELECT id AS subject FROM exceptions WHERE state NOT IN {OVER} AND "));
        let rows: Vec<SubjectRow> = sql.one_of("id", some).query().load(conn)?;
        open.extend(rows.iter().filter_map(|row| row.subject.parse::<ExceptionId>().ok()));
    }
    Ok(open)
}

/// The exceptions with a leaf from this number on.
fn changed_since(conn: &mut Conn, from: i64) -> Result<BTreeSet<String>, StoreError> {
    let rows: Vec<SubjectRow> =
        sql_query("SELECT DISTINCT subject FROM leaves WHERE idx >= $1 AND subject_kind = 'exception'")
            .bind::<BigInt, _>(from)
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.subject).collect())
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
