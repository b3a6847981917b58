//! Reading through the door: the same eyes for one record and for lists, titles opened, nothing
//! foreign even hinted at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Desk, Error, ground::Caller};
use crate::{
    access::{Ask, RoleSet},
    domain::{
        dossier::{About, Dossier},
        exception::{Exception, Proposal, State},
        lifecycle::reads_internal,
        person::{By, People, Person},
        request::Time,
        task::Task,
    },
    store::{
        Conn, StoreError,
        exceptions::{exception, exception_by_number},
        listing::{self, Filter, Page, Place},
        open_tasks::{Doer, TaskFilter, TaskPage, open_tasks},
        queries, roster,
        timeline::{self, Entry, Span, What},
    },
    words::{AdminVerb, ExceptionId, Hash, PersonId, ReadVerb, RoundKind},
};

/// How an exception is named.
#[derive(Debug, Clone)]
pub enum Find {
    /// By its id.
    Id(ExceptionId),
    /// By its number.
    Number(String),
}

/// Something read, with the texts that open its commitments. What was erased has none.
#[derive(Debug, Clone)]
pub struct Record<T> {
    /// What was read.
    pub what: T,
    /// The texts.
    pub texts: BTreeMap<Hash, String>,
}

/// One version of an exception's content.
#[derive(Debug, Clone)]
pub struct Version {
    /// The exception at that version.
    pub exception: Exception,
    /// What made it.
    pub entry: Entry,
}

/// What approvers decide on, or would.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// Its round.
    pub round: u32,
    /// What the round is about.
    pub kind: RoundKind,
    /// Is the round open, or is this what a resumption would be about?
    pub open: bool,
    /// Its hash.
    pub hash: Hash,
    /// The high and critical findings that an approver must have read.
    pub to_acknowledge: Vec<Hash>,
    /// Its leaf-safe content.
    pub content: Value,
}

impl Desk {
    /// One exception.
    pub fn find(&self, by: &By, find: &Find) -> Result<Record<Exception>, Error> {
        self.seen(by, find, |_, found| Ok(found))
    }

    /// What happened to it, in order: events after number `after`, at most `limit`. What is said among those
    /// who work on it is for them alone.
    pub fn timeline(&self, by: &By, find: &Find, after: u64, limit: i64) -> Result<Record<Vec<Entry>>, Error> {
        self.told(by, find, Span { after, limit, what: What::Everything })
    }

    /// What was said of it, in order: comments after event number `after`, at most `limit`.
    pub fn comments(&self, by: &By, find: &Find, after: u64, limit: i64) -> Result<Record<Vec<Entry>>, Error> {
        self.told(by, find, Span { after, limit, what: What::Comments })
    }

    fn told(&self, by: &By, find: &Find, span: Span) -> Result<Record<Vec<Entry>>, Error> {
        self.with_seen(by, find, |conn, found, person| {
            let parties = [Some(found.requester), found.request.beneficiary].into_iter().flatten().collect();
            let people = People::new(roster::people(conn, &parties)?, Vec::new());
            let what = match (span.what, reads_internal(person, &found, &people)) {
                (what, true) => what,
                (What::Everything | What::Open, false) => What::Open,
                (What::Comments | What::OpenComments, false) => What::OpenComments,
            };
            Ok(timeline::events(conn, found.id, Span { what, ..span })?)
        })
    }

    /// Every version of its content, the first first.
    pub fn versions(&self, by: &By, find: &Find) -> Result<Record<Vec<Version>>, Error> {
        self.with_seen(by, find, |conn, found, _| {
            let every = Span { after: 0, limit: i64::MAX, what: What::Everything };
            let entries = timeline::events(conn, found.id, every)?;
            let mut versions: Vec<Version> = Vec::new();
            let mut now: Option<Exception> = None;
            for entry in entries {
                let after = match now.take() {
                    None => Exception::begin(found.id, &entry.event),
                    Some(before) => Some(before.after(&entry.event)),
                };
                let Some(after) = after else {
                    return Err(StoreError::Corrupt(format!("{} begins oddly", found.number)).into());
                };
                if versions.last().is_none_or(|last| last.exception.request != after.request) {
                    versions.push(Version { exception: after.clone(), entry });
                }
                now = Some(after);
            }
            Ok(versions)
        })
    }

    /// The dossier of the open round; of a suspended exception, the one that a resumption would be about.
    pub fn dossier(&self, by: &By, find: &Find) -> Result<Record<Frozen>, Error> {
        self.seen(by, find, |_, found| Frozen::of(&found))
    }

    /// The dossier that was `named`, if this exception ever had it, and the one that it has now.
    pub fn dossiers(&self, by: &By, find: &Find, named: Hash) -> Result<Record<[Option<Frozen>; 2]>, Error> {
        self.with_seen(by, find, |conn, found, _| {
            let every = Span { after: 0, limit: i64::MAX, what: What::Everything };
            let (mut now, mut then): (Option<Exception>, Option<Frozen>) = (None, None);
            for Entry { event, .. } in timeline::events(conn, found.id, every)? {
                now = now.map_or_else(|| Exception::begin(found.id, &event), |before| Some(before.after(&event)));
                let frozen = now.as_ref().and_then(|now| Frozen::of(now).ok());
                then = frozen.filter(|frozen| frozen.hash == named).or(then);
            }
            Ok([then, Frozen::of(&found).ok()])
        })
    }

