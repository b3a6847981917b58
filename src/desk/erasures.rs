//! Erasing people: what would go and what stands in the way, what follows of it, and who was told. The list of
//! erasures outside the database is kept here too, so that a restored backup gives nobody back.

mod list;

use std::collections::BTreeSet;

pub use list::{ErasureList, ListError};

use super::{
    Desk, Error, Laws,
    ground::Caller,
    read::caller,
    roster::{lose_part, wake_resting_on},
};
use crate::{
    domain::{
        exception::Exception,
        person::{By, Person},
        roster::{ErasureDeed, ErasureFacts, InTheWay, PersonRecord, RosterAction, RosterGround},
    },
    store::{
        Conn, StoreError, Tx,
        erasure::{self, Erased, Found, Receipt},
        roster::records,
    },
    words::{Hash, Obstacle, PersonId, ReadVerb},
};

/// What is known of the erasure of somebody, done or not.
#[derive(Debug, Clone)]
pub struct ErasureRead {
    /// The account.
    pub record: PersonRecord,
    /// The erasure, where it was done.
    pub erased: Option<(Erased, Vec<Receipt>)>,
    /// What would go, and what stands in the way, where it was not.
    pub would: Option<Would>,
}

/// What an erasure would take.
#[derive(Debug, Clone)]
pub struct Would {
    /// All accounts that are one human's.
    pub accounts: BTreeSet<PersonId>,
    /// How many texts of theirs, and of what is said of them.
    pub written: usize,
    /// How many texts of others that name them.
    pub naming: usize,
    /// In how many exceptions those are.
    pub exceptions: usize,
    /// How many files that nobody else attached.
    pub files: usize,
    /// What stands in the way.
    pub in_the_way: Vec<InTheWay>,
}

/// The facts for an action, with what stands in the way in exceptions where it erases somebody.
pub(super) fn facts(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    action: Option<&RosterAction>,
    ground: &RosterGround,
) -> Result<ErasureFacts, StoreError> {
    let known = ground.erasure.clone();
    let Some(RosterAction::Erasure(action)) = action else { return Ok(known) };
    if !action.erases() || known.erased {
        return Ok(known);
    }
    let accounts: BTreeSet<PersonId> = known.accounts.iter().map(|account| account.id).collect();
    let cases = tx.look(|conn| {
        let found = erasure::found(conn, &accounts)?;
        cases(conn, (&accounts, &found), (laws, ground.actor.as_ref()))
    })?;
    Ok(ErasureFacts { cases, ..known })
}

/// What stands in the way in exceptions, as far as `reader` may see which.
fn cases(
    conn: &mut Conn,
    (accounts, found): (&BTreeSet<PersonId>, &Found),
    (laws, reader): (&Laws, Option<&Person>),
) -> Result<Vec<InTheWay>, StoreError> {
    let mut all: Vec<InTheWay> = Vec::new();
    for (case, texts) in erasure::open_cases(conn, found)? {
        let seen = reader.is_none_or(|reader| Caller::of(reader, &laws.matrix).sees(&case));
        for what in parts(&case, accounts).into_iter().chain(texts_in(&texts, found)) {
            let at = all.iter().position(|one| one.what == what).unwrap_or(all.len());
            if at == all.len() {
                all.push(InTheWay { what, exceptions: BTreeSet::new(), unseen: 0, roles: BTreeSet::new() });
            }
            let Some(one) = all.get_mut(at) else { continue };
            if seen {
                one.exceptions.insert(case.number.clone());
            } else {
                one.unseen += 1;
            }
        }
    }
    all.sort_by_key(|one| one.what);
    Ok(all)
}

/// The parts that these accounts have in an exception that goes on.
fn parts(case: &Exception, accounts: &BTreeSet<PersonId>) -> BTreeSet<Obstacle> {
    let is = |person: Option<PersonId>| person.is_some_and(|person| accounts.contains(&person));
    let request = &case.request;
    let round = case.state.round().into_iter().flat_map(|round| &round.approvals);
    let seats = case.state.authority().into_iter().flat_map(|authority| authority.two.seats());
    let approved = round.flat_map(|given| [given.by, given.principal, given.human]);
    let mut approvers = approved.chain(seats.flat_map(|seat| [seat.human, seat.principal]));
    let parts = [
        (Obstacle::Requester, is(Some(case.requester))),
        (Obstacle::Beneficiary, is(request.beneficiary)),
        (Obstacle::Sponsor, is(request.sponsor)),
        (Obstacle::MonitoringOwner, is(request.monitoring_owner)),
        (Obstacle::ControlOwner, case.controls.iter().any(|control| is(control.owner))),
        (Obstacle::Assignee, case.tasks.iter().any(|task| is(task.assignee))),
        (Obstacle::Approver, approvers.any(|person| is(Some(person)))),
    ];
    parts.into_iter().filter_map(|(what, met)| met.then_some(what)).collect()
}

/// Does what goes on rest on words of theirs, or name them?
fn texts_in(texts: &BTreeSet<Hash>, found: &Found) -> impl Iterator<Item = Obstacle> {
    let author = !texts.is_disjoint(&found.written);
    let named = !texts.is_disjoint(&found.naming);
    [(author, Obstacle::Author), (named, Obstacle::Named)].into_iter().filter_map(|(met, what)| met.then_some(what))
}

/// What follows of it: nothing that they held counts any more, and whatever rests on them is looked at.
pub(super) fn follow(tx: &mut Tx<'_, '_>, laws: &Laws, deed: &ErasureDeed) -> Result<(), Error> {
    let ErasureDeed::PersonErased { accounts, .. } = deed else { return Ok(()) };
    for account in accounts {
        tx.leave_webhooks(*account)?;
        lose_part(tx, laws, *account)?;
        wake_resting_on(tx, *account)?;
    }
    Ok(())
}

impl Desk {
    /// What is known of the erasure of somebody: what came of it, or what it would come to.
    pub fn erasure(&self, by: &By, person: PersonId) -> Result<ErasureRead, Error> {
        self.may_read(by, ReadVerb::ReadErasures)?;
        let laws = self.laws();
        self.store.read(|conn| {
            let reader = caller(conn, by)?;
            let record = records(conn, &BTreeSet::from([person]))?.remove(&person).ok_or(Error::NotFound("person"))?;
            if let Some(erased) = erasure::erased(conn, person)? {
                let receipts = erasure::receipts(conn, erased.leaf)?;
                return Ok(ErasureRead { record, erased: Some((erased, receipts)), would: None });
            }
            let would = would(conn, person, (&laws, &reader))?;
            Ok(ErasureRead { record, erased: None, would: Some(would) })
        })
    }
}

fn would(conn: &mut Conn, person: PersonId, (laws, reader): (&Laws, &Person)) -> Result<Would, Error> {
    let action = RosterAction::Erasure(crate::domain::roster::ErasureAction::ErasePerson { person });
    let known = erasure::facts(conn, &action, [Some(person), None])?;
    let accounts: BTreeSet<PersonId> = known.accounts.iter().map(|account| account.id).collect();
    let found = erasure::found(conn, &accounts)?;
    let cases = cases(conn, (&accounts, &found), (laws, Some(reader)))?;
    let in_the_way = ErasureFacts { cases, ..known }.in_the_way();
    let (written, naming) = (found.written.len(), found.naming.len());
    let (exceptions, files) = (found.exceptions.len(), found.files.len());
    Ok(Would { accounts, written, naming, exceptions, files, in_the_way })
}
