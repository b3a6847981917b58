//! Records that somebody with the key wrote: signed throughout, and each with one thing that the rules never let
//! happen. The verifier finds it by the rules alone, and says at which leaf.

use actix_web::http::Method;
use proviso::{
    app::Texts,
    audit::{Verifier, export::Line},
    ledger::{Checkpoint, Hash, Keys, TreeHead},
};
use serde_json::{Value, json};

use crate::{
    proof::key,
    tampered::{seal, signed_again},
    world::{World, request},
};

pub fn signing() -> World {
    World::with(&[("ledger.key", key(1).reveal())])
}

pub fn lines(world: &World) -> Vec<String> {
    let mut out = Vec::new();
    world.app.export(&mut out, Texts::Sealed, &mut |_, _| {}).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

/// What a verifier says of these lines, once they are signed and sealed anew.
pub fn verified(lines: Vec<String>) -> Result<(), String> {
    let mut lines = signed_again(lines, &key(1));
    lines.push(seal(&lines, &key(1)));
    let mut verifier = Verifier::new(Keys(vec![key(1).verifier().clone()]), &[]).unwrap();
    let taken = lines.iter().try_for_each(|line| verifier.take(line));
    taken.and_then(|()| verifier.finish().map(drop)).map_err(|fault| fault.to_string())
}

pub fn body(line: &str) -> Option<Value> {
    let Some(Line::Leaf(_, body)) = Line::read(line) else { return None };
    serde_json::from_str(&body).ok()
}

/// Where the last event of this kind stands, and its leaf.
fn last(lines: &[String], kind: &str) -> (usize, Value) {
    let found = lines.iter().enumerate().rev().filter_map(|(at, line)| Some((at, body(line)?)));
    let mut of_kind = found.filter(|(_, leaf)| leaf["event"]["deed"]["kind"] == kind);
    of_kind.next().unwrap_or_else(|| panic!("{kind} happened"))
}

/// The record with the last event of this kind changed.
pub fn changed(lines: &[String], kind: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let (at, mut leaf) = last(lines, kind);
    change(&mut leaf["event"]);
    let mut lines = lines.to_vec();
    lines[at] = Line::Leaf(0, leaf.to_string()).written().unwrap();
    lines
}

/// The record with one more event of the exception that the last event of `kind` is about.
pub fn and_then(lines: &[String], kind: &str, deed: &Value) -> Vec<String> {
    let (_, of) = last(lines, kind);
    let theirs = |line: &String| body(line).filter(|leaf| leaf["subject"] == of["subject"]);
    let mut leaf = lines.iter().rev().find_map(theirs).unwrap();
    let newest = lines.iter().rev().find_map(|line| body(line)).unwrap();
    leaf["seq"] = json!(leaf["seq"].as_u64().unwrap() + 1);
    leaf["event"] = json!({ "at": newest["event"]["at"], "by": leaf["event"]["by"], "deed": deed });
    let mut lines = lines.to_vec();
    let end = lines.iter().rposition(|line| line.starts_with("{\"leaf\"")).unwrap();
    lines.insert(end + 1, Line::Leaf(0, leaf.to_string()).written().unwrap());
    lines
}

#[track_caller]
pub fn finds(lines: Vec<String>, what: &str) {
    let said = verified(lines).unwrap_err();
    assert!(said.starts_with("leaf ") && said.contains(what), "{said}");
}

#[test]
fn a_record_from_before_it_said_who_is_away_is_as_good_as_then() {
    let world = signing();
    world.active();
    let without = |line: String| match Line::read(&line) {
        Some(Line::Row(mut row)) if row.table == "people" => {
            for column in ["away_from", "away_until", "stand_in", "unit", "region", "moved_at"] {
                row.columns.remove(column).unwrap();
            }
            Line::Row(row).written().unwrap()
        }
        Some(Line::Row(mut row)) if row.table == "exceptions" => {
            let mut body: Value = serde_json::from_str(row.columns["body"].as_str().unwrap()).unwrap();
            body.as_object_mut().unwrap().remove("decided_at").unwrap();
            row.columns["body"] = body.to_string().into();
            Line::Row(row).written().unwrap()
        }
        _ => line,
    };
    let before: Vec<String> = lines(&world).into_iter().map(without).collect();
    verified(before.clone()).unwrap();
    let elsewhere = before.iter().map(|line| line.replacen("\"active\":true", "\"active\":true,\"unit\":\"x\"", 1));
    assert!(verified(elsewhere.collect()).is_err(), "what it does say has to be so");
}

#[test]
fn a_decision_gives_what_was_asked_for_and_no_more() {
    let world = signing();
    world.active();
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    for (pointer, to, what) in [
        ("/deed/authority/period/end", json!("2031-01-01T00:00:00Z"), "another period"),
        ("/deed/authority/review_due", json!("2031-01-01T00:00:00Z"), "reviewed at another time"),
        ("/deed/authority/suspend_at", json!("2031-01-01T00:00:00Z"), "reviewed at another time"),
        ("/deed/authority/on_lapse", json!("suspend"), "another consequence"),
        ("/deed/authority/tier", json!("critical"), "another tier"),
        ("/deed/authority/sop/version", json!(7), "another procedure"),
    ] {
        let forged = changed(&honest, "granted", |event| {
            let told = event.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}"));
            *told = if *told == to { json!("reopen") } else { to };
        });
        finds(forged, what);
    }
    finds(changed(&honest, "granted", |event| event["deed"]["kind"] = json!("reaffirmed")), "than its round was about");
}

