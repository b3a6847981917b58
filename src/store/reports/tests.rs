//! What is counted by queries over the facts is what is counted by hand over the lives, whoever asks, whatever
//! is filtered, and however the ledger was followed.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of the method is of one lifetime, and the writer asks for any"
)]

mod by_hand;

use std::collections::BTreeMap;

use diesel::{RunQueryDsl, connection::SimpleConnection};
use uuid::Uuid;

use by_hand::slowly;

use super::*;
use crate::{
    access::{Matrix, Visibility},
    clock::Clock,
    domain::{
        event::Event,
        exception::Exception,
        figures::{By, Figure, Measure, Span, Wanted},
        life::Life,
        lifecycle::properties,
        request::Time,
    },
    ledger::{Leaf, Subject},
    store::{
        ClockTrust, Conn, Limits, Opening, Purpose, Store, StoreError, Tx,
        facets::facets,
        listing::{Facet, Filter},
        outbox::errands::Routes,
        rows::{Cell, Rows},
        sql::Sql,
        testbed::{Bed, beds},
    },
    words::{ExceptionId, PersonId, Role},
};

const MANY: u64 = 60;

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn id(n: u64) -> ExceptionId {
    ExceptionId(Uuid::from_u128(1_000 + u128::from(n)))
}

/// Lives that went on at the same time, told event by event in the order in which they happened.
fn told() -> Vec<(u64, u64, Event)> {
    let mut told: Vec<(u64, u64, Event)> =
        (0..MANY).flat_map(|n| (1..).zip(properties::life(n, 60)).map(move |(seq, event)| (n, seq, event))).collect();
    told.sort_by_key(|(n, seq, event)| (event.at, *n, *seq));
    told
}

/// These events from number `from` on as a ledger, written by bulk statements and not through the door.
fn write_ledger(bed: &Bed, told: &[(u64, u64, Event)], from: usize) {
    let mut conn = bed.open();
    conn.batch_execute("BEGIN").unwrap();
    let mut leaves =
        Rows::new("leaves", &["idx", "hash", "subject_kind", "subject", "seq", "kind", "actor", "at", "body"]);
    let mut first = BTreeMap::new();
    for (place, (n, seq, event)) in told.iter().enumerate() {
        first.entry(*n).or_insert(i64::try_from(place).unwrap());
        if place < from {
            continue;
        }
        let (body, hash) = Leaf::new(Subject::Exception(id(*n)), *seq, event).body().unwrap();
        leaves.push([
            i64::try_from(place).unwrap().into(),
            hash.to_string().into(),
            "exception".into(),
            id(*n).to_string().into(),
            i64::try_from(*seq).unwrap().into(),
            event.deed.code().into(),
            Cell::Text(None),
            event.at.timestamp_micros().into(),
            body.into(),
        ]);
    }
    leaves.insert(&mut conn).unwrap();
    for (n, serial) in first {
        write_exception(&mut conn, serial, &whole(told, n).is);
    }
    conn.batch_execute(&format!("UPDATE ledger_head SET size = {} WHERE id = 1; COMMIT", told.len())).unwrap();
}

/// What the facts look at of an exception: where it stands in the order of all, and its facets.
fn write_exception(conn: &mut Conn, serial: i64, is: &Exception) {
    let new = "INSERT INTO exceptions (id, number, seq, version, state, requester, confidential, sop, sop_version, \
               drafted_at, changed_at, body, serial) \
               VALUES ($1, $2, 1, 1, 'draft', $3, $4, $5, 1, 0, 0, '{}', $6) ON CONFLICT DO NOTHING";
    let (id, number) = (is.id.to_string(), format!("EX-2026-{serial:06}"));
    let whose = is.requester.to_string();
    let values = [
        id.into(),
        number.into(),
        whose.into(),
        is.request.confidential.into(),
        is.sop.id.as_str().into(),
        serial.into(),
    ];
    Sql::of(new, values).query().execute(conn).unwrap();
    conn.batch_execute(&format!("DELETE FROM exception_facets WHERE serial = {serial}")).unwrap();
    let mut rows = Rows::new("exception_facets", &["facet", "value", "serial", "exception"]);
    for (facet, value) in facets(is) {
        rows.push([facet.as_str().into(), value.into(), serial.into(), is.id.to_string().into()]);
    }
    rows.insert(conn).unwrap();
}

