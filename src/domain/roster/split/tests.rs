//! What a split tolerates, on which side of it an exception is, and who may do what to it.

use uuid::Uuid;

use super::*;
use crate::domain::roster::{RosterAction, play::World};

const LIMITS: SplitLimits = SplitLimits { after: 10, failed_gates: 10, escalations: 5 };

fn compared(variant: (u64, u64), published: (u64, u64)) -> Compared {
    let ((variant, of), (published, published_of)) = (variant, published);
    Compared { measure: Measured::SplitFailedGates, variant, of, published, published_of, limit: 10 }
}

fn sop(version: u32) -> SopRef {
    SopRef { id: "standard".to_owned(), version, hash: Hash::of(&version.to_be_bytes()) }
}

fn id(n: u128) -> SplitId {
    SplitId(Uuid::from_u128(n))
}

fn beginning(n: u128, version: u32) -> Beginning {
    let (over, text_hash) = (sop(1), Hash::of(b"text"));
    Beginning { split: id(n), over, sop: sop(version), text_hash, percent: 50, limits: LIMITS }
}

fn begins(n: u128, version: u32) -> RosterAction {
    RosterAction::Split(SplitAction::BeginSplit { begins: Box::new(beginning(n, version)) })
}

/// 2 proposes it, 3 confirms.
fn by_two(world: &mut World, action: RosterAction) -> Result<Vec<&'static str>, &'static str> {
    let proposed = world.acted(world.session(2), action).map_err(|refused| refused.refusal.code())?;
    if proposed[0].deed.code() != "change_proposed" {
        return Ok(proposed.iter().map(|event| event.deed.code()).collect());
    }
    let done = world.confirmed(world.session(3)).map_err(|refused| refused.refusal.code())?;
    Ok(done.iter().map(|event| event.deed.code()).collect())
}

fn published(world: &mut World, version: u32) -> Result<Vec<&'static str>, &'static str> {
    by_two(world, RosterAction::PublishSop { sop: sop(version), text_hash: Hash::of(b"text") })
}

fn alone(world: &mut World, action: SplitAction) -> Result<Vec<&'static str>, &'static str> {
    let done = world.acted(world.session(2), RosterAction::Split(action));
    done.map(|events| events.iter().map(|event| event.deed.code()).collect()).map_err(|refused| refused.refusal.code())
}

#[test]
fn a_rise_is_held_against_the_other_side_once_there_is_enough_of_it() {
    assert!(!compared((9, 9), (0, 90)).is_beyond(LIMITS), "too few to say anything");
    assert!(compared((2, 10), (0, 90)).is_beyond(LIMITS), "twenty of a hundred more");
    assert!(!compared((1, 10), (0, 90)).is_beyond(LIMITS), "ten of a hundred more is tolerated");
    assert!(!compared((4, 10), (27, 90)).is_beyond(LIMITS), "thirty there and forty here");
    assert!(compared((5, 10), (27, 90)).is_beyond(LIMITS));
    assert!(compared((2, 10), (0, 0)).is_beyond(LIMITS), "nothing on the other side excuses nothing");
    assert_eq!(compared((5, 10), (27, 90)).tolerated(), 4);
}

#[test]
fn the_side_is_the_same_whenever_it_is_asked_and_each_gets_its_share() {
    let lot = |n: u128, percent| Lot::drawn((id(7), percent), ExceptionId(Uuid::from_u128(n))).arm;
    let on = |percent| (0..2_000).filter(|n| lot(*n, percent) == Arm::Variant).count();
    assert!((520..=680).contains(&on(30)), "{}", on(30));
    assert!((0..2_000).all(|n| lot(n, 30) == lot(n, 30)));
    assert!((0..2_000).all(|n| lot(n, 30) == Arm::Published || lot(n, 60) == Arm::Variant), "a share only grows");
    let other = |n: u128| Lot::drawn((id(8), 30), ExceptionId(Uuid::from_u128(n))).arm;
    assert!((0..2_000).any(|n| other(n) != lot(n, 30)), "another split draws anew");
}

#[test]
fn two_begin_and_release_and_one_holds_and_ends() {
    let mut world = World::grown();
    assert_eq!(by_two(&mut world, begins(1, 2)), Err("no_such"), "nothing is published");
    published(&mut world, 1).expect("published");
    assert_eq!(by_two(&mut world, begins(1, 1)), Err("version_not_newer"));
    assert_eq!(by_two(&mut world, begins(1, 2)), Ok(vec!["change_confirmed", "split_begun"]));
    assert_eq!(by_two(&mut world, begins(2, 3)), Err("split_is_open"));
    let (split, off) = (id(1), sop(2));
    let hold = || SplitAction::HoldSplit { split, sop: off.clone() };
    let release = || RosterAction::Split(SplitAction::ReleaseSplit { split, sop: off.clone() });
    assert_eq!(by_two(&mut world, release()), Err("split_not_held"));
    assert_eq!(alone(&mut world, hold()), Ok(vec!["split_held"]));
    assert_eq!(alone(&mut world, hold()), Err("split_is_held"));
    assert_eq!(by_two(&mut world, release()), Ok(vec!["change_confirmed", "split_released"]));
    let end = || SplitAction::EndSplit { split, sop: off.clone() };
    assert_eq!(alone(&mut world, end()), Ok(vec!["split_ended"]));
    assert_eq!(alone(&mut world, end()), Err("no_such"));
    let other = SopRef { hash: Hash::of(b"other"), ..sop(2) };
    let reused = RosterAction::PublishSop { sop: other, text_hash: Hash::of(b"text") };
    assert_eq!(by_two(&mut world, reused), Err("version_not_newer"), "it names another text already");
    assert_eq!(by_two(&mut world, begins(3, 2)), Ok(vec!["change_confirmed", "split_begun"]), "the same may go on");
    assert_eq!(published(&mut world, 2), Ok(vec!["change_confirmed", "sop_published", "split_ended"]));
    assert!(world.roster.splits.values().all(|split| split.ended.is_some()));
}

#[test]
fn the_clock_holds_what_takes_new_ones_and_says_what_it_counted() {
    let now = World::grown().now;
    let mut split = Split::begun(beginning(1, 2), now);
    let counted = [compared((2, 10), (0, 90)), compared((1, 10), (0, 90))];
    assert_eq!(held(&split, &counted[1..], now), None);
    let event = held(&split, &counted, now).expect("held");
    let RosterDeed::Split(deed) = &event.deed else { panic!("{event:?}") };
    assert!(matches!(deed, SplitDeed::SplitHeld { figures, .. } if *figures == counted[..1]));
    split.take(deed, now);
    assert_eq!(held(&split, &counted, now), None, "it is held");
    assert!(counted[0].figure().is_exceeded());
}
