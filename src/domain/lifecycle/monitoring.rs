//! Steps 6 and 7: controls, extensions, re-reviews, suspension and the ends that people choose.

use crate::{
    domain::{
        event::Deed,
        exception::{Cause, Proposal},
        refusal::{Refusal, Refused},
        request::{Attachment, Time, days_after},
    },
    words::{AttachmentId, BatchId, Citation, ControlId, EntryRef, Role, RoundKind, Sealed},
};

use super::{Proceeding, decision, grant::days_between, proceeding::stamp, settle};

/// Confirms a control, with evidence; neither requester nor beneficiary may.
pub(super) fn confirm(
    p: &mut Proceeding<'_>,
    control: ControlId,
    (evidence, expires): (Option<Sealed>, Option<Time>),
) -> Result<(), Refused> {
    let cadence = require_control(p, control)?;
    if expires.is_some_and(|expires| expires <= p.ground.now) {
        let detail = "evidence that no longer holds confirms nothing; give a later end, or newer evidence".to_owned();
        let pointer = "/evidence_expires".to_owned();
        return Err(Refusal::Invalid { pointer, code: "evidence_expired", detail }.into());
    }
    let due = cadence.map(|days| days_after(p.ground.now, days));
    let citation = p
        .cite("6", "a control was confirmed")
        .with("control", control.to_string())
        .with("cadence_days", cadence)
        .with("evidence_expires", expires.map(stamp));
    p.tell(Deed::ControlConfirmed { control, evidence, due, expires }, citation);
    Ok(())
}