fn begun(told: &[(u64, u64, Event)], n: u64) -> Option<Life> {
    let events: Vec<Event> = told.iter().filter(|(of, _, _)| *of == n).map(|(_, _, event)| event.clone()).collect();
    Life::folded(id(n), &events)
}

fn whole(told: &[(u64, u64, Event)], n: u64) -> Life {
    begun(told, n).unwrap()
}

fn opened(bed: &Bed) -> Store {
    let (url, clock) = (bed.url.clone(), Clock::moved(at("2027-01-01T00:00:00Z")));
    let (owner, purpose, routes) = (None, Purpose::Write, Routes::default());
    let (limits, trust) = (Limits::default(), ClockTrust::Moved);
    Store::open(Opening { url, owner, readers: 2, limits, clock, trust, routes, purpose }).unwrap()
}

fn write<T: Send + 'static>(
    store: &Store,
    job: impl FnMut(&mut Tx<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(job).unwrap().blocking_recv().unwrap().unwrap()
}

/// Follows the ledger to its end, so many leaves at a time; how often a life was written.
fn follow(store: &Store, leaves: i64) -> usize {
    let mut written = 0;
    while let Some(part) = store.read(|conn| lives(conn, leaves)).unwrap() {
        written += write(store, move |tx| tx.follow(&part));
    }
    assert_eq!(store.read(behind).unwrap(), 0);
    written
}

fn sorted(mut figures: Vec<Figure>) -> Vec<Figure> {
    figures.sort_by(|one, other| (one.month, &one.value, one.hours).cmp(&(other.month, &other.value, other.hours)));
    figures
}

fn compare(store: &Store, told: &[(u64, u64, Event)]) {
    let all: Vec<Life> = (0..MANY).filter_map(|n| begun(told, n)).collect();
    let now = at("2026-09-01T00:00:00Z");
    let span = Span { from: at("2026-03-01T00:00:00Z"), to: at("2026-07-01T00:00:00Z") };
    let mut counted = 0;
    for measure in Measure::ALL.iter().copied() {
        for by in [By::Nothing, By::Tier, By::Region, By::Clause, By::Outcome, By::Sop] {
            for monthly in [false, true] {
                let wanted = Wanted { measure, by, monthly, span };
                let eyes = Eyes { visibility: None, filter: Filter::default(), now };
                let found = store.read(|conn| figures(conn, &eyes, &wanted)).unwrap();
                let slow = slowly(&all, &wanted, now);
                counted += slow.iter().map(|figure| figure.count).sum::<i64>();
                assert_eq!(sorted(found), sorted(slow), "{wanted:?}");
            }
        }
    }
    assert!(counted > 1_000, "the lives are worth counting: {counted}");
}

#[test]
fn what_is_counted_by_queries_is_what_is_counted_by_hand() {
    let told = told();
    for bed in beds() {
        let half = &told[..told.len() / 2];
        write_ledger(&bed, half, 0);
        let store = opened(&bed);
        follow(&store, 7);
        compare(&store, half);
        write_ledger(&bed, &told, half.len());
        assert!(follow(&store, 7) > 0);
        compare(&store, &told);
        let leaves = write(&store, |tx| tx.rebuild_reports());
        assert_eq!(leaves, u64::try_from(told.len()).unwrap());
        compare(&store, &told);
        assert_eq!(follow(&store, 50), usize::try_from(MANY).unwrap(), "each is folded once");
        compare(&store, &told);
        store.shutdown();
    }
}

