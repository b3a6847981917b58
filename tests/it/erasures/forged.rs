//! Records that somebody with the database wrote, of erasures that nobody agreed to.

use proviso::{
    audit::export::Line,
    ledger::{ErasureNote, Hash},
    words::{Citation, PersonId},
};

use super::*;
use crate::forged::{changed, finds, lines, signing, verified as believed};

/// The record of Paul's erasure, changed.
fn with(honest: &[String], change: impl FnOnce(&mut Value)) -> Vec<String> {
    changed(honest, "person.erased", change)
}

fn erased() -> (World, Vec<String>) {
    let world = signing();
    let paul = kept::added(&world, "Paul Former", "paul@corp.example");
    kept::leaves(&world, &paul);
    confirm(&world, &erase(&world, &paul).expect(202)).expect(200);
    let honest = lines(&world);
    believed(honest.clone()).unwrap();
    (world, honest)
}

/// That they are erased again, as the service says it, by a note that `seed` signed.
fn again(event: &mut Value, seed: u8, accounts: Option<Value>) {
    let deed = &mut event["deed"];
    let who: Vec<PersonId> = serde_json::from_value(accounts.unwrap_or_else(|| deed["accounts"].clone())).unwrap();
    let at = "2026-03-05T00:00:00Z".parse().unwrap();
    let said = ErasureNote { leaf: 9_999, at, root: Hash::of(b""), accounts: who.into_iter().collect() };
    deed.as_object_mut().unwrap().remove("found");
    deed["again"] = json!({ "leaf": 9_999, "at": at, "note": said.sign(&key(seed)).unwrap() });
    event["by"] = json!({ "system": { "job": "restore" } });
    event["citation"] = json!(Citation::rule(7, "it was agreed to"));
}

#[test]
fn nobody_is_erased_whom_two_people_did_not_agree_to_erase() {
    let (world, honest) = erased();
    let other = json!([world.id("rita")]);
    finds(with(&honest, |event| event["deed"]["accounts"] = other.clone()), "other accounts than are theirs");
    finds(with(&honest, |event| event["deed"]["person"] = other[0].clone()), "other accounts than are theirs");
    finds(with(&honest, |event| event["deed"]["found"] = json!(Hash::of(b"more"))), "takes two people");
    let unsaid = with(&honest, |event| drop(event["deed"].as_object_mut().unwrap().remove("found")));
    finds(unsaid, "nothing was agreed to");
}

#[test]
fn an_erasure_is_done_again_only_where_a_key_of_this_ledger_signed_it() {
    let (world, honest) = erased();
    finds(with(&honest, |event| again(event, 2, None)), "that no known key signed");
    let other = json!([world.id("rita")]);
    finds(with(&honest, |event| again(event, 1, Some(other.clone()))), "signed of others");
    let by_hand = with(&honest, |event| {
        let who = event["by"].clone();
        again(event, 1, None);
        event["by"] = who;
    });
    finds(by_hand, "by others than the service");
    let elsewhere = with(&honest, |event| {
        again(event, 1, None);
        event["deed"]["again"]["leaf"] = json!(7);
    });
    finds(elsewhere, "signed of others");
}

#[test]
fn nobody_is_erased_who_is_held_and_nobody_acts_who_was_erased() {
    let (world, honest) = erased();
    let place = honest.iter().rposition(|line| line.contains("\"person.erased\"")).unwrap();
    let Some(Line::Leaf(_, body)) = Line::read(&honest[place]) else { panic!("a leaf") };
    let mut leaf: Value = serde_json::from_str(&body).unwrap();
    let paul = leaf["event"]["deed"]["person"].clone();
    let (seq, at) = (leaf["seq"].as_u64().unwrap(), leaf["event"]["at"].clone());
    let sealed = json!({ "c": Hash::of(b"why"), "n": 3 });
    let adam = json!({ "person": { "id": world.id("adam"), "door": { "session": at } } });
    let held = json!({
        "event": { "at": at, "by": adam, "deed": { "kind": "person_held", "person": paul, "reason": sealed } },
        "seq": seq, "subject": "roster", "v": 1
    });
    leaf["seq"] = json!(seq + 1);
    let mut lines = honest.clone();
    lines[place] = Line::Leaf(0, held.to_string()).written().unwrap();
    lines.insert(place + 1, Line::Leaf(0, leaf.to_string()).written().unwrap());
    finds(lines, "on whom a legal hold is");
}
