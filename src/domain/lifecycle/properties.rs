//! Properties over random commands: random people ask random things at random times, roles are lost and
//! accounts merged, and after every step each invariant is checked. `PROVISO_STEPS` asks for more steps.

mod history;
mod laws;
mod random;

use crate::{
    domain::{
        event::{Deed, Event},
        exception::Exception,
        lifecycle::due,
        refusal::Refused,
        testkit::{Case, clock, days},
        upkeep::Upkeep,
    },
    words::StateName,
};

use history::History;
use random::{Dice, draft, step};

const STEPS: u32 = 25_000;

/// Every deed but the notes that the door writes by itself: the laws say nothing of what never happens.
const REACHED: &[&str] = &[
    "acceptance_asked",
    "activated",
    "advised",
    "amended",
    "approval_voided",
    "approved",
    "archived",
    "assessed",
    "assessment_confirmed",
    "assigned",
    "attached",
    "attested",
    "clauses_added",
    "closed",
    "commented",
    "condition_proposed",
    "content_replaced",
    "control_confirmed",
    "control_failed",
    "control_lapsed",
    "covered",
    "detached",
    "drafted",
    "due_soon",
    "end_near",
    "escalated",
    "evidence_attached",
    "expired",
    "extended",
    "gap_found",
    "gate_waived",
    "granted",
    "imported",
    "incident_noted",
    "input_asked",
    "lapse_near",
    "limit_reached",
    "linked",
    "overdue",
    "party_left",
    "party_moved",
    "passed",
    "quorum_found",
    "quorum_lost",
    "rated",
    "reaffirmed",
    "reassessed",
    "rejected",
    "reminded",
    "reopened",
    "rerated",
    "rescored",
    "resumed",
    "returned",
    "reverted",
    "review_asked",
    "review_withdrawn",
    "revoked",
    "round_opened",
    "submitted",
    "superseded",
    "suspended",
    "uncovered",
    "unwatched",
    "watched",
    "withdrawn",
];

/// Steps for each of the four runs: in all a hundred thousand.
fn steps() -> u32 {
    std::env::var("PROVISO_STEPS").ok().and_then(|count| count.parse().ok()).unwrap_or(STEPS)
}

#[derive(Default)]
struct Seen {
    states: std::collections::BTreeMap<StateName, u32>,
    deeds: std::collections::BTreeMap<&'static str, u32>,
    refusals: std::collections::BTreeMap<&'static str, u32>,
}

/// Plays one exception to its end, or until enough was asked of it.
fn play(dice: &mut Dice, seen: &mut Seen, left: &mut u32) {
    let mut case = draft(dice);
    let mut history = History::default();
    for event in &case.events {
        history.add(event);
        *seen.deeds.entry(event.deed.code()).or_default() += 1;
    }
    let most = 150;
    for _ in 0..most {
        if *left == 0 || (case.state().is_final() && dice.below(4) == 0) {
            break;
        }
        *left -= 1;
        let before = case.is.clone();
        let known = case.events.len();
        if let Err(refused) = step(dice, &mut case) {
            *seen.refusals.entry(refused.refusal.code()).or_default() += 1;
            assert_eq!(case.is, before, "I-45: a refusal changes nothing");
            laws::what_a_rule_refuses_cites_it(&refused);
        }
        let events = case.events.split_off(known);
        laws::check(&before, &mut history, &case, &events);
        if events.iter().any(|event| !event.deed.is_note()) && dice.below(5) == 0 {
            laws::i17_i28_the_dossier_is_the_content(&case);
        }
        settling_again_changes_nothing(dice, &case, &events);
        wake_never_misses(dice, &case, events.is_empty());
        *seen.states.entry(case.state()).or_default() += 1;
        for event in &events {
            *seen.deeds.entry(event.deed.code()).or_default() += 1;
        }
        case.events.extend(events);
    }
    if dice.below(8) == 0 {
        i40_the_record_is_its_events(&case);
    }
}

/// The events of a random life, at most so many steps long.
pub(crate) fn life(seed: u64, steps: u32) -> Vec<Event> {
    // A refusal is no part of a life.
    lived(seed, steps).0
}

