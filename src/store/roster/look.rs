//! Accounts one by one and page by page, for those who look at them. What of it somebody may see is
//! decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{
    people::{After, SignIn, grants_of},
    rows::{PersonRow, parsed},
    schema::people,
};
use crate::{
    domain::roster::PersonRecord,
    store::{backend::Conn, error::StoreError},
    words::PersonId,
};

/// These accounts as the log has them; ids that nobody has are left out.
pub fn records(conn: &mut Conn, ids: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, PersonRecord>, StoreError> {
    let ids = ids.iter().map(ToString::to_string);
    let rows: Vec<PersonRow> =
        people::table.filter(people::id.eq_any(ids)).select(PersonRow::as_select()).load(conn)?;
    rows.iter().map(PersonRow::record).collect()
}

/// The version of an account, for its `ETag`: the microsecond in which it or its roles last changed.
pub fn version_of(conn: &mut Conn, id: PersonId) -> Result<Option<u64>, StoreError> {
    let Some(record) = records(conn, &BTreeSet::from([id]))?.remove(&id) else { return Ok(None) };
    let grants = grants_of(conn, id)?;
    let times = grants.iter().flat_map(|(_, grant)| [Some(grant.granted_at), grant.removed.map(|removal| removal.at)]);
    let last = times.flatten().chain([record.changed_at]).max().unwrap_or(record.changed_at);
    Ok(Some(u64::try_from(last.timestamp_micros()).unwrap_or(0)))
}

/// A page of those who have not left, in the order of their ids.
pub fn list_present(conn: &mut Conn, page: After<PersonId>) -> Result<Vec<(PersonId, PersonRecord)>, StoreError> {
    let last = page.last.map_or_else(String::new, |id| id.to_string());
    let rows: Vec<PersonRow> = people::table
        .filter(people::active.eq(true).and(people::id.gt(last)))
        .order(people::id)
        .limit(page.limit)
        .select(PersonRow::as_select())
        .load(conn)?;
    rows.iter().map(PersonRow::record).collect()
}

/// The services for which somebody answers, and that have not left.
pub fn services_of(conn: &mut Conn, person: PersonId) -> Result<Vec<(PersonId, PersonRecord)>, StoreError> {
    let rows: Vec<PersonRow> = people::table
        .filter(people::active.eq(true).and(people::responsible.eq(person.to_string())))
        .order(people::id)
        .select(PersonRow::as_select())
        .load(conn)?;
    rows.iter().map(PersonRow::record).collect()
}

/// This account with its password, for a sign-in and for its owner's new password alone.
pub fn sign_in_of(conn: &mut Conn, person: PersonId) -> Result<Option<SignIn>, StoreError> {
    let by_id = people::table.find(person.to_string()).select(PersonRow::as_select());
    let Some(row) = by_id.first(conn).optional()? else { return Ok(None) };
    let may = row.active && row.responsible.is_none();
    let person = parsed(&row.id)?;
    Ok(Some(SignIn { person, may, password: row.password, temporary: row.password_temporary }))
}
