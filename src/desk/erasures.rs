//! Erasing people: what would go and what stands in the way, what follows of it, and who was told. The list of
//! erasures outside the database is kept here too, so that a restored backup gives nobody back.

mod list;
mod preview;
mod sweep;

use std::{collections::BTreeSet, sync::Arc};

pub use list::{ErasureList, ListError, Listed};
pub use preview::WouldGo;

use super::{
    Desk, Error, Laws,
    act::Asked,
    ground::Caller,
    read::caller,
    roster::{lose_part, wake_resting_on},
};
use crate::{
    domain::{
        exception::Exception,
        person::{By, Person},
        roster::{
            ErasureAction, ErasureDeed, ErasureFacts, InTheWay, PersonRecord, RosterAction, RosterCommand, RosterGround,
        },
    },
    store::{
        Conn, StoreError, Tx,
        erasure::{self, Brought, Erased, Found, OpenCase, Receipt},
        roster::{self, records},
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

/// How many people's texts are looked for at once: each look reads every text, and takes a reader meanwhile.
const AT_ONCE: usize = 2;

/// What an erasure would take.
#[derive(Debug, Clone)]
pub struct Would {
    /// What stands for exactly this: to be named by who proposes it.
    pub found: Hash,
    /// The texts of others that name them, as far as whoever asks may see them.
    pub texts: Vec<WouldGo>,
    /// How many more there are.
    pub unseen: usize,
    /// What they are called that is not looked for in the texts of others, with the code of why.
    pub unsought: Vec<(String, &'static str)>,
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

/// The facts for an action, with what stands in the way in exceptions where it erases somebody, as a reader found it.
pub(super) fn facts(
    tx: &mut Tx<'_, '_>,
    action: Option<&RosterAction>,
    ground: &RosterGround,
) -> Result<ErasureFacts, StoreError> {
    let known = ground.erasure.clone();
    let Some(RosterAction::Erasure(ErasureAction::ErasePerson { .. })) = action else { return Ok(known) };
    let Some(accounts) = unhindered(&known) else { return Ok(known) };
    // Where nobody looked for exactly these, nothing is what was looked at.
    let Some(brought) = tx.brought(&accounts)? else { return Ok(known) };
    tx.require_unmoved(&brought.found)?;
    Ok(ErasureFacts { cases: brought.cases.clone(), found: Some(brought.found.hash()), ..known })
}

/// The accounts that would go, where nothing that the roster knows stands in the way: only then their texts are looked
/// for.
fn unhindered(known: &ErasureFacts) -> Option<BTreeSet<PersonId>> {
    let free = !known.erased && known.in_the_way().is_empty();
    free.then(|| known.accounts.iter().map(|account| account.id).collect())
}

/// What stands in the way in exceptions, as far as `reader` may see which.
fn cases(
    conn: &mut Conn,
    found: &Found,
    (laws, reader): (&Laws, Option<&Person>),
) -> Result<Vec<InTheWay>, StoreError> {
    let mut all: Vec<InTheWay> = Vec::new();
    let open = erasure::open_cases(conn, found)?.into_iter().map(|one| {
        let parts = parts(&one.case, &found.accounts);
        let obstacles = parts.into_iter().chain(texts_in(&one, found)).collect();
        (one.case, obstacles)
    });
    let held = erasure::held_cases(conn, found)?.into_iter().map(|case| (case, vec![Obstacle::LegalHold]));
    for (case, obstacles) in open.chain(held) {
        let seen = reader.is_none_or(|reader| Caller::of(reader, &laws.matrix).sees(&case));
        for what in obstacles {
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
    if erasure::holds_elsewhere(conn, found)? && all.iter().all(|one| one.what != Obstacle::LegalHold) {
        let what = Obstacle::LegalHold;
        all.push(InTheWay { what, exceptions: BTreeSet::new(), unseen: 0, roles: BTreeSet::new() });
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
fn texts_in(one: &OpenCase, found: &Found) -> impl Iterator<Item = Obstacle> + use<> {
    let author = !one.texts.is_disjoint(&found.written);
    let named = one.named || !one.texts.is_disjoint(&found.naming);
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
    /// What is found of whoever a command erases, by a reader: the writer only asks whether anything changed it since.
    /// Nothing is looked for where something stands in the way.
    pub(super) fn look_ahead(&self, asked: &Asked<RosterCommand>) -> Result<Option<Arc<Brought>>, Error> {
        let change = match &asked.command {
            RosterCommand::ConfirmChange { change, .. } => self.store.read(|conn| roster::change(conn, *change))?,
            RosterCommand::Act { .. } | RosterCommand::RejectChange { .. } => None,
        };
        let Some(RosterAction::Erasure(ErasureAction::ErasePerson { person, .. })) = asked
            .command
            .action(change.as_ref())
            .filter(|_| !matches!(asked.command, RosterCommand::RejectChange { .. }))
        else {
            return Ok(None);
        };
        if self.may_read(&asked.by, ReadVerb::ReadErasures).is_err() {
            return Ok(None);
        }
        let _turn = self.lookups.take(AT_ONCE)?;
        let Some(mut found) = self.store.read(|conn| {
            let Some(accounts) = unhindered(&roster_facts(conn, *person)?) else { return Ok::<_, Error>(None) };
            let mut found = Found::of(&accounts);
            found.go_on(conn)?;
            Ok(Some(found))
        })?
        else {
            return Ok(None);
        };
        // What came while that lasted is little: the writer has less still to ask about.
        let laws = self.laws();
        let cases = self.store.read(|conn| {
            found.go_on(conn)?;
            let reader = caller(conn, &asked.by)?;
            Ok::<_, Error>(cases(conn, &found, (&laws, Some(&reader)))?)
        })?;
        Ok(Some(Arc::new(Brought { found, cases })))
    }

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
            let _turn = self.lookups.take(AT_ONCE)?;
            let would = would(conn, person, (&laws, &reader))?;
            Ok(ErasureRead { record, erased: None, would: Some(would) })
        })
    }
}

fn would(conn: &mut Conn, person: PersonId, (laws, reader): (&Laws, &Person)) -> Result<Would, Error> {
    let known = roster_facts(conn, person)?;
    let accounts: BTreeSet<PersonId> = known.accounts.iter().map(|account| account.id).collect();
    let mut found = Found::of(&accounts);
    found.go_on(conn)?;
    let cases = cases(conn, &found, (laws, Some(reader)))?;
    let in_the_way = ErasureFacts { cases, ..known }.in_the_way();
    let (texts, unseen) = preview::shown(conn, &found, (laws, reader))?;
    Ok(Would {
        found: found.hash(),
        texts,
        unseen,
        unsought: found.called.unsought.iter().map(|(value, why)| (value.clone(), why.as_str())).collect(),
        accounts,
        written: found.written.len(),
        naming: found.naming.len(),
        exceptions: found.exceptions.len(),
        files: found.files().len(),
        in_the_way,
    })
}

/// All that the roster and endpoints say of the erasure of somebody.
fn roster_facts(conn: &mut Conn, person: PersonId) -> Result<ErasureFacts, StoreError> {
    let action = RosterAction::Erasure(ErasureAction::ErasePerson { person, found: Hash::of(b"") });
    erasure::facts(conn, &action, [Some(person), None])
}
