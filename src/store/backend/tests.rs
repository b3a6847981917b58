//! Connections and transactions on both databases.

use super::connect::{refuse_old_library, refuse_unset_pragmas};
use super::*;
use crate::store::rows::{Cell, OnConflict, Rows};
use crate::store::testbed::{self, beds, bodies, server_bed};

fn refused(url: &str) -> String {
    match url.parse::<DatabaseUrl>() {
        Err(StoreError::Unsuitable(why)) => why,
        other => panic!("{url} gave {other:?}"),
    }
}

#[test]
fn the_scheme_chooses_and_an_unknown_one_is_refused() {
    let file: DatabaseUrl = "sqlite:data/p.db".parse().unwrap();
    assert_eq!(file.file(), Some(Path::new("data/p.db")));
    let absolute: DatabaseUrl = "sqlite:///srv/p.db".parse().unwrap();
    assert_eq!(absolute.file(), Some(Path::new("/srv/p.db")));
    assert_eq!("postgres://db/p".parse::<DatabaseUrl>().unwrap().file(), None);
    for url in ["mysql://db/p", "host=db dbname=p", "p.db", "", "postgres:p"] {
        assert!(refused(url).contains("begin"), "{url}");
    }
    assert!(refused("sqlite::memory:").contains("record"));
    assert!(refused("sqlite:p.db?mode=ro").contains("plain path"));
    assert!(refused("sqlite:").contains("path"));
}

#[test]
fn no_password_is_ever_shown() {
    for url in [
        "postgres://ann:s3cret@db:5432/p?options=-csearch_path=x",
        "postgresql://ann:s3:cret@db/p",
        "postgres://db/p?password=s3cret",
    ] {
        let parsed: DatabaseUrl = url.parse().unwrap();
        assert!(!format!("{parsed} {parsed:?}").contains("cret"), "{parsed}");
    }
    let shown = "postgres://ann:s3cret@db:5432/p?options=-cx=y".parse::<DatabaseUrl>().unwrap();
    assert_eq!(shown.to_string(), "postgres://ann:***@db:5432/p");
    for url in ["postgres://ann:s3/cret@db/p", "postgres://ann:s3@cret@db/p", "postgres://ann:s3?cret@db/p"] {
        let why = refused(url);
        assert!(why.contains("percent-encoded") && !why.contains("cret"), "{why}");
    }
    let broken: DatabaseUrl = "postgres://ann:s3%zzcret@127.0.0.1:1/p".parse().unwrap();
    let why = Connector::new(&broken, Purpose::Read).open().err().unwrap().to_string();
    assert!(!why.contains("cret"), "the driver quotes what it cannot read: {why}");
}

#[test]
fn a_lean_build_refuses_tls_and_says_how_to_get_it() {
    for url in
        ["postgres://db/p?sslmode=verify-full", "postgres://db/p?a=b&sslmode=require", "postgres://db/p?ssl=true"]
    {
        if cfg!(feature = "tls") {
            url.parse::<DatabaseUrl>().unwrap();
        } else {
            assert!(refused(url).contains("--features tls"));
        }
    }
    "postgres://db/p?sslmode=prefer".parse::<DatabaseUrl>().unwrap();
}

#[test]
fn a_dead_server_leaves_no_stray_file() {
    let url: DatabaseUrl = "postgres://ann@127.0.0.1:1/p".parse().unwrap();
    assert!(matches!(Connector::new(&url, Purpose::Write).open(), Err(StoreError::Broken(_))));
    assert!(!Path::new("postgres:").exists());
}

#[test]
fn an_old_library_is_refused() {
    for version in ["3.51.2", "3.7.0", "2.99.99", "nonsense"] {
        assert!(matches!(refuse_old_library(version), Err(StoreError::Unsuitable(_))), "{version}");
    }
    for version in ["3.51.3", "3.53.2", "4.0.0"] {
        refuse_old_library(version).unwrap();
    }
}

#[test]
fn every_database_says_how_durable_it_is() {
    for bed in beds() {
        let settings = bed.open().durability().unwrap();
        assert!(!settings.is_empty());
        for setting in settings {
            let off = setting.value == "off";
            assert_eq!(setting.safe, !off, "{setting:?}");
        }
    }
}

#[test]
fn a_setting_that_did_not_take_is_refused() {
    for bed in beds().into_iter().filter(|bed| bed.url.file().is_some()) {
        let mut conn = bed.open();
        refuse_unset_pragmas(&mut conn, Purpose::Write).unwrap();
        for (lost, name) in [("synchronous = NORMAL", "synchronous"), ("journal_mode = DELETE", "journal_mode")] {
            conn.batch_execute(&format!("PRAGMA {lost}")).unwrap();
            let refused = refuse_unset_pragmas(&mut conn, Purpose::Write);
            assert!(matches!(refused, Err(StoreError::Unsuitable(why)) if why.contains(name)));
        }
    }
}

