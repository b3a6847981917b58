//! No column of either database is forgotten, and what an erasure finds is somebody's.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    classes::{CLASSES, Class, SWEPT, THEIRS, swept},
    found::{Found, Whose, begun_by},
};
use crate::{
    store::{backend::Kind, testbed},
    words::{Hash, PersonId},
};

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

#[test]
fn whoever_confirms_what_another_proposed_has_not_said_it() {
    let [proposer, confirmer] = [7, 9].map(|n| PersonId(uuid::Uuid::from_u128(n)));
    let text = Hash::of(b"why");
    let said =
        json!({ "event": { "deed": { "kind": "change_proposed", "action": { "note": { "c": text, "n": 3 } } } } });
    let again = json!({ "event": { "deed": { "kind": "made", "note": { "c": text, "n": 3 } } } });
    for (person, wrote) in [(proposer, true), (confirmer, false)] {
        let mut found = Found::of(&[person].into());
        let ids = [person.to_string()];
        found.look_at_roster_leaf((&said, Some(&proposer.to_string())), &ids);
        found.look_at_roster_leaf((&again, Some(&confirmer.to_string())), &ids);
        assert_eq!(found.written.contains(&text), wrote, "{person}");
        assert_eq!(found.said[&text], [Some(proposer), None]);
    }
}

#[test]
fn what_came_from_another_register_is_its_owners_and_nobodys_where_that_names_none() {
    let drafted = json!({ "event": { "deed": { "kind": "drafted", "requester": "owner" } } });
    let imported =
        |ownerless: bool| json!({ "event": { "deed": { "kind": "imported", "from": { "ownerless": ownerless } } } });
    assert_eq!(begun_by(&drafted, &imported(false)), Whose::Owner("owner".to_owned()));
    assert_eq!(begun_by(&drafted, &imported(true)), Whose::Nobody);
    assert_eq!(begun_by(&drafted, &drafted), Whose::Author);
}
