//! Whether an event that gives effect may: for exactly this dossier, a quorum of eligible different people
//! under the procedure in force, derived from the log alone. It uses none of the code that decided.

use std::collections::BTreeSet;

use chrono::Duration;

use super::{review, story::Story, terms};
use crate::{
    domain::{
        dossier::Dossier,
        event::{Deed, Event},
        exception::{Approval, Authority, Exception, Proposal, Round, State},
        lifecycle::{CODE_MINUTES, LONGEST_STEP_UP_MINUTES},
        person::{By, Door},
        quorum::{self, Candidate, Seat},
        request::Request,
        roster::GrantRecord,
    },
    sop::{Document, MailLink, Quorum},
    words::{DomainPath, PersonId, RoundKind, Tier},
};

/// Which versions of the procedure a decision has to satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Under {
    /// That which it was submitted under, and the newest.
    TheNewest,
    /// What it satisfied when it was decided; a version that came later does not count.
    WhatItWasDecidedBy,
}

/// Judges an event on the exception as it was before; says whether it gives effect.
#[expect(clippy::wildcard_enum_match_arm, reason = "a list of what gives effect: everything else gives none")]
pub(super) fn judge(story: &Story, before: &Exception, event: &Event) -> Result<bool, String> {
    match &event.deed {
        Deed::Reopened { .. } if !matches!(before.state, State::Active { .. }) => {
            Err("what had no effect was reopened".to_owned())
        }
        Deed::RoundOpened { round } => review::round(story, before, round).map(|()| false),
        Deed::Reopened { round, cause, .. } => review::opened(story, before, (round, cause, event.at)).map(|()| false),
        Deed::Review(answer) => review::answered(story, before, (answer, event)).map(|()| false),
        Deed::Approved { round, approval, .. } => vote(story, before, (*round, approval, event)).map(|()| false),
        Deed::Granted { authority } if matches!(before.state, State::Decision { awaiting: Some(_), .. }) => {
            if before.state.authority() != Some(&**authority) {
                return Err("what was granted is not what the requester accepted".to_owned());
            }
            decided(story, before, (authority, Under::WhatItWasDecidedBy)).map(|()| true)
        }
        Deed::AcceptanceAsked { authority }
        | Deed::Granted { authority }
        | Deed::Extended { authority, .. }
        | Deed::Reaffirmed { authority }
        | Deed::Resumed { authority }
        | Deed::ContentReplaced { authority, .. } => {
            is_what_was_asked(before, &event.deed)?;
            review::complete(story, before, event.at)?;
            decided(story, before, (authority, Under::TheNewest))?;
            terms::hold(story, before, (authority, event.at)).map(|()| true)
        }
        Deed::Activated { period } => {
            let State::Implementation { authority, .. } = &before.state else {
                return Err("it came into effect without a decision".to_owned());
            };
            if period.end > authority.period.end || period.start < authority.period.start {
                return Err("it came into effect for longer than was decided".to_owned());
            }
            decided(story, before, (authority, Under::WhatItWasDecidedBy)).map(|()| true)
        }
        _ => review::gaps(story, before, event).map(|()| false),
    }
}

/// What an event may never do: bring back what has ended, or change what a decision was about.
pub(super) fn stays(before: &Exception, (event, after): (&Event, &Exception)) -> Result<(), String> {
    if before.state.name().is_final() && !after.state.name().is_final() {
        return Err("a final state was left".to_owned());
    }
    let decided = before.state.authority().is_some() && !matches!(event.deed, Deed::ContentReplaced { .. });
    if decided && with_added_clauses(before, &event.deed) != after.request {
        return Err("what a decision was about was changed without another".to_owned());
    }
    Ok(())
}

/// The content of before, with the clauses that a reviewer found that it deviates from as well.
fn with_added_clauses(before: &Exception, deed: &Deed) -> Request {
    let mut request = before.request.clone();
    if let Deed::ClausesAdded { clauses, .. } = deed {
        request.clauses.extend(clauses.iter().cloned());
    }
    request
}

