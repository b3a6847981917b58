//! What the writer promises: one commit, each job for itself, and an answer only after it.

mod server;

use super::*;
use crate::store::testbed::{Bed, Pile, Shelf, beds, bodies};
use crate::store::{Conn, Readers};
use diesel::connection::SimpleConnection;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

type Tx<'a> = BatchTx<'a, Shelf>;
type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;

fn started(bed: &Bed) -> Writer<Shelf> {
    Writer::start(&bed.url, Limits::default(), Shelf).unwrap()
}

fn put(body: &'static str) -> impl FnMut(&mut Tx<'_>) -> Result<i64, StoreError> + Send + 'static {
    move |tx| tx.batch.put(body)
}

/// Occupies the writer until the gate is dropped; meanwhile jobs pile up for the next batch.
fn gate<H: BatchHooks>(writer: &Writer<H>) -> SyncSender<()> {
    let (entered, wait) = channel();
    let (gate, opened) = sync_channel::<()>(0);
    let hold = move |_: &mut BatchTx<'_, H>| {
        entered.send(()).unwrap();
        let _ = opened.recv();
        Ok::<(), StoreError>(())
    };
    writer.submit(hold).unwrap();
    wait.recv().unwrap();
    gate
}

fn on_shelf(bed: &Bed) -> Vec<String> {
    let readers = Readers::start(&bed.url, 1).unwrap();
    readers.read(|conn| Ok::<_, StoreError>(bodies(conn))).unwrap()
}

fn value<T>(answer: Answer<T>) -> Result<T, StoreError> {
    answer.blocking_recv().unwrap()
}

fn refusing(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.batch.put("refused")?;
    tx.conn.batch_execute("INSERT INTO shelf VALUES (100, 'refused too')")?;
    Err(StoreError::Corrupt("as it were".into()))
}

fn panicking(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.batch.put("panicked")?;
    tx.conn.savepoint()?;
    tx.conn.batch_execute("INSERT INTO shelf VALUES (101, 'panicked too')")?;
    std::panic::resume_unwind(Box::new("boom"))
}

fn mistaken(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    Ok(tx.conn.batch_execute("nonsense")?)
}

#[test]
fn in_one_batch_only_the_good_jobs_are_kept() {
    for bed in beds() {
        let writer = started(&bed);
        let closed = gate(&writer);
        let first = writer.submit(put("a")).unwrap();
        let bad =
            [writer.submit(refusing).unwrap(), writer.submit(panicking).unwrap(), writer.submit(mistaken).unwrap()];
        let last = writer.submit(put("b")).unwrap();
        drop(closed);
        let [refused, panicked, mistook] = bad.map(value);
        assert!(matches!(refused, Err(StoreError::Corrupt(_))));
        assert!(matches!(panicked, Err(StoreError::Panicked)));
        assert!(matches!(mistook, Err(StoreError::Database(_))));
        assert_eq!(value(first).unwrap(), 0);
        assert_eq!(value(last).unwrap(), 1, "a failed job's index is free again");
        assert_eq!(on_shelf(&bed), ["a", "b"]);
        let failures = writer.gauges().failures.load(Ordering::Relaxed);
        assert_eq!(failures, 0, "one batch held them all");
    }
}

#[test]
fn a_lone_job_that_fails_leaves_nothing() {
    for bed in beds() {
        let writer = started(&bed);
        assert!(matches!(writer.write(refusing), Err(StoreError::Corrupt(_))));
        assert!(matches!(writer.write(panicking), Err(StoreError::Panicked)));
        assert!(matches!(writer.write(mistaken), Err(StoreError::Database(_))));
        assert_eq!(writer.write(put("a")).unwrap(), 0);
        assert_eq!(on_shelf(&bed), ["a"]);
    }
}

/// On PostgreSQL the statements after a swallowed error never happened; nobody may be told otherwise.
#[test]
fn a_swallowed_error_is_not_answered_with_success() {
    for bed in beds().into_iter().filter(|bed| bed.url.file().is_none()) {
        let writer = started(&bed);
        let swallow = |tx: &mut Tx<'_>| {
            let _ = tx.conn.batch_execute("nonsense");
            Ok::<_, StoreError>(())
        };
        writer.write(swallow).unwrap_err();
        let closed = gate(&writer);
        let swallowed = writer.submit(swallow).unwrap();
        let good = writer.submit(put("a")).unwrap();
        drop(closed);
        value(swallowed).unwrap_err();
        assert_eq!(value(good).unwrap(), 0);
    }
}