#[test]
fn nothing_comes_back_and_nothing_decided_changes_without_a_decision() {
    let world = signing();
    let id = world.active();
    let honest = lines(&world);
    let (_, drafted) = last(&honest, "drafted");
    let mut content = drafted["event"]["deed"]["request"].clone();
    content["scope"]["groups"] = json!(["everybody"]);
    let amended = json!({ "kind": "amended", "request": content });
    finds(and_then(&honest, "activated", &amended), "was changed without another");
    let reverted = json!({ "dossier": null, "kind": "reverted", "request": content, "to_version": 1 });
    finds(and_then(&honest, "activated", &reverted), "was changed without another");

    world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let (_, opened) = last(&honest, "round_opened");
    let mut round = opened["event"]["deed"]["round"].clone();
    (round["kind"], round["number"], round["proposal"]) = (json!("re_review"), json!(2), json!("reaffirm"));
    let deed = json!({ "cause": { "code": "review_due", "note": null }, "kind": "reopened", "round": round,
                       "settle_by": "2031-01-01T00:00:00Z" });
    finds(and_then(&honest, "suspended", &deed), "what had no effect was reopened");
}

#[test]
fn votes_come_one_by_one_and_through_a_door() {
    let world = signing();
    world.active();
    let honest = lines(&world);
    let (_, approved) = last(&honest, "approved");
    let given = approved["event"]["deed"]["approval"].clone();
    let filled = changed(&honest, "round_opened", |event| event["deed"]["round"]["approvals"] = json!([given]));
    finds(filled, "opened with approvals in it");
    let by_code = |event: &mut Value| {
        let at = event["at"].clone();
        event["by"]["person"]["door"] = json!({ "code": at });
        event["deed"]["approval"]["by_code"] = json!(true);
    };
    let once = changed(&honest, "approved", by_code);
    verified(once.clone()).unwrap();
    let (before, rest) = once.split_at(last(&once, "approved").0);
    finds([&changed(before, "approved", by_code), rest].concat(), "by a code where none does");
    let unsaid = |event: &mut Value| event["by"]["person"]["door"] = json!({ "code": event["at"].clone() });
    finds(changed(&honest, "approved", unsaid), "by a code where none does");
    let late = |event: &mut Value| {
        by_code(event);
        event["by"]["person"]["door"] = json!({ "code": "2026-03-02T08:00:00Z" });
    };
    finds(changed(&honest, "approved", late), "too long after its approver was known");
    let by_token = |event: &mut Value| event["by"]["person"]["door"] = json!({ "token": world.id("carla") });
    finds(changed(&honest, "approved", by_token), "not given by a person in a session");
}

