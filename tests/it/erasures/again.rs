//! A database that is set back to before an erasure gives nobody back.

use std::fs;

use proviso::{
    app::{App, Timing},
    clock::Random,
    config::Config,
    desk::{ErasureList, ListError, Listed},
    ledger::{ErasureNote, Hash, root_at},
    store::{ClockTrust, DatabaseUrl, StoreError, checkpoints::with_nodes},
};

use super::*;

/// What opens a copy of a database's file, with a list of erasures.
fn settings(world: &World, file: &Path, list: &Path) -> (Config, Timing) {
    let config: &Config = world.app.config();
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
    let config = Config::load(None, std::iter::empty(), &overrides).unwrap();
    (config, Timing { clock: world.clock.clone(), trust: ClockTrust::Moved, random: Random::seeded(4_711) })
}

/// The service at it, as those commands open it that mend it.
fn at(world: &World, file: &Path, list: &Path) -> App {
    let (config, timing) = settings(world, file, list);
    App::open_set_back(config, timing).unwrap()
}

/// A service of which Rita was erased, with its list and a copy of its database from before; `None` on a server, whose
/// backups are restored by its own tools.
fn set_back(folder: &Path) -> Option<(Office, String, PathBuf, PathBuf)> {
    let list = folder.join("erasures.jsonl");
    let mut office = office(&[("ledger.erasures_file", list.to_str().unwrap())]);
    let file = files(&office.world).into_iter().next()?;
    let id = lived(&office.world);
    office.run();
    let copy = folder.join("before.sqlite");
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    let rita = gone(&office.world);
    office.run();
    Some((office, rita, list, copy))
}

/// All of a list, as a restore reads it.
fn whole(app: &App, list: &Path) -> Result<Vec<Listed>, ListError> {
    ErasureList::at(list.to_owned()).whole(app.desk().notary())
}

#[test]
fn a_restored_database_is_not_served_before_it_erased_again() {
    let folder = tempfile::tempdir().unwrap();
    let Some((office, rita, list, copy)) = set_back(folder.path()) else { return };
    let listed = fs::read_to_string(&list).unwrap();
    assert!(listed.lines().count() == 1 && listed.contains(&rita), "{listed}");
    assert_eq!(marks_below(&list), Vec::<String>::new());
    assert!(!marks_below(&copy).is_empty(), "the copy is from before");
    let restored = at(&office.world, &copy, &list);
    let refused = restored.jobs().unwrap_err().to_string();
    assert!(refused.contains("backup erase-again"), "{refused}");
    assert!(!marks_below(&copy).is_empty(), "opening it erases nobody");
    let listed = whole(&restored, &list).unwrap();
    assert_eq!(restored.desk().erase_again(&listed).unwrap(), (1, true));
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
    assert_eq!(restored.desk().erase_again(&listed).unwrap().0, 0, "once is enough");
    restored.desk().store().shutdown();
    assert_eq!(marks_below(&copy), Vec::<String>::new());
}

#[test]
fn several_people_are_erased_again_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("erasures.jsonl");
    let office = office(&[("ledger.erasures_file", list.to_str().unwrap())]);
    let world = &office.world;
    let Some(file) = files(world).into_iter().next() else { return };
    let gone = [("Paul Former", "paul@corp.example"), ("Petra Former", "petra@corp.example")];
    let gone = gone.map(|(name, email)| kept::added(world, name, email));
    for one in &gone {
        kept::leaves(world, one);
    }
    let copy = folder.path().join("before.sqlite");
    rusqlite::Connection::open(file).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    for one in &gone {
        erased(world, one);
    }
    world.app.desk().list_erasures().unwrap();
    let restored = at(world, &copy, &list);
    let listed = whole(&restored, &list).unwrap();
    assert_eq!(restored.desk().erase_again(&listed).unwrap(), (2, true));
    assert!(restored.desk().require_erased().is_ok());
    restored.desk().store().shutdown();
}

#[test]
fn a_list_that_others_wrote_erases_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let Some((office, _, list, copy)) = set_back(folder.path()) else { return };
    let restored = at(&office.world, &copy, &list);
    let (gustav, at) = (office.world.id("gustav").parse().unwrap(), office.world.now());
    let forged = ErasureNote { leaf: 9_999, at, root: Hash::of(b""), accounts: [gustav].into() };
    let line = |note: String| format!("{}\n", json!({ "erasure": note }));
    fs::write(&list, line(forged.sign(&key(2)).unwrap())).unwrap();
    assert!(matches!(whole(&restored, &list), Err(ListError::Unsigned(1))));
    assert!(restored.jobs().is_err(), "nothing is served on a list that others wrote");
    // Even the ledger's own key signs nobody away at a leaf that this database has.
    let root = restored.desk().store().read(|conn| {
        with_nodes(conn, |lookup| root_at(2, &lookup).map_err(|error| StoreError::Corrupt(error.to_string())))
    });
    let replayed = ErasureNote { leaf: 1, root: root.unwrap(), ..forged };
    fs::write(&list, line(replayed.sign(&key(1)).unwrap())).unwrap();
    let listed = whole(&restored, &list).unwrap();
    assert!(matches!(restored.desk().erase_again(&listed), Err(ListError::Foreign(1))));
    fs::remove_file(&list).unwrap();
    assert!(restored.jobs().is_ok(), "nothing was listed when this copy was made");
    restored.desk().store().shutdown();
    assert!(office.world.app.jobs().is_err(), "the list is gone that this one wrote");
}

