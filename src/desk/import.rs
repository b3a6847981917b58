//! Rows of another register become exceptions, each once: by its source and its reference there. Nothing of this
//! gives effect; what lives goes before its quorum, by the same rules as what was filed here.

use std::collections::BTreeSet;

use super::{
    Desk, Error, Laws, Pending,
    act::{Told, record, require_known, require_renewable},
    ground::{Caller, Procedures, people, prior},
};
use crate::{
    access::{Ask, Relation, RoleSet},
    domain::{
        command::Command,
        event::Event,
        exception::Exception,
        import::Provenance,
        lifecycle::{self, Drafting, Ground, decide},
        person::{By, People, Person},
        request::Request,
    },
    store::{StoreError, Tx, roster::person_by_email_key},
    words::{AdminVerb, ExceptionId, Opening},
};

/// One row of another register, as it is to become an exception.
#[derive(Debug, Clone)]
pub struct Row {
    /// The procedure.
    pub sop: String,
    /// Where it was kept, and how it stood there. Whether it has an owner is found out here.
    pub from: Provenance,
    /// The key of its owner's mail address, where the row has one.
    pub owner: Option<String>,
    /// What it says.
    pub request: Request,
    /// What opens the commitments in it.
    pub openings: Vec<Opening>,
}

/// How far a row goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// Nothing is written: what would become of it.
    Foreseen,
    /// It stays a draft until somebody submits it, so that its files can be attached before.
    Drafted,
    /// It enters where it belongs.
    Entered,
}

/// What became of a row.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Was it imported before?
    pub known: bool,
    /// The exception; absent where whoever asks may not see what was imported before.
    pub exception: Option<Exception>,
}

impl Desk {
    /// Imports a row; what was imported before stays as it is.
    pub fn import(&self, by: &By, row: Row, going: Going) -> Result<Pending<Taken>, Error> {
        let id = ExceptionId(self.random.uuid_v7(self.clock.now())?);
        let (book, by) = (self.laws.clone(), by.clone());
        let taken = self.queue(move |tx| {
            let laws = book.in_force(tx)?;
            take(tx, &laws, (id, &by), (&row, going)).map(Ok)
        })?;
        Ok(taken.counted(AdminVerb::ImportExceptions.as_str(), &self.tally))
    }
}

fn take(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    (id, by): (ExceptionId, &By),
    (row, going): (&Row, Going),
) -> Result<Taken, Error> {
    let importer = importer(tx, laws, (by, &row.request))?;
    let name = (row.from.source.as_str(), row.from.reference.as_str());
    if let Some(known) = tx.imported(name.0, name.1)? {
        let found = tx.exception(known)?.filter(|found| Caller::of(&importer, &laws.matrix).sees(found));
        return Ok(Taken { known: true, exception: found });
    }
    let begun = begun(tx, laws, (&importer, by), (row, going))?;
    let broken = || StoreError::Corrupt("an import that does not begin with a draft".to_owned());
    let draft = Exception::folded(id, &begun).ok_or_else(broken)?;
    let entered = if going == Going::Drafted { Vec::new() } else { entered(tx, laws, (by, &draft))? };
    let after = entered.iter().fold(draft.clone(), Exception::after);
    if going != Going::Foreseen {
        record(tx, laws, id, Told { before: None, events: begun.into(), openings: &row.openings })?;
        tx.keep_import(name, id)?;
        if !entered.is_empty() {
            record(tx, laws, id, Told { before: Some(&draft), events: entered, openings: &[] })?;
        }
    }
    Ok(Taken { known: false, exception: Some(after) })
}

/// Whoever asks, if they may import what lies in these domains, all of them.
fn importer(tx: &mut Tx<'_, '_>, laws: &Laws, (by, request): (&By, &Request)) -> Result<Person, Error> {
    let id = by.person().ok_or(Error::NotFound("person"))?;
    let found = tx.people(&BTreeSet::from([id]))?.into_iter().find(|person| person.id == id && person.active);
    let person = found.ok_or(Error::NotFound("person"))?;
    let domains = request.domains();
    let here = person.grants.iter().filter(|grant| domains.iter().all(|domain| grant.domain.covers(domain)));
    let held = RoleSet::of_person(here.map(|grant| grant.role));
    let roles = if person.is_service() { RoleSet::of_service() } else { held };
    let ask = Ask::Administer(AdminVerb::ImportExceptions);
    if laws.matrix.allows(roles, ask, None, Relation::Other) {
        return Ok(person);
    }
    Err(Error::Forbidden(format!("your roles there do not include `{}`", ask.as_str())))
}

/// The active human whose address it is.
fn owner(tx: &mut Tx<'_, '_>, key: Option<&String>) -> Result<Option<Person>, StoreError> {
    let Some(key) = key else { return Ok(None) };
    let Some(id) = tx.look(|conn| person_by_email_key(conn, key))? else { return Ok(None) };
    let found = tx.people(&BTreeSet::from([id]))?.into_iter().find(|person| person.id == id);
    Ok(found.filter(|person| person.active && !person.is_service()))
}

/// The draft on the account of its owner, or of whoever imports it.
fn begun(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    (importer, by): (&Person, &By),
    (row, going): (&Row, Going),
) -> Result<[Event; 2], Error> {
    let newest = laws.sops.for_new(&row.sop)?;
    let owner = owner(tx, row.owner.as_ref())?;
    let requester = owner.as_ref().map_or(importer.id, |owner| owner.id);
    let mut ids = row.request.people();
    ids.extend([requester, importer.id]);
    let people = People::new(tx.people(&ids)?, Vec::new());
    require_known(&row.request, &people)?;
    require_renewable(tx, laws, &row.request, importer.id, &people)?;
    let now = tx.now();
    // What is only foreseen takes no number.
    let number = if going == Going::Foreseen { String::new() } else { tx.next_number(chrono::Datelike::year(&now))? };
    let from = Provenance { ownerless: owner.is_none(), ..row.from.clone() };
    let procedures = Procedures { running: newest.clone(), newest };
    let ground = procedures.ground(laws, (by, now), &people);
    Ok(lifecycle::imported(Drafting { number, requester, request: row.request.clone() }, from, ground))
}

/// What follows of it: what it would be to submit it.
fn entered(tx: &mut Tx<'_, '_>, laws: &Laws, (by, draft): (&By, &Exception)) -> Result<Vec<Event>, Error> {
    let people = people(tx, draft, Some(&Command::Submit), by)?;
    let (prior, used_up) = prior(tx, laws, draft, &Command::Submit)?;
    let procedures = Procedures::of(laws, &draft.sop)?;
    let ground = Ground { prior, used_up: &used_up, ..procedures.ground(laws, (by, tx.now()), &people) };
    Ok(decide(draft, Command::Submit, ground)?)
}
