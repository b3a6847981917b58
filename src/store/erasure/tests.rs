//! No column of either database is forgotten, and what an erasure finds is somebody's.

use std::collections::BTreeSet;

use super::classes::{CLASSES, Class, SWEPT, THEIRS, swept};
use crate::store::{backend::Kind, testbed};

#[test]
fn every_column_of_text_of_both_databases_has_its_class() {
    for bed in testbed::beds() {
        let tables = bed.open().tables().unwrap();
        let found: BTreeSet<(String, String)> = tables
            .iter()
            .filter(|table| table.name != "shelf")
            .flat_map(|table| table.columns.iter().map(|column| (table.name.clone(), column)))
            .filter(|(_, column)| column.kind == Kind::Text)
            .map(|(table, column)| (table, column.name.clone()))
            .collect();
        let classed: BTreeSet<(String, String)> = CLASSES
            .iter()
            .flat_map(|(table, columns)| columns.iter().map(|(name, _)| ((*table).to_owned(), (*name).to_owned())))
            .collect();
        let forgotten: Vec<_> = found.difference(&classed).collect();
        assert!(forgotten.is_empty(), "what does an erasure do with {forgotten:?}? Say so in classes.rs");
        let gone: Vec<_> = classed.difference(&found).collect();
        assert!(gone.is_empty(), "{gone:?} is in no database any more");
    }
}

#[test]
fn what_is_said_to_be_swept_is() {
    let holds = |columns: &[(&str, Class)]| columns.iter().any(|(_, class)| *class == Class::Swept);
    let said: BTreeSet<&str> = CLASSES.iter().filter(|(_, columns)| holds(columns)).map(|(table, _)| *table).collect();
    assert_eq!(said, SWEPT.iter().map(|(table, ..)| *table).collect());
    for (table, key, _) in SWEPT {
        let columns = CLASSES.iter().find(|(name, _)| name == table).unwrap().1;
        assert!(columns.iter().any(|(name, _)| name == key), "{table} has no {key}");
        assert!(swept(table).next().is_some());
    }
}

#[test]
fn what_is_said_to_be_deleted_is() {
    let columns = |table: &str| CLASSES.iter().find(|(name, _)| *name == table).unwrap().1;
    let deleted = CLASSES.iter().filter(|(_, columns)| columns.iter().any(|(_, class)| *class == Class::Deleted));
    let said: BTreeSet<&str> = deleted.map(|(table, _)| *table).collect();
    // Codes go with their links.
    let done: BTreeSet<&str> = THEIRS.iter().map(|(table, _)| *table).chain(["mail_codes"]).collect();
    assert_eq!(said, done);
    for (table, whose) in THEIRS {
        assert!(columns(table).iter().any(|(name, _)| name == whose), "{table} has no {whose}");
    }
}