#[test]
fn two_checkpoints_of_one_size_are_two_ledgers() {
    let note = |root: u8| {
        let head = TreeHead { size: 7, root: Hash([root; 32]) };
        Checkpoint::sign(head, &key(1)).unwrap()
    };
    let keys = || Keys(vec![key(1).verifier().clone()]);
    assert!(Verifier::new(keys(), &[note(1), note(1)]).is_ok());
    let fault = Verifier::new(keys(), &[note(1), note(2)]).unwrap_err();
    assert!(fault.to_string().contains("two external checkpoints of 7 leaves differ"), "{fault}");
}

#[test]
fn accounts_that_are_merged_before_the_start_leave_an_honest_record() {
    let world = signing();
    let mut asked = request();
    asked["start"] = json!("2026-03-10T09:00:00Z");
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "implementation");
    let path = format!("/v1/people/{}/merge", world.id("boris"));
    let change = world.post("adam", &path, json!({ "into": world.id("dana") })).expect(202);
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    world.post("gita", &path, json!({ "hash": change["hash"] })).expect(200);
    assert_eq!(world.state(&id), "implementation");
    world.days(10);
    world.settle();
    assert_eq!(world.state(&id), "active");
    verified(lines(&world)).unwrap();
}

#[test]
fn an_approval_by_a_merged_account_is_voided_when_that_account_loses_its_role() {
    let world = signing();
    let confirmed = |change: &Value| {
        let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
        world.post("gita", &path, json!({ "hash": change["hash"] })).expect(200);
    };
    let boris = format!("/v1/people/{}", world.id("boris"));
    confirmed(&world.post("adam", &format!("{boris}/merge"), json!({ "into": world.id("dana") })).expect(202));
    let mut asked = request();
    asked["start"] = json!("2026-04-02T09:00:00Z");
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "implementation");
    let roles = world.get("adam", &format!("{boris}/roles")).expect(200)["items"].as_array().unwrap().clone();
    let role = roles.iter().find(|held| held["role"] == "business_owner").unwrap()["id"].as_str().unwrap();
    let removed = world.ask("adam", Method::DELETE, &format!("{boris}/roles/{role}"), None);
    if removed.status == 202 {
        confirmed(&removed.body);
    }
    assert_eq!(world.state(&id), "decision", "one of the two is missing, and another is asked");
    verified(lines(&world)).unwrap();
}

#[test]
fn an_approval_is_voided_when_another_account_of_its_giver_turns_out_to_be_the_requesters() {
    let world = signing();
    let merged = |who: &str, into: &str| {
        let path = format!("/v1/people/{}/merge", world.id(who));
        let change = world.post("adam", &path, json!({ "into": world.id(into) })).expect(202);
        let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
        world.post("gita", &path, json!({ "hash": change["hash"] })).expect(200);
    };
    merged("konrad", "boris");
    let id = world.decided_on(1);
    world.approve("boris", &id).expect(200);
    merged("konrad", "rita");
    let found = world.get("carla", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!(found["round"]["approvals"], json!([]), "in the transaction of the merge");
    verified(lines(&world)).unwrap();
}

#[test]
fn nothing_begins_under_a_procedure_that_was_retired() {
    let world = signing();
    let proposed = world.post("gita", "/v1/sops/lightweight/retire", json!({})).expect(202);
    let confirm = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    world.post("gustav", &confirm, json!({ "hash": proposed["hash"] })).expect(200);
    world.file();
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let (_, retired) = last(&honest, "sop_retired");
    let sop = retired["event"]["deed"]["sop"].clone();
    let under_it = changed(&honest, "drafted", |event| event["deed"]["sop"] = sop.clone());
    finds(under_it, "which was retired");
    let another = changed(&honest, "sop_retired", |event| event["deed"]["sop"]["version"] = json!(7));
    finds(another, "is not the newest version");
}

#[test]
fn what_an_incident_did_cites_one_that_was_reported() {
    let world = signing();
    world.active();
    let body = json!({
        "summary": "Prompts were lost.", "happened_at": "2026-03-01T12:00:00Z", "severity": "high",
        "effect": "suspend", "clauses": ["AIP-2.1"]
    });
    world.post("gita", "/v1/incidents", body).expect(201);
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let other = json!("01977d3c-7a10-7000-8000-00000000ffff");
    let forged = changed(&honest, "suspended", |event| event["citation"]["facts"]["incident"] = other);
    finds(forged, "cites no incident that was reported before");
}
