//! Steps 6 and 7: controls, extensions, re-reviews, suspension and the ends that people choose.

use chrono::Duration;

use crate::{
    domain::{
        event::Deed,
        exception::{Cause, Proposal, State},
        refusal::{Refusal, Refused},
        request::Time,
    },
    sop::ControlFailure,
    words::{Citation, ControlId, Role, RoundKind, Sealed},
};

use super::{Proceeding, decision};

/// Confirms a control, with evidence; neither requester nor beneficiary may.
pub(super) fn confirm(p: &mut Proceeding<'_>, control: ControlId, evidence: Option<Sealed>) -> Result<(), Refused> {
    let cadence = require_control(p, control)?;
    let due = cadence.map(|days| p.ground.now + Duration::days(i64::from(days)));
    let citation = p.cite("6", "a control was confirmed");
    p.tell(Deed::ControlConfirmed { control, evidence, due }, Some(citation));
    Ok(())
}

/// Reports a control as failed: what lives is reopened or suspended, as the SOP says.
pub(super) fn fail(p: &mut Proceeding<'_>, control: ControlId, reason: Sealed) -> Result<(), Refused> {
    require_control(p, control)?;
    let citation = p.cite("7", "a control failed");
    p.tell(Deed::ControlFailed { control, reason }, Some(citation.clone()));
    let cause = Cause { code: "control_failed".to_owned(), note: None };
    match (&p.now.state, p.ground.sop.document().steps.monitoring.control_failure) {
        (State::Active { .. } | State::ReReview { .. }, ControlFailure::Suspend) => {
            p.tell(Deed::Suspended { cause }, Some(citation))
        }
        (State::Active { .. }, ControlFailure::Reopen) => {
            let settle_by = settle_by(p);
            decision::reopen_for(p, cause, settle_by, citation)?;
        }
        _ => {}
    }
    Ok(())
}

/// The control exists, and whoever acts is its owner or a control owner, and no party.
fn require_control(p: &Proceeding<'_>, id: ControlId) -> Result<Option<u32>, Refused> {
    let Some(control) = p.now.controls.iter().find(|control| control.id == id) else {
        return Err(Refusal::NoSuch { what: "control" }.into());
    };
    p.require_outsider("controls are confirmed by neither requester nor beneficiary")?;
    let owns =
        p.actor().is_some_and(|person| control.owner.is_some_and(|owner| p.ground.people.human(owner) == person.human));
    if !owns {
        p.require_role(&[Role::ControlOwner], "6")?;
    }
    Ok(control.cadence_days)
}

/// Opens a round about a later end, within the SOP's caps.
pub(super) fn request_extension(p: &mut Proceeding<'_>, end: Time, _reason: Sealed) -> Result<(), Refused> {
    let Some(authority) = p.now.state.authority() else { return Err(Refusal::NoSuch { what: "period" }.into()) };
    let caps = &p.ground.newest.document().extensions;
    let refuse = |detail: String| {
        Err(Refusal::PeriodNotAllowed { detail }.citing(p.cite("7", "the procedure's caps on extensions")))
    };
    if p.now.request.is_permanent() {
        return refuse("a permanent exception has no end to extend; it is reaffirmed in its re-review".to_owned());
    }
    if p.now.extensions.len() >= usize::try_from(caps.count).unwrap_or(usize::MAX) {
        return Err(Refusal::LimitReached { what: "extensions", limit: caps.count }
            .citing(p.cite("7", "the procedure's caps on extensions")));
    }
    let days = (end - authority.period.end).num_days();
    let total: i64 = p.now.extensions.iter().map(|days| i64::from(*days)).sum::<i64>() + days;
    if end <= authority.period.end {
        return refuse("the new `end` must be after the present one".to_owned());
    }
    if days > i64::from(caps.days_each) {
        return refuse(format!("one extension may add {} days; asked for are {days}", caps.days_each));
    }
    if total > i64::from(caps.days_total) {
        return refuse(format!(
            "all extensions together may add {} days; with this one they would add {total}",
            caps.days_total
        ));
    }
    decision::open_beside(p, RoundKind::Extension, Proposal::End(end))
}

/// Reopens a living exception, as often as the SOP allows.
pub(super) fn reopen(p: &mut Proceeding<'_>, cause: String, note: Option<Sealed>) -> Result<(), Refused> {
    let limit = p.ground.sop.document().limits.reopenings;
    if p.now.counts.reopenings >= limit {
        let citation = p.cite("7", format!("reopened {limit} times, the procedure's limit: suspend or revoke it"));
        return Err(Refusal::LimitReached { what: "re-reviews", limit }.citing(citation));
    }
    let citation = p.cite("7", format!("reopened: {cause}"));
    let settle_by = settle_by(p);
    decision::reopen_for(p, Cause { code: cause, note }, settle_by, citation)
}

/// When a re-review that opens now must be settled: the SOP's grace, and never later than it would be
/// suspended anyway.
fn settle_by(p: &Proceeding<'_>) -> Time {
    let grace = p.ground.now + Duration::days(i64::from(p.ground.sop.document().steps.monitoring.grace_days));
    p.now.state.authority().map_or(grace, |authority| grace.min(authority.suspend_at))
}

/// Takes its effect away for now.
pub(super) fn suspend(p: &mut Proceeding<'_>, cause: String, note: Option<Sealed>) -> Result<(), Refused> {
    let citation = p.cite("7", format!("suspended: {cause}"));
    p.tell(Deed::Suspended { cause: Cause { code: cause, note } }, Some(citation));
    Ok(())
}

/// Takes it away for good.
pub(super) fn revoke(p: &mut Proceeding<'_>, cause: String, note: Option<Sealed>) -> Result<(), Refused> {
    let citation = p.cite("7", format!("revoked: {cause}"));
    p.tell(Deed::Revoked { cause: Cause { code: cause, note } }, Some(citation));
    Ok(())
}

/// `activate` and `expire` do nothing beyond what settling just did: an early one is refused.
pub(super) fn was_due(p: &Proceeding<'_>, what: &'static str) -> Result<(), Refused> {
    if p.events.is_empty() {
        return Err(
            Refusal::NotDue { what }.citing(Citation::rule(4, "the clock carries out what is due, nothing earlier"))
        );
    }
    Ok(())
}
