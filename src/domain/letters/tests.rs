//! Who is told what: one row for each deed, printed, so that a change of it is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Addressee, LetterKind, letters};
use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        exception::Exception,
        request::Time,
        task::{Task, Work},
        testkit::{
            BENEFICIARY, BUSINESS_OWNER, CISO, CONTROL_OWNER, Case, GOVERNANCE, LEGAL, MONITORING_OWNER, REQUESTER,
            clock, noon, request, sealed, standard,
        },
    },
    words::{ControlId, PersonId},
};

const SPONSOR: PersonId = PersonId(Uuid::from_u128(31));
const WATCHER: PersonId = PersonId(Uuid::from_u128(32));

/// In decision at tier low, approved by one, with somebody in every place.
fn decided_on() -> Exception {
    let mut asked = request();
    asked.beneficiary = Some(BENEFICIARY);
    asked.sponsor = Some(SPONSOR);
    asked.monitoring_owner = Some(MONITORING_OWNER);
    asked.affected_teams = ["support".to_owned()].into();
    let mut is = Case::draft(standard(), asked).in_decision(0).approved_by_one(BUSINESS_OWNER).is;
    is.watchers.insert(WATCHER);
    is
}

fn name(to: &Addressee) -> String {
    let known = [
        (REQUESTER, "requester"),
        (BENEFICIARY, "beneficiary"),
        (SPONSOR, "sponsor"),
        (MONITORING_OWNER, "monitoring owner"),
        (CONTROL_OWNER, "control owner"),
        (WATCHER, "watcher"),
        (BUSINESS_OWNER, "approver who approved"),
        (CISO, "named person"),
        (LEGAL, "voided approver"),
        (GOVERNANCE, "governance person"),
    ];
    match to {
        Addressee::Person(id) => {
            known.iter().find(|(known, _)| known == id).map_or_else(|| id.to_string(), |(_, name)| (*name).to_owned())
        }
        Addressee::Role(role, _) => format!("role {role}"),
        Addressee::Team(team) => format!("team {team}"),
    }
}