/// The events of a random life, and what was refused in it.
pub(crate) fn lived(seed: u64, steps: u32) -> (Vec<Event>, Vec<Refused>) {
    let mut dice = Dice::new(seed);
    let mut case = draft(&mut dice);
    let refused = (0..steps).filter_map(|_| step(&mut dice, &mut case).err()).collect();
    (case.events, refused)
}

/// What the clock settles, but for who could decide and who is there: a command knows its own people alone, and the
/// clock looks at all of them afterwards.
fn settled_by(case: &Case) -> Vec<Event> {
    let mut events = case.on(&clock(), due);
    let looked_at = |event: &Event, fact: &str| event.citation.as_ref().is_some_and(|one| one.facts.contains_key(fact));
    let of_people = |event: &Event| {
        let left_behind = matches!(event.deed, Deed::Assigned { to: None, .. }) && looked_at(event, "away_until");
        let told = matches!(
            event.deed,
            Deed::QuorumLost { .. } | Deed::QuorumFound | Deed::Upkeep(Upkeep::Uncovered { .. } | Upkeep::Covered)
        );
        told || left_behind
    };
    events.retain(|event| !of_people(event));
    events
}

/// What was settled stays settled.
fn settling_again_changes_nothing(dice: &mut Dice, case: &Case, events: &[Event]) {
    if events.iter().any(|event| !event.deed.is_note()) && dice.below(8) == 0 {
        let again = settled_by(case);
        assert!(again.is_empty(), "settled, and then {again:?}");
    }
}

/// Between now and the instant at which the clock is to look again, time alone changes nothing.
fn wake_never_misses(dice: &mut Dice, case: &Case, quiet: bool) {
    if quiet || dice.below(8) > 0 {
        return;
    }
    let wake = case.is.wake_after(case.sop.document(), case.now);
    let until = wake.unwrap_or(case.now + days(3_000));
    let between = (until - case.now).num_seconds().max(1);
    let mut early = case.clone();
    early.now += chrono::Duration::seconds(i64::from(dice.below(u32::try_from(between).unwrap_or(u32::MAX))));
    if early.now < until {
        let missed = settled_by(&early);
        assert!(missed.is_empty(), "{} missed {missed:?} at {}, wakes at {wake:?}", case.state(), early.now);
    }
}

/// I-40, I-41: the events, through JSON and from the start, are the state; and the state goes through JSON.
fn i40_the_record_is_its_events(case: &Case) {
    let text = serde_json::to_string(&case.events).expect("JSON");
    let events: Vec<Event> = serde_json::from_str(&text).expect("back");
    assert_eq!(events, case.events);
    let (first, rest) = events.split_first().expect("it began");
    let begun = Exception::begin(case.is.id, first).expect("a draft");
    let folded = rest.iter().fold(begun, Exception::after);
    assert_eq!(folded, case.is);
    let state = serde_json::to_string(&case.is).expect("JSON");
    assert_eq!(serde_json::from_str::<Exception>(&state).expect("back"), case.is);
    crate::words::canonical(&case.is).expect("canonical");
}

#[expect(clippy::similar_names, reason = "what was seen of a seed")]
fn run(seed: u64) {
    let (mut dice, mut seen, mut left) = (Dice::new(seed), Seen::default(), steps());
    while left > 0 {
        play(&mut dice, &mut seen, &mut left);
    }
    let missing: Vec<_> = StateName::ALL.iter().filter(|state| !seen.states.contains_key(*state)).collect();
    println!("{:?}\n{:?}\n{:?}", seen.states, seen.deeds, seen.refusals);
    assert!(missing.is_empty() || steps() < STEPS, "never in {missing:?}");
    let unreached: Vec<_> = REACHED.iter().filter(|deed| !seen.deeds.contains_key(**deed)).collect();
    assert!(unreached.is_empty() || steps() < STEPS, "never {unreached:?}");
}

#[test]
fn whatever_is_asked_the_rules_hold() {
    run(6);
}

#[test]
fn whatever_is_asked_by_others_the_rules_hold() {
    run(2);
}

#[test]
fn whatever_is_asked_at_other_times_the_rules_hold() {
    run(3);
}

#[test]
fn whatever_else_is_asked_the_rules_hold() {
    run(7);
}
