//! What holds after any sequence of commands by anybody.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    Roster, RosterDeed, RosterEvent,
    decide::holds_anywhere,
    play::{Move, World},
    rights::DELEGATION_DAYS,
};
use crate::words::{PersonId, Role, canonical};

fn human(roster: &Roster, id: PersonId) -> PersonId {
    roster.people.get(&id).map_or(id, |record| record.human)
}

/// Does one decision keep the rules, given the roster before it?
fn check(before: &Roster, events: &[RosterEvent]) {
    let grown = before.governance().humans_ever >= 2;
    let actor = events[0].by.person().map(|id| human(before, id));
    let change = events.iter().find_map(|event| match &event.deed {
        RosterDeed::ChangeConfirmed { change, .. } => before.changes.get(change),
        _ => None,
    });
    let two = change.is_some_and(|change| {
        let proposer = change.proposed_by.map(|id| human(before, id));
        proposer.is_some() && actor.is_some() && proposer != actor
    });
    for event in events {
        assert!(!(grown && event.alone), "nobody acts alone once two existed: {event:?}");
        assert!(!event.alone || event.citation.is_some());
        match &event.deed {
            RosterDeed::RoleGranted { person, role, .. } => {
                let subject = human(before, *person);
                let proposer = change.and_then(|change| change.proposed_by).map(|id| human(before, id));
                let first_admin = *role == Role::Admin && before.governance().being_set_up;
                assert!(first_admin || (actor != Some(subject) && proposer != Some(subject)), "nobody grants themself");
                assert!(!grown || !role.empowers() || two, "one human raised somebody: {event:?}");
                let holder = before.person(*person).unwrap();
                assert!(holder.active && !(holder.is_service() && role.empowers()));
            }
            RosterDeed::PersonMerged { .. } | RosterDeed::SopPublished { .. } => assert!(!grown || two, "{event:?}"),
            RosterDeed::PersonReturned { person } => {
                let held = before.person(*person).unwrap().grants;
                assert!(!grown || two || !held.iter().any(|grant| grant.role.empowers()), "{event:?}");
            }
            RosterDeed::PasswordSet { person, .. } | RosterDeed::PersonUpdated { person, email: Some(_), .. } => {
                let held = before.person(*person).unwrap();
                let own = actor == Some(held.human);
                assert!(!grown || two || own || !held.grants.iter().any(|grant| grant.role.empowers()), "{event:?}");
            }
            RosterDeed::Delegated { delegation } => {
                let from = before.person(delegation.from).unwrap();
                assert_eq!(event.by.person(), Some(from.id), "only for oneself");
                assert!(Role::APPROVING.iter().any(|role| holds_anywhere(&from, *role)), "only what is one's own");
                assert_ne!(from.human, human(before, delegation.to));
                let days = (delegation.ends - delegation.starts).num_days();
                assert!(delegation.starts >= event.at && (0..=DELEGATION_DAYS).contains(&days));
            }
            RosterDeed::TokenIssued { person, .. } => {
                let owner = before.person(*person).unwrap();
                assert!(owner.is_service() || actor == Some(owner.human), "never for another human");
            }
            _ => {}
        }
    }
}

/// Plays the moves, checks each decision, and tells which deeds happened.
fn play(mut world: World, moves: &[Move]) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    for made in moves {
        let asked = world.read(*made);
        let before = world.roster.clone();
        let Ok(events) = world.take(&asked) else {
            assert_eq!(world.roster, before, "a refusal changes nothing");
            continue;
        };
        check(&before, &events);
        let ever = (before.governance().humans_ever, world.roster.governance().humans_ever);
        assert!(ever.0 <= ever.1, "who ever governed is never forgotten");
        for event in &events {
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
    let mut state = 7_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap()
    };
    let mut moves = || (0..150).map(|_| std::array::from_fn(|_| byte())).collect::<Vec<Move>>();
    let seen: BTreeSet<_> = (0..60).flat_map(|_| play(World::busy(), &moves())).collect();
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
    ];
    assert_eq!(seen, wanted.into_iter().collect());
}
