//! The rows that the fold of events determines: what they must be, so that a row that was changed beside the
//! ledger is found. Both sides are made here: the fold's by the verifier, the columns' names for the export.

use serde_json::{Map, Value, json};

use super::{
    export::Row,
    story::{Story, Told, Vote},
};
use crate::{
    domain::{
        exception::Exception,
        request::Time,
        roster::{GrantRecord, PersonRecord},
    },
    words::{ExceptionId, GrantId, PersonId},
};

/// The columns of people that exports of before do not have.
const LATER: [&str; 8] = ["away_from", "away_until", "stand_in", "unit", "region", "moved_at", "erased_at", "held_at"];

/// How often each sort of row has to be there.
pub(super) fn expected(story: &Story) -> u64 {
    let votes: usize = story.exceptions.values().map(|told| told.votes.len()).sum();
    let rows = story.exceptions.len() + votes + story.roster.people.len() + story.roster.grants.len();
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// Whether a row is what the events fold to; an error has the leaf where that shows.
pub(super) fn agrees(story: &Story, row: &Row) -> Result<(), (Option<u64>, String)> {
    let (table, columns) = (row.table.as_str(), &row.columns);
    let name = columns.get(if table == "approvals" { "exception" } else { "id" }).and_then(Value::as_str);
    let name = name.ok_or_else(|| (None, format!("a row of {table} without a name")))?;
    let unknown = || (None, format!("{table} has a row {name} that no event tells of"));
    let (leaf, told) = derived(story, (table, name), columns).ok_or_else(unknown)?;
    // What an export from before these columns leaves out is nothing.
    let left_out = |column: &String, value: &Value| {
        LATER.contains(&column.as_str()) && value.is_null() && !columns.contains_key(column)
    };
    let differs = |(column, value): &(&String, &Value)| columns.get(*column) != Some(value) && !left_out(column, value);
    if let Some((column, _)) = told.iter().find(differs) {
        return Err((Some(leaf), format!("{table} {name} has another {column} than its events fold to")));
    }
    if columns.len() != told.iter().filter(|(column, value)| !left_out(column, value)).count() {
        return Err((Some(leaf), format!("{table} {name} has columns that are not known")));
    }
    Ok(())
}

/// What the events fold to, and the leaf that says so.
fn derived(story: &Story, (table, name): (&str, &str), row: &Map<String, Value>) -> Option<(u64, Map<String, Value>)> {
    let (leaf, told) = match table {
        "exceptions" => {
            let told = story.exceptions.get(&name.parse::<ExceptionId>().ok()?)?;
            (told.leaf, exception(told, row)?)
        }
        "approvals" => {
            let told = story.exceptions.get(&name.parse::<ExceptionId>().ok()?)?;
            let leaf = row.get("leaf")?.as_u64()?;
            (leaf, vote((name, leaf), told.votes.get(&leaf)?))
        }
        "people" => {
            let record = story.roster.people.get(&name.parse::<PersonId>().ok()?)?;
            (record.first_leaf, person(name, record))
        }
        "grants" => {
            let record = story.roster.grants.get(&name.parse::<GrantId>().ok()?)?;
            (record.leaf, grant(name, record))
        }
        _ => return None,
    };
    Some((leaf, told.as_object()?.clone()))
}

/// What the events fold to, without what a row from before it was kept does not say.
fn as_far_as(stored: &Exception, now: &Exception) -> Exception {
    let mut known = now.clone();
    known.decided_at = known.decided_at.filter(|_| stored.decided_at.is_some());
    for task in &mut known.tasks {
        let kept = stored.tasks.iter().any(|one| one.id == task.id && one.taken_at.is_some());
        task.taken_at = task.taken_at.filter(|_| kept);
    }
    known
}

/// The stored content is compared as what it says, since how it is written is the database's.
fn exception(told: &Told, row: &Map<String, Value>) -> Option<Value> {
    let now = &told.now;
    let stored: Exception = serde_json::from_str(row.get("body")?.as_str()?).ok()?;
    let body = if stored == as_far_as(&stored, now) {
        row.get("body")?.clone()
    } else {
        serde_json::to_string(now).ok()?.into()
    };
    let authority = now.state.authority();
    let micros = |time: Time| time.timestamp_micros();
    Some(json!({
        "id": now.id, "number": now.number, "seq": now.seq, "version": now.version,
        "state": now.state.name().as_str(), "tier": now.tier().map(|tier| tier.to_string()),
        "requester": now.requester, "confidential": now.request.confidential,
        "sop": now.sop.id, "sop_version": now.sop.version,
        "effective_until": now.effective_until().map(micros),
        "authority_round": authority.map(|authority| authority.round),
        "authority_dossier": authority.map(|authority| authority.dossier),
        "body": body,
    }))
}

fn vote((exception, leaf): (&str, u64), vote: &Vote) -> Value {
    json!({
        "exception": exception, "leaf": leaf, "round": vote.round, "dossier": vote.dossier,
        "human": vote.human, "principal": vote.principal, "voided": vote.voided,
    })
}

fn person(id: &str, record: &PersonRecord) -> Value {
    let absence = record.absence.as_ref();
    json!({
        "id": id, "human": record.human, "responsible": record.responsible, "active": record.active,
        "name_c": record.name, "email_c": record.email,
        "away_from": absence.map(|absence| absence.starts.timestamp_micros()),
        "away_until": absence.map(|absence| absence.ends.timestamp_micros()),
        "stand_in": absence.and_then(|absence| absence.stand_in),
        "unit": record.place.as_ref().map(|place| &place.unit),
        "region": record.place.as_ref().and_then(|place| place.region.as_ref()),
        "moved_at": record.moved_at.map(|at| at.timestamp_micros()),
        "erased_at": record.erased_at.map(|at| at.timestamp_micros()),
        "held_at": record.hold.map(|hold| hold.since.timestamp_micros()),
    })
}

fn grant(id: &str, record: &GrantRecord) -> Value {
    json!({
        "id": id, "person": record.person, "human": record.human, "role": record.role,
        "domain": record.domain, "leaf": record.leaf, "removed_leaf": record.removed.map(|removed| removed.leaf),
    })
}
