//! The outbox, the mailbox and forgetting, on every database there is to test with.

use std::{collections::BTreeSet, thread};

use diesel::connection::SimpleConnection;

use super::*;
use crate::{
    clock::Clock,
    store::{
        ClockTrust, Limits, Opening, Purpose, Store,
        ledger::Posted,
        mailbox::{self, Delivery},
        outbox::errands::{LETTERS, Routes},
        testbed::{Bed, beds},
    },
    words::PersonId,
};

fn noon() -> Time {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Time {
    noon() + Duration::seconds(seconds)
}

fn opened(bed: &Bed) -> Store {
    let (url, clock) = (bed.url.clone(), Clock::moved(noon()));
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

fn waiting() -> Waiting {
    let letter = Letter { kind: LetterKind::Received, to: Addressee::Person(PersonId(Uuid::nil())), seq: 2 };
    Waiting { exception: ExceptionId(Uuid::from_u128(7)), letter }
}

/// Posts letters 1 to `count`, a second apart.
fn post(store: &Store, count: u32) {
    write(store, move |tx| {
        for number in 1..=count {
            let Waiting { exception, letter } = waiting();
            let payload = serde_json::json!({ "exception": exception, "number": "EX-2026-000001", "letter": letter });
            tx.batch().post(&Posted {
                id: Uuid::from_u128(number.into()).to_string(),
                dedupe_key: format!("letter {number}"),
                kind: "received",
                payload: payload.to_string(),
                at: after(number.into()),
            });
        }
        Ok(())
    });
}

fn claim(store: &Store, owner: u128, now: Time) -> Vec<Claimed> {
    claim_some(store, owner, now, 10)
}

fn claim_some(store: &Store, owner: u128, now: Time, limit: i64) -> Vec<Claimed> {
    let claim = Claim { owner: Uuid::from_u128(owner), now, lease: Duration::seconds(60), limit };
    write(store, move |tx| tx.claim(LETTERS, &claim))
}

fn deliver(store: &Store, letter: &Claimed) -> Fence {
    let letter = letter.clone();
    write(store, move |tx| tx.delivered(&letter))
}

fn fail(store: &Store, letter: &Claimed, then: Then) -> Fence {
    let (letter, failure) = (letter.clone(), Failure { error: "the disk is full".to_owned(), then });
    write(store, move |tx| tx.failed(&letter, &failure))
}

fn numbers(letters: &[Claimed]) -> Vec<u128> {
    letters.iter().map(|letter| letter.id.as_u128()).collect()
}

fn health(store: &Store) -> OutboxCounts {
    store.read(counts).unwrap()
}

#[test]
fn what_is_due_is_claimed_in_order_and_once() {
    for bed in beds() {
        let store = opened(&bed);
        post(&store, 4);
        assert!(!store.read(|conn| has_due(conn, LETTERS, noon())).unwrap());
        assert!(store.read(|conn| has_due(conn, LETTERS, after(3))).unwrap());
        let first = claim_some(&store, 1, after(3), 2);
        assert_eq!(numbers(&first), [1, 2]);
        assert_eq!(first[0].open().unwrap(), Told::Letter(waiting()));
        assert_eq!((first[0].attempt, first[0].due_at), (1, after(1)));
        assert_eq!(numbers(&claim(&store, 2, after(3))), [3], "neither what is held nor what is not due");
        assert!(!store.read(|conn| has_due(conn, LETTERS, after(3))).unwrap());
    }
}

#[test]
fn delivered_letters_are_done() {
    for bed in beds() {
        let store = opened(&bed);
        post(&store, 2);
        let held = claim(&store, 1, after(9));
        assert_eq!(deliver(&store, &held[0]), Fence::Held);
        assert_eq!(health(&store), OutboxCounts { waiting: 1, oldest_due_at: Some(after(2)), dead: 0 });
        assert_eq!(deliver(&store, &held[0]), Fence::Lost, "it is done already");
        assert_eq!(numbers(&claim(&store, 1, after(9_999))), [2]);
    }
}

#[test]
fn an_expired_lease_is_taken_over_and_fences_off_its_first_owner() {
    for bed in beds() {
        let store = opened(&bed);
        post(&store, 1);
        let slow = claim(&store, 1, after(1));
        assert!(claim(&store, 2, after(60)).is_empty(), "the lease lasts a minute");
        let quick = claim(&store, 2, after(61));
        assert_eq!((numbers(&quick), quick[0].attempt), (vec![1], 2));
        assert_eq!(fail(&store, &slow[0], Then::Dead), Fence::Lost);
        assert_eq!(deliver(&store, &slow[0]), Fence::Lost);
        assert_eq!(health(&store).waiting, 1);
        assert_eq!(deliver(&store, &quick[0]), Fence::Held);
        assert_eq!(health(&store), OutboxCounts { waiting: 0, oldest_due_at: None, dead: 0 });
    }
}

#[test]
fn what_is_held_on_to_is_nobody_elses_and_what_was_lost_is_held_no_more() {
    for bed in beds() {
        let store = opened(&bed);
        post(&store, 2);
        let slow = claim(&store, 1, after(2));
        let hold = |owner: u128, until: Time| write(&store, move |tx| tx.hold(Uuid::from_u128(owner), until));
        assert_eq!(deliver(&store, &slow[1]), Fence::Held);
        assert_eq!(hold(1, after(110)), 1, "what is done is in nobody's hands");
        assert!(claim(&store, 2, after(109)).is_empty(), "long after the first minute");
        assert_eq!(hold(2, after(999)), 0, "who has nothing holds nothing");
        let quick = claim(&store, 2, after(110));
        assert_eq!((numbers(&quick), hold(1, after(999))), (vec![1], 0), "who lost it does not get it back");
        assert!(claim(&store, 3, after(169)).is_empty());
        assert_eq!(numbers(&claim(&store, 3, after(170))), [1], "nor kept it from anybody");
        assert_eq!(deliver(&store, &slow[0]), Fence::Lost);
    }
}

#[test]
fn one_owner_is_fenced_off_from_its_own_earlier_attempt() {
    for bed in beds() {
        let store = opened(&bed);
        post(&store, 1);
        let stuck = claim(&store, 1, after(1));
        let again = claim(&store, 1, after(61));
        assert_eq!(deliver(&store, &stuck[0]), Fence::Lost);
        assert_eq!(deliver(&store, &again[0]), Fence::Held);
    }
}

#[test]
fn a_failed_letter_waits_for_its_time_and_a_dead_one_for_ever() {
    for bed in beds() {
        let store = opened(&bed);
        post(&store, 2);
        let held = claim(&store, 1, after(9));
        assert_eq!(fail(&store, &held[0], Then::Retry(after(40))), Fence::Held);
        assert_eq!(fail(&store, &held[1], Then::Dead), Fence::Held);
        assert!(claim(&store, 1, after(39)).is_empty());
        let again = claim(&store, 1, after(40));
        assert_eq!((numbers(&again), again[0].attempt), (vec![1], 2));
        assert!(claim(&store, 1, after(99_999)).iter().all(|letter| letter.id.as_u128() == 1));
        assert_eq!(health(&store), OutboxCounts { waiting: 1, oldest_due_at: Some(after(40)), dead: 1 });
        let told = "SELECT body FROM (SELECT last_error AS body FROM outbox WHERE state = 'dead') AS told";
        let told: Vec<Body> = sql_query(told).load(&mut bed.open()).unwrap();
        assert_eq!(told[0].body, "the disk is full");
    }
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

#[test]
fn two_claimers_never_get_the_same_letter() {
    for bed in beds() {
        let stores = [opened(&bed), opened(&bed)];
        post(&stores[0], 40);
        let taken: Vec<u128> = thread::scope(|scope| {
            let claimer = |(owner, store)| {
                move || -> Vec<u128> {
                    let claims = (0..20).flat_map(|_| claim_some(store, owner, after(50), 3));
                    claims.map(|letter| letter.id.as_u128()).collect()
                }
            };
            let threads =
                stores.iter().chain(&stores).zip(1..).map(|(store, owner)| scope.spawn(claimer((owner, store))));
            let threads: Vec<_> = threads.collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(taken.len(), 40);
        assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), (1..=40).collect());
    }
}

#[test]
fn a_row_that_cannot_be_read_holds_nobody_up() {
    for bed in beds() {
        let store = opened(&bed);
        post(&store, 2);
        bed.open().batch_execute("UPDATE outbox SET payload = 'nonsense' WHERE dedupe_key = 'letter 1'").unwrap();
        bed.open().batch_execute("UPDATE outbox SET id = 'nonsense' WHERE dedupe_key = 'letter 1'").unwrap();
        assert_eq!(numbers(&claim(&store, 1, after(9))), [2]);
    }
}

const EXCEPTION: &str = "INSERT INTO exceptions (id, number, seq, version, state, requester, confidential, sop, \
     sop_version, drafted_at, changed_at, body) VALUES ('00000000-0000-0000-0000-000000000007', 'EX-2026-000001', 1, 1, \
     'draft', 'nobody', FALSE, 'standard', 1, 0, 0, '{}')";

fn delivered_to(person: u128, letter: u128, at: Time) -> Delivery {
    Delivery {
        letter: Uuid::from_u128(letter),
        person: PersonId(Uuid::from_u128(person)),
        kind: LetterKind::Received,
        subject: format!("subject {letter}"),
        body: "text".to_owned(),
        exception: Some(waiting().exception),
        at,
        seq: 1,
        mailed_at: None,
        read_at: None,
        digest: false,
    }
}

#[test]
fn a_mailbox_reads_newest_first_in_pages_and_takes_each_letter_once() {
    for bed in beds() {
        let store = opened(&bed);
        bed.open().batch_execute(EXCEPTION).unwrap();
        let ada = PersonId(Uuid::from_u128(1));
        // Two of the same instant, and one of another person.
        let all =
            [(1, 1, 5), (1, 2, 9), (1, 3, 9), (2, 3, 9)].map(|(who, what, at)| delivered_to(who, what, after(at)));
        for _ in 0..2 {
            let all = all.clone();
            write(&store, move |tx| tx.put_in_mailboxes(&all, -1));
        }
        let read = |after: Option<&crate::store::queries::Cursor>| {
            store.read(|conn| mailbox::mailbox(conn, ada, after, 2)).unwrap()
        };
        let first = read(None);
        assert_eq!(first, [all[2].clone(), all[1].clone()]);
        let rest = read(Some(&first[1].cursor()));
        assert_eq!(rest, [all[0].clone()]);
        let bert = PersonId(Uuid::from_u128(2));
        let mailed_to = || {
            [ada, bert].map(|person| {
                let threaded = store.read(|conn| mailbox::threaded(conn, waiting().exception, person)).unwrap();
                threaded.iter().any(|row| row.letter == all[2].letter && row.mailed)
            })
        };
        assert_eq!(mailed_to(), [false, false]);
        let mailed = Delivery { mailed_at: Some(after(60)), subject: "another".to_owned(), ..all[2].clone() };
        for at in [60, 90] {
            let mailed = [Delivery { mailed_at: Some(after(at)), ..mailed.clone() }];
            write(&store, move |tx| tx.put_in_mailboxes(&mailed, -1));
        }
        assert_eq!(mailed_to(), [true, false]);
        assert_eq!(read(None)[0], Delivery { mailed_at: Some(after(60)), ..all[2].clone() }, "the first time counts");
    }
}

#[test]
fn what_happened_in_one_instant_is_read_in_its_order() {
    for bed in beds() {
        let store = opened(&bed);
        bed.open().batch_execute(EXCEPTION).unwrap();
        // The ids run against the order of the events.
        let all = [(30, 9), (20, 10), (10, 11)].map(|(id, seq)| Delivery { seq, ..delivered_to(1, id, after(5)) });
        let put = all.clone();
        write(&store, move |tx| tx.put_in_mailboxes(&put, -1));
        let page = |after: Option<&crate::store::queries::Cursor>| {
            store.read(|conn| mailbox::mailbox(conn, all[0].person, after, 2)).unwrap()
        };
        let first = page(None);
        assert_eq!(first, [all[2].clone(), all[1].clone()]);
        assert_eq!(page(Some(&first[1].cursor())), [all[0].clone()]);
    }
}

#[test]
fn reading_a_letter_is_noted_once_and_only_for_its_reader() {
    for bed in beds() {
        let store = opened(&bed);
        bed.open().batch_execute(EXCEPTION).unwrap();
        let [mine, theirs] = [delivered_to(1, 3, after(9)), delivered_to(2, 3, after(9))];
        let both = [mine.clone(), theirs.clone()];
        write(&store, move |tx| tx.put_in_mailboxes(&both, -1));
        let unread = |person| store.read(|conn| mailbox::unread(conn, person)).unwrap();
        assert_eq!([unread(mine.person), unread(theirs.person)], [1, 1]);
        for _ in 0..2 {
            let (person, letter) = (mine.person, mine.letter);
            write(&store, move |tx| tx.mark_read(person, letter));
        }
        assert_eq!([unread(mine.person), unread(theirs.person)], [0, 1]);
        let read = store.read(|conn| mailbox::delivery(conn, mine.person, mine.letter)).unwrap().unwrap();
        assert_eq!(read, Delivery { read_at: Some(noon()), ..mine });
    }
}

#[test]
fn keys_and_attempts_are_forgotten_when_they_are_old_a_few_at_a_time() {
    for bed in beds() {
        let store = opened(&bed);
        let key = |n| format!("('p', 'v', 'k{n}', 'h', 's', 1, 1, {})", after(n).timestamp_micros());
        let keys = format!("INSERT INTO idempotency VALUES {};", [0, 1, 2, 3, 4].map(key).join(", "));
        let hour = noon().timestamp() / 3600;
        let attempts = format!("INSERT INTO attempts VALUES ('p', {}, 1), ('p', {hour}, 1);", hour - 1);
        bed.open().batch_execute(&format!("{keys}{attempts}")).unwrap();
        let forgotten: Vec<usize> = (0..3).map(|_| write(&store, |tx| tx.forget_keys(after(3), 2))).collect();
        assert_eq!(forgotten, [2, 1, 0], "those from before the third second, two at a time");
        assert_eq!(write(&store, |tx| tx.forget_attempts(after(1_800), 9)), 1, "the hour that has not ended stays");
    }
}
