//! What holds after any sequence of commands by anybody.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    AbsenceDeed, AutomationDeed, BatchDeed, ErasureDeed, Roster, RosterDeed, RosterEvent, SplitDeed,
    play::{Move, World, some_moves},
    rights::DELEGATION_DAYS,
};
use crate::{
    domain::{person::Person, refusal::Refused},
    words::{PersonId, Role, canonical},
};

/// One decision, seen with the roster before it.
struct Scene<'r> {
    before: &'r Roster,
    /// Had two humans governed?
    grown: bool,
    actor: Option<PersonId>,
    proposer: Option<PersonId>,
    /// Is a change confirmed?
    confirms: bool,
}

impl<'r> Scene<'r> {
    fn of(before: &'r Roster, events: &[RosterEvent]) -> Self {
        let human = |id: PersonId| before.people.get(&id).map_or(id, |record| record.human);
        let change = events.iter().find_map(|event| {
            let RosterDeed::ChangeConfirmed { change, .. } = &event.deed else { return None };
            before.changes.get(change)
        });
        let proposer = change.and_then(|change| change.proposed_by).map(human);
        let grown = before.governance().humans_ever >= 2;
        Self { before, grown, actor: events[0].by.person().map(human), proposer, confirms: change.is_some() }
    }

    fn person(&self, id: PersonId) -> Person {
        self.before.person(id).unwrap()
    }

    /// Did two different humans want it, or are there not yet two?
    fn is_agreed(&self) -> bool {
        !self.grown || (self.proposer.is_some() && self.actor.is_some() && self.proposer != self.actor)
    }

    fn check(&self, event: &RosterEvent) {
        assert!(!(self.grown && event.alone), "nobody acts alone once two existed: {event:?}");
        self.check_citation(event);
        self.check_grant(&event.deed);
        self.check_account(&event.deed);
        self.check_delegation(event);
        self.check_absence(event);
        self.check_erasure(event);
        if let RosterDeed::TokenIssued { person, .. } = &event.deed {
            let owner = self.person(*person);
            assert!(owner.is_service() || self.actor == Some(owner.human), "never for another human");
        }
    }

    /// What a rule judged cites it with what it looked at; what one person may do freely has none to cite, and
    /// what a job does never is that.
    fn check_citation(&self, event: &RosterEvent) {
        let judged = matches!(
            event.deed,
            RosterDeed::ChangeProposed { .. }
                | RosterDeed::ChangeConfirmed { .. }
                | RosterDeed::Delegated { .. }
                | RosterDeed::PersonMerged { .. }
                | RosterDeed::SopPublished { .. }
                | RosterDeed::Erasure(ErasureDeed::PersonErased { .. } | ErasureDeed::HoldLifted { .. })
                | RosterDeed::Split(SplitDeed::SplitBegun { .. } | SplitDeed::SplitReleased { .. })
                | RosterDeed::Automation(AutomationDeed::AutomationHalted { .. } | AutomationDeed::Batch(_))
        );
        let judged = judged || event.alone || self.confirms || event.by.person().is_none();
        match &event.citation {
            Some(citation) => assert!(!citation.facts.is_empty() && !citation.text.is_empty(), "{event:?}"),
            None => assert!(!judged, "without its rule: {event:?}"),
        }
    }

    /// Nobody but oneself, an administrator or a job says that somebody is away, and it takes no right from anybody.
    fn check_absence(&self, event: &RosterEvent) {
        let RosterDeed::Absence(deed) = &event.deed else { return };
        let (person, clock) = (self.person(deed.person()), event.by.person().is_none());
        let by = event.by.person().map(|id| self.person(id));
        let may = by.is_none_or(|by| by.human == person.human || by.holds_somewhere(Role::Admin));
        assert!(may && person.active && !person.is_service(), "{deed:?}");
        match deed {
            AbsenceDeed::AbsenceSet { starts, ends, .. } => {
                let under_way = person.absence.as_ref().filter(|known| known.holds_at(event.at));
                let is_prolonged = under_way.is_some_and(|known| known.starts == *starts);
                assert!(starts < ends && (event.at <= *starts || is_prolonged), "back-dated: {deed:?}");
            }
            AbsenceDeed::AbsenceBegan { .. } => assert!(clock && person.is_away(event.at)),
            AbsenceDeed::AbsenceEnded { .. } => assert!(person.absence.is_some()),
        }
        let after = self.before.clone().after(event, 0).person(person.id).unwrap();
        assert_eq!(Person { absence: after.absence.clone(), ..person }, after, "nothing else changes");
    }

    /// Two people erase whoever left and is not held; nobody acts, and nothing is done, once that was.
    fn check_erasure(&self, event: &RosterEvent) {
        let was = |id: &PersonId| self.before.people.get(id).is_some_and(|record| record.erased_at.is_some());
        assert!(!event.by.person().is_some_and(|id| was(&id)), "an erased person acts: {event:?}");
        if let RosterDeed::PersonReturned { person }
        | RosterDeed::RoleGranted { person, .. }
        | RosterDeed::PersonUpdated { person, .. } = &event.deed
        {
            assert!(!was(person), "{event:?}");
        }
        let RosterDeed::Erasure(deed) = &event.deed else { return };
        let ErasureDeed::PersonErased { person, accounts, .. } = deed else {
            let lifts = matches!(deed, ErasureDeed::HoldLifted { .. });
            return assert!(!lifts || self.is_agreed(), "I-14: {deed:?}");
        };
        assert!(self.is_agreed() && *accounts == self.before.accounts(*person), "I-14: {deed:?}");
        for account in accounts {
            let record = &self.before.people[account];
            assert!(!record.active && record.hold.is_none() && record.erased_at.is_none(), "{deed:?}");
        }
    }

