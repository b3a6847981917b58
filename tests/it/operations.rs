//! What operators rely on: backups made under load, and the way from one database to the other and back.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use proviso::{
    app::{App, Guest, Timing, staff},
    backup::{BackupError, Place, verify},
    clock::Clock,
    config::Config,
    desk::{Asked, Desk},
    domain::{
        person::{By, Door},
        request::Request,
    },
    store::{
        DatabaseUrl, StoreError,
        backup::contents,
        copy::{copy, rows},
    },
};

use crate::world::{World, in_schema, own_schema};

/// Nobody looks.
const fn unwatched(_: &str, _: u64) {}

/// A service with the demonstration's people.
struct Office {
    app: App,
    guests: Vec<Guest>,
    place: Place,
}

impl Office {
    fn new(folder: &Path, url: &str) -> Self {
        let app = open(folder, url);
        let guests = staff(&app).unwrap();
        Self { app, guests, place: place(folder, url) }
    }
}

fn open(folder: &Path, url: &str) -> App {
    let set = |key: &str, value: String| (key.to_owned(), value);
    let overrides = [
        set("database.url", url.to_owned()),
        set("attachments.path", folder.join("attachments").display().to_string()),
        set("mail.path", folder.join("mail").display().to_string()),
    ];
    App::open(Config::load(None, std::iter::empty(), &overrides).unwrap(), Timing::system().unwrap()).unwrap()
}

fn place(folder: &Path, url: &str) -> Place {
    Place { database: url.parse().unwrap(), attachments: folder.join("attachments") }
}

fn file(folder: &Path, name: &str) -> String {
    format!("sqlite:{}", folder.join(name).display())
}

/// An empty database of one's own on the server of the tests: dumps are of whole databases.
fn own_database(server: &str, name: &str) -> String {
    let name = format!("{name}_{}", std::process::id());
    let mut conn = PgConnection::establish(server).unwrap();
    conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).unwrap();
    conn.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    format!("{address}/{name}")
}

/// Two databases to begin with and to come back to, on each kind there is.
fn pairs(folder: &Path) -> Vec<(String, String)> {
    let mut pairs = vec![(file(folder, "one.sqlite"), file(folder, "two.sqlite"))];
    if let Ok(server) = std::env::var("PROVISO_TEST_PG") {
        pairs.push((own_database(&server, "backup_one"), own_database(&server, "backup_two")));
    }
    pairs
}

fn draft_one(desk: &Desk, by: &By) {
    let asked = Asked { by: by.clone(), key: None, expected: None, command: Request::default(), openings: Vec::new() };
    desk.draft("standard", asked).unwrap().wait().unwrap();
}

/// Drafts until it is told to stop, and counts.
fn draft(desk: &Desk, by: &By, stop: &AtomicBool, drafted: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        draft_one(desk, by);
        drafted.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_backup_made_under_load_comes_back_with_the_same_root_and_rows() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (one, two)) in pairs(folder.path()).into_iter().enumerate() {
        let there = folder.path().join(number.to_string());
        let office = Office::new(&there.join("old"), &one);
        let kept = office.app.attachments().keep("%PDF-1.7\n%%EOF\n".as_bytes()).unwrap();
        let rita = By::Person { id: office.guests[0].id, door: Door::Session(office.app.desk().clock().now()) };
        let (stop, drafted) = (AtomicBool::new(false), AtomicU64::new(0));
        let backup = there.join("backup");
        let made = thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| draft(office.app.desk(), &rita, &stop, &drafted));
            }
            let until = |wanted: u64| while drafted.load(Ordering::Relaxed) < wanted {};
            until(40);
            let made = office.place.create(&backup, Clock::system().now(), &unwatched);
            until(drafted.load(Ordering::Relaxed) + 20);
            stop.store(true, Ordering::Relaxed);
            made.unwrap()
        });
        let after = contents(&office.place.database, &unwatched).unwrap();
        assert!(made.contents.leaves < after.leaves, "the service went on meanwhile");
        assert_eq!(made.attachments.len(), 1);

        let new = place(&there.join("new"), &two);
        assert_eq!(new.restore(&backup, &unwatched).unwrap(), made);
        let restored = contents(&new.database, &unwatched).unwrap();
        assert_eq!((restored.leaves, restored.root), (made.contents.leaves, made.contents.root));
        assert_eq!(restored.tables, made.contents.tables);
        let app = open(&there.join("new"), &two);
        assert!(app.attachments().open(kept.hash, kept.bytes).is_ok(), "the attachment came along");
        assert!(matches!(new.restore(&backup, &unwatched), Err(BackupError::InTheWay(_) | BackupError::Store(_))));
    }
}

