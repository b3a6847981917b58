//! The laws in memory against what is committed, undone, and committed elsewhere.

use std::sync::Arc;

use super::*;
use crate::{
    clock::Clock,
    domain::{
        person::By,
        roster::{RosterDeed, RosterEvent},
    },
    store::{ClockTrust, Limits, Opening, Purpose, RosterChange, outbox::errands::Routes, roster::Secrets, testbed},
    words::Weight,
};

fn opened(bed: &testbed::Bed) -> Store {
    let url = bed.url.clone();
    let clock = Clock::system();
    let (owner, purpose, routes) = (None, Purpose::Write, Routes::default());
    let (limits, trust) = (Limits::default(), ClockTrust::Moved);
    Store::open(Opening { url, owner, readers: 2, limits, clock, trust, routes, purpose }).unwrap()
}

fn book(store: &Store) -> Arc<LawBook> {
    Arc::new(LawBook::open(store, Matrix::builtin().unwrap(), Calendars::default(), 10).unwrap())
}

/// Publishes a policy of the starter in this transaction.
fn publish(tx: &mut Tx<'_, '_>, id: &str) -> Result<(), StoreError> {
    let policy = Register::starter().unwrap().policy(id).unwrap().clone();
    let entry = Entry::Policy(policy);
    let text = entry.canonical().unwrap();
    let deed = RosterDeed::EntryPublished { entry: entry.reference(&text), weight: Weight::Material, retires: false };
    let by = By::System { job: "test".to_owned() };
    let event = RosterEvent { deed, by, at: tx.now(), alone: false, citation: None };
    let secrets = Secrets { document: Some(text), ..Secrets::default() };
    tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &secrets }).map(|_| ())
}

/// The policies that a decision sees now.
fn deciding(store: &Store, book: &Arc<LawBook>) -> Vec<String> {
    let book = Arc::clone(book);
    let seen = store.write(move |tx| Ok::<_, StoreError>(ids(&*book.in_force(tx)?)));
    seen.unwrap().blocking_recv().unwrap().unwrap()
}

fn ids(laws: &Laws) -> Vec<String> {
    laws.register.policies.iter().map(|policy| policy.id.clone()).collect()
}

#[test]
fn what_was_undone_is_in_force_for_nobody() {
    for bed in testbed::beds() {
        let store = opened(&bed);
        let book = book(&store);
        let held = Arc::clone(&book);
        let undone = store.write(move |tx| {
            publish(tx, "AIP-1")?;
            let seen = ids(&*held.in_force(tx)?);
            assert_eq!(seen, ["AIP-1"], "whoever publishes sees it before the commit");
            Err::<(), _>(StoreError::Broken("undone".to_owned()))
        });
        assert!(matches!(undone.unwrap().blocking_recv().unwrap(), Err(StoreError::Broken(_))));
        assert_eq!(ids(&book.as_published(&store).unwrap()), [""; 0]);
        assert_eq!(deciding(&store, &book), [""; 0]);
        let other = store.write(|tx| publish(tx, "AIP-2"));
        other.unwrap().blocking_recv().unwrap().unwrap();
        assert_eq!(deciding(&store, &book), ["AIP-2"], "in the same place of the ledger stands another version now");
        store.shutdown();
    }
}

#[test]
fn another_replica_decides_by_what_is_committed() {
    for bed in testbed::beds() {
        let (here, there) = (opened(&bed), opened(&bed));
        let (mine, theirs) = (book(&here), book(&there));
        here.write(|tx| publish(tx, "AIP-1")).unwrap().blocking_recv().unwrap().unwrap();
        assert_eq!(ids(&theirs.last_read()), [""; 0], "it has not looked yet");
        assert_eq!(deciding(&there, &theirs), ["AIP-1"]);
        assert_eq!(ids(&theirs.as_published(&there).unwrap()), ["AIP-1"]);
        assert_eq!(deciding(&here, &mine), ["AIP-1"]);
        here.shutdown();
        there.shutdown();
    }
}

/// Publishes or retires the standard procedure in this transaction.
fn does(tx: &mut Tx<'_, '_>, retires: bool) -> Result<(), StoreError> {
    let sop = Sop::builtin().unwrap().into_iter().find(|sop| sop.document().id == "standard").unwrap();
    let (text, sop) = (sop.canonical().unwrap(), sop.reference());
    let text_hash = crate::words::Hash::of(text.as_bytes());
    let deed = if retires { RosterDeed::SopRetired { sop } } else { RosterDeed::SopPublished { sop, text_hash } };
    let by = By::System { job: "test".to_owned() };
    let event = RosterEvent { deed, by, at: tx.now(), alone: false, citation: None };
    let secrets = Secrets { document: Some(text), ..Secrets::default() };
    tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &secrets }).map(|_| ())
}

#[test]
fn a_procedure_that_is_retired_here_takes_nothing_new_there() {
    for bed in testbed::beds() {
        let (here, there) = (opened(&bed), opened(&bed));
        let theirs = book(&there);
        let begins = || {
            let book = Arc::clone(&theirs);
            let begun = there.write(move |tx| {
                let laws = book.in_force(tx)?;
                Ok::<_, StoreError>(laws.sops.for_new("standard").is_ok())
            });
            begun.unwrap().blocking_recv().unwrap().unwrap()
        };
        assert!(!begins(), "there is none yet");
        here.write(|tx| does(tx, false)).unwrap().blocking_recv().unwrap().unwrap();
        assert!(begins());
        here.write(|tx| does(tx, true)).unwrap().blocking_recv().unwrap().unwrap();
        assert!(!begins());
        let laws = theirs.as_published(&there).unwrap();
        assert!(laws.sops.is_retired("standard") && laws.sops.newest("standard").is_some());
        here.shutdown();
        there.shutdown();
    }
}
