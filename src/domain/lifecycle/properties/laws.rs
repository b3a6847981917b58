//! The invariants, each a named check, judged on the events and the people of that moment.

mod answers;

use std::collections::BTreeSet;

use chrono::Duration;

use super::history::History;
use crate::{
    domain::{
        dossier::Dossier,
        event::{Deed, Event},
        exception::{Approval, Authority, Exception, Proposal, Round, State},
        person::{By, Door, People},
        refusal::Refused,
        request::{Term, Time},
        task::Work,
        testkit::Case,
    },
    sop::Quorum,
    words::{DomainPath, PersonId, RoundKind, Standing, StateName, Tier},
};

/// Everything that must hold after the events of one step, which turned `before` into what `case` is.
pub(super) fn check(before: &Exception, history: &mut History, case: &Case, events: &[Event]) {
    let mut is = before.clone();
    for event in events {
        let now = is.clone().after(event);
        i39_one_event_for_each_change(&is, &now, event, case);
        if let Deed::Approved { approval, .. } = &event.deed {
            i1_to_i13_who_approves(history, case, event, approval);
            i16_for_exactly_this(&is, approval);
        }
        if matches!(event.deed, Deed::Approved { .. } | Deed::Reaffirmed { .. } | Deed::Resumed { .. }) {
            assert!(is.is_looked_at(), "a re-review was decided on before all had answered");
        }
        answers::what_was_asked_stays_asked(&is, &now);
        if let Deed::Review(answer) = &event.deed {
            answers::who_answers_may(case, &is, (event, answer));
        }
        if let Some(authority) = gives_effect(&event.deed) {
            i4_to_i8_a_full_quorum(history, case, authority);
            i18_i26_no_longer_than_approved(history, case, &is, event, authority);
        }
        if matches!(event.deed, Deed::Activated { .. }) {
            i20_i21_still_eligible_at_the_start(history, case, &is);
        }
        if matches!(event.deed, Deed::ReviewWithdrawn { .. }) {
            nothing_is_enlarged(&is, &now);
        }
        i33_i34_only_listed_transitions(&is, &now);
        what_a_rule_causes_cites_it(event);
        i38_nobody_who_leaves_weakens_it(&is, &now);
        what_was_imported_was_not_decided_here(&is, &now);
        history.add(event);
        i43_no_vote_is_lost(history, &now);
        is = now;
    }
    assert_eq!(is, case.is, "I-40: folding the events is the state");
    if events.is_empty() {
        return;
    }
    i23_i35_effect(history, case);
    tasks_match_the_state(&case.is);
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn gives_effect(deed: &Deed) -> Option<&Authority> {
    match deed {
        Deed::Granted { authority }
        | Deed::AcceptanceAsked { authority }
        | Deed::Extended { authority, .. }
        | Deed::Reaffirmed { authority }
        | Deed::Resumed { authority }
        | Deed::ContentReplaced { authority, .. } => Some(authority),
        _ => None,
    }
}

/// The human behind an account, by the people of that moment.
fn human(people: &People, id: PersonId) -> PersonId {
    people.find(id).map_or(id, |person| person.human)
}

fn kept_out(history: &History, people: &People) -> BTreeSet<PersonId> {
    let answers = |id: PersonId| people.find(id).and_then(|person| person.responsible);
    history
        .kept_out()
        .into_iter()
        .flat_map(|id| [Some(human(people, id)), answers(id).map(|id| human(people, id))])
        .flatten()
        .collect()
}

fn i39_one_event_for_each_change(is: &Exception, now: &Exception, event: &Event, case: &Case) {
    assert_eq!(now.seq, is.seq + 1, "each event is counted");
    assert_eq!(
        now.version,
        is.version + u64::from(!event.deed.is_note() && !event.is_upkeep()),
        "notes and upkeep change no version"
    );
    assert!(!event.deed.is_note() || (&now.state, &now.request) == (&is.state, &is.request), "notes change nothing");
    assert_eq!(event.at, case.now);
    assert!(event.effective_at.is_none_or(|at| at <= event.at && matches!(event.by, By::System { .. })));
}

/// I-1, I-2, I-3, I-5, I-9, I-10, I-11, I-12, I-13, I-31.
fn i1_to_i13_who_approves(history: &History, case: &Case, event: &Event, approval: &Approval) {
    let people = case.people();
    let By::Person { id, door: Door::Session(since) } = event.by else { panic!("I-5: approved by {:?}", event.by) };
    assert_eq!(id, approval.by);
    let acts = people.find(id).expect("known");
    assert!(acts.active && acts.responsible.is_none(), "I-5: a service or somebody who left approves");
    let principal = approval.on_behalf_of.unwrap_or(id);
    let out = kept_out(history, &people);
    assert!(!out.contains(&human(&people, id)), "I-1, I-2, I-3: {id} approves");
    assert!(!out.contains(&human(&people, principal)), "I-10: the slot of {principal} is filled");
    let round = history.round.as_ref().expect("an open round");
    assert!(round.tier < Tier::High || case.now - since <= Duration::minutes(10), "step-up");
    if let Some(from) = approval.on_behalf_of {
        let valid = case
            .delegations
            .iter()
            .any(|given| (given.from, given.to) == (from, id) && given.starts <= case.now && case.now < given.ends);
        assert!(valid, "I-11, I-12: no delegation from {from} to {id}");
    }
    let owner = people.find(principal).expect("known");
    assert!(owner.active && owner.responsible.is_none());
    for held in &approval.capacities {
        let granted = owner.grants.iter().any(|grant| (grant.role, &grant.domain) == (held.role, &held.domain));
        assert!(granted && held.role.approves(), "I-13: {} was not granted", held.role);
    }
    let mine = [human(&people, id), human(&people, principal)];
    for other in &history.approvals {
        let theirs = [human(&people, other.by), human(&people, other.on_behalf_of.unwrap_or(other.by))];
        assert!(!mine.iter().any(|one| theirs.contains(one)), "I-4, I-7, I-31: one human twice");
    }
}

fn i16_for_exactly_this(is: &Exception, approval: &Approval) {
    let open = is.state.round().expect("an open round").dossier;
    assert_eq!(approval.dossier, open, "I-16: another dossier is approved");
}

/// I-4, I-7, I-8, I-15: every quorum is full of different humans for different principals.
fn i4_to_i8_a_full_quorum(history: &History, case: &Case, authority: &Authority) {
    let Some(round) = &history.round else { panic!("I-24: authority without a round") };
    assert_eq!((authority.round, Some(authority.dossier)), (round.number, history.dossier));
    assert!(history.approvals.iter().all(|given| Some(given.dossier) == history.dossier), "I-16");
    let people = case.people();
    let voters: Vec<&Approval> = history.approvals.iter().collect();
    let humans: BTreeSet<PersonId> = voters.iter().map(|given| human(&people, given.by)).collect();
    let principals: BTreeSet<PersonId> =
        voters.iter().map(|given| human(&people, given.on_behalf_of.unwrap_or(given.by))).collect();
    assert!(humans.len() >= 2 && principals.len() >= 2, "fewer than two people");
    let submitted = case.sop.document().tiers.get(&round.tier).map(|rules| &rules.quorum);
    let published = case.newest.document().tiers.get(&round.tier).map(|rules| &rules.quorum);
    // A re-review that found less is confirmed by no fewer than it was opened for.
    let opened = round.review.iter().filter(|review| round.tier <= review.tier);
    let opened = opened.flat_map(|review| &review.quorums).map(Some);
    for quorum in [submitted, published].into_iter().chain(opened) {
        let quorum = quorum.expect("I-8: no rule applies");
        for domain in history.content.domains() {
            assert!(filled(&roles_wanted(quorum), &voters, &domain), "the quorum is not full in {domain}");
        }
    }
    assert!(voters.iter().all(|given| case.now < given.at + Duration::days(i64::from(round.approval_days))), "I-22");
}

fn roles_wanted(quorum: &Quorum) -> Vec<Vec<crate::words::Role>> {
    let mut wanted: Vec<_> = quorum.all_of.iter().map(|role| vec![*role]).collect();
    while wanted.len() < usize::try_from(quorum.min.max(2)).expect("small") {
        wanted.push(if quorum.any_of.is_empty() { quorum.all_of.clone() } else { quorum.any_of.clone() });
    }
    wanted
}

/// Tries every assignment.
fn filled(wanted: &[Vec<crate::words::Role>], voters: &[&Approval], domain: &DomainPath) -> bool {
    let Some((roles, rest)) = wanted.split_first() else { return true };
    voters.iter().enumerate().any(|(at, voter)| {
        let able = voter.capacities.iter().any(|held| roles.contains(&held.role) && held.domain.covers(domain));
        let mut others = voters.to_vec();
        others.remove(at);
        able && filled(rest, &others, domain)
    })
}

/// I-18, I-24, I-25, I-26: the period is what was asked for and within the tier's maximum.
fn i18_i26_no_longer_than_approved(h: &History, case: &Case, is: &Exception, event: &Event, given: &Authority) {
    let most = |days: u32| Duration::days(i64::from(days));
    let tiers = [&case.sop.document().tiers, &case.newest.document().tiers];
    let rules: Vec<_> = tiers.iter().filter_map(|tiers| tiers.get(&given.tier)).collect();
    assert_eq!(Some(given.tier), is.tier());
    let accepted =
        matches!(event.deed, Deed::Granted { .. }) && matches!(is.state, State::Decision { awaiting: Some(_), .. });
    let permanent = matches!(h.content.term, Some(Term::Permanent(_)));
    let length = given.period.end - given.period.start;
    let before = is.state.authority().filter(|_| !matches!(is.state, State::Decision { .. }));
    match (before, h.round.as_ref().map(|round| &round.proposal)) {
        (None, _) => {
            assert!(given.period.start >= case.now || accepted, "I-25: back-dated");
            let longest = |rules: &&crate::sop::TierRules| {
                if permanent { rules.permanent_days.expect("permanent is allowed") } else { rules.max_days }
            };
            assert!(rules.iter().all(|rules| length <= most(longest(rules))), "I-26");
            match h.content.term.as_ref().expect("a term") {
                Term::Until(end) => assert_eq!(given.period.end, *end),
                Term::Days(count) => assert_eq!(length, most(*count)),
                Term::Permanent(_) => {}
            }
        }
        (Some(before), Some(Proposal::End { end, .. })) => {
            assert_eq!((given.period.start, given.period.end), (before.period.start, *end), "I-18");
            assert!(rules.iter().all(|rules| given.period.end <= case.now + most(rules.max_days)), "I-26");
        }
        (Some(before), _) if !permanent => stands_or_ends_sooner(case.now, before, given, &rules),
        (Some(_), _) => {
            let longest = rules.iter().map(|rules| rules.permanent_days.expect("permanent is allowed")).min();
            assert!(given.period.end <= case.now.max(given.period.start) + most(longest.expect("two")), "rule 4");
        }
    }
    assert!(
        is.conditions.is_empty()
            || accepted
            || h.round.as_ref().is_some_and(|round| round.kind != RoundKind::Initial)
            || matches!(event.deed, Deed::AcceptanceAsked { .. }),
        "conditions were not accepted"
    );
}

/// I-18, I-26: the period is what it was; of a higher tier it reaches no further than an approval at that tier.
fn stands_or_ends_sooner(now: Time, before: &Authority, given: &Authority, rules: &[&crate::sop::TierRules]) {
    let most = rules.iter().map(|rules| now + Duration::days(i64::from(rules.max_days))).min();
    let most = most.filter(|_| given.tier > before.tier);
    let end = most.map_or(before.period.end, |most| most.min(before.period.end));
    assert_eq!((given.period.start, given.period.end), (before.period.start, end), "I-18, I-26");
}

fn i20_i21_still_eligible_at_the_start(history: &History, case: &Case, is: &Exception) {
    let people = case.people();
    let out = kept_out(history, &people);
    assert!(history.approvals.len() >= 2);
    for given in &history.approvals {
        let principal = people.find(given.on_behalf_of.unwrap_or(given.by)).expect("known");
        let acts = people.find(given.by).expect("known");
        assert!(acts.active && principal.active && !out.contains(&acts.human), "I-20");
        for held in &given.capacities {
            let role = principal.grants.iter().any(|g| g.role == held.role && g.domain.covers(&held.domain));
            assert!(role, "I-21: {} was lost", held.role);
        }
    }
    let humans: BTreeSet<PersonId> = history.approvals.iter().map(|given| human(&people, given.by)).collect();
    assert_eq!(humans.len(), history.approvals.len(), "I-4: accounts were merged");
    let authority = is.state.authority().expect("decided");
    assert!(authority.period.start <= case.now && case.now < authority.period.end, "started outside of its period");
    assert!(!is.controls.iter().any(crate::domain::control::Control::holds_back));
}

/// I-38: whoever leaves and whatever the register or the procedure drops, an open round asks for what it was opened
/// with, and whoever wrote the request stays out of it.
fn i38_nobody_who_leaves_weakens_it(is: &Exception, now: &Exception) {
    assert!(is.editors.is_subset(&now.editors) && is.requester == now.requester, "I-38: an editor was forgotten");
    assert!(is.added_clauses.is_subset(&now.added_clauses), "I-38: a clause was dropped");
    if let (Some(before), Some(after)) = (is.state.round(), now.state.round())
        && before.number == after.number
    {
        let same = (&before.quorums, before.tier) == (&after.quorums, after.tier);
        let opened = |round: &Round| round.review.as_ref().map(|asked| (asked.quorums.clone(), asked.assesses.clone()));
        let higher = after.review.as_ref().is_some_and(|asked| after.tier > asked.tier);
        let kept = opened(after).is_some_and(|(quorums, _)| quorums.iter().all(|one| after.quorums.contains(one)));
        let at_least = higher || kept;
        assert!(same || at_least, "I-38: the quorum was relaxed");
        let quorums = |round: &Round| opened(round).map(|(quorums, _)| quorums);
        assert!(opened(before).is_none() || quorums(before) == quorums(after), "I-38: fewer have to confirm it");
        assert!(before.approval_days >= after.approval_days, "I-38");
    }
}

/// Rule 5: what is taken back gives an exception no more than it had, and nobody's vote is lost with it.
fn nothing_is_enlarged(is: &Exception, now: &Exception) {
    let State::ReReview { authority, round, .. } = &is.state else { panic!("nothing was reopened") };
    assert!(round.approvals.is_empty(), "somebody had approved");
    assert_eq!(now.state, State::Active { authority: authority.clone(), round: None }, "another decision");
    assert_eq!((&is.request, &is.controls, &is.gaps), (&now.request, &now.controls, &now.gaps));
    assert_eq!(is.pending_clauses, now.pending_clauses, "nobody decided on them");
}

/// What was decided elsewhere gives nothing here: what lives waits without effect for its first round, at no lower
/// tier than it had there, and what had ended there stays without any.
fn what_was_imported_was_not_decided_here(is: &Exception, now: &Exception) {
    let Some(imported) = &now.imported else { return };
    assert_eq!(is.imported.as_ref().map(|known| &known.from), Some(&imported.from), "where it came from changed");
    let from = &imported.from;
    if let (State::Draft, State::Decision { round, awaiting }) = (&is.state, &now.state) {
        assert!(!imported.changed && from.standing == Standing::Live && awaiting.is_none());
        assert!(round.approvals.is_empty() && Some(round.tier) >= from.tier && from.tier.is_some());
        assert!(!from.ownerless || now.request.beneficiary.is_some(), "nobody owns it");
    }
    assert!(from.standing == Standing::Live || now.state.authority().is_none() && now.state.round().is_none());
}

/// I-43: each vote that was given stands, was voided by an event of its own, or belongs to a round that ended.
fn i43_no_vote_is_lost(history: &History, now: &Exception) {
    let standing = now.state.round().map_or(0, |round| round.approvals.len());
    assert_eq!(history.given, history.voided + history.ended + standing, "I-43: {:?}", now.state.name());
}

/// Whatever the procedure or one of the seven rules judges, the clock's deeds and people's, with what it looked
/// at; what people may do freely has no rule to cite, and what a job does never is that.
fn what_a_rule_causes_cites_it(event: &Event) {
    let freely = matches!(
        event.deed,
        Deed::Drafted { .. }
            | Deed::Amended { .. }
            | Deed::Attached { .. }
            | Deed::Detached { .. }
            | Deed::Reverted { .. }
            | Deed::Withdrawn { .. }
            | Deed::Closed { .. }
            | Deed::Assigned { .. }
            | Deed::Reminded { .. }
            | Deed::Linked { .. }
            | Deed::Watched { .. }
            | Deed::Unwatched { .. }
            | Deed::Commented { .. }
    );
    match &event.citation {
        Some(citation) => assert!(!citation.facts.is_empty() && !citation.text.is_empty(), "{event:?}"),
        None => assert!(freely && event.by.person().is_some(), "without its rule: {event:?}"),
    }
}

pub(super) fn what_a_rule_refuses_cites_it(refused: &Refused) {
    match &refused.citation {
        Some(citation) => assert!(!citation.facts.is_empty() && !citation.text.is_empty(), "{refused:?}"),
        None => assert!(!refused.refusal.is_by_rule(), "without its rule: {refused:?}"),
    }
}

/// Which states may follow which; a state may always stay as it is.
fn i33_i34_only_listed_transitions(is: &Exception, now: &Exception) {
    use StateName as S;
    let (from, to) = (is.state.name(), now.state.name());
    let listed: &[S] = match from {
        S::CompletenessReview => &[S::Returned, S::Assessment, S::Withdrawn, S::Revoked],
        // What came from another register goes before its quorum, is mended, or had ended.
        S::Draft if is.imported.is_some() => &[
            S::CompletenessReview,
            S::Decision,
            S::Returned,
            S::Rejected,
            S::Withdrawn,
            S::Expired,
            S::Revoked,
            S::Closed,
        ],
        S::Draft => &[S::CompletenessReview, S::Withdrawn],
        S::Returned => &[S::CompletenessReview, S::Withdrawn, S::Revoked],
        S::Assessment => {
            &[S::StakeholderInput, S::Decision, S::Returned, S::CompletenessReview, S::Withdrawn, S::Revoked]
        }
        S::StakeholderInput => {
            &[S::Assessment, S::Decision, S::Returned, S::CompletenessReview, S::Withdrawn, S::Revoked]
        }
        S::Decision => {
            &[S::Assessment, S::Implementation, S::Rejected, S::Returned, S::Withdrawn, S::Expired, S::Revoked]
        }
        S::Implementation => &[S::Active, S::Decision, S::Withdrawn, S::Expired, S::Revoked, S::Closed],
        S::Active | S::ReReview => &[S::Active, S::ReReview, S::Suspended, S::Expired, S::Revoked, S::Closed],
        S::Suspended => &[S::Active, S::Expired, S::Revoked, S::Closed],
        S::Rejected | S::Withdrawn | S::Expired | S::Revoked | S::Closed => &[],
    };
    assert!(from == to || listed.contains(&to), "I-33, I-34: {from} → {to}");
    assert!(!from.is_final() || is.request == now.request && is.state == now.state, "I-34: {from} was changed");
}

pub(super) fn i17_i28_the_dossier_is_the_content(case: &Case) {
    let Some(round) = case.is.state.round() else { return };
    assert_eq!(Dossier::open(&case.is).map(|open| open.hash()), Some(round.dossier), "I-17, I-19");
    assert!(
        round.approvals.iter().all(|given| given.dossier == round.dossier),
        "I-17: an approval outlived its dossier"
    );
}

fn i23_i35_effect(history: &History, case: &Case) {
    let is = &case.is;
    let lives = matches!(is.state.name(), StateName::Active | StateName::ReReview);
    assert_eq!(history.effective, lives, "the state and the events disagree");
    assert_eq!(history.over, is.state.name().is_final());
    if is.is_effective(case.now) {
        let authority = history.authority.as_ref().expect("effect by nobody's authority");
        assert!(history.effective && authority.period.start <= case.now && case.now < authority.period.end, "I-23");
        assert!(case.now < authority.suspend_at, "I-23: beyond its review");
    }
    for end in [is.effective_until(), history.authority.as_ref().map(|authority| authority.period.end)] {
        // With every job stopped: from the instant of its end on, whenever it is looked at.
        let later = [0, 1, 3_600, 86_400, 400 * 86_400].map(|seconds| end.map(|end| end + Duration::seconds(seconds)));
        assert!(later.iter().flatten().all(|later| !is.is_effective(*later)), "I-23: effect without an end");
    }
    assert!(!is.state.name().is_final() || is.effective_until().is_none(), "I-35");
}

fn tasks_match_the_state(is: &Exception) {
    let count = |work: Work| is.tasks.iter().filter(|task| task.work == work).count();
    let keys: BTreeSet<&str> = is.tasks.iter().map(|task| task.key.as_str()).collect();
    let ids: BTreeSet<_> = is.tasks.iter().map(|task| task.id).collect();
    assert_eq!((keys.len(), ids.len()), (is.tasks.len(), is.tasks.len()), "one task twice");
    let state = is.state.name();
    assert!(!state.is_final() || is.tasks.is_empty(), "work on what is over");
    assert_eq!(count(Work::Review), usize::from(state == StateName::CompletenessReview));
    assert_eq!(count(Work::Fix), usize::from(state == StateName::Returned));
    let awaiting = matches!(is.state, State::Decision { awaiting: Some(_), .. });
    assert_eq!(count(Work::AcceptConditions), usize::from(awaiting));
    let deciding = is.state.round().is_some() && state != StateName::Implementation && !awaiting;
    assert_eq!(count(Work::Decide) > 0, deciding && is.is_looked_at(), "{state}: {:?}", is.tasks);
    assert_eq!(count(Work::Advise) > 0, state == StateName::StakeholderInput);
    let (attests, looks) =
        is.review().map_or((0, 0), |review| (usize::from(review.awaits_attestation()), review.unlooked().count()));
    assert_eq!(count(Work::Attest), attests);
    assert!(if state == StateName::Assessment { looks == 0 } else { count(Work::Assess) == looks }, "{:?}", is.tasks);
    assert!(state.is_final() || count(Work::SettleGap) == is.gaps.len());
}
