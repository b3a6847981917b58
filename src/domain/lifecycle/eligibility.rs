//! Who may decide: a human who is not excluded, with a role that fills a slot, or the delegate of one.

use std::collections::BTreeSet;

use chrono::Duration;

use crate::{
    domain::{
        exception::{Approval, Exception, Round},
        person::{By, Door, Grant, People, Person},
        quorum::{self, Capacity},
        refusal::{Refusal, Refused},
        request::Time,
    },
    sop::{MailLink, Sop},
    words::{Citation, PersonId, Role, Tier},
};

use super::{Proceeding, proceeding::stamp};

const OUT: &str = "requester, beneficiary, editors and assessors do not decide";

/// The humans who may not approve: requester, beneficiary, editors, assessors whose score stands, and
/// whoever asked for what the open round would change. For a service also the human who answers for it.
pub fn exclusions(exception: &Exception, people: &People) -> BTreeSet<PersonId> {
    people.humans(exception.excluded())
}

/// The roles by which `principal` may fill a slot of `round` today.
pub fn standing_capacities(exception: &Exception, round: &Round, principal: &Person) -> Vec<Capacity> {
    let domains = exception.request.domains();
    let wanted = wanted_roles(round);
    let counts = |held: &&Grant| {
        wanted.contains(&held.role) && held.role.approves() && domains.iter().any(|domain| held.domain.covers(domain))
    };
    let grants = principal.grants.iter().filter(|_| principal.active && !principal.is_service());
    grants
        .filter(counts)
        .map(|held| Capacity { role: held.role, domain: held.domain.clone(), grant: held.leaf })
        .collect()
}

/// For whom `account` may decide in the open round at `now`: for themselves, then for those who let them act
/// in their place. Nobody, where they are kept out or that slot has its approval; what else the procedure
/// asks for is judged when they decide.
pub fn principals(exception: &Exception, people: &People, account: PersonId, now: Time) -> Vec<PersonId> {
    let (Some(round), Some(acts)) = (exception.state.round(), people.find(account)) else { return Vec::new() };
    let mut out = exclusions(exception, people);
    out.extend(round.approvals.iter().flat_map(|given| humans(people, given)));
    if !acts.active || acts.is_service() || out.contains(&acts.human) {
        return Vec::new();
    }
    let stands = |principal: &&Person| {
        !out.contains(&principal.human) && !standing_capacities(exception, round, principal).is_empty()
    };
    let all = std::iter::once(acts.id).chain(people.delegators(acts.id, now));
    all.filter_map(|id| people.find(id)).filter(stands).map(|principal| principal.id).collect()
}

fn wanted_roles(round: &Round) -> BTreeSet<Role> {
    round.quorums.iter().flat_map(quorum::slots).flatten().collect()
}

/// Somebody who may decide in the open round: who acts, for whom, and by which roles.
pub(super) struct Voter<'a> {
    pub(super) person: &'a Person,
    pub(super) principal: &'a Person,
    pub(super) capacities: Vec<Capacity>,
}

/// For how many minutes a code that was typed stands for its person.
pub const CODE_MINUTES: i64 = 10;

/// Does a code from a mail do in this round? Where every one of these procedures says so, at low and
/// moderate tiers, and for at most one approval of a round.
pub fn takes_code(round: &Round, procedures: [&Sop; 2]) -> bool {
    let says_so = |sop: &Sop| sop.document().steps.decision.mail_link == MailLink::Code;
    let first = !round.approvals.iter().any(|given| given.by_code);
    first && round.tier <= Tier::Moderate && procedures.into_iter().all(says_so)
}

/// A human in a session, or by a code from a mail where that does.
fn known<'a>(p: &Proceeding<'a>) -> Result<(&'a Person, Time), Refused> {
    let By::Person { door: Door::Code(typed), .. } = p.ground.by else { return p.require_person() };
    let fresh = p.ground.now - *typed <= Duration::minutes(CODE_MINUTES);
    let person = p.actor().filter(|person| person.active && !person.is_service() && fresh);
    let does = p.round().is_ok_and(|round| takes_code(round, [p.ground.sop, p.ground.newest]));
    person.filter(|_| does).map(|person| (person, *typed)).ok_or_else(|| {
        let text = "a code from a mail does once in a round, at low and moderate tiers";
        let citation = Citation::rule(6, text).with("door", p.ground.by.door()).with("typed_at", stamp(*typed));
        Refusal::NeedsPerson.citing(citation.with("tier", p.now.tier().map(Tier::as_str)))
    })
}

