//! What happens beside an erasure: letters on their way, commands in the same batch, files that others bring, and
//! whoever reads meanwhile.

use std::sync::mpsc::channel;

use diesel::sql_types::{BigInt, Nullable};
use proviso::{
    desk::{Administered, Asked},
    domain::{
        command::Command,
        letters::LetterKind,
        person::{By, Door},
        request::Attachment,
        roster::RosterCommand,
    },
    ledger::Hash,
    store::{
        StoreError, Tx,
        mailbox::Delivery,
        outbox::{Claim, Claimed, Failure, Then},
        roster::Secrets,
    },
    words::{AttachmentId, Sealer},
};
use uuid::Uuid;

use super::{
    kept::{added, leaves, timeline},
    *,
};

#[derive(QueryableByName)]
struct Swept {
    #[diesel(sql_type = Nullable<BigInt>)]
    rewritten_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    swept_at: Option<i64>,
}

pub fn swept(world: &World) -> (bool, bool) {
    let row: Swept =
        world.read(|conn| sql_query("SELECT rewritten_at, swept_at FROM erasures").get_result(conn).unwrap());
    (row.rewritten_at.is_some(), row.swept_at.is_some())
}

/// Writes, as a job does.
pub fn write<T: Send + 'static>(
    world: &World,
    job: impl FnMut(&mut Tx<'_, '_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    world.app.desk().store().write(job).unwrap().blocking_recv().unwrap().unwrap()
}

fn by(world: &World, who: &str) -> By {
    By::Person { id: world.id(who).parse().unwrap(), door: Door::Session(world.now()) }
}

