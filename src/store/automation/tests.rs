//! Leases, runs and switches, on every database there is to test with.

use super::*;
use crate::{
    clock::Clock,
    domain::{person::By, roster::RosterDeed},
    store::{
        Limits, Opening, Purpose, RosterChange, Store,
        outbox::errands::Routes,
        roster::Secrets,
        testbed::{Bed, beds},
    },
    words::Sealed,
};

const LEASE: Duration = Duration::seconds(10);

fn noon() -> Time {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn opened(bed: &Bed) -> (Store, Clock) {
    let (url, clock) = (bed.url.clone(), Clock::moved(noon()));
    let (limits, trust) = (Limits::default(), ClockTrust::Moved);
    let (owner, purpose, routes, moved) = (None, Purpose::Write, Routes::default(), clock.clone());
    (Store::open(Opening { url, owner, readers: 2, limits, clock: moved, trust, routes, purpose }).unwrap(), clock)
}

fn write<T: Send + 'static>(
    store: &Store,
    job: impl FnMut(&mut Tx<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(job).unwrap().blocking_recv().unwrap().unwrap()
}

fn later(clock: &Clock, seconds: u64) {
    clock.advance(std::time::Duration::from_secs(seconds));
}

fn owner(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn take(store: &Store, number: u128) -> Option<Hold> {
    write(store, move |tx| tx.take_lease(owner(number), LEASE))
}

fn begin(store: &Store, hold: Hold, tick: Tick) -> Beginning {
    write(store, move |tx| tx.begin_run(("settle", hold), tick))
}

fn end(store: &Store, hold: Hold, tick: Tick) -> bool {
    write(store, move |tx| tx.end_run(("settle", hold), tick, (Outcome::Done, 3)))
}

fn told(store: &Store, deed: AutomationDeed) {
    write(store, move |tx| {
        let by = By::System { job: "test".to_owned() };
        let deed = RosterDeed::Automation(deed.clone());
        let event = RosterEvent { deed, by, at: tx.now(), alone: false, citation: None };
        tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })
    });
}

fn halted(scope: &str) -> AutomationDeed {
    let reason = Sealed { commitment: Hash([1; 32]), chars: 4 };
    AutomationDeed::AutomationHalted { scope: scope.parse().unwrap(), reason }
}

#[test]
fn one_process_keeps_time_until_its_lease_ends() {
    for bed in beds() {
        let (store, clock) = opened(&bed);
        let first = take(&store, 1).unwrap();
        assert_eq!(take(&store, 2), None, "it is held");
        later(&clock, 9);
        assert_eq!(take(&store, 1), Some(first), "renewed, and the same");
        later(&clock, 9);
        assert_eq!(take(&store, 2), None);
        later(&clock, 1);
        let second = take(&store, 2).unwrap();
        assert!(second.fence > first.fence);
        let right = |hold| Right { job: "settle", hold: Some(hold) };
        let permit = |hold| write(&store, move |tx| tx.permit(&right(hold)));
        assert_eq!((permit(first), permit(second)), (Permit::Lost, Permit::Granted));
        write(&store, move |tx| tx.give_lease_up(&first));
        assert_eq!(take(&store, 1), None, "what one no longer has one cannot give");
        write(&store, move |tx| tx.give_lease_up(&second));
        assert!(take(&store, 1).is_some());
    }
}

#[test]
fn a_tick_is_run_once_and_taken_over_where_it_was_cut_short() {
    for bed in beds() {
        let (store, clock) = opened(&bed);
        let (first, tick) = (take(&store, 1).unwrap(), noon());
        assert_eq!(begin(&store, first, noon() + Duration::seconds(1)), Beginning::Settled, "it has not come");
        assert_eq!(begin(&store, first, tick), Beginning::Begun);
        later(&clock, 11);
        let second = take(&store, 2).unwrap();
        assert_eq!(begin(&store, first, tick), Beginning::Denied(Permit::Lost));
        assert_eq!(begin(&store, second, tick), Beginning::Begun, "taken over");
        assert!(!end(&store, first, tick), "whoever lost it ends nothing");
        assert!(end(&store, second, tick));
        assert_eq!(begin(&store, second, tick), Beginning::Settled);
        let run = store.read(|conn| runs(conn, "settle", 5)).unwrap();
        assert_eq!((run.len(), run[0].attempts, run[0].done), (1, 2, 3));
        assert_eq!(store.read(last_runs).unwrap(), run);
        later(&clock, 60);
        let third = take(&store, 2).unwrap();
        assert_eq!(begin(&store, third, tick + Duration::seconds(20)), Beginning::Begun);
        assert!(end(&store, third, tick + Duration::seconds(20)));
        let after = noon() + Duration::hours(1);
        assert_eq!(write(&store, move |tx| tx.forget_runs(after, 10)), 1, "all but the newest");
    }
}

#[test]
fn what_is_stopped_is_stopped_in_the_very_transaction() {
    for bed in beds() {
        let (store, _) = opened(&bed);
        let permit = |job| write(&store, move |tx| tx.permit(&Right::unleased(job)));
        let closed = |channel| write(&store, move |tx| tx.halted(channel));
        assert_eq!((permit("settle"), closed(Channel::Mail)), (Permit::Granted, false));
        told(&store, halted("channel:mail"));
        assert_eq!(
            (permit("settle"), closed(Channel::Mail), closed(Channel::Webhooks)),
            (Permit::Granted, true, false)
        );
        assert!(store.read(|conn| is_closed(conn, Channel::Mail)).unwrap());
        told(&store, halted("job:settle"));
        assert_eq!((permit("settle"), permit("stale")), (Permit::Halted, Permit::Granted));
        let both = write(&store, |tx| {
            let before = tx.permit(&Right::unleased("stale"))?;
            let by = By::System { job: "test".to_owned() };
            let deed = RosterDeed::Automation(halted("all"));
            let event = RosterEvent { deed, by, at: tx.now(), alone: false, citation: None };
            tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })?;
            Ok((before, tx.permit(&Right::unleased("stale"))?))
        });
        assert_eq!(both, (Permit::Granted, Permit::Halted), "from the next command of the same batch on");
        for scope in ["all", "job:settle", "channel:mail"] {
            told(&store, AutomationDeed::AutomationReleased { scope: scope.parse().unwrap() });
        }
        assert_eq!((permit("settle"), closed(Channel::Mail)), (Permit::Granted, false));
    }
}

#[test]
fn a_run_that_was_asked_for_waits_to_be_begun() {
    for bed in beds() {
        let (store, _) = opened(&bed);
        told(&store, AutomationDeed::JobAsked { job: "forget".parse().unwrap() });
        let standing = store.read(|conn| standing(conn, (noon(), ClockTrust::Moved))).unwrap();
        assert_eq!(standing.open, [("forget".to_owned(), noon())]);
        let hold = take(&store, 1).unwrap();
        assert_eq!(write(&store, move |tx| tx.begin_run(("forget", hold), noon())), Beginning::Begun);
        let run = store.read(|conn| runs(conn, "forget", 1)).unwrap().remove(0);
        assert_eq!((run.cause, run.attempts), (Asked::Hand, 1));
    }
}
