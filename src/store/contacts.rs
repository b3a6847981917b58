//! Where people are reached: names and addresses, opened for the letter that is about to be sent.
//! Whether they should be told anything is not known here.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_types::{Nullable, Text},
};

use super::{backend::Conn, error::StoreError, sql::Sql};
use crate::words::PersonId;

/// Where somebody is reached. What was erased is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub address: Option<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    address: Option<String>,
}

const CONTACT: &str = "SELECT n.value AS name, a.value AS address FROM people p \
     LEFT JOIN openings n ON n.commitment = p.name_c LEFT JOIN openings a ON a.commitment = p.email_c \
     WHERE p.id = $1 AND p.active";

/// Where those of `people` are reached that have an account; who left has no contact.
pub fn contacts(conn: &mut Conn, people: &BTreeSet<PersonId>) -> Result<Vec<Contact>, StoreError> {
    let mut found = Vec::with_capacity(people.len());
    for person in people {
        let row: Option<Row> = Sql::of(CONTACT, [person.to_string().into()]).kept().get_result(conn).optional()?;
        found.extend(row.map(|row| Contact { person: *person, name: row.name, address: row.address }));
    }
    Ok(found)
}