/// Every deed; what stands in it is of no matter here.
#[expect(clippy::too_many_lines, reason = "a table of all deeds")]
fn deeds(before: &Exception, authority: &Value) -> Vec<Value> {
    let round = before.state.round().expect("a round");
    let decide = before.tasks.iter().find(|task| task.work == Work::Decide).expect("a task").id;
    let text = json!(sealed("Because"));
    let request = json!(before.request);
    let control = json!(ControlId(Uuid::from_u128(77)));
    let cause = json!({ "code": "incident", "note": null });
    let waiver = json!({ "by": GOVERNANCE, "reason": text });
    let reason = |code: &str| json!({ "code": code, "gate": null, "pointer": null, "text": "", "remedy": "" });
    let attachment = json!({ "hash": round.dossier, "bytes": 1, "media_type": "text/plain", "name": text });
    let rating = json!({ "tier": "low", "computed": "low", "rule": "3.1", "override_by": null });
    let advice =
        json!({ "by": CISO, "role": "adviser", "recommendation": "support", "text": null, "at": round.opened_at });
    let assessment = json!({ "by": CISO, "points": {}, "score": 1, "findings": [], "at": round.opened_at });
    let attestation =
        |kept: bool| json!({ "by": CISO, "needed": true, "kept": kept, "statement": text, "at": round.opened_at });
    let looked = json!({ "by": CISO, "rescored": false, "at": round.opened_at });
    let review = json!({ "tier": "low", "quorums": round.quorums, "attests": true, "assesses": [] });
    vec![
        json!({ "kind": "drafted", "number": "EX-1", "requester": REQUESTER, "filed_by_agent": false, "request": request, "sop": before.sop }),
        json!({ "kind": "amended", "request": request }),
        json!({ "kind": "submitted", "sop": before.sop, "gaps": [] }),
        json!({ "kind": "returned", "reasons": [reason("end_missing")], "note": null }),
        json!({ "kind": "returned", "reasons": [reason("changes_requested")], "note": null }),
        json!({ "kind": "gate_waived", "gate": "1.1", "waiver": waiver }),
        json!({ "kind": "gate_waived", "gate": "1.1", "waiver": waiver, "dossier": round.dossier }),
        json!({ "kind": "passed", "note": null }),
        json!({ "kind": "assessed", "dimension": "privacy", "assessment": assessment }),
        json!({ "kind": "rated", "rating": rating }),
        json!({ "kind": "gap_found", "rule": "3.1", "why": "", "looked_at": {} }),
        json!({ "kind": "input_asked" }),
        json!({ "kind": "advised", "advice": advice }),
        json!({ "kind": "round_opened", "round": round }),
        json!({ "kind": "condition_proposed", "condition": { "by": CISO, "text": text, "obligation": null }, "dossier": round.dossier }),
        json!({ "kind": "approved", "round": 1, "approval": round.approvals[0], "departure": null }),
        json!({ "kind": "approval_voided", "round": 1, "human": LEGAL, "principal": LEGAL, "why": "amended" }),
        json!({ "kind": "acceptance_asked", "authority": authority }),
        json!({ "kind": "granted", "authority": authority }),
        json!({ "kind": "rejected", "round": 1, "reason": text }),
        json!({ "kind": "activated", "period": authority["period"] }),
        json!({ "kind": "control_confirmed", "control": control, "evidence": null, "due": null }),
        json!({ "kind": "control_lapsed", "control": control }),
        json!({ "kind": "control_failed", "control": control, "reason": text }),
        json!({ "kind": "extended", "authority": authority, "days": 30 }),
        json!({ "kind": "reopened", "cause": cause, "settle_by": round.opened_at, "round": round }),
        json!({ "kind": "review_withdrawn", "batch": "policy:AIP-1:2" }),
        json!({ "kind": "attested", "attestation": attestation(true), "dossier": round.dossier }),
        json!({ "kind": "attested", "attestation": attestation(false), "dossier": round.dossier }),
        json!({ "kind": "assessment_confirmed", "dimension": "privacy", "looked": looked, "dossier": round.dossier }),
        json!({ "kind": "reassessed", "dimension": "privacy", "assessment": assessment, "dossier": round.dossier }),
        json!({ "kind": "rerated", "rating": rating, "quorums": round.quorums, "dossier": round.dossier }),
        json!({ "kind": "review_asked", "cause": "incident", "review": review, "dossier": round.dossier }),
        json!({ "kind": "reaffirmed", "authority": authority }),
        json!({ "kind": "suspended", "cause": cause }),
        json!({ "kind": "resumed", "authority": authority }),
        json!({ "kind": "content_replaced", "authority": authority, "request": request }),
        json!({ "kind": "reverted", "to_version": 1, "request": request, "dossier": null }),
        json!({ "kind": "reverted", "to_version": 1, "request": request, "dossier": round.dossier }),
        json!({ "kind": "withdrawn", "reason": null }),
        json!({ "kind": "expired" }),
        json!({ "kind": "revoked", "cause": cause }),
        json!({ "kind": "closed", "reason": null }),
        json!({ "kind": "superseded", "by": before.id }),
        json!({ "kind": "assigned", "task": decide, "to": null }),
        json!({ "kind": "assigned", "task": decide, "to": CISO }),
        json!({ "kind": "escalated", "task": decide, "route": ["governance"] }),
        json!({ "kind": "reminded", "task": decide }),
        json!({ "kind": "reminded", "task": null }),
        json!({ "kind": "attached", "id": Uuid::from_u128(9), "attachment": attachment }),
        json!({ "kind": "detached", "id": Uuid::from_u128(9) }),
        json!({ "kind": "linked", "link": { "relation": "ticket", "target": text } }),
        json!({ "kind": "watched", "person": WATCHER }),
        json!({ "kind": "unwatched", "person": WATCHER }),
        json!({ "kind": "commented", "text": text, "internal": false }),
        json!({ "kind": "commented", "text": text, "internal": true }),
        json!({ "kind": "attempt_refused", "command": "approve", "code": "excluded", "count": 1 }),
        json!({ "kind": "one_browser", "before": CISO, "then": LEGAL }),
        json!({ "kind": "clauses_added", "clauses": ["AIP-2.1"], "reason": text, "dossier": null }),
        json!({ "kind": "clauses_added", "clauses": ["AIP-2.1"], "reason": text, "dossier": round.dossier }),
        json!({ "kind": "quorum_lost", "tier": "low", "missing": [] }),
        json!({ "kind": "quorum_found" }),
        json!({ "kind": "evidence_attached", "id": Uuid::from_u128(9), "attachment": attachment }),
        json!({ "kind": "imported", "from": { "source": "grc", "reference": "A-1", "row": text, "standing": "live" } }),
        json!({ "kind": "archived" }),
        json!({ "kind": "read" }),
        json!({ "kind": "evidence_taken" }),
        json!({ "kind": "due_soon", "task": decide }),
        json!({ "kind": "overdue", "task": decide }),
        json!({ "kind": "end_near", "days": 7, "end": round.opened_at }),
        json!({ "kind": "lapse_near", "days": 7, "end": round.opened_at }),
        json!({ "kind": "limit_reached", "what": "returns", "limit": 5 }),
        json!({ "kind": "party_left", "person": SPONSOR, "part": "sponsor" }),
        json!({ "kind": "party_moved", "person": SPONSOR, "part": "sponsor", "at": round.opened_at }),
        json!({ "kind": "uncovered", "seats": ["review"] }),
        json!({ "kind": "covered" }),
        json!({ "kind": "rescored", "sop": before.sop, "tier": "high" }),
        json!({ "kind": "incident_noted", "incident": Uuid::from_u128(12) }),
    ]
}

