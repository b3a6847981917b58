//! The facts that an erasure is judged by, as far as the roster's rows have them.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use crate::{
    domain::roster::{ErasureFacts, RosterAction},
    store::{
        backend::Conn,
        error::StoreError,
        roster::{people, records},
        sql::Sql,
    },
    words::{PersonId, Role},
};

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Every account of the human whose account it is; of a service it alone.
pub fn accounts(conn: &mut Conn, person: PersonId) -> Result<BTreeSet<PersonId>, StoreError> {
    let found: Vec<Id> = sql_query(
        "SELECT o.id AS id FROM people p JOIN people o ON o.human = p.human AND o.responsible IS NULL \
         WHERE p.id = $1 AND p.responsible IS NULL UNION SELECT id FROM people WHERE id = $2",
    )
    .bind::<Text, _>(person.to_string())
    .bind::<Text, _>(person.to_string())
    .load(conn)?;
    let parsed = |row: Id| row.id.parse().map_err(|_| StoreError::Corrupt(format!("an account has the id {}", row.id)));
    found.into_iter().map(parsed).collect()
}

/// The facts for what is done to these two; all that the roster and endpoints say of it for an erasure.
pub fn facts(
    conn: &mut Conn,
    action: &RosterAction,
    parties: [Option<PersonId>; 2],
) -> Result<ErasureFacts, StoreError> {
    let named: BTreeSet<PersonId> = parties.into_iter().flatten().collect();
    let erased = records(conn, &named)?.values().any(|record| record.erased_at.is_some());
    let RosterAction::Erasure(action) = action else { return Ok(ErasureFacts { erased, ..ErasureFacts::NOTHING }) };
    let accounts = accounts(conn, action.subject())?;
    let known = records(conn, &accounts)?;
    let mut people = people(conn, &accounts)?;
    people.retain(|person| accounts.contains(&person.id));
    Ok(ErasureFacts {
        erased,
        held: known.iter().filter(|(_, record)| record.hold.is_some()).map(|(id, _)| *id).collect(),
        accounts: people,
        held_by_others: held_by_others(conn, &accounts)?,
        answers: any(conn, ("people", "active AND responsible"), &accounts)?,
        endpoints: any(conn, ("webhooks", "state <> 'removed' AND owner"), &accounts)?,
        cases: Vec::new(),
        found: None,
    })
}

fn texts(accounts: &BTreeSet<PersonId>) -> Vec<String> {
    accounts.iter().map(ToString::to_string).collect()
}

/// The roles that active humans hold beside these, each found by one who does.
fn held_by_others(conn: &mut Conn, accounts: &BTreeSet<PersonId>) -> Result<BTreeSet<Role>, StoreError> {
    let mut held = BTreeSet::new();
    if accounts.is_empty() {
        return Ok(held);
    }
    for role in Role::ALL {
        let mut sql = Sql::new("SELECT g.id AS id FROM grants g JOIN people p ON p.id = g.person WHERE g.role = ");
        sql.bind(role.as_str());
        sql.push(" AND g.removed_leaf IS NULL AND p.active AND p.responsible IS NULL AND NOT ");
        let one: Vec<Id> = sql.one_of("p.id", &texts(accounts)).push(" LIMIT 1").query().load(conn)?;
        held.extend((!one.is_empty()).then_some(*role));
    }
    Ok(held)
}

/// Has a table a row that meets the condition, which ends with the column of the account?
fn any(conn: &mut Conn, (table, condition): (&str, &str), accounts: &BTreeSet<PersonId>) -> Result<bool, StoreError> {
    if accounts.is_empty() {
        return Ok(false);
    }
    let mut sql = Sql::new(&format!("SELECT COUNT(*) AS count FROM {table} WHERE "));
    let found: Count = sql.one_of(condition, &texts(accounts)).query().get_result(conn)?;
    Ok(found.count > 0)
}
