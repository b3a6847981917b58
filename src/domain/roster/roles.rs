//! Roles: who may hold what, and what of it takes two people.

use crate::{
    domain::{
        person::Person,
        refusal::{Refusal, Refused},
        roster::{
            RosterDeed,
            decide::{Case, Ruling, excluded, invalid},
        },
    },
    words::{Dimension, DomainPath, GrantId, Role},
};

/// Grants a role. Nobody grants one to themself, but for the very first admin.
pub(super) fn grant(grant: GrantId, (role, domain): (Role, &DomainPath), case: Case<'_>) -> Result<Ruling, Refused> {
    let subject = case.active_subject()?;
    require_fitting(role, subject)?;
    let first_admin = case.ground.governance.being_set_up && role == Role::Admin;
    if case.is_own(subject) && !first_admin {
        let refused = excluded("the person who acts", "nobody grants themself a role");
        return Err(refused.with("human", subject.human.to_string()).with("role", role.as_str()));
    }
    let held = subject.grants.iter().any(|held| held.role == role && held.domain.covers(domain));
    if held {
        return Err(invalid("/role", "already_granted", "this person holds the role there already"));
    }
    let deed = RosterDeed::RoleGranted { grant, person: subject.id, role, domain: domain.clone() };
    Ok(Ruling::lowering(deed, role.empowers().then_some("an approving or administering role is granted")))
}

/// Machines prepare and people decide, so neither holds the other's roles.
fn require_fitting(role: Role, subject: &Person) -> Result<(), Refused> {
    let assesses = Dimension::ALL.iter().any(|dimension| dimension.assessor() == role);
    match (role, subject.is_service()) {
        (Role::Requester, _) => Err(invalid("/role", "role_implicit", "everybody is a requester without a grant")),
        (Role::Service, false) => Err(invalid("/role", "role_for_services", "this role is for service accounts")),
        (role, true) if role.empowers() || assesses => {
            Err(invalid("/role", "role_for_humans", "a service account never approves, assesses or administers"))
        }
        (_, true | false) => Ok(()),
    }
}

/// Takes a role away; the last two governance people do not lose theirs by one person's word.
pub(super) fn remove(grant: GrantId, case: Case<'_>) -> Result<Ruling, Refused> {
    let subject = case.subject()?;
    let held = subject.grants.iter().find(|held| held.id == grant);
    let held = held.ok_or(Refusal::NoSuch { what: "grant" })?;
    let (now, then) = (case.ground.governance.humans_now(), case.ground.governance.humans_without(grant));
    let deed = RosterDeed::RoleRemoved { grant, person: subject.id, role: held.role, domain: held.domain.clone() };
    Ok(Ruling::lowering(deed, (then < now && then < 2).then_some("fewer than two governance people would be left")))
}
