//! Exceptions in their tables: read whole, and written by [`Tx::record`] alone.

mod row;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use self::row::Row;
use super::{
    backend::Conn,
    error::StoreError,
    ledger::{About, Posted, big},
    rows::{OnConflict, Rows},
    schema::exceptions,
    sql::Sql,
    tx::Tx,
};
use crate::{
    domain::{
        event::{Deed, Event},
        exception::Exception,
        letters::Letter,
        person::By,
        request::Time,
        task::Task,
    },
    ledger::{Leaf, Subject},
    words::{ExceptionId, Opening, PersonId, StateName},
};

/// One change, with its three shadows: the new state, its leaves, its letters.
#[derive(Debug)]
pub struct Change<'c> {
    /// What it was; absent for a new one.
    pub before: Option<&'c Exception>,
    /// What it is.
    pub after: &'c Exception,
    /// What happened.
    pub events: &'c [Event],
    /// Who is told.
    pub letters: &'c [Letter],
    /// What opens the commitments.
    pub openings: &'c [Opening],
    /// When the clock should look at it.
    pub wake: Wake,
}

/// When the clock should look at an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// As it was said before: nothing happened to it.
    AsBefore,
    /// Then, or never.
    At(Option<Time>),
}

/// Reads a stored exception; an edited row that breaks the two-person rule is refused here.
pub(super) fn parse(id: &str, body: &str) -> Result<Exception, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Corrupt(format!("exception {id}: {error}")))
}

/// Writes the columns of an exception as it stood into a database that is put together to be counted.
pub(super) fn put(conn: &mut Conn, serial: i64, is: &Exception) -> Result<(), StoreError> {
    let row = Row::of(is);
    diesel::insert_into(exceptions::table).values((&row, exceptions::serial.eq(serial))).execute(conn)?;
    Ok(())
}

/// One exception; `None` if there is none.
pub fn exception(conn: &mut Conn, id: ExceptionId) -> Result<Option<Exception>, StoreError> {
    let id = id.to_string();
    let body: Option<String> = exceptions::table.find(&id).select(exceptions::body).first(conn).optional()?;
    body.map(|body| parse(&id, &body)).transpose()
}

/// How many events of an exception there are; `None` if there is none.
pub fn seq_of(conn: &mut Conn, id: ExceptionId) -> Result<Option<u64>, StoreError> {
    let seq: Option<i64> = exceptions::table.find(id.to_string()).select(exceptions::seq).first(conn).optional()?;
    Ok(seq.and_then(|seq| u64::try_from(seq).ok()))
}

/// The id behind a number such as `EX-2026-000042`.
pub fn exception_by_number(conn: &mut Conn, number: &str) -> Result<Option<ExceptionId>, StoreError> {
    let id: Option<String> =
        exceptions::table.filter(exceptions::number.eq(number)).select(exceptions::id).first(conn).optional()?;
    Ok(id.and_then(|id| id.parse().ok()))
}