    /// A page of the exceptions that whoever asks may see, with their titles.
    pub fn list(&self, by: &By, filter: &Filter, page: &Page) -> Result<Record<Vec<(Exception, Place)>>, Error> {
        self.list_with(by, (filter, page), title)
    }

    /// The same with those texts that `sealed` names.
    pub fn list_with(
        &self,
        by: &By,
        (filter, page): (&Filter, &Page),
        sealed: fn(&Exception) -> Vec<Hash>,
    ) -> Result<Record<Vec<(Exception, Place)>>, Error> {
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            let caller = Caller::of(&person, &self.laws.matrix);
            let rows = listing::list(conn, &caller.visibility, filter, page)?;
            opened(conn, rows, sealed)
        })
    }

    /// A page of the open tasks of exceptions that whoever asks may see.
    pub fn tasks(&self, by: &By, asked: &AskedTasks, page: &TaskPage) -> Result<Vec<(Exception, Task)>, Error> {
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            let caller = Caller::of(&person, &self.laws.matrix);
            let held = person.grants.iter().filter(|_| asked.mine == Mine::Only);
            let seats = held.map(|grant| (grant.role, grant.domain.clone())).collect();
            let waiting_for = (asked.mine == Mine::Only).then_some(Doer { person: person.id, seats });
            let filter = TaskFilter { waiting_for, ..asked.filter.clone() };
            Ok(open_tasks(conn, &caller.visibility, &filter, page)?)
        })
    }

    /// The titles of exceptions that were read through the door.
    pub fn titles(&self, of: &[&Exception]) -> Result<BTreeMap<Hash, String>, Error> {
        let titles: Vec<Hash> =
            of.iter().filter_map(|found| found.request.title.as_ref()).map(|title| title.commitment).collect();
        self.store.read(|conn| Ok(texts(conn, &titles)?))
    }

    /// An exception as it stood at an instant: the fold of what had happened by then.
    pub fn stood(&self, by: &By, find: &Find, at: Time) -> Result<Record<Exception>, Error> {
        self.seen(by, find, |conn, found| {
            let every = Span { after: 0, limit: i64::MAX, what: What::Everything };
            let told = timeline::events(conn, found.id, every)?.into_iter().map(|entry| entry.event);
            let events: Vec<_> = told.take_while(|event| event.at <= at).collect();
            Exception::folded(found.id, &events).ok_or(Error::NotFound("exception at that time"))
        })
    }

    /// The content of an exception as it was at a version.
    pub fn content_at(&self, by: &By, find: &Find, version: u64) -> Result<Exception, Error> {
        let versions = self.versions(by, find)?.what;
        let earlier = versions.into_iter().rfind(|one| one.exception.version <= version);
        earlier.map(|one| one.exception).ok_or(Error::NotFound("version"))
    }

    /// May whoever asks read this kind of thing anywhere?
    pub fn may_read(&self, by: &By, verb: ReadVerb) -> Result<Person, Error> {
        self.may_ask(by, Ask::Read(verb))
    }

    /// May whoever asks administer this?
    pub fn may_administer(&self, by: &By, verb: AdminVerb) -> Result<Person, Error> {
        self.may_ask(by, Ask::Administer(verb))
    }

    fn may_ask(&self, by: &By, ask: Ask) -> Result<Person, Error> {
        let person = self.store.read(|conn| caller(conn, by))?;
        let held = person.grants.iter().map(|grant| grant.role);
        let roles = if person.is_service() { RoleSet::of_service() } else { RoleSet::of_person(held) };
        if self.laws.matrix.allows(roles, ask, None, crate::access::Relation::Other) {
            return Ok(person);
        }
        Err(Error::Forbidden(format!("your roles do not include `{}`", ask.as_str())))
    }

    fn seen<T>(
        &self,
        by: &By,
        find: &Find,
        job: impl FnOnce(&mut Conn, Exception) -> Result<T, Error>,
    ) -> Result<Record<T>, Error>
    where
        T: Commitments,
    {
        self.with_seen(by, find, |conn, found, _| job(conn, found))
    }

    pub(super) fn with_seen<T: Commitments>(
        &self,
        by: &By,
        find: &Find,
        job: impl FnOnce(&mut Conn, Exception, &Person) -> Result<T, Error>,
    ) -> Result<Record<T>, Error> {
        let mut confidential = None;
        let read = self.store.read(|conn| {
            let person = caller(conn, by)?;
            let found = match find {
                Find::Id(id) => exception(conn, *id)?,
                Find::Number(number) => match exception_by_number(conn, number)? {
                    Some(id) => exception(conn, id)?,
                    None => None,
                },
            };
            let found = found
                .filter(|found| Caller::of(&person, &self.laws.matrix).sees(found))
                .ok_or(Error::NotFound("exception"))?;
            confidential = found.request.confidential.then_some(found.id);
            let what = job(conn, found, &person)?;
            let texts = texts(conn, &what.commitments())?;
            Ok::<_, Error>(Record { what, texts })
        })?;
        confidential.map_or(Ok(()), |id| self.note_reading(by, id))?;
        Ok(read)
    }
}

