//! Delegations and API tokens: rights that a person passes on, never more of them than are their own.

use chrono::Duration;

use crate::{
    domain::{
        person::{Delegation, Person},
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            RosterAction, RosterDeed,
            decide::{Case, Ruling, excluded, held, invalid, require_human},
        },
    },
    words::{Citation, DelegationId, PersonId, Role, Scope, TokenId},
};

/// For how many days a delegation holds at most.
pub const DELEGATION_DAYS: i64 = 90;

/// For how many days an API token holds at most.
pub const TOKEN_DAYS: i64 = 366;

/// Lets another human act in one's own place. Only what was granted to oneself can be passed on, so what
/// was delegated goes no further.
pub(super) fn delegate(
    (id, to): (DelegationId, PersonId),
    (starts, ends): (Option<Time>, Time),
    case: Case<'_>,
) -> Result<Ruling, Refused> {
    let from = require_human(case.ground)?;
    if !Role::APPROVING.iter().any(|role| from.holds_somewhere(*role)) {
        let citation = Citation::rule(1, "an approver delegates what was granted to themself").with("held", held(from));
        return Err(Refusal::RoleMissing { roles: Role::APPROVING.to_vec() }.citing(citation));
    }
    let delegate = case.active_human("/to")?;
    if delegate.human == from.human {
        return Err(excluded("the delegate", "nobody is their own delegate").with("human", from.human.to_string()));
    }
    let starts = starts.unwrap_or(case.ground.now);
    require_window((starts, ends), case.ground.now)?;
    let delegation = Delegation { id, from: from.id, to, starts, ends };
    let citation = Citation::rule(1, "a delegate fills the delegator's slot")
        .with("from", from.human.to_string())
        .with("to", delegate.human.to_string())
        .with("held", held(from));
    Ok(Ruling::plain(RosterDeed::Delegated { delegation }).citing(citation))
}

fn require_window((starts, ends): (Time, Time), now: Time) -> Result<(), Refused> {
    if starts < now {
        return Err(invalid("/starts", "back_dated", "a delegation begins now or later"));
    }
    if ends <= starts {
        return Err(invalid("/ends", "ends_before_start", "a delegation ends after it begins"));
    }
    if ends - starts > Duration::days(DELEGATION_DAYS) {
        return Err(invalid("/ends", "delegation_too_long", "a delegation holds for at most 90 days"));
    }
    Ok(())
}

/// Ends a delegation: either side may, and an admin.
pub(super) fn end_delegation(delegation: DelegationId, case: Case<'_>) -> Result<Ruling, Refused> {
    let record = case.ground.delegation.as_ref().ok_or(Refusal::NoSuch { what: "delegation" })?;
    let sides = [case.ground.subject.as_ref(), case.ground.other.as_ref()];
    if !case.administers() && !sides.into_iter().flatten().any(|side| case.is_own(side)) {
        return Err(Refusal::NotYours { whom: "the delegator, the delegate or an admin" }.into());
    }
    if record.ended_at.is_some() || record.delegation.ends <= case.ground.now {
        return Err(invalid("/delegation", "already_ended", "this delegation has already ended"));
    }
    Ok(Ruling::plain(RosterDeed::DelegationEnded { delegation }))
}

/// Issues a token: to oneself, or to a service by who answers for it or an admin; never for another human.
pub(super) fn issue(action: &RosterAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let RosterAction::IssueToken { token, person, name, scopes, expires_at } = action else {
        return Err(Refusal::NoSuch { what: "token" }.into());
    };
    require_human(case.ground)?;
    let owner = case.active_subject()?;
    let may = if owner.is_service() { answers_for(owner, case) || case.administers() } else { case.is_own(owner) };
    if !may {
        let whom = "its owner, or for a service who answers for it and an admin";
        return Err(Refusal::NotYours { whom }.into());
    }
    if scopes.is_empty() {
        return Err(invalid("/scopes", "no_scope", "a token needs at least one scope"));
    }
    if scopes.contains(&Scope::Calendar) && scopes.len() > 1 {
        let detail = "the address of a calendar is handed to others, so its token is good for nothing else";
        return Err(invalid("/scopes", "calendar_not_alone", detail));
    }
    let longest = case.ground.now + Duration::days(TOKEN_DAYS);
    if *expires_at <= case.ground.now || *expires_at > longest {
        return Err(invalid(
            "/expires_at",
            "expiry_out_of_range",
            "a token expires later than now and within 366 days",
        ));
    }
    let (name, scopes) = (name.clone(), scopes.clone());
    Ok(Ruling::plain(RosterDeed::TokenIssued { token: *token, person: *person, name, scopes, expires_at: *expires_at }))
}

fn answers_for(service: &Person, case: Case<'_>) -> bool {
    let responsible = case.ground.other.as_ref().filter(|other| service.responsible == Some(other.id));
    responsible.is_some_and(|responsible| case.is_own(responsible))
}

/// Revokes a token: its owner may, who answers for its service, and an admin.
pub(super) fn revoke(token: TokenId, case: Case<'_>) -> Result<Ruling, Refused> {
    let issued = case.ground.token.as_ref().ok_or(Refusal::NoSuch { what: "token" })?;
    let owner = case.subject()?;
    if !case.is_own(owner) && !answers_for(owner, case) && !case.administers() {
        return Err(Refusal::NotYours { whom: "its owner, who answers for its service, or an admin" }.into());
    }
    if issued.revoked_at.is_some() {
        return Err(invalid("/token", "already_revoked", "this token was already revoked"));
    }
    Ok(Ruling::plain(RosterDeed::TokenRevoked { token }))
}