#[test]
fn a_file_in_a_missing_folder_is_out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let url: DatabaseUrl = format!("sqlite:{}/missing/p.db", folder.path().display()).parse().unwrap();
    assert!(matches!(Connector::new(&url, Purpose::Write).open(), Err(StoreError::Broken(_))));
}

#[test]
fn the_clocks_are_compared() {
    for bed in beds() {
        let mut conn = bed.open();
        let server = matches!(conn, Conn::Pg(_));
        let now = conn.clock_offset(0).unwrap();
        let ahead = conn.clock_offset(now + 5_000_000).unwrap();
        assert_eq!(ahead < -1_000_000, server, "{ahead}");
    }
}

#[test]
fn a_swallowed_error_never_passes_for_a_commit() {
    let Some(bed) = server_bed() else { return };
    let mut conn = bed.open();
    conn.begin_write().unwrap();
    conn.batch_execute("INSERT INTO shelf VALUES (0, 'lost')").unwrap();
    conn.batch_execute("SELECT nonsense").unwrap_err();
    assert!(matches!(conn.commit(), Err(CommitError::Refused(_))));
    conn.rollback().unwrap();
    assert!(bodies(&mut conn).is_empty());
}

#[test]
fn savepoints_nest_and_undo_whatever_is_open_inside() {
    for bed in beds() {
        let mut conn = bed.open();
        conn.begin_write().unwrap();
        conn.batch_execute("INSERT INTO shelf VALUES (0, 'kept')").unwrap();
        let outer = conn.savepoint().unwrap();
        conn.savepoint().unwrap();
        conn.batch_execute("INSERT INTO shelf VALUES (1, 'gone')").unwrap();
        conn.batch_execute("INSERT INTO shelf VALUES (1, 'twice')").unwrap_err();
        conn.undo(&outer).unwrap();
        conn.commit().unwrap();
        assert_eq!(bodies(&mut conn), ["kept"]);
        conn.rollback().unwrap();
    }
}

#[test]
fn many_rows_of_every_kind_arrive_in_few_statements() {
    for bed in beds() {
        let mut conn = bed.open();
        conn.batch_execute("CREATE TABLE kinds (a TEXT, b BIGINT, c INTEGER, d BOOLEAN)").unwrap();
        let mut rows = Rows::new("kinds", &["a", "b", "c", "d"]);
        for n in 0..9_000_i32 {
            let odd = n % 2 == 1;
            rows.push([n.to_string().into(), i64::from(n).into(), n.into(), odd.into()]);
        }
        rows.push([Cell::Text(None), Cell::BigInt(None), Cell::Int(None), Cell::Bool(None)]);
        conn.begin_write().unwrap();
        assert_eq!(rows.insert(&mut conn).unwrap(), 9_001);
        conn.commit().unwrap();
        let sums = "SELECT CAST(CAST(SUM(b) AS BIGINT) AS TEXT) AS value FROM kinds WHERE d AND a = CAST(c AS TEXT)";
        assert_eq!(text(&mut conn, sums).unwrap(), "20250000");
        let empty = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM kinds WHERE a IS NULL AND b IS NULL AND c IS NULL AND d IS NULL";
        assert_eq!(text(&mut conn, empty).unwrap(), "1");
    }
}

#[test]
fn a_taken_key_is_skipped_only_on_request() {
    for bed in beds() {
        let mut conn = bed.open();
        let mut rows = Rows::new("shelf", &["idx", "body"]);
        rows.push([0_i64.into(), "a".into()]);
        assert_eq!(rows.insert(&mut conn).unwrap(), 1);
        assert!(rows.insert(&mut conn).is_err());
        rows.push([1_i64.into(), "b".into()]);
        assert_eq!(rows.clone().on_conflict(OnConflict::Skip).insert(&mut conn).unwrap(), 1);
        assert_eq!(bodies(&mut conn), ["a", "b"]);
        rows.push([2_i64.into()]);
        assert!(rows.insert(&mut conn).is_err(), "a short row is refused");
        assert_eq!(Rows::new("shelf", &["idx"]).insert(&mut conn).unwrap(), 0);
    }
}

#[test]
fn a_copy_is_whole_and_a_server_refuses_one() {
    for bed in beds() {
        let mut conn = bed.open();
        conn.batch_execute("INSERT INTO shelf VALUES (0, 'kept')").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("copy.db");
        if bed.url.file().is_none() {
            assert!(matches!(conn.copy_to(&target), Err(StoreError::Unsuitable(_))));
            continue;
        }
        conn.copy_to(&target).unwrap();
        let copy: DatabaseUrl = format!("sqlite:{}", target.display()).parse().unwrap();
        assert_eq!(testbed::bodies(&mut Connector::new(&copy, Purpose::Read).open().unwrap()), ["kept"]);
    }
}