/// Every code that a deed can have, as the code names them.
fn codes() -> BTreeSet<&'static str> {
    let within = |text: &'static str, begins: &str| {
        let rest = text.split_once(begins).map(|(_, rest)| rest);
        rest.and_then(|rest| {
            rest.split(
                "
}
",
            )
            .next()
        })
        .expect("the codes of a part")
    };
    let upkeep = within(include_str!("../upkeep.rs"), "impl Upkeep {");
    let answers = within(include_str!("../review.rs"), "impl ReviewDeed {");
    let brought = within(include_str!("../import.rs"), "impl Brought {");
    let sources = [include_str!("../event/code.rs"), upkeep, answers, brought];
    let arms = sources.into_iter().flat_map(str::lines).map(str::trim).filter(|line| line.starts_with("Self::"));
    arms.filter_map(|arm| arm.split_once("=> \"")?.1.strip_suffix("\",")).collect()
}

/// What is told of an event, a line for each letter's kind.
fn told(table: &mut String, what: &str, (before, event): (&Exception, &Event)) {
    let mut by_kind: BTreeMap<LetterKind, Vec<String>> = BTreeMap::new();
    for letter in letters(Some(before), before, event) {
        by_kind.entry(letter.kind).or_default().push(name(&letter.to));
    }
    if by_kind.is_empty() {
        let _ = writeln!(table, "{what:<20} {:<18} ", "-");
    }
    for (kind, whom) in by_kind {
        let _ = writeln!(table, "{what:<20} {:<18} {}", kind.as_str(), whom.join(", "));
    }
}

#[test]
fn who_is_told_what() {
    let before = decided_on();
    let active = Case::active(standard(), request()).is;
    let authority = json!(active.state.authority().expect("a decision"));
    let at: Time = noon();
    let mut table = String::new();
    let mut seen = BTreeSet::new();
    let event = |deed: Deed, tasks| Event { deed, by: clock(), at, effective_at: None, citation: None, tasks };
    for sample in deeds(&before, &authority) {
        let deed: Deed = serde_json::from_value(sample.clone()).unwrap_or_else(|error| panic!("{error}: {sample}"));
        seen.insert(deed.code());
        told(&mut table, deed.code(), (&before, &event(deed.clone(), TaskChanges::default())));
    }
    assert_eq!(seen, codes(), "each deed has its row");
    let sample = before.tasks.iter().find(|task| task.work == Work::Decide).expect("a task");
    for work in Work::ALL {
        let opened = vec![Task { work: *work, ..sample.clone() }];
        let tasks = TaskChanges { opened, ..TaskChanges::default() };
        told(&mut table, &format!("opens {work}"), (&before, &event(Deed::Passed { note: None }, tasks)));
    }
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true,
        description => "Who is told of each deed, and by which letter; then of each sort of work that is opened." },
        { insta::assert_snapshot!("letters", table) });
}