/// Whoever acts, as a voter of the open round.
pub(super) fn voter<'a>(p: &Proceeding<'a>, on_behalf_of: Option<PersonId>) -> Result<Voter<'a>, Refused> {
    let (person, since) = known(p)?;
    let round = p.round()?;
    let minutes = i64::from(p.ground.step_up_minutes);
    if round.tier >= Tier::High && p.ground.now - since > Duration::minutes(minutes) {
        let citation = Citation::rule(6, format!("tier {} needs a recent sign-in", round.tier))
            .with("minutes", minutes)
            .with("signed_in_at", stamp(since));
        return Err(Refusal::StepUpRequired { minutes }.citing(citation));
    }
    let principal = principal(p, person, on_behalf_of)?;
    refuse_excluded(p, person, principal)?;
    let capacities = standing_capacities(&p.now, round, principal);
    if capacities.is_empty() {
        let roles = wanted_roles(round).into_iter().collect();
        return Err(Refusal::RoleMissing { roles }.citing(p.cite_quorum(round)));
    }
    Ok(Voter { person, principal, capacities })
}

fn principal<'a>(
    p: &Proceeding<'a>,
    person: &'a Person,
    on_behalf_of: Option<PersonId>,
) -> Result<&'a Person, Refused> {
    let Some(from) = on_behalf_of else { return Ok(person) };
    let given = p.ground.people.delegation(from, person.id, p.ground.now);
    given.and_then(|given| p.ground.people.find(given.from)).ok_or_else(|| {
        let citation = Citation::rule(1, "a delegate acts by a delegation that is in force")
            .with("from", from.to_string())
            .with("to", person.id.to_string());
        Refusal::NoDelegation.citing(citation)
    })
}

fn refuse_excluded(p: &Proceeding<'_>, person: &Person, principal: &Person) -> Result<(), Refused> {
    let out = exclusions(&p.now, p.ground.people);
    let excluded = |who: &'static str| Refusal::Excluded { who, why: OUT }.citing(Citation::rule(1, OUT));
    if let Some(unknown) = p.now.excluded().iter().find(|account| p.ground.people.find(**account).is_none()) {
        // Whose account that is cannot be told, so it may be anybody's.
        return Err(
            excluded("one of the accounts that are kept out is not known, and so").with("account", unknown.to_string())
        );
    }
    for (who, human) in [("the person who acts", person.human), ("the person acted for", principal.human)] {
        if out.contains(&human) {
            return Err(excluded(who).with("human", human.to_string()).with("parts", parts(p, human)));
        }
    }
    Ok(())
}

/// Why the rules keep this human out: their parts in the request.
fn parts(p: &Proceeding<'_>, human: PersonId) -> Vec<&'static str> {
    let theirs = |account: PersonId| p.ground.people.humans([account]).contains(&human);
    let parts: BTreeSet<&str> =
        p.now.parts().into_iter().filter(|(_, account)| theirs(*account)).map(|(part, _)| part).collect();
    parts.into_iter().collect()
}

/// Would this approval be accepted today?
pub(super) fn stands(p: &Proceeding<'_>, approval: &Approval) -> bool {
    let Some(round) = p.now.state.round() else { return false };
    let people = p.ground.people;
    let account = approval.on_behalf_of.unwrap_or(approval.by);
    let (Some(acts), Some(principal)) = (people.find(approval.by), people.find(account)) else { return false };
    let out = exclusions(&p.now, people);
    if !acts.active || acts.is_service() || out.contains(&acts.human) || out.contains(&principal.human) {
        return false;
    }
    let today = standing_capacities(&p.now, round, principal);
    let held = |given: &Capacity| today.iter().any(|held| held.role == given.role && held.domain.covers(&given.domain));
    approval.dossier == round.dossier && !approval.capacities.is_empty() && approval.capacities.iter().all(held)
}

/// The humans behind an approval as they are known today: accounts may have been merged since.
pub(super) fn humans(people: &People, approval: &Approval) -> [PersonId; 2] {
    [people.human(approval.by), people.human(approval.on_behalf_of.unwrap_or(approval.by))]
}