#[test]
fn a_backup_that_was_changed_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::new(&folder.path().join("old"), &file(folder.path(), "one.sqlite"));
    office.app.attachments().keep("%PDF-1.7\n%%EOF\n".as_bytes()).unwrap();
    let backup = folder.path().join("backup");
    let made = office.place.create(&backup, Clock::system().now(), &unwatched).unwrap();
    assert_eq!(verify(&backup, &unwatched).unwrap(), made);

    let attachment = folder.path().join("backup.attachments").join(&made.attachments[0].name);
    let whole = std::fs::read(&attachment).unwrap();
    std::fs::write(&attachment, b"something else!\n").unwrap();
    assert!(matches!(verify(&backup, &unwatched), Err(BackupError::Unverified(told)) if told.contains("attachment")));
    std::fs::write(&attachment, whole).unwrap();
    let added = folder.path().join("backup.attachments/added");
    std::fs::write(&added, b"nobody's").unwrap();
    assert!(matches!(verify(&backup, &unwatched), Err(BackupError::Unverified(told)) if told.contains("added")));
    std::fs::remove_file(&added).unwrap();

    let mut bytes = std::fs::read(&backup).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&backup, bytes).unwrap();
    assert!(matches!(verify(&backup, &unwatched), Err(BackupError::Unverified(_))));
    let nowhere = place(&folder.path().join("new"), &file(folder.path(), "two.sqlite"));
    assert!(nowhere.restore(&backup, &unwatched).is_err());
    assert!(!folder.path().join("two.sqlite").exists(), "nothing was put back");
    assert!(matches!(office.place.create(&backup, Clock::system().now(), &unwatched), Err(BackupError::InTheWay(_))));
}

#[test]
fn a_database_goes_to_the_other_kind_and_back_with_equal_rows() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    world.active();
    world.decided_on(2);
    world.file();
    let url = |text: &str| text.parse::<DatabaseUrl>().unwrap();
    let source = url(world.app.config().database.url.reveal());
    let between = match std::env::var("PROVISO_TEST_PG") {
        Ok(server) => {
            let (server, name) = own_schema(&server);
            url(&in_schema(&server, &name))
        }
        Err(_) => url(&file(folder.path(), "between.sqlite")),
    };
    let (one, two) = (url(&file(folder.path(), "one.sqlite")), url(&file(folder.path(), "two.sqlite")));

    let mut told = 0;
    let first = copy(&source, &one, &mut |_, more| told += more).unwrap();
    assert_eq!(told, first.iter().map(|table| table.rows).sum::<u64>());
    assert_eq!(copy(&one, &between, &mut |_, _| {}).unwrap(), first);
    assert_eq!(copy(&between, &two, &mut |_, _| {}).unwrap(), first);
    let found = contents(&source, &unwatched).unwrap();
    assert_eq!(found.tables, first);
    assert_eq!(contents(&two, &unwatched).unwrap(), found, "the root too");
    assert_eq!(rows(&two).unwrap(), told);
    assert!(first.iter().any(|table| table.table == "exceptions" && table.rows == 3), "{first:?}");

    let refused = copy(&one, &between, &mut |_, _| {}).unwrap_err();
    assert!(matches!(&refused, StoreError::Unsuitable(told) if told.contains("in use")), "{refused}");
    assert_eq!(contents(&between, &unwatched).unwrap(), found, "and is as it was");
}

#[test]
fn a_copied_database_is_guarded_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (file(folder.path(), "one.sqlite"), file(folder.path(), "two.sqlite"));
    let office = Office::new(folder.path(), &one);
    let rita = By::Person { id: office.guests[0].id, door: Door::Session(office.app.desk().clock().now()) };
    draft_one(office.app.desk(), &rita);
    copy(&one.parse().unwrap(), &two.parse().unwrap(), &mut |_, _| {}).unwrap();
    let conn = rusqlite::Connection::open(folder.path().join("two.sqlite")).unwrap();
    for forbidden in ["DELETE FROM leaves", "UPDATE leaves SET body = ''", "UPDATE exceptions SET state = 'active'"] {
        assert!(conn.execute(forbidden, []).is_err(), "{forbidden}");
    }
}
