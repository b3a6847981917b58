//! A database that is set back to before an erasure gives nobody back.

use std::fs;

use proviso::{
    app::{App, Timing},
    clock::Random,
    config::Config,
    store::{ClockTrust, DatabaseUrl},
};

use super::*;

/// The service at a copy of a database's file, with a list of erasures.
fn at(world: &World, file: &Path, list: &Path) -> App {
    let mut config: Config = world.app.config().clone();
    let url: String = format!("sqlite:{}", file.display());
    url.parse::<DatabaseUrl>().unwrap();
    let set = |key: &str, value: String| (key.to_owned(), value);
    let overrides = [
        set("database.url", url),
        set("ledger.erasures_file", list.display().to_string()),
        set("ledger.key", key(1).reveal().to_owned()),
        set("attachments.path", config.attachments.path.display().to_string()),
        set("mail.path", config.mail.path.display().to_string()),
    ];
    config = Config::load(None, std::iter::empty(), &overrides).unwrap();
    let timing = Timing { clock: world.clock.clone(), trust: ClockTrust::Moved, random: Random::seeded(4_711) };
    App::open(config, timing).unwrap()
}

#[test]
fn a_restored_database_erases_again_before_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("erasures.jsonl");
    let mut office = office(&[("ledger.erasures_file", list.to_str().unwrap())]);
    // A server's backup is restored by its own tools; the list does the same to it.
    let Some(file) = files(&office.world).into_iter().next() else { return };
    let id = lived(&office.world);
    office.run();
    let copy = folder.path().join("before.sqlite");
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    let rita = gone(&office.world);
    office.run();
    let listed = fs::read_to_string(&list).unwrap();
    assert!(listed.lines().count() == 1 && listed.contains(&rita), "{listed}");
    assert_eq!(marks_below(&list), Vec::<String>::new());
    assert!(!marks_below(&copy).is_empty(), "the copy is from before");
    let restored = at(&office.world, &copy, &list);
    let found = restored.desk().store().read(|conn| Ok::<_, proviso::store::StoreError>(everything(conn))).unwrap();
    assert_eq!(marked(&found), Vec::<&String>::new());
    let mut out = Vec::new();
    restored.export(&mut out, Texts::Opened, &mut |_, _| {}).unwrap();
    let export = String::from_utf8(out).unwrap();
    assert!(marked([&export]).is_empty() && export.contains("\"again\""));
    verified(&export).unwrap();
    // The process that kept time when the copy was made keeps it no more.
    office.world.minutes(1);
    restored.jobs().unwrap().run_due(office.world.now());
    restored.desk().store().shutdown();
    assert_eq!(marks_below(&copy), Vec::<String>::new());
    let twice = at(&office.world, &copy, &list);
    let erased = twice.desk().store().read(|conn| proviso::store::erasure::listed_after(conn, None)).unwrap();
    assert!(erased.len() == 1 && erased[0].again, "once is enough");
    twice.desk().store().shutdown();
}
