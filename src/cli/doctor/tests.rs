//! What the doctor says of a database, without one.

use chrono::Duration;

use super::*;
use crate::{store::Durability, words::Hash};

fn at() -> Time {
    "2026-03-02T09:00:00Z".parse().expect("a time")
}

fn healthy() -> Health {
    Health {
        pending: Vec::new(),
        clock_offset_ms: 0,
        kept_apart: Some(true),
        durability: vec![Durability { setting: "synchronous", value: "FULL".to_owned(), safe: true }],
        keeper: None,
        leaves: 7,
        root: Hash::of(b"root"),
        alarm: None,
        letters: 0,
        due_since: None,
    }
}

/// What is found of one thing.
fn found(check: &str, health: Health) -> Finding {
    let nobody = Staffing { people: Vec::new(), domains: BTreeSet::new(), governing: 0 };
    let looked =
        Looked { at: at(), health, staffing: nobody, sops: Vec::new(), retired: std::collections::BTreeSet::new() };
    settings(&looked).into_iter().find(|finding| finding.check == check).expect("a finding")
}

#[test]
fn a_healthy_database_has_nothing_to_mend() {
    for check in ["durability", "clock", "ledger", "outbox"] {
        let finding = found(check, healthy());
        assert_eq!((finding.state, finding.remedy.as_str()), (State::Ok, ""), "{finding:?}");
    }
}

#[test]
fn a_clock_may_be_two_seconds_away_in_either_direction() {
    for (clock_offset_ms, state) in
        [(2_000, State::Ok), (-2_000, State::Ok), (2_001, State::Missing), (-2_001, State::Missing)]
    {
        let finding = found("clock", Health { clock_offset_ms, ..healthy() });
        assert_eq!(finding.state, state, "{clock_offset_ms}");
        assert!(finding.found.contains(&format!("{clock_offset_ms} ms")), "{finding:?}");
        assert_eq!(finding.remedy.contains("NTP"), state == State::Missing, "{finding:?}");
    }
}

#[test]
fn letters_may_have_been_due_for_an_hour() {
    let waiting = |minutes: i64| Health { letters: 3, due_since: Some(at() - Duration::minutes(minutes)), ..healthy() };
    assert_eq!(found("outbox", waiting(59)).state, State::Ok);
    let late = found("outbox", waiting(60));
    assert_eq!(late.state, State::Missing);
    assert_eq!(late.found, "3 letters wait, one since 2026-03-02T08:00:00Z");
    assert!(late.remedy.contains("mail.transport"), "{late:?}");
    let ahead = found("outbox", Health { letters: 1, due_since: Some(at() + Duration::days(1)), ..healthy() });
    assert_eq!(ahead.state, State::Ok, "held letters are not late");
}

#[test]
fn what_may_lose_a_decision_is_named_alone() {
    let mut durability = healthy().durability;
    durability.push(Durability { setting: "journal_mode", value: "memory".to_owned(), safe: false });
    let finding = found("durability", Health { durability, ..healthy() });
    assert_eq!((finding.state, finding.found.as_str()), (State::Missing, "journal_mode=memory"));
}

#[test]
fn a_ledger_that_its_service_owns_is_worth_a_note() {
    let finding = found("ledger", Health { kept_apart: Some(false), ..healthy() });
    assert_eq!(finding.state, State::Note);
    assert!(finding.remedy.contains("database.owner_url"), "{finding:?}");
    assert_eq!(found("ledger", Health { kept_apart: None, ..healthy() }).state, State::Ok, "SQLite knows no owners");
}
