//! Whether somebody could be erased as an event says: two people agreed, no hold was on them, and nothing that went on
//! was theirs; and whether anything is done by or to somebody who was. What was erased, no export tells.

use std::collections::BTreeSet;

use chrono::Duration;

use super::{agreed::two_people, story::Story};
use crate::{
    domain::{
        exception::Exception,
        person::By,
        roster::{
            Agreed, ErasureAction, ErasureDeed, RESTORE_JOB, RETENTION_JOB, RosterAction, RosterDeed, RosterEvent,
        },
    },
    ledger::ErasureNote,
    words::{ExceptionId, Hash, PersonId, StateName},
};

type Verdict = Result<(), String>;

/// Judges what is said of an erasure or of a hold.
pub(super) fn judge(story: &Story, deed: &ErasureDeed, event: &RosterEvent) -> Verdict {
    match deed {
        ErasureDeed::PersonErased { person, accounts, found, again } => {
            if *accounts != story.roster.accounts(*person) || accounts.is_empty() {
                return Err("somebody is erased with other accounts than are theirs".to_owned());
            }
            match (found, again) {
                (Some(found), None) => agreed(story, (*person, *found), (accounts, event)),
                (None, Some(agreed)) => signed(story, agreed, (accounts, event)),
                _ => Err("somebody is erased, and nothing was agreed to or signed".to_owned()),
            }
        }
        ErasureDeed::PersonHeld { .. } => Ok(()),
        ErasureDeed::TextsRetired { exceptions, state, days } => {
            exceptions.iter().try_for_each(|id| retired(story, (*id, *state, *days), event))
        }
        ErasureDeed::HoldLifted { person } => {
            two_people(story, &RosterAction::Erasure(ErasureAction::ReleasePerson { person: *person }), event)
        }
    }
}

/// Texts go by the clock alone, of what is over for that long, and where nobody is held who is a party.
fn retired(story: &Story, (id, state, days): (ExceptionId, StateName, u32), event: &RosterEvent) -> Verdict {
    if !matches!(&event.by, By::System { job } if job == RETENTION_JOB) {
        return Err("texts are deleted by others than the clock".to_owned());
    }
    let told = story.exceptions.get(&id).ok_or_else(|| format!("the texts of {id} are deleted, which nobody filed"))?;
    let case = &told.now;
    let over = case.state.name() == state && state.is_final() && days > 0;
    if !over || event.at - Duration::days(i64::from(days)) <= case.changed_at {
        return Err(format!("the texts of {} are deleted before it was over for {days} days", case.number));
    }
    let request = &case.request;
    let parties = [Some(case.requester), request.beneficiary, request.sponsor, request.monitoring_owner];
    let held = |id: PersonId| story.roster.people.get(&id).is_some_and(|record| record.hold.is_some());
    if parties.into_iter().flatten().any(held) {
        return Err(format!("the texts of {} are deleted while somebody of it is under a legal hold", case.number));
    }
    Ok(())
}

/// Done again by the service, since the ledger's key signed that it was done before.
fn signed(story: &Story, agreed: &Agreed, (accounts, event): (&BTreeSet<PersonId>, &RosterEvent)) -> Verdict {
    if !matches!(&event.by, By::System { job } if job == RESTORE_JOB) {
        return Err("an erasure is done again by others than the service".to_owned());
    }
    let said = ErasureNote::open(&agreed.note, &story.keys)
        .ok_or_else(|| "an erasure is done again that no known key signed".to_owned())?;
    let fits = said.leaf == agreed.leaf && said.at == agreed.at && accounts.is_subset(&said.accounts);
    if fits { Ok(()) } else { Err("an erasure is done again that was signed of others".to_owned()) }
}

fn agreed(
    story: &Story,
    (person, found): (PersonId, Hash),
    (accounts, event): (&BTreeSet<PersonId>, &RosterEvent),
) -> Verdict {
    two_people(story, &RosterAction::Erasure(ErasureAction::ErasePerson { person, found }), event)?;
    let known = || accounts.iter().filter_map(|account| story.roster.people.get(account));
    if known().any(|record| record.hold.is_some()) {
        return Err("somebody is erased on whom a legal hold is".to_owned());
    }
    if known().any(|record| record.active) {
        return Err("somebody is erased who has not left".to_owned());
    }
    let open = story.exceptions.values().map(|told| &told.now).find(|case| rests_on(case, accounts));
    open.map_or(Ok(()), |case| Err(format!("somebody is erased whom {} rests on", case.number)))
}

/// Does an exception that goes on rest on one of these accounts?
fn rests_on(case: &Exception, accounts: &BTreeSet<PersonId>) -> bool {
    let state = case.state.name();
    if state.is_final() || (state == StateName::Draft && accounts.contains(&case.requester)) {
        return false;
    }
    let request = &case.request;
    let named = [Some(case.requester), request.beneficiary, request.sponsor, request.monitoring_owner];
    let owners = case.controls.iter().map(|control| control.owner);
    let tasks = case.tasks.iter().map(|task| task.assignee);
    let round = case.state.round().into_iter().flat_map(|round| &round.approvals);
    let votes = round.flat_map(|given| [Some(given.by), Some(given.principal)]);
    let seats = case.state.authority().into_iter().flat_map(|authority| authority.two.seats());
    let seated = seats.flat_map(|seat| [Some(seat.human), Some(seat.principal)]);
    let mut all = named.into_iter().chain(owners).chain(tasks).chain(votes).chain(seated).flatten();
    all.any(|person| accounts.contains(&person))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
/// Nobody acts, and nothing is done to anybody, after they were erased.
pub(super) fn still_there(story: &Story, event: &RosterEvent) -> Verdict {
    acts(story, &event.by)?;
    let touched = match &event.deed {
        RosterDeed::PersonReturned { person }
        | RosterDeed::PersonUpdated { person, .. }
        | RosterDeed::PersonMoved { person, .. }
        | RosterDeed::PasswordSet { person, .. }
        | RosterDeed::RoleGranted { person, .. }
        | RosterDeed::TokenIssued { person, .. } => Some(*person),
        _ => None,
    };
    if touched.is_some_and(|person| is_erased(story, person)) {
        return Err("something is done to somebody who was erased".to_owned());
    }
    Ok(())
}

/// Nobody acts after they were erased.
pub(super) fn acts(story: &Story, by: &By) -> Verdict {
    let erased = by.person().is_some_and(|person| is_erased(story, person));
    if erased { Err("it was done by somebody who was erased".to_owned()) } else { Ok(()) }
}

fn is_erased(story: &Story, person: PersonId) -> bool {
    story.roster.people.get(&person).is_some_and(|record| record.erased_at.is_some())
}
