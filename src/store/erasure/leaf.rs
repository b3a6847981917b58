//! What stands in a leaf: the texts that it commits to, the files, whom it is about.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use serde_json::Value;

use crate::{
    store::{backend::Conn, error::StoreError},
    words::Hash,
};

/// How many leaves are read at once.
pub(super) const PAGE: i64 = 500;

#[derive(QueryableByName)]
pub(super) struct LeafRow {
    #[diesel(sql_type = BigInt)]
    pub(super) seq: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) actor: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) body: String,
}

/// Every committed text in a value.
pub(super) fn commitments(value: &Value, found: &mut BTreeSet<Hash>) {
    match value {
        Value::Object(members) => {
            if let (2, Some(Value::String(hash)), Some(Value::Number(_))) =
                (members.len(), members.get("c"), members.get("n"))
            {
                found.extend(hash.parse::<Hash>());
            }
            members.values().for_each(|member| commitments(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| commitments(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The files in a value, each with the commitment of its name.
pub(super) fn attachments(value: &Value, found: &mut BTreeSet<(Hash, Hash)>) {
    match value {
        Value::Object(members) => {
            let text = |member: Option<&Value>| member?.as_str()?.parse::<Hash>().ok();
            let named = members.get("name").and_then(|name| text(name.get("c")));
            if members.contains_key("media_type") {
                found.extend(text(members.get("hash")).zip(named));
            }
            members.values().for_each(|member| attachments(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| attachments(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(super) fn read(body: &str) -> Result<Value, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Corrupt(format!("a leaf or an exception: {error}")))
}

/// Whom an event of the roster is about, by name or by what is proposed.
pub(super) fn about(leaf: &Value) -> Option<&str> {
    let deed = leaf.get("event")?.get("deed")?;
    deed.get("person").or_else(|| deed.get("action")?.get("person"))?.as_str()
}

/// Was it recorded what somebody is called? What was proposed and never confirmed names nobody.
pub(super) fn names_somebody(leaf: &Value) -> bool {
    matches!(kind(leaf), "person_added" | "person_updated")
}

/// What kind of thing happened, by its code.
pub(super) fn kind(leaf: &Value) -> &str {
    leaf.pointer("/event/deed/kind").and_then(Value::as_str).unwrap_or_default()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct BodyRow {
    #[diesel(sql_type = Text)]
    body: String,
}

/// How many leaves there are.
pub(super) fn leaves(conn: &mut Conn) -> Result<i64, StoreError> {
    let row: Count = sql_query("SELECT COALESCE(MAX(idx), -1) + 1 AS count FROM leaves").get_result(conn)?;
    Ok(row.count)
}

/// Every leaf from the first number to before the second whose body is like that, a range of them at a time.
pub(super) fn each_body(
    conn: &mut Conn,
    (from, until): (i64, i64),
    like: &str,
    mut job: impl FnMut(&Value),
) -> Result<(), StoreError> {
    let mut next = from;
    while next < until {
        let rows: Vec<BodyRow> = sql_query("SELECT body FROM leaves WHERE idx >= $1 AND idx < $2 AND body LIKE $3")
            .bind::<BigInt, _>(next)
            .bind::<BigInt, _>(next + PAGE)
            .bind::<Text, _>(like)
            .load(conn)?;
        next += PAGE;
        for row in &rows {
            job(&read(&row.body)?);
        }
    }
    Ok(())
}
