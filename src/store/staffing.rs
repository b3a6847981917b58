//! Who there is and where they are needed: what a check of the installation asks. It judges nothing.

use std::collections::BTreeSet;

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};

use super::{backend::Conn, error::StoreError, roster};
use crate::{domain::person::Person, words::DomainPath};

/// The people of an installation.
#[derive(Debug, Clone)]
pub struct Staffing {
    /// Every account, also those of who left.
    pub people: Vec<Person>,
    /// The domains that exceptions touch, and the narrowest in which roles are held.
    pub domains: BTreeSet<DomainPath>,
    /// How many different humans hold `governance`.
    pub governing: usize,
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Looks.
pub fn staffing(conn: &mut Conn) -> Result<Staffing, StoreError> {
    let found = roster::roster(conn)?;
    let people: Vec<Person> = found.people.keys().filter_map(|id| found.person(*id)).collect();
    let held: BTreeSet<&DomainPath> = people
        .iter()
        .filter(|person| person.active)
        .flat_map(|person| &person.grants)
        .map(|held| &held.domain)
        .collect();
    let narrowest = held.iter().filter(|one| !held.iter().any(|other| other != *one && one.covers(other)));
    let mut domains: BTreeSet<DomainPath> = narrowest.map(|domain| (*domain).clone()).collect();
    let touched: Vec<Value> =
        sql_query("SELECT DISTINCT value FROM exception_facets WHERE facet = 'domain'").load(conn)?;
    for Value { value } in touched {
        let broken = |_| StoreError::Corrupt(format!("an exception touches the domain `{value}`"));
        domains.insert(value.parse().map_err(broken)?);
    }
    if domains.is_empty() {
        domains.insert(DomainPath::root());
    }
    Ok(Staffing { people, domains, governing: roster::governance(conn)?.humans_now() })
}
