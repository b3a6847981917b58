//! Where people are reached: names and addresses, opened for the letter that is about to be sent.
//! Whether they should be told anything is not known here.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{prelude::*, sql_query, sql_types::Text};

use super::{backend::Conn, error::StoreError, queries};
use crate::words::{Hash, PersonId};

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
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    address: String,
}

/// Where those of `people` are reached that have an account; who left has no contact.
pub fn contacts(conn: &mut Conn, people: &BTreeSet<PersonId>) -> Result<Vec<Contact>, StoreError> {
    let mut sealed = Vec::with_capacity(people.len());
    for person in people {
        let row: Option<Row> =
            sql_query("SELECT name_c AS name, email_c AS address FROM people WHERE id = $1 AND active")
                .bind::<Text, _>(person.to_string())
                .get_result(conn)
                .optional()?;
        if let Some(row) = row {
            let broken = |_| StoreError::Corrupt(format!("the name or the address of {person}"));
            let name: Hash = row.name.parse().map_err(broken)?;
            let address: Hash = row.address.parse().map_err(broken)?;
            sealed.push((*person, name, address));
        }
    }
    let commitments: Vec<Hash> = sealed.iter().flat_map(|(_, name, address)| [*name, *address]).collect();
    let opened = queries::opened(conn, &commitments)?;
    let mut texts: BTreeMap<Hash, String> = opened.into_iter().map(|open| (open.commitment, open.value)).collect();
    let open = |(person, name, address)| Contact { person, name: texts.remove(&name), address: texts.remove(&address) };
    Ok(sealed.into_iter().map(open).collect())
}
