//! People as the rules see them, read in two statements however many they are, and as lists show them.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{
    rows::{DelegationRow, GrantRow, PersonRow, parsed},
    schema::{delegations, grants, people},
};
use crate::{
    domain::{
        exception::Exception,
        person::{Delegation, Grant, People, Person},
        request::Time,
        roster::{DelegationRecord, GrantRecord, PersonRecord},
    },
    store::{backend::Conn, error::StoreError},
    words::{DelegationId, GrantId, PersonId, Role, words},
};

diesel::alias! {
    const ASKED: Alias<Asked> = people as asked;
}

fn texts(ids: &BTreeSet<PersonId>) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// These accounts, with the humans who answer for those of them that are services, and the grants that
/// stand. Ids that nobody has are left out.
pub fn people(conn: &mut Conn, ids: &BTreeSet<PersonId>) -> Result<Vec<Person>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = texts(ids);
    let answering = ASKED.filter(ASKED.field(people::id).eq_any(&ids)).select(ASKED.field(people::responsible));
    let found: Vec<PersonRow> = people::table
        .filter(people::id.eq_any(&ids).or(people::id.nullable().eq_any(answering)))
        .order(people::id)
        .select(PersonRow::as_select())
        .load(conn)?;
    with_grants(conn, &found)
}

/// Everyone with a grant of one of `roles` that stands, with all their grants; also who left.
pub fn holders(conn: &mut Conn, roles: &[Role]) -> Result<Vec<Person>, StoreError> {
    let roles = roles.iter().map(|role| role.as_str());
    let holding =
        grants::table.filter(grants::removed_leaf.is_null().and(grants::role.eq_any(roles))).select(grants::person);
    let found: Vec<PersonRow> =
        people::table.filter(people::id.eq_any(holding)).order(people::id).select(PersonRow::as_select()).load(conn)?;
    with_grants(conn, &found)
}

fn with_grants(conn: &mut Conn, found: &[PersonRow]) -> Result<Vec<Person>, StoreError> {
    let ids = found.iter().map(|row| row.id.as_str());
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::removed_leaf.is_null().and(grants::person.eq_any(ids)))
        .order(grants::id)
        .select(GrantRow::as_select())
        .load(conn)?;
    let mut held: BTreeMap<&str, Vec<Grant>> = BTreeMap::new();
    for row in &rows {
        held.entry(&row.person).or_default().push(row.grant()?);
    }
    found.iter().map(|row| row.person(held.remove(row.id.as_str()).unwrap_or_default())).collect()
}

/// Whose address this is, even of somebody who left.
pub fn person_by_email_key(conn: &mut Conn, key: &str) -> Result<Option<PersonId>, StoreError> {
    Ok(sign_in_by_email_key(conn, key)?.map(|found| found.person))
}

/// What a sign-in looks at.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Who signs in.
    pub person: PersonId,
    /// False for who left and for services, who have no password.
    pub may: bool,
    /// The password's PHC string.
    pub password: Option<String>,
    /// Must the password be replaced?
    pub temporary: bool,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignIn({})", self.person)
    }
}

/// The account of this address key with its password, for the sign-in alone.
pub fn sign_in_by_email_key(conn: &mut Conn, key: &str) -> Result<Option<SignIn>, StoreError> {
    let by_key = people::table.filter(people::email_key.eq(key)).select(PersonRow::as_select());
    let Some(row) = by_key.first(conn).optional()? else { return Ok(None) };
    let may = row.active && row.responsible.is_none();
    let person = row.record()?.0;
    Ok(Some(SignIn { person, may, password: row.password, temporary: row.password_temporary }))
}

/// A page of a list: those after this one, at most so many.
#[derive(Debug, Clone, Copy)]
pub struct After<T> {
    /// The last one that was seen.
    pub last: Option<T>,
    /// At most so many rows.
    pub limit: i64,
}

/// Everybody, also who left, in the order of their ids.
pub fn list_people(conn: &mut Conn, page: After<PersonId>) -> Result<Vec<(PersonId, PersonRecord)>, StoreError> {
    let last = page.last.map_or_else(String::new, |id| id.to_string());
    let rows: Vec<PersonRow> = people::table
        .filter(people::id.gt(last))
        .order(people::id)
        .limit(page.limit)
        .select(PersonRow::as_select())
        .load(conn)?;
    rows.iter().map(PersonRow::record).collect()
}

/// Every grant to this account, also those that ended, in the order of their leaves.
pub fn grants_of(conn: &mut Conn, person: PersonId) -> Result<Vec<(GrantId, GrantRecord)>, StoreError> {
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::person.eq(person.to_string()))
        .order(grants::leaf)
        .select(GrantRow::as_select())
        .load(conn)?;
    rows.iter().map(GrantRow::record).collect()
}

