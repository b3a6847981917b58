//! What only a server can do to a writer: lose the connection, and serve two of them.

use super::*;
use crate::store::testbed::server_bed;

#[test]
fn a_connection_lost_before_the_commit_is_replaced_and_the_work_done() {
    let Some(bed) = server_bed() else { return };
    let writer = started(&bed);
    let closed = gate(&writer);
    let kill = Arc::new(AtomicBool::new(true));
    let before = writer.submit(put("a")).unwrap();
    let killing = writer.submit(move |tx: &mut Tx<'_>| {
        if kill.swap(false, Ordering::Relaxed) {
            tx.conn.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")?;
        }
        tx.batch.put("b")
    });
    let after = writer.submit(put("c")).unwrap();
    drop(closed);
    assert_eq!(value(before).unwrap(), 0);
    assert_eq!(value(killing.unwrap()).unwrap(), 1);
    assert_eq!(value(after).unwrap(), 2);
    assert_eq!(on_shelf(&bed), ["a", "b", "c"]);
}

#[test]
fn a_connection_lost_during_the_commit_is_an_unknown_outcome() {
    let Some(bed) = server_bed() else { return };
    let deadly = "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS \
                  $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$; \
                  CREATE TABLE deadly (id BIGINT); \
                  CREATE CONSTRAINT TRIGGER die AFTER INSERT ON deadly DEFERRABLE INITIALLY DEFERRED \
                  FOR EACH ROW EXECUTE FUNCTION die()";
    bed.open().batch_execute(deadly).unwrap();
    let writer = started(&bed);
    let outcome = writer.write(|tx: &mut Tx<'_>| {
        tx.conn.batch_execute("INSERT INTO deadly VALUES (1)")?;
        tx.batch.put("perhaps")
    });
    assert!(matches!(outcome, Err(StoreError::Unknown(_))), "{outcome:?}");
    assert_eq!(writer.write(put("a")).unwrap(), 0, "the writer goes on with a new connection");
}

#[test]
fn connections_that_died_while_idle_are_replaced() {
    let Some(bed) = server_bed() else { return };
    let writer = started(&bed);
    let readers = Readers::start(&bed.url, 2).unwrap();
    let look = || readers.read(|conn| Ok::<_, StoreError>(bodies(conn)));
    readers.read(|_| look()).unwrap();
    let killed = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
                  AND application_name = current_setting('application_name')";
    bed.open().batch_execute(killed).unwrap();
    assert_eq!(writer.write(put("a")).unwrap(), 0);
    assert_eq!(look().unwrap(), ["a"], "both readers were dead");
}

#[test]
fn two_writers_on_one_server_keep_one_order() {
    let Some(bed) = server_bed() else { return };
    let writers = [started(&bed), started(&bed)];
    let names: Vec<Vec<String>> =
        ["left", "right"].map(|side| (0..200).map(|n| format!("{side} {n}")).collect()).into();
    std::thread::scope(|scope| {
        for (writer, names) in writers.iter().zip(&names) {
            scope.spawn(move || {
                let submit = |name: &String| {
                    let name = name.clone();
                    writer.submit(move |tx: &mut Tx<'_>| tx.batch.put(&name)).unwrap()
                };
                let answers: Vec<Answer<i64>> = names.iter().map(submit).collect();
                for answer in answers {
                    value(answer).unwrap();
                }
            });
        }
    });
    let shelf = on_shelf(&bed);
    for names in &names {
        let own: Vec<&String> = shelf.iter().filter(|body| names.contains(body)).collect();
        assert_eq!(own, names.iter().collect::<Vec<_>>(), "each writer's jobs stay in order");
    }
    assert_eq!(shelf.len(), 400, "no index was given twice or left out");
}
