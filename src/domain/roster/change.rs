//! A change: something that lowers a protection, proposed by one person and confirmed by another.

use chrono::Duration;

use crate::{
    domain::{
        request::Time,
        roster::{RosterAction, RosterDeed, RosterEvent},
    },
    words::{ChangeId, ChangeState, Hash, PersonId},
};

/// For how many days a change waits; then it lapses.
pub const CHANGE_DAYS: i64 = 14;

/// A change and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub id: ChangeId,
    /// What it would do, or did.
    pub action: RosterAction,
    /// The action's hash.
    pub hash: Hash,
    /// Who proposed it; absent for the service itself, which does so only while it is being set up.
    pub proposed_by: Option<PersonId>,
    /// When.
    pub proposed_at: Time,
    /// When it lapses, unless it is decided before.
    pub expires_at: Time,
    /// What was decided; a change that lapsed is still `open` here, see [`state_at`](Self::state_at).
    pub decided: ChangeState,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Time>,
    /// Did one person propose and confirm it, since there were not yet two who could?
    pub alone: bool,
}

impl Change {
    /// The change that a `change_proposed` event opens; `None` for any other event.
    pub fn proposed(event: &RosterEvent) -> Option<Self> {
        let RosterDeed::ChangeProposed { change, action, hash } = &event.deed else {
            return None;
        };
        Some(Self {
            id: *change,
            action: (**action).clone(),
            hash: *hash,
            proposed_by: event.by.person(),
            proposed_at: event.at,
            expires_at: event.at + Duration::days(CHANGE_DAYS),
            decided: ChangeState::Open,
            decided_by: None,
            decided_at: None,
            alone: event.alone,
        })
    }

    /// Where it stands at `now`.
    pub fn state_at(&self, now: Time) -> ChangeState {
        match self.decided {
            ChangeState::Open if now >= self.expires_at => ChangeState::Lapsed,
            ChangeState::Open | ChangeState::Confirmed | ChangeState::Rejected | ChangeState::Lapsed => self.decided,
        }
    }
}
