//! Commands in states that do not know them: over REST each is told so, as the printed table of the lifecycle says.

use serde_json::{Value, json};

use crate::{
    bad::{all_told, differs},
    late::upload,
    world::{Reply, World},
};

/// What the printed table of the lifecycle says: the commands that do not exist in a state.
fn unknown_in(state: &str) -> Vec<&'static str> {
    let table = include_str!("../../src/domain/snapshots/lifecycle.snap").split("---\n").nth(2).unwrap();
    let rows = table.lines().skip_while(|line| *line != state).skip(1).take_while(|line| line.starts_with(' '));
    let cells = rows.map(|row| row.trim().split_once(' ').unwrap());
    // What the clock alone asks for has no address.
    let refused = cells.filter(|(verb, cell)| cell.trim() == "wrong_state" && !["activate", "expire"].contains(verb));
    refused.map(|(verb, _)| verb).collect()
}

/// Somebody whose role is to ask for it, with a body that nothing is wrong with.
fn proper(verb: &str) -> (&'static str, Value) {
    let (dossier, nobody) = ("0".repeat(64), "01977d3c-7a10-7000-8000-00000000ffff");
    let decide = json!({ "dossier": dossier, "reason": "x" });
    match verb {
        "submit" | "withdraw" | "accept_conditions" | "watch" | "unwatch" => ("rita", json!({})),
        "pass" => ("rosa", json!({})),
        "return" => ("rosa", json!({ "codes": ["wrong_clause"] })),
        "add_clauses" => ("rosa", json!({ "clauses": ["AIP-3.1"], "reason": "x" })),
        "assess" => ("priya", json!({ "dimension": "privacy", "points": {} })),
        "attest" => ("oskar", json!({ "needed": true, "kept": true, "statement": "x" })),
        "confirm_assessment" => ("sam", json!({ "dimension": "security" })),
        "recommend" => ("dana", json!({ "role": "adviser", "recommendation": "support" })),
        "approve" => ("boris", json!({ "dossier": dossier })),
        "reject" | "request_changes" | "resume" => ("boris", decide),
        "propose_condition" => ("boris", json!({ "dossier": dossier, "text": "x" })),
        "waive_gate" => ("gita", json!({ "gate": "1.2", "reason": "x" })),
        "confirm_control" => ("oskar", json!({ "control": nobody })),
        "fail_control" => ("oskar", json!({ "control": nobody, "reason": "x" })),
        "request_extension" => ("rita", json!({ "end": "2027-01-01T00:00:00Z", "reason": "x" })),
        "reopen" | "suspend" | "revoke" => ("gita", json!({ "cause": "incident" })),
        "close" | "remind" => ("gita", json!({})),
        "detach" => ("rita", json!({ "attachment": nobody })),
        "assign" | "escalate" => ("gita", json!({ "task": nobody })),
        "revert" => ("gita", json!({ "to_version": 1 })),
        other => panic!("nobody asks for {other}"),
    }
}

fn asked(world: &World, id: &str, verb: &str) -> Reply {
    match verb {
        "amend" => world.patch("rita", id, json!({ "title": "Another title" })),
        "attach" => upload(world, "rita", id, "A file"),
        verb => {
            let (who, body) = proper(verb);
            world.command(who, id, &verb.replace('_', "-"), body)
        }
    }
}

#[test]
fn what_a_state_does_not_know_is_told_so() {
    let world = World::with(&[("limits.requests_per_minute", "0")]);
    let (draft, review, active, closed) = (world.file(), world.file(), world.active(), world.active());
    world.command("rita", &review, "submit", json!({})).expect(200);
    world.command("gita", &closed, "close", json!({})).expect(200);
    let version = |id: &str| world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["version"].clone();
    let states = [("draft", &draft), ("completeness_review", &review), ("active", &active), ("closed", &closed)];
    let mut answered = Vec::new();
    for (state, id) in states {
        let (verbs, before) = (unknown_in(state), version(id));
        assert!(verbs.len() >= 10, "{state}: {verbs:?}");
        for verb in verbs {
            let what = format!("{verb} in {state}");
            answered.push(differs(&asked(&world, id, verb), &what, (409, "wrong_state", &[])));
        }
        assert_eq!((version(id), world.state(id).as_str()), (before, state));
    }
    all_told(&answered);
}