/// The delegations to any of these accounts that nobody ended; whether one holds is a question of the time.
pub fn delegations_to(conn: &mut Conn, ids: &BTreeSet<PersonId>) -> Result<Vec<Delegation>, StoreError> {
    let rows: Vec<DelegationRow> = delegations::table
        .filter(delegations::ended_at.is_null().and(delegations::to_person.eq_any(texts(ids))))
        .order(delegations::id)
        .select(DelegationRow::as_select())
        .load(conn)?;
    rows.iter().map(|row| Ok(row.record()?.1.delegation)).collect()
}

/// The delegations by any of these accounts that nobody ended; whether one holds is a question of the time.
pub fn delegations_from(conn: &mut Conn, ids: &BTreeSet<PersonId>) -> Result<Vec<Delegation>, StoreError> {
    let rows: Vec<DelegationRow> = delegations::table
        .filter(delegations::ended_at.is_null().and(delegations::from_person.eq_any(texts(ids))))
        .order(delegations::id)
        .select(DelegationRow::as_select())
        .load(conn)?;
    rows.iter().map(|row| Ok(row.record()?.1.delegation)).collect()
}

/// Who gave a delegation, and to whom.
pub fn sides(conn: &mut Conn, id: DelegationId) -> Result<Option<(PersonId, PersonId)>, StoreError> {
    let found = delegations::table.find(id.to_string()).select((delegations::from_person, delegations::to_person));
    let found: Option<(String, String)> = found.first(conn).optional()?;
    found.map(|(from, to)| Ok((parsed(&from)?, parsed(&to)?))).transpose()
}

/// As many people as it takes to say whether any of `accounts` may decide on an exception.
pub fn voters(conn: &mut Conn, exception: &Exception, accounts: &BTreeSet<PersonId>) -> Result<People, StoreError> {
    let lent = delegations_to(conn, accounts)?;
    let mut ids = exception.people();
    ids.extend(accounts.iter().copied().chain(lent.iter().map(|given| given.from)));
    Ok(People::new(people(conn, &ids)?, lent))
}

/// Every delegation from or to this account, in the order of their leaves.
pub fn delegations_of(conn: &mut Conn, person: PersonId) -> Result<Vec<(DelegationId, DelegationRecord)>, StoreError> {
    let id = person.to_string();
    let rows: Vec<DelegationRow> = delegations::table
        .filter(delegations::from_person.eq(&id).or(delegations::to_person.eq(&id)))
        .order(delegations::leaf)
        .select(DelegationRow::as_select())
        .load(conn)?;
    rows.iter().map(DelegationRow::record).collect()
}

words! {
    /// How a delegation stands at a moment; one that was ended before its time is over.
    Stage, "stage of a delegation" { Running = "running", Coming = "coming", Over = "over" }
}

/// The delegations that stand so at `now`, from or to this account or everybody's, the newest first: a page of them,
/// after the leaf that was seen last.
pub fn delegations_at(
    conn: &mut Conn,
    (stage, now): (Stage, Time),
    person: Option<PersonId>,
    page: After<i64>,
) -> Result<Vec<(DelegationId, DelegationRecord)>, StoreError> {
    let micros = now.timestamp_micros();
    let mut query = delegations::table
        .select(DelegationRow::as_select())
        .order(delegations::leaf.desc())
        .limit(page.limit)
        .into_boxed();
    query = match stage {
        Stage::Running => query
            .filter(delegations::ended_at.is_null())
            .filter(delegations::starts.le(micros).and(delegations::ends.gt(micros))),
        Stage::Coming => query.filter(delegations::ended_at.is_null()).filter(delegations::starts.gt(micros)),
        Stage::Over => query.filter(delegations::ended_at.is_not_null().or(delegations::ends.le(micros))),
    };
    if let Some(last) = page.last {
        query = query.filter(delegations::leaf.lt(last));
    }
    if let Some(person) = person.map(|person| person.to_string()) {
        query = query.filter(delegations::from_person.eq(person.clone()).or(delegations::to_person.eq(person)));
    }
    let rows: Vec<DelegationRow> = query.load(conn)?;
    rows.iter().map(DelegationRow::record).collect()
}

/// Is there nobody yet?
pub fn is_empty(conn: &mut Conn) -> Result<bool, StoreError> {
    let first: Option<String> = people::table.select(people::id).first(conn).optional()?;
    Ok(first.is_none())
}