    fn check_grant(&self, deed: &RosterDeed) {
        let RosterDeed::RoleGranted { person, role, .. } = deed else { return };
        let holder = self.person(*person);
        let first_admin = *role == Role::Admin && self.before.governance().being_set_up;
        let is_self = [self.actor, self.proposer].contains(&Some(holder.human));
        assert!(first_admin || !is_self, "nobody grants themself: {deed:?}");
        assert!(!role.empowers() || self.is_agreed(), "I-14: one human raised somebody: {deed:?}");
        assert!(holder.active && !(holder.is_service() && role.empowers()));
    }

    /// Nobody becomes, or acts as, somebody with power by one human's word.
    fn check_account(&self, deed: &RosterDeed) {
        if matches!(
            deed,
            RosterDeed::PersonMerged { .. }
                | RosterDeed::SopPublished { .. }
                | RosterDeed::SopRetired { .. }
                | RosterDeed::Split(SplitDeed::SplitBegun { .. } | SplitDeed::SplitReleased { .. })
                | RosterDeed::Automation(AutomationDeed::Batch(
                    BatchDeed::BatchReleased { .. } | BatchDeed::BatchReverted { .. }
                ))
        ) {
            assert!(self.is_agreed(), "I-14: {deed:?}");
        }
        if let RosterDeed::PersonReturned { person }
        | RosterDeed::PasswordSet { person, .. }
        | RosterDeed::PersonUpdated { person, email: Some(_), .. } = deed
        {
            let held = self.person(*person);
            let has_power = held.grants.iter().any(|grant| grant.role.empowers());
            assert!(!has_power || self.is_agreed() || self.actor == Some(held.human), "{deed:?}");
        }
    }

    fn check_delegation(&self, event: &RosterEvent) {
        let RosterDeed::Delegated { delegation } = &event.deed else { return };
        let (from, to) = (self.person(delegation.from), self.person(delegation.to));
        assert_eq!(event.by.person(), Some(from.id), "only for oneself");
        assert!(Role::APPROVING.iter().any(|role| from.holds_somewhere(*role)), "only what is one's own");
        assert_ne!(from.human, to.human);
        let days = (delegation.ends - delegation.starts).num_days();
        assert!(delegation.starts >= event.at && (0..=DELEGATION_DAYS).contains(&days));
    }
}

fn what_a_rule_refuses_cites_it(refused: &Refused) {
    match &refused.citation {
        Some(citation) => assert!(!citation.facts.is_empty() && !citation.text.is_empty(), "{refused:?}"),
        None => assert!(!refused.refusal.is_by_rule(), "without its rule: {refused:?}"),
    }
}

/// Plays the moves, checks each decision, and tells which deeds happened.
fn play(mut world: World, moves: &[Move]) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    for made in moves {
        let asked = world.read(*made);
        let before = world.roster.clone();
        let events = match world.take(&asked) {
            Ok(events) => events,
            Err(refused) => {
                assert_eq!(world.roster, before, "a refusal changes nothing");
                what_a_rule_refuses_cites_it(&refused);
                continue;
            }
        };
        let scene = Scene::of(&before, &events);
        let ever = (before.governance().humans_ever, world.roster.governance().humans_ever);
        assert!(ever.0 <= ever.1, "who ever governed is never forgotten");
        for event in &events {
            scene.check(event);
            seen.insert(event.deed.code());
            let text = canonical(event).unwrap();
            assert_eq!(serde_json::from_str::<RosterEvent>(&text).unwrap(), *event);
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// From the first day on.
    #[test]
    fn no_human_alone_lowers_a_protection(moves in prop::collection::vec(any::<Move>(), 1..120)) {
        play(World::set_up(), &moves);
    }

    /// With two governance people from the start.
    #[test]
    fn nor_once_two_people_govern(moves in prop::collection::vec(any::<Move>(), 1..120)) {
        play(World::busy(), &moves);
    }
}

/// The properties above say nothing if the moves do not get anywhere.
#[test]
fn the_moves_reach_every_deed() {
    let seen: BTreeSet<_> = (0..200).flat_map(|seed| play(World::busy(), &some_moves(seed, 150))).collect();
    let wanted = [
        "person_added",
        "person_updated",
        "person_left",
        "person_returned",
        "person_merged",
        "password_set",
        "role_granted",
        "role_removed",
        "delegated",
        "delegation_ended",
        "token_issued",
        "token_revoked",
        "change_proposed",
        "change_confirmed",
        "change_rejected",
        "sop_published",
        "automation_halted",
        "automation_released",
        "batch_held",
        "batch_released",
        "batch_reverted",
        "sop_retired",
        "sop_shadowed",
        "shadow_ended",
        "split_begun",
        "split_held",
        "split_released",
        "split_ended",
        "absence_set",
        "absence_began",
        "absence_ended",
        "person_moved",
        "person.erased",
        "person_held",
        "hold_lifted",
    ];
    assert_eq!(seen, wanted.into_iter().collect());
}
