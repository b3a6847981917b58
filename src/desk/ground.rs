//! What a decision stands on: people read in the deciding transaction, and who may ask for what there.

use std::{collections::BTreeSet, sync::Arc};

use super::{Error, Laws, concerns::used_up, splits::splitting};
use crate::{
    access::{Ask, Matrix, Relation, RoleSet, Sight, Visibility},
    domain::{
        command::Command,
        exception::Exception,
        facts::{Prior, UsedUp},
        lifecycle::Ground,
        person::{By, Grant, People, Person},
        request::{Request, Time},
    },
    sop::Sop,
    store::{StoreError, Tx, history::earlier},
    words::{Dimension, DomainPath, PersonId, Role, SopRef, StateName},
};

/// The two versions of a procedure that a decision looks at.
pub(super) struct Procedures {
    pub(super) running: Arc<Sop>,
    pub(super) newest: Arc<Sop>,
}

impl Procedures {
    pub(super) fn of(laws: &Laws, sop: &SopRef) -> Result<Self, Error> {
        let missing = || Error::Store(StoreError::Corrupt(format!("{sop} is not among the published procedures")));
        let running = laws.sops.exactly(sop).ok_or_else(missing)?;
        let newest = laws.sops.newest(&sop.id).ok_or_else(missing)?;
        Ok(Self { running, newest })
    }
}

impl Procedures {
    /// What a decision stands on at `now`.
    pub(super) fn ground<'a>(&'a self, laws: &'a Laws, (by, now): (&'a By, Time), people: &'a People) -> Ground<'a> {
        Ground {
            by,
            now,
            sop: &self.running,
            newest: &self.newest,
            split: splitting(laws, &self.newest.reference()),
            register: &laws.register,
            people,
            prior: Prior::default(),
            used_up: &[],
            step_up_minutes: laws.step_up_minutes,
            calendars: &laws.calendars,
            resting: &laws.resting,
        }
    }
}

/// What was asked for before, and the budgets that are used up, where the command is the one that counts them.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
pub(super) fn prior(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    before: &Exception,
    command: &Command,
) -> Result<(Prior, Vec<UsedUp>), StoreError> {
    let now = tx.now();
    let content = match command {
        Command::Submit => before.clone(),
        Command::Revert { content, .. } => Exception { request: (**content).clone(), ..before.clone() },
        _ => return Ok((Prior::default(), Vec::new())),
    };
    tx.look(|conn| Ok((earlier(conn, before)?, used_up(conn, laws, (&content, now))?)))
}

/// Everyone whose role or presence the rules look at for this command.
pub(super) fn people(
    tx: &mut Tx<'_, '_>,
    before: &Exception,
    command: Option<&Command>,
    by: &By,
) -> Result<People, StoreError> {
    let mut ids = before.people();
    ids.extend(by.person());
    match command {
        Some(Command::Approve(approve) | Command::Resume(approve)) => ids.extend(approve.on_behalf_of),
        Some(Command::Assign { to, .. }) => ids.extend(*to),
        Some(Command::Watch { person } | Command::Unwatch { person }) => {
            ids.insert(*person);
        }
        Some(Command::Amend { request } | Command::Revert { content: request, .. }) => ids.extend(request.people()),
        _ => {}
    }
    // A revert may send what was submitted through the submission once more.
    let everyone = matches!(command, Some(Command::Submit | Command::Revert { .. }));
    let mut found = tx.people(&ids)?;
    if everyone {
        found.extend(tx.holders(&quorum_roles())?);
    }
    let delegations = match by.person() {
        Some(actor) => tx.delegations_to(actor)?,
        None => Vec::new(),
    };
    Ok(People::new(found, delegations))
}

/// Roles without whose holders nothing can be approved.
pub(super) fn quorum_roles() -> Vec<Role> {
    Role::APPROVING.iter().copied().chain(Dimension::ALL.iter().map(|dimension| dimension.assessor())).collect()
}

/// The account that acts, as the matrix sees it.
pub(super) struct Caller<'p> {
    pub(super) person: &'p Person,
    pub(super) visibility: Visibility,
}

impl<'p> Caller<'p> {
    pub(super) fn of(person: &'p Person, matrix: &Matrix) -> Self {
        let held = person.grants.iter().filter(|_| !person.is_service());
        let grants: Vec<(Role, DomainPath)> = held.map(|grant| (grant.role, grant.domain.clone())).collect();
        Self { person, visibility: Visibility::of(person.id, &grants, matrix) }
    }

    /// The roles held where the exception is.
    fn roles(&self, domains: &[DomainPath], lent: &[Grant]) -> RoleSet {
        if self.person.is_service() {
            return RoleSet::of_service();
        }
        let here = |grant: &&Grant| domains.iter().any(|domain| grant.domain.covers(domain));
        let own = self.person.grants.iter().filter(here).map(|grant| grant.role);
        RoleSet::of_person(own.chain(lent.iter().filter(here).map(|grant| grant.role).filter(|role| role.approves())))
    }

    /// May the caller ask for this on that exception? `lent` are the grants of a delegator.
    #[expect(clippy::too_many_arguments, reason = "each is a part of one request")]
    pub(super) fn may(
        &self,
        laws: &Laws,
        ask: Ask,
        exception: &Exception,
        lent: &[Grant],
        people: &People,
    ) -> Result<(), Error> {
        let relation = relation(self.person, exception, people);
        let roles = self.roles(&exception.request.domains(), lent);
        let state: Option<StateName> = Some(exception.state.name());
        if self.person.active && laws.matrix.allows(roles, ask, state, relation) {
            return Ok(());
        }
        Err(Error::Forbidden(format!("your roles here do not include `{}`", ask.as_str())))
    }

    /// Does the caller see it at all?
    pub(super) fn sees(&self, exception: &Exception) -> bool {
        self.person.active && self.visibility.sees(&sight(exception))
    }
}

/// Is the exception the caller's own?
fn relation(person: &Person, exception: &Exception, people: &People) -> Relation {
    let parties = [Some(exception.requester), exception.request.beneficiary].into_iter().flatten();
    if people.humans(parties).contains(&person.human) || exception.requester == person.id || brings(person, exception) {
        Relation::Own
    } else {
        Relation::Other
    }
}

/// Has the caller brought it from another register, and does it wait there for its files?
fn brings(person: &Person, exception: &Exception) -> bool {
    let by = exception.imported.as_ref().and_then(|imported| imported.by);
    exception.is_as_imported() && by == Some(person.id)
}

/// What decides who sees an exception; the store's facets say the same.
pub(super) fn sight(exception: &Exception) -> Sight {
    let Request { beneficiary, sponsor, monitoring_owner, readers, confidential, .. } = &exception.request;
    let parties = [Some(exception.requester), *beneficiary, *sponsor, *monitoring_owner];
    let involved: BTreeSet<PersonId> = exception
        .tasks
        .iter()
        .filter_map(|task| task.assignee)
        .chain(exception.state.round().into_iter().flat_map(|round| &round.approvals).map(|given| given.by))
        .chain(exception.controls.iter().filter_map(|control| control.owner))
        .collect();
    Sight {
        parties: parties.into_iter().flatten().collect(),
        readers: readers.iter().chain(&exception.watchers).copied().collect(),
        involved: involved.into_iter().collect(),
        domains: exception.request.domains(),
        confidential: *confidential,
    }
}
