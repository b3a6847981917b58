//! Whether two people agreed to what takes two: a change that one proposed and another confirmed, for exactly that.

use super::story::Story;
use crate::{
    domain::{
        person::{By, Door},
        roster::{RosterAction, RosterDeed, RosterEvent},
    },
    words::{ChangeState, Role},
};

/// A change is decided while it is open, and confirmed in person, by what it says.
pub(super) fn decided(story: &Story, event: &RosterEvent) -> Result<(), String> {
    let (id, confirmed) = if let RosterDeed::ChangeConfirmed { change, hash } = &event.deed {
        (change, Some(hash))
    } else if let RosterDeed::ChangeRejected { change, .. } = &event.deed {
        (change, None)
    } else {
        return Ok(());
    };
    let open = story.roster.changes.get(id).filter(|change| change.state_at(event.at) == ChangeState::Open);
    let change = open.ok_or("a change is decided that is not open")?;
    if confirmed.is_some_and(|hash| *hash != change.hash || *hash != change.action.hash()) {
        return Err("a change is confirmed by another payload than its own".to_owned());
    }
    let in_person = matches!(event.by, By::Person { door: Door::Session(_), .. });
    if confirmed.is_none() || event.alone || in_person {
        return Ok(());
    }
    Err("a change is confirmed by somebody who did not sign in".to_owned())
}

/// The change that was proposed by one human and confirmed by another just now, or one alone where there were no two.
pub(super) fn two_people(story: &Story, action: &RosterAction, event: &RosterEvent) -> Result<(), String> {
    let alone = "it takes two people, and was done by fewer".to_owned();
    if event.alone {
        let first = story.roster.governance().humans_ever < 2 && matches!(event.by, By::Person { .. });
        return if first { Ok(()) } else { Err(alone) };
    }
    let human = |id| story.roster.person(id).filter(|person| person.active && !person.is_service());
    let agreed = story.roster.changes.values().any(|change| {
        let (proposer, confirmer) = (change.proposed_by.and_then(human), change.decided_by.and_then(human));
        change.decided == ChangeState::Confirmed
            && change.action == *action
            && change.decided_at == Some(event.at)
            && change.decided_by == event.by.person()
            && proposer
                .zip(confirmer)
                .is_some_and(|(one, other)| one.human != other.human && other.holds_somewhere(Role::Governance))
    });
    if agreed { Ok(()) } else { Err(alone) }
}
