//! Whether two people agreed to what takes two: a change that one proposed and another confirmed, for exactly that.

use super::story::Story;
use crate::{
    domain::roster::{RosterAction, RosterEvent},
    words::{ChangeState, Role},
};

/// The change that was proposed by one human and confirmed by another just now, or one alone where there were no two.
pub(super) fn two_people(story: &Story, action: &RosterAction, event: &RosterEvent) -> Result<(), String> {
    let alone = "it takes two people, and was done by fewer".to_owned();
    if event.alone {
        return if story.roster.governance().humans_ever < 2 { Ok(()) } else { Err(alone) };
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