#[test]
fn whoever_reads_meanwhile_keeps_the_log_and_the_pages_are_written_anew_once() {
    let mut office = office(&[]);
    let Some(file) = files(&office.world).into_iter().next() else { return };
    let id = lived(&office.world);
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    office.run();
    let reader = rusqlite::Connection::open(&file).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT COUNT(*) FROM leaves", [], |row| row.get::<_, i64>(0)).unwrap();
    gone(&office.world);
    let length = |ending: &str| fs::metadata(format!("{}{ending}", file.display())).map_or(0, |file| file.len());
    office.run();
    assert_eq!(swept(&office.world), (true, false), "the log is still read");
    let log = length("-wal");
    for _ in 0..3 {
        office.world.minutes(2);
        office.run();
    }
    assert_eq!(swept(&office.world), (true, false));
    assert!(length("-wal") - log < length("") / 2, "{} after {log}, of a file of {}", length("-wal"), length(""));
    office.world.post("ben", "/v1/exceptions", request()).expect(201);
    reader.execute_batch("COMMIT").unwrap();
    office.world.minutes(2);
    office.run();
    assert_eq!(swept(&office.world), (true, true));
    let left: Vec<String> = files(&office.world).iter().flat_map(|file| marks_below(file)).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_letter_on_its_way_brings_nothing_back() {
    let world = World::new();
    let id = lived(&world);
    let claim = Claim { owner: Uuid::nil(), now: world.now(), lease: chrono::Duration::minutes(5), limit: 50 };
    let letter = write(&world, move |tx| tx.claim("letters", &claim)).remove(0);
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    gone(&world);
    comes_late(&world, (letter, &id));
    assert_eq!(marked(&world.read(everything)), Vec::<&String>::new());
}

/// A letter about an exception that was claimed before its texts went, and is noted afterwards.
pub fn comes_late(world: &World, (letter, id): (Claimed, &str)) {
    let delivery = Delivery {
        letter: letter.id,
        person: world.id("rosa").parse().unwrap(),
        kind: LetterKind::Reminder,
        subject: "Summaries in Zanzibar".to_owned(),
        body: "Rita Requester writes of the quagmire.".to_owned(),
        exception: Some(id.parse().unwrap()),
        at: world.now(),
        seq: 2,
        mailed_at: None,
        read_at: None,
        digest: false,
    };
    let error = "550 nobody is called rita@example.com".to_owned();
    write(world, move |tx| {
        let failure = tx.tellable(&letter, Failure { error: error.clone(), then: Then::Dead })?;
        assert_eq!(failure.error, "[erased]");
        tx.put_in_mailboxes(std::slice::from_ref(&delivery), letter.erasure)
    });
}

/// Gustav's confirmation of a change, queued.
fn confirming(world: &World, change: &Value) -> Asked<RosterCommand> {
    let of = |key: &str| change[key].as_str().unwrap();
    let command = RosterCommand::ConfirmChange { change: of("id").parse().unwrap(), hash: of("hash").parse().unwrap() };
    Asked { by: by(world, "gustav"), key: None, expected: None, command, openings: Vec::new() }
}

#[test]
fn what_somebody_says_of_them_in_the_same_batch_is_not_forgotten() {
    says_meanwhile(&World::new());
}

#[test]
fn what_somebody_says_between_the_look_and_the_erasure_is_not_forgotten() {
    says_meanwhile(&World::with(&[("writer.batch", "1")]));
}

fn says_meanwhile(world: &World) {
    let paul = added(world, "Paul Former", "paul@corp.example");
    leaves(world, &paul);
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let change = erase(world, &paul).expect(202);
    let desk = world.app.desk();
    let (open, gate) = channel::<()>();
    let waiting = desk.store().write(move |_| Ok::<_, StoreError>(gate.recv().is_ok())).unwrap();
    let mut draw = || [7; 32];
    let mut sealer = Sealer::new(&mut draw);
    let text = sealer.seal("text", "Paul Former told me.");
    let command = Command::Comment { text, internal: false };
    let openings = sealer.into_openings();
    let comment = Asked { by: by(world, "rosa"), key: None, expected: None, command, openings };
    let said = desk.act(id.parse().unwrap(), comment).unwrap();
    let confirmed = desk.administer(confirming(world, &change), Secrets::default()).unwrap();
    open.send(()).unwrap();
    assert!(waiting.blocking_recv().unwrap().unwrap());
    said.wait().unwrap();
    let refused: Result<Administered, _> = confirmed.wait();
    assert!(matches!(refused, Err(proviso::desk::Error::Store(StoreError::Busy))), "{:?}", refused.err());
    assert_eq!(erasure(world, "gita", &paul)["erased"], Value::Null);
    assert!(timeline(world, &id).contains("Paul Former told me."));
    assert_eq!(confirm(world, &change).code(409), "not_erasable", "what goes on names them by now");
    world.command("rita", &id, "withdraw", json!({})).expect(200);
    assert_eq!(confirm(world, &change).code(422), "found_changed");
}

/// Attaches a file that says Mozambique; its address.
fn attach(world: &World, who: &str, id: &str) -> String {
    let form = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\r\n\
                Content-Type: text/plain\r\n\r\nMozambique\r\n--edge--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=edge"), ("origin", ORIGIN)];
    let path = format!("/v1/exceptions/{id}/attachments");
    let kept = world.raw(who, Method::POST, &path, form.as_bytes().to_vec(), &headers);
    kept.header("location").unwrap_or_else(|| panic!("{}", kept.text))
}

#[test]
fn a_file_that_another_brings_meanwhile_stays() {
    let mut office = office(&[]);
    let id = lived(&office.world);
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    let other = office.world.post("ben", "/v1/exceptions", request()).expect(201)["id"].as_str().unwrap().to_owned();
    gone(&office.world);
    let file = attach(&office.world, "ben", &other);
    sweep(&mut office);
    assert_eq!(office.world.bytes("ben", &file), b"Mozambique", "the same content, brought anew");
    assert_eq!(swept(&office.world), (true, true));
}

#[test]
fn nothing_is_attached_whose_content_was_removed_just_then() {
    let world = World::new();
    let id = world.file();
    let before = timeline(&world, &id);
    let mut draw = || [7; 32];
    let mut sealer = Sealer::new(&mut draw);
    let name = sealer.seal("attachment/name", "note.txt");
    let attachment = Attachment { hash: Hash::of(b"gone"), bytes: 4, media_type: "text/plain".to_owned(), name };
    let command = Command::Attach { id: AttachmentId(Uuid::nil()), attachment };
    let openings = sealer.into_openings();
    let asked = Asked { by: by(&world, "rita"), key: None, expected: None, command, openings };
    let refused = world.app.desk().act(id.parse().unwrap(), asked).unwrap().wait();
    assert!(matches!(refused, Err(proviso::desk::Error::Store(StoreError::Busy))), "{refused:?}");
    assert_eq!(timeline(&world, &id), before);
}

#[test]
fn what_they_are_called_is_kept_until_it_was_looked_for_everywhere_and_no_longer() {
    let mut office = office(&[]);
    let paul = added(&office.world, "Paul Former", "paul@corp.example");
    leaves(&office.world, &paul);
    confirm(&office.world, &erase(&office.world, &paul).expect(202)).expect(200);
    let kept = |world: &World| {
        let all = world.read(everything);
        all.into_iter().filter(|line| line.to_lowercase().contains("paul")).collect::<Vec<_>>()
    };
    let waiting = kept(&office.world);
    assert!(waiting.iter().all(|line| line.starts_with("erasures.sought: ")) && waiting.len() == 1, "{waiting:?}");
    sweep(&mut office);
    assert_eq!(kept(&office.world), Vec::<String>::new());
    assert_eq!(swept(&office.world), (true, true));
}