#[test]
fn a_job_may_fail_in_part_and_go_on() {
    for bed in beds() {
        let writer = started(&bed);
        let job = |tx: &mut Tx<'_>| {
            let refused = tx.attempt(|tx| {
                tx.batch.put("undone")?;
                Ok::<_, StoreError>(tx.conn.batch_execute("nonsense")?)
            });
            assert!(refused.is_err());
            tx.attempt(|tx| tx.batch.put("refusal noted"))
        };
        assert_eq!(writer.write(job).unwrap(), 0);
        assert_eq!(on_shelf(&bed), ["refusal noted"]);
    }
}

#[test]
fn a_batch_that_cannot_close_is_tried_job_by_job() {
    for bed in beds() {
        let writer = started(&bed);
        writer.write(put("taken")).unwrap();
        let closed = gate(&writer);
        let jobs = ["a", "taken", "b"].map(|body| writer.submit(put(body)).unwrap());
        drop(closed);
        let [a, twice, b] = jobs.map(value);
        assert_eq!(a.unwrap(), 1);
        assert!(matches!(twice, Err(StoreError::Database(_))), "{twice:?}");
        assert_eq!(b.unwrap(), 2);
        assert_eq!(on_shelf(&bed), ["taken", "a", "b"]);
        assert_eq!(writer.gauges().failures.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_refused_commit_answers_nobody_with_success() {
    for bed in beds() {
        let owes = "CREATE TABLE owner (id BIGINT PRIMARY KEY); CREATE TABLE owed (id BIGINT PRIMARY KEY, \
                    owner BIGINT NOT NULL REFERENCES owner (id) DEFERRABLE INITIALLY DEFERRED)";
        bed.open().batch_execute(owes).unwrap();
        let writer = started(&bed);
        let closed = gate(&writer);
        let good = writer.submit(put("a")).unwrap();
        let bad = writer.submit(|tx: &mut Tx<'_>| {
            tx.conn.batch_execute("INSERT INTO owed VALUES (1, 404)")?;
            tx.batch.put("owing")
        });
        let also_good = writer.submit(put("b")).unwrap();
        drop(closed);
        assert_eq!(value(good).unwrap(), 0);
        let bad = value(bad.unwrap());
        assert!(matches!(bad, Err(StoreError::Database(_))), "{bad:?}");
        assert_eq!(value(also_good).unwrap(), 1);
        assert_eq!(on_shelf(&bed), ["a", "b"]);
    }
}

#[test]
fn a_full_queue_is_busy_at_once() {
    for bed in beds() {
        let writer = Writer::start(&bed.url, Limits { queue: 2, batch: 50 }, Shelf).unwrap();
        let closed = gate(&writer);
        let waiting = ["a", "b"].map(|body| writer.submit(put(body)).unwrap());
        assert_eq!(writer.gauges().queued.load(Ordering::Relaxed), 2);
        assert!(matches!(writer.submit(put("c")), Err(StoreError::Busy)));
        drop(closed);
        for answer in waiting {
            value(answer).unwrap();
        }
        assert_eq!(writer.gauges().queued.load(Ordering::Relaxed), 0);
        assert_eq!(on_shelf(&bed), ["a", "b"]);
    }
}

#[test]
fn shutdown_finishes_what_was_accepted() {
    for bed in beds() {
        let writer = started(&bed);
        let closed = gate(&writer);
        let accepted = ["a", "b", "c"].map(|body| writer.submit(put(body)).unwrap());
        std::thread::scope(|scope| {
            scope.spawn(|| writer.shutdown());
            drop(closed);
        });
        assert_eq!(on_shelf(&bed), ["a", "b", "c"]);
        for answer in accepted {
            value(answer).unwrap();
        }
        assert!(matches!(writer.submit(put("d")), Err(StoreError::ShuttingDown)));
        writer.shutdown();
    }
}

#[test]
fn a_batch_holds_no_more_than_its_limit() {
    for bed in beds() {
        let writer = Writer::start(&bed.url, Limits { queue: 20, batch: 4 }, Shelf).unwrap();
        let closed = gate(&writer);
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let answers = names.map(|body| writer.submit(put(body)).unwrap());
        drop(closed);
        for answer in answers {
            value(answer).unwrap();
        }
        writer.shutdown();
        let gauges = writer.gauges();
        let seen = [&gauges.batches, &gauges.batched, &gauges.answered].map(|gauge| gauge.load(Ordering::Relaxed));
        assert_eq!(seen, [3, 9, 9], "the gate alone, then two batches of four");
    }
}

/// Hooks whose opening fails while a switch is on.
#[derive(Clone, Default)]
struct Touchy {
    panics: Arc<AtomicBool>,
    refuses: Arc<AtomicBool>,
}

impl BatchHooks for Touchy {
    type Batch = Pile;
    type Mark = (i64, usize);

    fn open(&self, conn: &mut Conn) -> Result<Pile, StoreError> {
        assert!(!self.panics.load(Ordering::Relaxed), "touchy");
        if self.refuses.load(Ordering::Relaxed) {
            return Err(StoreError::Corrupt("the head".into()));
        }
        Shelf.open(conn)
    }
    fn mark(&self, batch: &Pile) -> (i64, usize) {
        Shelf.mark(batch)
    }
    fn rewind(&self, batch: &mut Pile, mark: (i64, usize)) {
        Shelf.rewind(batch, mark);
    }
    fn lasts(&self, batch: &Pile) -> bool {
        Shelf.lasts(batch)
    }
    fn close(&self, conn: &mut Conn, batch: Pile) -> Result<(), StoreError> {
        Shelf.close(conn, batch)
    }
}

#[test]
fn panicking_hooks_do_not_end_the_writer() {
    for bed in beds() {
        let touchy = Touchy::default();
        let writer = Writer::start(&bed.url, Limits::default(), touchy.clone()).unwrap();
        let put = |tx: &mut BatchTx<'_, Touchy>| tx.batch.put("a");
        touchy.panics.store(true, Ordering::Relaxed);
        assert!(matches!(writer.write(put), Err(StoreError::Panicked)));
        touchy.panics.store(false, Ordering::Relaxed);
        assert_eq!(writer.write(put).unwrap(), 0);
    }
}

#[test]
fn when_no_batch_can_be_opened_all_who_wait_are_told_at_once() {
    for bed in beds() {
        let touchy = Touchy::default();
        let writer = Writer::start(&bed.url, Limits::default(), touchy.clone()).unwrap();
        let put = |tx: &mut BatchTx<'_, Touchy>| tx.batch.put("a");
        let closed = gate(&writer);
        let waiting = [(); 3].map(|()| writer.submit(put).unwrap());
        touchy.refuses.store(true, Ordering::Relaxed);
        drop(closed);
        for answer in waiting {
            assert!(matches!(value(answer), Err(StoreError::Corrupt(_))));
        }
        assert_eq!(writer.gauges().failures.load(Ordering::Relaxed), 1, "not one after the other");
        touchy.refuses.store(false, Ordering::Relaxed);
        assert_eq!(writer.write(put).unwrap(), 0);
    }
}

/// Does the commit of this transaction wait for the disk, as the database has it now?
fn waits(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.conn.durability()?.last().is_some_and(|setting| setting.safe))
}

#[test]
fn a_commit_waits_for_the_disk_unless_nothing_but_marks_is_in_it() {
    for bed in beds() {
        let writer = started(&bed);
        let closed = gate(&writer);
        let in_turn = [Lasting::Passing, Lasting::Passing, Lasting::Durable, Lasting::Passing];
        let asked = in_turn.map(|lasting| writer.submit_lasting(lasting, waits).unwrap());
        drop(closed);
        assert_eq!(asked.map(|answer| value(answer).unwrap()), [false, false, true, true]);
        assert!(!value(writer.submit_lasting(Lasting::Passing, waits).unwrap()).unwrap());
        assert!(writer.write(waits).unwrap(), "and does so again");
        let failed = writer.submit_lasting(Lasting::Passing, mistaken).unwrap();
        value(failed).unwrap_err();
        assert!(writer.write(waits).unwrap(), "also after a mark that failed");
    }
}

#[test]
fn what_has_to_last_is_not_written_by_a_commit_that_may_not() {
    for bed in beds() {
        let writer = started(&bed);
        let put = |body| writer.submit_lasting(Lasting::Passing, put(body)).unwrap();
        assert!(matches!(value(put("a")), Err(StoreError::Unsuitable(_))));
        assert!(on_shelf(&bed).is_empty());
        let closed = gate(&writer);
        let (durable, beside) = (writer.submit(waits).unwrap(), put("b"));
        drop(closed);
        assert!(value(durable).unwrap());
        value(beside).unwrap();
        assert_eq!(on_shelf(&bed), ["b"], "beside what lasts it does");
    }
}