/// Exceptions that wait for `by` at the latest and are due to be looked at, oldest first. Those of one instant come in
/// no order: where a hundred thousand are due at once, each page would have to look at them all for one.
pub fn to_wake(conn: &mut Conn, by: Time, limit: i64) -> Result<Vec<ExceptionId>, StoreError> {
    let ids: Vec<String> = exceptions::table
        .filter(exceptions::wake_at.le(by.timestamp_micros()))
        .order(exceptions::wake_at)
        .select(exceptions::id)
        .limit(limit)
        .load(conn)?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// How many of them there are.
pub fn count_to_wake(conn: &mut Conn, by: Time) -> Result<u64, StoreError> {
    let due = exceptions::table.filter(exceptions::wake_at.le(by.timestamp_micros()));
    let count: i64 = due.count().get_result(conn)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The same among those in these states.
pub fn to_wake_in(conn: &mut Conn, by: Time, states: &[StateName], limit: i64) -> Result<Vec<ExceptionId>, StoreError> {
    let ids: Vec<String> = exceptions::table
        .filter(exceptions::wake_at.le(by.timestamp_micros()))
        .filter(exceptions::state.eq_any(states.iter().map(|state| state.as_str())))
        .order((exceptions::wake_at, exceptions::id))
        .select(exceptions::id)
        .limit(limit)
        .load(conn)?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Exceptions with a standing approval by or for an account, or the human whose it is: an approval names the human
/// whose account it was by then.
pub fn approved_by(conn: &mut Conn, human: PersonId) -> Result<Vec<ExceptionId>, StoreError> {
    let text = "SELECT DISTINCT e.id AS id FROM approvals a JOIN exceptions e ON e.id = a.exception \
                JOIN people p ON p.id = a.human OR p.id = a.principal \
                WHERE NOT a.voided AND p.human = $1 \
                AND e.state IN ('decision', 'implementation', 'active', 're_review', 'suspended')";
    let named = [human.to_string().into()];
    let rows: Vec<Id> = Sql::of(text, named).query().load(conn)?;
    Ok(rows.iter().filter_map(|row| row.id.parse().ok()).collect())
}

/// The columns of a task.
const TASK: [&str; 10] =
    ["id", "exception", "step", "work", "roles", "assignee", "opened_at", "due_at", "body", "serial"];

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

impl Tx<'_, '_> {
    /// One exception as it is in this transaction.
    pub fn exception(&mut self, id: ExceptionId) -> Result<Option<Exception>, StoreError> {
        let key = id.to_string();
        let columns = (exceptions::serial, exceptions::body);
        let row: Option<(i64, String)> = exceptions::table.find(&key).select(columns).first(self.conn()).optional()?;
        let Some((serial, body)) = row else { return Ok(None) };
        self.batch().serials.insert(id, serial);
        parse(&key, &body).map(Some)
    }

    /// The next number of a year, such as `EX-2026-000042`.
    pub fn next_number(&mut self, year: i32) -> Result<String, StoreError> {
        let next = "INSERT INTO numbers (year, last) VALUES ($1, 1) \
                    ON CONFLICT (year) DO UPDATE SET last = numbers.last + 1 RETURNING last";
        let row: Last = Sql::of(next, [year.into()]).kept().get_result(self.conn())?;
        Ok(format!("EX-{year}-{:06}", row.last))
    }

    /// Writes one change with its three shadows, and returns the places of its leaves. Nothing else
    /// changes an exception's row.
    pub fn record(&mut self, change: &Change<'_>) -> Result<Vec<u64>, StoreError> {
        let subject = Subject::Exception(change.after.id);
        let first = change.after.seq + 1 - u64::try_from(change.events.len()).unwrap_or(0);
        let mut places = Vec::with_capacity(change.events.len());
        for (seq, event) in (first..).zip(change.events) {
            let about = About { kind: event.deed.code(), actor: event.by.person(), at: event.at };
            places.push(self.batch().append(&Leaf::new(subject, seq, event), &about)?);
            self.post_errands(change.after, (seq, event))?;
        }
        self.batch().open_with(subject, change.openings);
        for letter in change.letters {
            self.post(change.after, letter)?;
        }
        self.write_votes(change, &places)?;
        let serial = match (change.before, places.first()) {
            (None, Some(first)) => i64::try_from(*first).unwrap_or(i64::MAX),
            (None, None) | (Some(_), _) => self.serial(change.after.id)?,
        };
        self.write_row(serial, change)?;
        if let Some(before) = change.before {
            self.move_within(serial, (before, change.after))?;
        }
        self.write_facets(serial, (change.before, change.after))?;
        self.write_terms(serial, (change.before, change.after), change.openings)?;
        self.write_tasks(serial, change)?;
        self.end_links(change)?;
        Ok(places)
    }

    fn post(&mut self, after: &Exception, letter: &Letter) -> Result<(), StoreError> {
        let broken = |error: serde_json::Error| StoreError::Corrupt(error.to_string());
        let to = serde_json::to_string(&letter.to).map_err(broken)?;
        let dedupe_key = format!("{}/{}/{}/{to}", after.id, letter.seq, letter.kind);
        let id = uuid::Uuid::new_v5(&after.id.0, dedupe_key.as_bytes()).to_string();
        let payload = serde_json::json!({ "exception": after.id, "number": after.number, "letter": letter });
        let posted =
            Posted { id, dedupe_key, kind: letter.kind.as_str(), payload: payload.to_string(), at: after.changed_at };
        self.batch().post_nth(&posted, letter.seq);
        Ok(())
    }

    /// Approvals are rows of their own, so that the database too can refuse a second vote.
    #[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
    fn write_votes(&mut self, change: &Change<'_>, places: &[u64]) -> Result<(), StoreError> {
        let id = change.after.id.to_string();
        for (event, place) in change.events.iter().zip(places) {
            match &event.deed {
                Deed::Approved { round, approval, .. } => {
                    let mut rows = Rows::new(
                        "approvals",
                        &["exception", "round", "dossier", "human", "principal", "leaf", "at", "voided"],
                    );
                    rows.push([
                        id.as_str().into(),
                        i32::try_from(*round).unwrap_or(i32::MAX).into(),
                        approval.dossier.to_string().into(),
                        approval.human.to_string().into(),
                        approval.principal.to_string().into(),
                        big(*place),
                        event.at.timestamp_micros().into(),
                        false.into(),
                    ]);
                    rows.insert(self.conn())?;
                }
                Deed::ApprovalVoided { round, human, .. } => {
                    let void = "UPDATE approvals SET voided = TRUE \
                                WHERE exception = $1 AND round = $2 AND human = $3 AND NOT voided";
                    let round = i32::try_from(*round).unwrap_or(i32::MAX);
                    Sql::of(void, [id.as_str().into(), round.into(), human.to_string().into()])
                        .kept()
                        .execute(self.conn())?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn write_row(&mut self, serial: i64, change: &Change<'_>) -> Result<(), StoreError> {
        let row = Row::whole(change.after)?;
        let Some(before) = change.before else {
            let wake = match change.wake {
                Wake::At(at) => Some(exceptions::wake_at.eq(at.map(|at| at.timestamp_micros()))),
                Wake::AsBefore => None,
            };
            let new = (&row, exceptions::serial.eq(serial), wake);
            diesel::insert_into(exceptions::table).values(new).execute(self.conn())?;
            return Ok(());
        };
        let (id, now) = (change.after.id, change.after.changed_at.timestamp_micros());
        let told = change.events.iter().any(|event| matches!(event.by, By::Person { .. }));
        let mut sql = row.change_from(before);
        if let Wake::At(at) = change.wake {
            let at = at.map(|at| at.timestamp_micros());
            // It was woken and nobody has looked yet: what a person does is no look.
            let sql = sql.push(", wake_at = ");
            if told {
                sql.push("CASE WHEN wake_at <= ").bind(now).push(" THEN wake_at ELSE ").bind(at).push(" END");
            } else {
                sql.bind(at);
            }
        }
        sql.push(" WHERE id = ").bind(id.to_string());
        let updated = sql.kept().execute(self.conn())?;
        if updated == 1 { Ok(()) } else { Err(StoreError::Corrupt(format!("exception {id} is gone"))) }
    }

    fn write_tasks(&mut self, serial: i64, change: &Change<'_>) -> Result<(), StoreError> {
        let before: &[Task] = change.before.map_or(&[], |before| &before.tasks);
        let after = &change.after.tasks;
        let now = change.after.changed_at.timestamp_micros();
        for closed in before.iter().filter(|task| !after.iter().any(|open| open.id == task.id)) {
            let close = "UPDATE tasks SET closed_at = $1 WHERE id = $2";
            Sql::of(close, [now.into(), closed.id.to_string().into()]).kept().execute(self.conn())?;
            self.clear_seats(closed.id)?;
        }
        for task in after.iter().filter(|task| !before.contains(task)) {
            self.write_task((change.after.id, serial), task)?;
            self.write_seats(task)?;
        }
        Ok(())
    }

    fn write_task(&mut self, (exception, serial): (ExceptionId, i64), task: &Task) -> Result<(), StoreError> {
        let body = serde_json::to_string(task).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let roles: Vec<&str> = task.roles.iter().map(|role| role.as_str()).collect();
        let mut rows =
            Rows::new("tasks", &TASK).on_conflict(OnConflict::Replace("id", &["assignee", "due_at", "body"]));
        rows.push([
            task.id.to_string().into(),
            exception.to_string().into(),
            task.step.as_str().into(),
            task.work.as_str().into(),
            roles.join(" ").into(),
            task.assignee.map(|person| person.to_string()).into(),
            task.opened_at.timestamp_micros().into(),
            task.due_at.timestamp_micros().into(),
            body.into(),
            serial.into(),
        ]);
        rows.insert(self.conn())?;
        Ok(())
    }
}

impl Tx<'_, '_> {
    /// When the clock should look at an exception again; not a change of it.
    pub fn wake(&mut self, id: ExceptionId, at: Option<Time>) -> Result<(), StoreError> {
        let at = at.map(|at| at.timestamp_micros());
        let wake = "UPDATE exceptions SET wake_at = $1 WHERE id = $2";
        Sql::of(wake, [at.into(), id.to_string().into()]).kept().execute(self.conn())?;
        Ok(())
    }

    /// The exception as it stood after its event number `seq`.
    pub fn folded(&mut self, id: ExceptionId, seq: u64) -> Result<Option<Exception>, StoreError> {
        let now = self.exception(id)?;
        if now.as_ref().is_some_and(|now| now.seq == seq) {
            return Ok(now);
        }
        let events = self.recorded(Subject::Exception(id), 1..=seq)?;
        Ok(Exception::folded(id, &events))
    }
}
