//! The decision that an exception rests or rested on, as its events tell: what was decided, and the approvals that
//! filled its quorum. An exception that ended no longer carries it.

use super::{
    event::{Deed, Event},
    exception::{Approval, Authority, Exception, State},
};
use crate::words::ExceptionId;

/// A decision, with the approvals that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What was decided.
    pub authority: Authority,
    /// The approvals of exactly its round and dossier, the last of each human, in the order in which they were given.
    pub approvals: Vec<Approval>,
}

impl Decided {
    /// The decision that an exception with these events rests on, or rested on when it ended; none where it was not
    /// decided, or what was decided no longer counts.
    pub fn of<'e>(id: ExceptionId, events: impl IntoIterator<Item = &'e Event>) -> Option<Self> {
        let (mut now, mut authority): (Option<Exception>, Option<Authority>) = (None, None);
        let mut given: Vec<(u32, Approval)> = Vec::new();
        for event in events {
            if let Deed::Approved { round, approval, .. } = &event.deed {
                given.retain(|(of, before)| (*of, before.human) != (*round, approval.human));
                given.push((*round, approval.clone()));
            }
            now = now.map_or_else(|| Exception::begin(id, event), |before| Some(before.after(event)));
            if let Some(found) = &now {
                authority = standing(&found.state, authority);
            }
        }
        let authority = authority?;
        let counts = |(round, one): &(u32, Approval)| *round == authority.round && one.dossier == authority.dossier;
        let approvals = given.into_iter().filter(counts).map(|(_, approval)| approval).collect();
        Some(Self { authority, approvals })
    }
}

/// The decision that counts in a state, where `before` counted until then.
fn standing(state: &State, before: Option<Authority>) -> Option<Authority> {
    match state {
        State::Expired { .. } | State::Revoked { .. } | State::Closed { .. } => before,
        State::Draft
        | State::CompletenessReview
        | State::Returned { .. }
        | State::Assessment
        | State::StakeholderInput
        | State::Decision { .. }
        | State::Implementation { .. }
        | State::Active { .. }
        | State::ReReview { .. }
        | State::Suspended { .. }
        | State::Rejected
        | State::Withdrawn => state.authority().cloned(),
    }
}