impl Frozen {
    /// The dossier of the open round; of a suspended exception, the one that a resumption would be about.
    fn of(found: &Exception) -> Result<Self, Error> {
        let open = found.state.round().map(|round| (round.number, round.kind, round.proposal.clone(), true));
        let review = found.review();
        let next = || {
            matches!(found.state, State::Suspended { .. })
                .then(|| (found.rounds + 1, RoundKind::Resume, Proposal::Reaffirm, false))
        };
        let (round, kind, proposal, open) = open.or_else(next).ok_or(Error::NotFound("open round of decision"))?;
        let dossier =
            Dossier::of(found, About { round, kind, proposal: &proposal, review }).ok_or(Error::NotFound("dossier"))?;
        let content = serde_json::to_value(&dossier).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let to_acknowledge = found.grave_findings().map(|finding| finding.text.commitment).collect();
        Ok(Self { round, kind, open, hash: dossier.hash(), to_acknowledge, content })
    }
}

/// Which tasks are asked for.
#[derive(Debug, Clone)]
pub struct AskedTasks {
    /// Only those that wait for whoever asks?
    pub mine: Mine,
    /// What else they are filtered by.
    pub filter: TaskFilter,
}

/// Only what waits for whoever asks, or everything they see?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mine {
    /// Only theirs.
    Only,
    /// Everything.
    All,
}

/// Whoever asks, as the database has them now.
pub(super) fn caller(conn: &mut Conn, by: &By) -> Result<Person, Error> {
    present(conn, by.person().ok_or(Error::NotFound("person"))?)
}

/// Somebody who is with us.
pub(super) fn present(conn: &mut Conn, id: PersonId) -> Result<Person, Error> {
    let found = roster::people(conn, &BTreeSet::from([id]))?;
    found.into_iter().find(|person| person.id == id && person.active).ok_or(Error::NotFound("person"))
}

/// These rows with the texts that `sealed` names.
fn opened(
    conn: &mut Conn,
    rows: Vec<(Exception, Place)>,
    sealed: fn(&Exception) -> Vec<Hash>,
) -> Result<Record<Vec<(Exception, Place)>>, Error> {
    let commitments: Vec<Hash> = rows.iter().flat_map(|(found, _)| sealed(found)).collect();
    Ok(Record { what: rows, texts: texts(conn, &commitments)? })
}

/// These rows with their titles.
pub(super) fn titled(conn: &mut Conn, rows: Vec<(Exception, Place)>) -> Result<Record<Vec<(Exception, Place)>>, Error> {
    opened(conn, rows, title)
}

fn title(of: &Exception) -> Vec<Hash> {
    of.request.title.iter().map(|title| title.commitment).collect()
}

pub(super) fn texts(conn: &mut Conn, commitments: &[Hash]) -> Result<BTreeMap<Hash, String>, StoreError> {
    Ok(queries::opened(conn, commitments)?.into_iter().map(|opened| (opened.commitment, opened.value)).collect())
}

/// What has commitments in it that a reader may want opened.
pub trait Commitments {
    /// All of them.
    fn commitments(&self) -> Vec<Hash>;
}

/// Finds the commitments in a leaf-safe value: objects of exactly `c` and `n`.
fn collect(value: &Value, found: &mut Vec<Hash>) {
    match value {
        Value::Object(map) => {
            let sealed =
                (map.len() == 2 && map.contains_key("n")).then(|| map.get("c")?.as_str()?.parse().ok()).flatten();
            match sealed {
                Some(hash) => found.push(hash),
                None => map.values().for_each(|inner| collect(inner, found)),
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn in_json(value: &impl serde::Serialize) -> Vec<Hash> {
    let mut found = Vec::new();
    if let Ok(value) = serde_json::to_value(value) {
        collect(&value, &mut found);
    }
    found
}

impl Commitments for Exception {
    fn commitments(&self) -> Vec<Hash> {
        in_json(self)
    }
}

impl Commitments for Vec<Entry> {
    fn commitments(&self) -> Vec<Hash> {
        self.iter().flat_map(|entry| in_json(&entry.event)).collect()
    }
}

impl Commitments for Vec<Version> {
    fn commitments(&self) -> Vec<Hash> {
        self.iter().flat_map(|version| in_json(&version.exception.request)).collect()
    }
}

impl Commitments for [Option<Frozen>; 2] {
    fn commitments(&self) -> Vec<Hash> {
        self.iter().flatten().flat_map(Commitments::commitments).collect()
    }
}

impl Commitments for Frozen {
    fn commitments(&self) -> Vec<Hash> {
        in_json(&self.content)
    }
}