#[test]
fn a_list_that_is_named_later_gets_who_went_before() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("erasures.jsonl");
    let mut office = office(&[]);
    let Some(file) = files(&office.world).into_iter().next() else { return };
    let id = lived(&office.world);
    office.world.command("rita", &id, "withdraw", json!({})).expect(200);
    let rita = gone(&office.world);
    office.run();
    let again = at(&office.world, &file, &list);
    assert!(again.jobs().is_ok() && fs::read_to_string(&list).unwrap().contains(&rita));
    fs::remove_file(&list).unwrap();
    assert!(again.jobs().is_err(), "by now it was written");
    again.desk().store().shutdown();
}

#[test]
fn it_is_said_where_too_few_are_left_to_decide_anything() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("erasures.jsonl");
    let office = office(&[("ledger.erasures_file", list.to_str().unwrap())]);
    let world = &office.world;
    let Some(file) = files(world).into_iter().next() else { return };
    let copy = folder.path().join("before.sqlite");
    rusqlite::Connection::open(file).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let (oskar, gita) = (world.id("oskar"), world.id("gita"));
    let granted = json!({ "role": "governance", "domain": "/" });
    let change = world.post("adam", &format!("/v1/people/{oskar}/roles"), granted).expect(202);
    confirm(world, &change).expect(200);
    let left = world.post("adam", &format!("/v1/people/{gita}/leave"), json!({})).expect(200);
    assert_eq!(left["active"], false, "{left}");
    let found = erasure(world, "adam", &gita)["would"]["found"].clone();
    let change = world.post("adam", &format!("/v1/people/{gita}/erase"), json!({ "found": found })).expect(202);
    confirm(world, &change).expect(200);
    world.app.desk().list_erasures().unwrap();
    let restored = at(world, &copy, &list);
    let listed = whole(&restored, &list).unwrap();
    assert_eq!(restored.desk().erase_again(&listed).unwrap(), (1, false), "Gustav alone is left");
    restored.desk().store().shutdown();
}

#[test]
fn whoever_does_not_own_the_tables_says_so_instead_of_a_warning_that_nobody_hears() {
    let world = World::new();
    let url = world.app.config().database.url.reveal().to_owned();
    if url.starts_with("sqlite:") {
        return;
    }
    let folder = |name: &str| world.app.config().attachments.path.with_file_name(name).display().to_string();
    let set = |key: &str, value: String| (key.to_owned(), value);
    let overrides =
        [set("database.url", url), set("attachments.path", folder("other")), set("mail.path", folder("mails"))];
    let config = Config::load(None, std::iter::empty(), &overrides).unwrap();
    let timing = Timing { clock: world.clock.clone(), trust: ClockTrust::Moved, random: Random::seeded(4_711) };
    let other = App::open(config, timing).unwrap();
    let refused = other.desk().store().rewrite_pages().unwrap_err().to_string();
    assert!(refused.contains("database.owner_url"), "{refused}");
    assert!(world.app.desk().store().rewrite_pages().unwrap(), "the owner does it");
    other.desk().store().shutdown();
}

#[test]
fn no_command_opens_a_database_that_was_set_back_and_one_that_went_on_is_mended_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let Some((office, _, list, copy)) = set_back(folder.path()) else { return };
    let (config, timing) = settings(&office.world, &copy, &list);
    let refused = App::open(config, timing).unwrap_err().to_string();
    assert!(refused.contains("backup erase-again"), "{refused}");
    let restored = at(&office.world, &copy, &list);
    // Each export is an event: this record goes on without the erasure, past its leaf.
    for _ in 0..20 {
        restored.export(&mut Vec::new(), Texts::Sealed, &mut |_, _| {}).unwrap();
    }
    assert!(matches!(restored.desk().require_erased(), Err(ListError::SetBack(1))));
    let listed = whole(&restored, &list).unwrap();
    assert_eq!(restored.desk().erase_again(&listed).unwrap(), (1, true));
    assert!(restored.desk().require_erased().is_ok());
    restored.desk().store().shutdown();
}

#[test]
fn a_list_that_is_lost_is_written_anew_only_where_somebody_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some((office, rita, list, _)) = set_back(folder.path()) else { return };
    fs::remove_file(&list).unwrap();
    let refused = office.world.app.jobs().unwrap_err().to_string();
    assert!(refused.contains("backup list-erasures"), "{refused}");
    assert_eq!(office.world.app.desk().list_anew().unwrap(), 1);
    assert!(office.world.app.jobs().is_ok() && fs::read_to_string(&list).unwrap().contains(&rita));
}
