//! The demonstration's year: what is there before anybody does anything.

use std::{collections::BTreeSet, path::Path};

use proviso::{
    app::{App, Timing, fill},
    config::Config,
    words::{Role, StateName},
};
use rusqlite::Connection;

fn config(folder: &Path) -> Config {
    let path = |name: &str| folder.join(name).display().to_string();
    let set = [
        ("database.url".to_owned(), format!("sqlite:{}", path("demo.sqlite"))),
        ("attachments.path".to_owned(), path("attachments")),
        ("mail.path".to_owned(), path("mail")),
    ];
    Config::load(None, std::iter::empty(), &set).unwrap()
}

fn words(database: &Connection, query: &str) -> BTreeSet<String> {
    let mut statement = database.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn number(database: &Connection, query: &str) -> i64 {
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_year_has_something_of_everything_and_an_outbox_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (config, timing) = (config(folder.path()), Timing::demonstration().unwrap());
    let guests = fill(&config, &timing).unwrap();
    let held: BTreeSet<Role> = guests.iter().flat_map(|guest| &guest.roles).map(|(role, _)| *role).collect();
    assert!(Role::APPROVING.iter().all(|role| held.contains(role)), "{held:?}");
    let database = Connection::open(folder.path().join("demo.sqlite")).unwrap();
    let facet =
        |name: &str| words(&database, &format!("SELECT value FROM facet_counts WHERE facet = '{name}' AND held > 0"));
    let states: BTreeSet<String> = StateName::ALL.iter().map(|state| state.as_str().to_owned()).collect();
    assert_eq!(facet("state"), states);
    assert_eq!((facet("region").len(), facet("business_unit").len()), (4, 6));
    assert!(facet("tier").len() >= 3, "{:?}", facet("tier"));
    let sops = words(
        &database,
        "SELECT DISTINCT json_extract(body, '$.event.deed.sop.id') FROM leaves WHERE kind = 'drafted'",
    );
    assert_eq!(sops.len(), 4, "{sops:?}");
    assert_eq!(number(&database, "SELECT COUNT(*) FROM exceptions"), 200);
    assert_eq!(number(&database, "SELECT COUNT(*) FROM outbox WHERE state = 'waiting'"), 0);
    assert!(number(&database, "SELECT COUNT(*) FROM mailbox") > 0, "the last days' letters are there to be read");
    drop(database);
    assert!(!App::open(config, timing).unwrap().is_empty().unwrap(), "and it opens as any other");
}