/// Reports a control as failed: what lives is reopened or suspended, as the SOP says.
pub(super) fn fail(p: &mut Proceeding<'_>, control: ControlId, reason: Sealed) -> Result<(), Refused> {
    require_control(p, control)?;
    let citation = p.cite("7", "a control failed").with("control", control.to_string());
    p.tell(Deed::ControlFailed { control, reason }, citation);
    settle::broken_control(p, Cause::of("control_failed"), None);
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

/// Attaches what shows how a control stands: by its owner or a control owner, beside what was decided.
pub(super) fn attach_evidence(p: &mut Proceeding<'_>, id: AttachmentId, file: Attachment) -> Result<(), Refused> {
    const MOST: u32 = 200;
    p.require_outsider("evidence comes from neither requester nor beneficiary")?;
    let owners = p.ground.people.humans(p.now.controls.iter().filter_map(|control| control.owner));
    if !p.actor().is_some_and(|person| owners.contains(&person.human)) {
        p.require_role(&[Role::ControlOwner], "6")?;
    }
    let citation = p.cite("6", "evidence of a control").with("evidence", p.now.evidence.len());
    if u32::try_from(p.now.evidence.len()).unwrap_or(MOST) >= MOST {
        return Err(Refusal::LimitReached { what: "files of evidence", limit: MOST }.citing(citation));
    }
    p.tell(Deed::EvidenceAttached { id, attachment: file }, citation);
    Ok(())
}

/// Opens a round about a later end, within the SOP's caps; no approval reaches further than its tier allows.
pub(super) fn request_extension(p: &mut Proceeding<'_>, end: Time, reason: Sealed) -> Result<(), Refused> {
    let caps = &p.ground.newest.document().extensions;
    let cited = || {
        p.cite("7", "the procedure's caps on extensions")
            .with("extensions", p.now.extensions.clone())
            .with("count", caps.count)
            .with("days_each", caps.days_each)
            .with("days_total", caps.days_total)
    };
    if p.now.extensions.len() >= usize::try_from(caps.count).unwrap_or(usize::MAX) {
        return Err(Refusal::LimitReached { what: "extensions", limit: caps.count }.citing(cited()));
    }
    if let Some(detail) = extension_flaw(p, end) {
        return Err(Refusal::PeriodNotAllowed { pointer: "/end", detail }.citing(cited()));
    }
    decision::open_beside(p, (RoundKind::Extension, Proposal::End { end, reason }), p.ground.by.person())
}

fn extension_flaw(p: &Proceeding<'_>, end: Time) -> Option<String> {
    let authority = p.now.state.authority()?;
    let (document, newest) = (p.ground.sop.document(), p.ground.newest.document());
    let caps = &newest.extensions;
    if p.now.request.is_permanent() {
        let detail = "a permanent exception has no end to extend; it is reaffirmed in its re-review";
        return Some(detail.to_owned());
    }
    if end <= authority.period.end {
        return Some("the new `end` must be after the present one".to_owned());
    }
    let days = days_between(authority.period.end, end);
    if days > caps.days_each {
        return Some(format!("one extension may add {} days; asked for are {days}", caps.days_each));
    }
    let total = p.now.extensions.iter().fold(days, |sum, days| sum.saturating_add(*days));
    if total > caps.days_total {
        let most = caps.days_total;
        return Some(format!("all extensions together may add {most} days; with this one they would add {total}"));
    }
    let tiers = [&document.tiers, &newest.tiers];
    let most = tiers.iter().filter_map(|tiers| tiers.get(&authority.tier)).map(|rules| rules.max_days).min()?;
    (end > days_after(p.ground.now, most))
        .then(|| format!("at tier {} an approval reaches at most {most} days ahead", authority.tier))
}

/// Reopens a living exception, as often as the SOP allows.
pub(super) fn reopen(p: &mut Proceeding<'_>, cause: String, note: Option<Sealed>) -> Result<(), Refused> {
    require_code(&cause)?;
    let limit = p.ground.sop.document().limits.reopenings;
    if p.now.counts.reopenings >= limit {
        let citation = p
            .cite("7", format!("reopened {limit} times, the procedure's limit: suspend or revoke it"))
            .with("limit", limit);
        return Err(Refusal::LimitReached { what: "re-reviews", limit }.citing(citation));
    }
    let citation = p.cite("7", format!("reopened: {cause}")).with("cause", cause.as_str());
    let settle_by = settle::settle_by(p, None);
    decision::reopen_for(p, (Cause { code: cause, note }, settle_by), citation, None)
}

/// Reopens what is in effect because `entry`, on which it rests, got a material version.
pub(super) fn stale(p: &mut Proceeding<'_>, cause: &str, entry: &EntryRef) {
    let citation = p
        .cite("7", format!("{cause}: {} {} has the material version {}", entry.kind, entry.id, entry.version))
        .with("entry", entry.id.clone())
        .with("version", entry.version)
        .with("hash", entry.hash.to_string())
        .with("batch", BatchId::of_entry(entry).to_string());
    settle::reopen_or_suspend(p, (Cause::of(cause), Some(citation)), None);
}

/// Takes its effect away for now.
pub(super) fn suspend(p: &mut Proceeding<'_>, cause: String, note: Option<Sealed>) -> Result<(), Refused> {
    require_code(&cause)?;
    settle::suspend(p, Cause { code: cause, note }, None);
    Ok(())
}

/// Takes it away for good.
pub(super) fn revoke(p: &mut Proceeding<'_>, cause: String, note: Option<Sealed>) -> Result<(), Refused> {
    require_code(&cause)?;
    let citation = p.cite("7", format!("revoked: {cause}")).with("cause", cause.as_str());
    p.tell(Deed::Revoked { cause: Cause { code: cause, note } }, citation);
    Ok(())
}

/// A cause stands openly in the record: it is a code, never free text, and not the clock's own.
fn require_code(cause: &str) -> Result<(), Refused> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    if !cause.is_empty() && cause.len() <= 60 && cause.bytes().all(plain) && cause != Cause::REVIEW_DUE {
        return Ok(());
    }
    Err(Refusal::Invalid {
        pointer: "/cause".to_owned(),
        code: "cause_not_a_code",
        detail: "`cause` is a code of lower-case letters, digits and `_`, at most 60; say the rest in `note`"
            .to_owned(),
    }
    .into())
}

/// `activate` and `expire` ask for what settling does at its time: an early one is refused.
pub(super) fn not_due(p: &Proceeding<'_>, what: &'static str) -> Refused {
    let period = p.now.state.authority().map(|authority| authority.period);
    let citation = Citation::rule(4, "the clock carries out what is due, nothing earlier")
        .with("now", stamp(p.ground.now))
        .with("start", period.map(|period| stamp(period.start)))
        .with("end", period.map(|period| stamp(period.end)));
    Refusal::NotDue { what }.citing(citation)
}