#[test]
fn a_part_that_another_process_wrote_is_not_written_again() {
    let told = told();
    for bed in beds() {
        write_ledger(&bed, &told, 0);
        let store = opened(&bed);
        let [one, other] = [0, 1].map(|_| store.read(|conn| lives(conn, 100)).unwrap().unwrap());
        assert!(write(&store, move |tx| tx.follow(&one)) > 0);
        assert_eq!(write(&store, move |tx| tx.follow(&other)), 0);
        let late = store.read(|conn| lives(conn, 100)).unwrap().unwrap();
        write(&store, |tx| tx.rebuild_reports());
        assert_eq!(write(&store, move |tx| tx.follow(&late)), 0, "it belongs to the building before");
        store.shutdown();
    }
}

#[test]
fn everybody_counts_what_they_see_and_nothing_else() {
    let told = told();
    let all: Vec<Life> = (0..MANY).map(|n| whole(&told, n)).collect();
    let (now, matrix) = (at("2027-01-01T00:00:00Z"), Matrix::builtin().unwrap());
    let span = Span { from: at("2026-01-01T00:00:00Z"), to: now };
    let nobody = PersonId(Uuid::from_u128(77));
    for bed in beds() {
        write_ledger(&bed, &told, 0);
        let store = opened(&bed);
        follow(&store, 1_000);
        for (who, grants) in [
            (nobody, vec![]),
            (nobody, vec![(Role::Ciso, "us")]),
            (nobody, vec![(Role::Ciso, "/")]),
            (nobody, vec![(Role::Auditor, "/")]),
            (all[0].is.requester, vec![]),
        ] {
            let grants: Vec<_> = grants.into_iter().map(|(role, domain)| (role, domain.parse().unwrap())).collect();
            let visibility = Visibility::of(who, &grants, &matrix);
            let seen = |life: &&Life| facets(&life.is).iter().any(|entry| sees(&visibility, entry));
            let seen: Vec<Life> = all.iter().filter(seen).cloned().collect();
            let wanted = Wanted { measure: Measure::Submitted, by: By::Nothing, monthly: true, span };
            let eyes = Eyes { visibility: Some(visibility), filter: Filter::default(), now };
            let found = store.read(|conn| figures(conn, &eyes, &wanted)).unwrap();
            assert_eq!(sorted(found), sorted(slowly(&seen, &wanted, now)), "{who}");
        }
        let eyes = |filter| Eyes { visibility: None, filter, now };
        let us = Filter { any_of: vec![(Facet::Region, vec!["us".to_owned()])], ..Filter::default() };
        let wanted = Wanted { measure: Measure::Done, by: By::Nothing, monthly: false, span };
        let there: Vec<Life> =
            all.iter().filter(|life| life.is.request.scope.regions.contains("us")).cloned().collect();
        let found = store.read(|conn| figures(conn, &eyes(us.clone()), &wanted)).unwrap();
        assert_eq!(sorted(found), sorted(slowly(&there, &wanted, now)));
        assert!(!there.is_empty() && there.len() < all.len());
        store.shutdown();
    }
}

fn sees(visibility: &Visibility, (facet, value): &(Facet, String)) -> bool {
    let within = |domains: &[crate::words::DomainPath]| domains.iter().any(|domain| domain.as_str() == value);
    match facet {
        Facet::Party => *value == visibility.person().to_string(),
        Facet::Open => within(visibility.domains()),
        Facet::Closed => within(visibility.confidential()),
        Facet::State
        | Facet::Tier
        | Facet::Kind
        | Facet::Policy
        | Facet::Clause
        | Facet::PendingClause
        | Facet::BusinessUnit
        | Facet::Region
        | Facet::Regulation
        | Facet::Requester
        | Facet::Assignee
        | Facet::Confidential
        | Facet::Screened
        | Facet::System
        | Facet::Domain
        | Facet::Arm
        | Facet::Imported
        | Facet::DueDay
        | Facet::EndDay => false,
    }
}