/// Does a round of this kind lead to this event, and with this content?
fn is_what_was_asked(before: &Exception, deed: &Deed) -> Result<(), String> {
    let round = before.state.round().ok_or("a decision without a round")?;
    let fits = match (deed, round.kind) {
        (Deed::Granted { .. }, RoundKind::Initial) => before.conditions.is_empty(),
        (Deed::AcceptanceAsked { .. }, RoundKind::Initial) => !before.conditions.is_empty(),
        (Deed::Extended { .. }, RoundKind::Extension) | (Deed::Resumed { .. }, RoundKind::Resume) => true,
        (Deed::ContentReplaced { request, .. }, RoundKind::Amendment) => {
            matches!(&round.proposal, Proposal::Content(asked) if asked == request)
        }
        (Deed::Reaffirmed { .. }, RoundKind::ReReview | RoundKind::Amendment) => {
            !matches!(round.proposal, Proposal::Content(_))
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err("a decision does something else than its round was about".to_owned()) }
}

/// A vote is a person's, of their own, for what stood there then.
fn vote(story: &Story, before: &Exception, given: (u32, &Approval, &Event)) -> Result<(), String> {
    let (number, approval, event) = given;
    review::complete(story, before, event.at)?;
    review::departed(before, &event.deed)?;
    let round = before.state.round().filter(|round| round.number == number).ok_or("an approval without a round")?;
    if event.by.person() != Some(approval.by) || event.at != approval.at {
        return Err("an approval names another person or another time".to_owned());
    }
    came_in(story, before, (round, approval, &event.by))?;
    if approval.dossier != round.dossier {
        return Err("an approval names another dossier than the one that was open".to_owned());
    }
    if approval.human != human(story, approval.by) || approval.principal != human(story, account(approval)) {
        return Err("an approval names another human than its account's".to_owned());
    }
    if let Some(from) = approval.on_behalf_of
        && !delegated(story, (from, approval))
    {
        return Err("an approval was given for somebody who had not delegated it".to_owned());
    }
    eligible(story, before, approval)
}

/// In a session, a recent one at the higher tiers; or by a code from a mail where every version of the procedure
/// takes one, once in a round and not at those tiers.
fn came_in(story: &Story, before: &Exception, given: (&Round, &Approval, &By)) -> Result<(), String> {
    let (round, approval, by) = given;
    let (known, by_code) = match by {
        By::Person { door: Door::Session(since), .. } => {
            (Some((since, LONGEST_STEP_UP_MINUTES)).filter(|_| round.tier >= Tier::High), false)
        }
        By::Person { door: Door::Code(typed), .. } => (Some((typed, CODE_MINUTES)), true),
        By::Person { door: Door::Token(_), .. } | By::System { .. } => {
            return Err("an approval was not given by a person in a session".to_owned());
        }
    };
    if known.is_some_and(|(since, minutes)| approval.at - *since > Duration::minutes(minutes)) {
        return Err("an approval was given too long after its approver was known".to_owned());
    }
    let takes = |sop: &&Document| sop.steps.decision.mail_link == MailLink::Code;
    let first = !round.approvals.iter().any(|given| given.by_code);
    let code_does = round.tier <= Tier::Moderate && first && terms::versions(story, before)?.iter().all(takes);
    if by_code != approval.by_code || by_code && !code_does {
        return Err("an approval was given by a code where none does".to_owned());
    }
    Ok(())
}

/// A decision: the round's, for the dossier that the content makes, with every quorum full.
fn decided(story: &Story, before: &Exception, (authority, under): (&Authority, Under)) -> Result<(), String> {
    let round = before.state.round().ok_or("a decision without a round")?;
    let open = Dossier::open(before).map(|dossier| dossier.hash());
    if authority.round != round.number || authority.dossier != round.dossier || open != Some(round.dossier) {
        return Err("a decision is not about exactly the dossier that its content makes".to_owned());
    }
    for approval in &round.approvals {
        eligible(story, before, approval)?;
    }
    let seats = seats(story, before, (round, under))?;
    // Accounts may have been merged since: whoever sits there is the human that they are now.
    let seated = |seat: &Seat| (human(story, seat.human), human(story, seat.principal));
    let derived: BTreeSet<_> = seats.iter().map(seated).collect();
    if !authority.two.seats().iter().all(|seat| derived.contains(&seated(seat))) {
        return Err("a decision seats people who did not approve it".to_owned());
    }
    Ok(())
}

/// Who fills the quorums: those that the round was opened with, that of the procedure submitted under, and
/// that of its newest version.
fn seats(story: &Story, before: &Exception, (round, under): (&Round, Under)) -> Result<Vec<Seat>, String> {
    let [submitted, newest] = terms::versions(story, before)?;
    let ruling = [Some(submitted), Some(newest).filter(|_| under == Under::TheNewest)];
    let ruled: Option<Vec<&Quorum>> =
        ruling.into_iter().flatten().map(|sop| Some(&sop.tiers.get(&round.tier)?.quorum)).collect();
    let ruled = ruled.ok_or_else(|| format!("the procedure does not allow exceptions at tier {}", round.tier))?;
    // A re-review that found less is confirmed by no fewer than those who would have without it.
    let opened = round.review.iter().filter(|review| round.tier <= review.tier).flat_map(|review| &review.quorums);
    let candidate = |given: &Approval| Candidate {
        human: human(story, given.by),
        principal: human(story, account(given)),
        capacities: given.capacities.clone(),
    };
    let given = round.approvals.iter().filter(|given| given.dossier == round.dossier);
    let candidates: Vec<Candidate> = given.map(candidate).collect();
    let domains = before.request.domains();
    let mut seats = Vec::new();
    for quorum in round.quorums.iter().chain(ruled).chain(opened) {
        let filled = quorum::fill(quorum, &domains, &candidates);
        seats.extend(filled.map_err(|_| "a decision without its full quorum of different people".to_owned())?);
    }
    let humans: BTreeSet<PersonId> = seats.iter().map(|seat| seat.human).collect();
    if humans.len() < 2 { Err("a decision of fewer than two people".to_owned()) } else { Ok(seats) }
}

/// May this person approve this exception now, by roles that were granted to them and not taken away?
fn eligible(story: &Story, before: &Exception, approval: &Approval) -> Result<(), String> {
    let acting = story.roster.people.get(&approval.by).ok_or("an approval of somebody who was never added")?;
    if acting.responsible.is_some() {
        return Err("an approval was given by a service".to_owned());
    }
    if !acting.active {
        return Err("an approval counts of somebody who had left".to_owned());
    }
    let out = excluded(story, before);
    let (human, principal) = (human(story, approval.by), human(story, account(approval)));
    if out.contains(&human) || out.contains(&principal) {
        return Err("an approval counts of the requester, beneficiary, an editor or an assessor".to_owned());
    }
    if approval.capacities.is_empty() {
        return Err("an approval counts without a role".to_owned());
    }
    for held in &approval.capacities {
        let mut grants = story.roster.grants.values().filter(|grant| grant.person == account(approval));
        let covers = |grant: &GrantRecord, domain: &DomainPath| grant.domain.covers(domain);
        let stands = |grant: &GrantRecord| grant.removed.is_none() && grant.role == held.role;
        if !grants.any(|grant| stands(grant) && covers(grant, &held.domain)) {
            return Err(format!("an approval counts by the role {} that was not held", held.role));
        }
        let named = story.roster.grants.values().find(|grant| grant.leaf == held.grant);
        if named.is_none_or(|grant| grant.person != account(approval) || grant.role != held.role) {
            return Err(format!("an approval names leaf {} as the grant of its role, which it is not", held.grant));
        }
    }
    Ok(())
}

/// The humans who may not approve it; of a service also the human who answers for it.
fn excluded(story: &Story, before: &Exception) -> BTreeSet<PersonId> {
    let responsible = |id: &PersonId| story.roster.people.get(id).and_then(|record| record.responsible);
    let accounts = before.excluded();
    let answers = accounts.iter().filter_map(responsible);
    accounts.iter().copied().chain(answers).map(|id| human(story, id)).collect()
}

pub(super) fn human(story: &Story, account: PersonId) -> PersonId {
    story.roster.people.get(&account).map_or(account, |record| record.human)
}

fn account(approval: &Approval) -> PersonId {
    approval.on_behalf_of.unwrap_or(approval.by)
}

fn delegated(story: &Story, (from, approval): (PersonId, &Approval)) -> bool {
    story.roster.delegations.values().any(|made| {
        let (given, ended) = (&made.delegation, made.ended_at);
        given.from == from && given.to == approval.by && given.holds_at(approval.at) && ended.is_none()
    })
}
