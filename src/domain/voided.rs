//! Approvals of an open round that count no more, as its events tell: so that nobody takes them for standing, and
//! nobody wonders where they went.

use super::{
    event::{Deed, Event},
    exception::{Approval, Exception},
    request::Time,
};

/// An approval that was voided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voided {
    /// As it was given.
    pub approval: Approval,
    /// When it stopped to count.
    pub at: Time,
    /// Why, as a code.
    pub why: String,
}

/// Those of the open round whose humans did not approve again, in the order in which they stopped to count.
pub fn voided<'e>(exception: &Exception, events: impl IntoIterator<Item = &'e Event>) -> Vec<Voided> {
    let Some(round) = exception.state.round() else { return Vec::new() };
    let (mut given, mut void): (Vec<Approval>, Vec<Voided>) = (Vec::new(), Vec::new());
    for event in events {
        if let Deed::Approved { round: of, approval, .. } = &event.deed
            && *of == round.number
        {
            void.retain(|one| one.approval.human != approval.human);
            given.push(approval.clone());
        }
        if let Deed::ApprovalVoided { round: of, human, why, .. } = &event.deed
            && *of == round.number
            && let Some(approval) = given.iter().rfind(|one| one.human == *human).cloned()
        {
            void.push(Voided { approval, at: event.effective_at.unwrap_or(event.at), why: why.clone() });
        }
    }
    void
}
