//! Lists and records: what readers ask for, filtered and limited in the database, never after the page.

use diesel::{
    RunQueryDsl,
    prelude::*,
    query_builder::{BoxedSqlQuery, SqlQuery},
    sql_query,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};

use super::{
    backend::{Conn, MultiBackend},
    error::StoreError,
    exceptions::parse,
    rows::Cell,
    schema::{leaves, openings, tasks},
};
use crate::{
    access::Visibility,
    domain::{event::Event, exception::Exception, facts::Prior, request::Time, task::Task},
    ledger::{Leaf, Subject},
    words::{DomainPath, ExceptionId, Hash, PersonId, Salt, StateName, TaskId},
};

/// What a list of exceptions is filtered by; all of it must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these states.
    pub states: Vec<StateName>,
    /// Columns that must have one of these values: `tier`, `kind`, `business_unit`, `requester`.
    pub columns: Vec<(Column, Vec<String>)>,
    /// Facets that must be there: a policy, a clause, a region.
    pub facets: Vec<(&'static str, String)>,
    /// With an open task of this person.
    pub assignee: Option<PersonId>,
    /// Due before.
    pub due_before: Option<Time>,
    /// Without effect from before this instant on.
    pub expires_before: Option<Time>,
}

/// A column to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The tier.
    Tier,
    /// The kind.
    Kind,
    /// The business unit.
    BusinessUnit,
    /// The requester.
    Requester,
}

/// What a list is sorted by; those without the value are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By the last change.
    ChangedAt(Direction),
    /// By when it is next due.
    DueAt(Direction),
    /// By when it loses effect.
    ExpiresAt(Direction),
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Earliest first.
    Ascending,
    /// Latest first.
    Descending,
}

/// Where a page ended: the sort's value and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last row's value, in microseconds.
    pub value: i64,
    /// The last row's id.
    pub id: String,
}

/// A page to read.
#[derive(Debug, Clone)]
pub struct Page {
    /// Sorted by.
    pub sort: Sort,
    /// After this row.
    pub after: Option<Cursor>,
    /// At most so many rows.
    pub limit: i64,
}

/// A query being written: its text, and what is bound to it in order.
struct Sql {
    text: String,
    binds: Vec<Cell>,
}

impl Sql {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), binds: Vec::new() }
    }

    fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    fn bind(&mut self, value: impl Into<Cell>) -> &mut Self {
        self.binds.push(value.into());
        self.text = format!("{}${}", self.text, self.binds.len());
        self
    }

    fn any(&mut self, column: &str, values: &[String]) -> &mut Self {
        self.push(" AND ").push(column).push(" IN (");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.bind(value.as_str());
        }
        self.push(")")
    }

    fn query(&self) -> BoxedSqlQuery<'_, MultiBackend, SqlQuery> {
        self.binds.iter().fold(sql_query(&self.text).into_boxed(), |query, cell| match cell {
            Cell::Text(value) => query.bind::<Nullable<Text>, _>(value.as_deref()),
            Cell::BigInt(value) => query.bind::<Nullable<BigInt>, _>(*value),
            Cell::Int(value) => query.bind::<Nullable<Integer>, _>(*value),
            Cell::Bool(value) => query.bind::<Nullable<Bool>, _>(*value),
        })
    }
}

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    value: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

/// The exceptions that `visibility` lets see, filtered, a page of them, each with its cursor.
pub fn list(
    conn: &mut Conn,
    visibility: &Visibility,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<(Exception, Cursor)>, StoreError> {
    let (column, descending) = match page.sort {
        Sort::ChangedAt(direction) => ("e.changed_at", direction == Direction::Descending),
        Sort::DueAt(direction) => ("e.due_at", direction == Direction::Descending),
        Sort::ExpiresAt(direction) => ("e.effective_until", direction == Direction::Descending),
    };
    let mut sql = Sql::new(&format!(
        "SELECT e.id AS id, {column} AS value, e.body AS body FROM exceptions e WHERE {column} IS NOT NULL"
    ));
    narrow(&mut sql, filter);
    see(&mut sql, visibility);
    let (than, order) = if descending { ("<", "DESC") } else { (">", "ASC") };
    if let Some(after) = &page.after {
        sql.push(&format!(" AND ({column}, e.id) {than} ("))
            .bind(after.value)
            .push(", ")
            .bind(after.id.as_str())
            .push(")");
    }
    sql.push(&format!(" ORDER BY {column} {order}, e.id {order} LIMIT ")).bind(page.limit);
    let rows: Vec<Listed> = sql.query().load(conn)?;
    rows.into_iter().map(|row| Ok((parse(&row.id, &row.body)?, Cursor { value: row.value, id: row.id }))).collect()
}

fn narrow(sql: &mut Sql, filter: &Filter) {
    if !filter.states.is_empty() {
        let states: Vec<String> = filter.states.iter().map(ToString::to_string).collect();
        sql.any("e.state", &states);
    }
    for (column, values) in filter.columns.iter().filter(|(_, values)| !values.is_empty()) {
        let name = match column {
            Column::Tier => "e.tier",
            Column::Kind => "e.kind",
            Column::BusinessUnit => "e.business_unit",
            Column::Requester => "e.requester",
        };
        sql.any(name, values);
    }
    for (facet, value) in &filter.facets {
        sql.push(" AND EXISTS (SELECT 1 FROM exception_facets f WHERE f.exception = e.id AND f.facet = ").bind(*facet);
        sql.push(" AND f.value = ").bind(value.as_str()).push(")");
    }
    if let Some(person) = filter.assignee {
        sql.push(
            " AND EXISTS (SELECT 1 FROM tasks t WHERE t.exception = e.id AND t.closed_at IS NULL AND t.assignee = ",
        );
        sql.bind(person.to_string()).push(")");
    }
    for (column, before) in [("e.due_at", filter.due_before), ("e.effective_until", filter.expires_before)] {
        if let Some(before) = before {
            sql.push(&format!(" AND {column} < ")).bind(before.timestamp_micros());
        }
    }
}

/// The visibility as a condition: a party, or a role in one of its domains.
fn see(sql: &mut Sql, visibility: &Visibility) {
    sql.push(
        " AND (EXISTS (SELECT 1 FROM exception_facets p WHERE p.exception = e.id AND p.facet = 'party' AND p.value = ",
    );
    sql.bind(visibility.person().to_string()).push(")");
    if !visibility.domains().is_empty() {
        sql.push(" OR (NOT e.confidential AND ");
        within(sql, visibility.domains());
        sql.push(")");
    }
    if !visibility.confidential().is_empty() {
        sql.push(" OR ");
        within(sql, visibility.confidential());
    }
    sql.push(")");
}

fn within(sql: &mut Sql, domains: &[DomainPath]) {
    if domains.iter().any(|domain| *domain == DomainPath::root()) {
        sql.push("1 = 1");
        return;
    }
    sql.push("EXISTS (SELECT 1 FROM exception_facets d WHERE d.exception = e.id AND d.facet = 'domain' AND (1 = 0");
    for domain in domains {
        // A path has no LIKE wildcard but `_`, which is escaped.
        let below = format!("{}/%", domain.as_str().replace('_', "\\_"));
        sql.push(" OR d.value = ").bind(domain.as_str()).push(" OR d.value LIKE ").bind(below).push(" ESCAPE '\\'");
    }
    sql.push("))");
}

#[derive(QueryableByName)]
struct EarlierRow {
    #[diesel(sql_type = Text)]
    state: String,
}

/// How many of a requester's last two hundred exceptions share a clause with this one, and how many of
/// those were rejected.
pub fn earlier(conn: &mut Conn, of: &Exception) -> Result<Prior, StoreError> {
    if of.request.clauses.is_empty() {
        return Ok(Prior::default());
    }
    let mut sql = Sql::new("SELECT e.state AS state FROM (SELECT id, state FROM exceptions WHERE requester = ");
    sql.bind(of.requester.to_string())
        .push(" ORDER BY changed_at DESC, id DESC LIMIT 200) e WHERE e.id <> ")
        .bind(of.id.to_string());
    sql.push(" AND e.state <> 'draft' AND EXISTS (SELECT 1 FROM exception_facets f WHERE f.exception = e.id AND f.facet = 'clause'");
    let clauses: Vec<String> = of.request.clauses.iter().cloned().collect();
    sql.any("f.value", &clauses).push(")");
    let rows: Vec<EarlierRow> = sql.query().load(conn)?;
    let rejected = rows.iter().filter(|row| row.state == StateName::Rejected.as_str()).count();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Prior { similar: count(rows.len()), rejected: count(rejected) })
}

/// One event of an exception, with its place in the ledger.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its leaf.
    pub leaf: u64,
    /// Its number within the exception.
    pub seq: u64,
    /// The event.
    pub event: Event,
}

/// The events of an exception after `after`, in order, at most `limit`.
pub fn events(conn: &mut Conn, id: ExceptionId, after: u64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let (kind, subject) = Subject::Exception(id).parts();
    let rows: Vec<(i64, String)> = leaves::table
        .filter(leaves::subject_kind.eq(kind))
        .filter(leaves::subject.eq(&subject))
        .filter(leaves::seq.gt(i64::try_from(after).unwrap_or(i64::MAX)))
        .order(leaves::seq)
        .select((leaves::idx, leaves::body))
        .limit(limit)
        .load(conn)?;
    let entry = |(place, body): (i64, String)| {
        let leaf: Leaf<Event> =
            Leaf::read(&body).map_err(|error| StoreError::Corrupt(format!("leaf {place}: {error}")))?;
        Ok(Entry { leaf: u64::try_from(place).unwrap_or(0), seq: leaf.seq, event: leaf.event })
    };
    rows.into_iter().map(entry).collect()
}

/// The exception as it stood after its event number `seq`: the fold of its leaves.
pub fn folded(conn: &mut Conn, id: ExceptionId, seq: u64) -> Result<Option<Exception>, StoreError> {
    let count = i64::try_from(seq).unwrap_or(i64::MAX);
    let events: Vec<Event> = events(conn, id, 0, count)?.into_iter().map(|entry| entry.event).collect();
    Ok(Exception::folded(id, &events))
}

/// An opened commitment.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The commitment.
    pub commitment: Hash,
    /// The salt.
    pub salt: Salt,
    /// The field.
    pub field: String,
    /// The text.
    pub value: String,
}

/// What opens these commitments; erased ones are not there.
pub fn opened(conn: &mut Conn, commitments: &[Hash]) -> Result<Vec<Opened>, StoreError> {
    let mut found = Vec::with_capacity(commitments.len());
    for chunk in commitments.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, String, String, String)> = openings::table
            .filter(openings::commitment.eq_any(keys))
            .select((openings::commitment, openings::salt, openings::field, openings::value))
            .load(conn)?;
        for (commitment, salt, field, value) in rows {
            let broken = |_| StoreError::Corrupt(format!("the opening of {commitment}"));
            let (hash, salt) = (commitment.parse().map_err(broken)?, salt.parse().map_err(broken)?);
            found.push(Opened { commitment: hash, salt, field, value });
        }
    }
    Ok(found)
}

/// Open tasks that wait for this person: assigned to them, or to nobody and open to their roles.
pub fn tasks_of(
    conn: &mut Conn,
    person: PersonId,
    roles: &[String],
    limit: i64,
) -> Result<Vec<(ExceptionId, Task)>, StoreError> {
    let mut sql = Sql::new(
        "SELECT t.exception AS exception, t.body AS body FROM tasks t WHERE t.closed_at IS NULL AND (t.assignee = ",
    );
    sql.bind(person.to_string());
    for role in roles {
        // Roles stand in one column, separated by blanks.
        sql.push(" OR (t.assignee IS NULL AND (' ' || t.roles || ' ') LIKE ").bind(format!("% {role} %")).push(")");
    }
    sql.push(") ORDER BY t.due_at, t.id LIMIT ").bind(limit);
    read_tasks(conn, &sql)
}

/// All open tasks, the most urgent first.
pub fn open_tasks(conn: &mut Conn, limit: i64) -> Result<Vec<(ExceptionId, Task)>, StoreError> {
    let mut sql = Sql::new(
        "SELECT t.exception AS exception, t.body AS body FROM tasks t WHERE t.closed_at IS NULL ORDER BY t.due_at, t.id LIMIT ",
    );
    sql.bind(limit);
    read_tasks(conn, &sql)
}

#[derive(QueryableByName)]
struct TaskRow {
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    body: String,
}

fn read_tasks(conn: &mut Conn, sql: &Sql) -> Result<Vec<(ExceptionId, Task)>, StoreError> {
    let rows: Vec<TaskRow> = sql.query().load(conn)?;
    let read = |row: TaskRow| {
        let broken = |what: String| StoreError::Corrupt(format!("a task of {}: {what}", row.exception));
        let task = serde_json::from_str(&row.body).map_err(|error| broken(error.to_string()))?;
        let exception = row.exception.parse().map_err(|_| broken("its exception's id".to_owned()))?;
        Ok((exception, task))
    };
    rows.into_iter().map(read).collect()
}

/// The exception that an open task belongs to.
pub fn exception_of_task(conn: &mut Conn, id: TaskId) -> Result<Option<ExceptionId>, StoreError> {
    let exception: Option<String> = tasks::table
        .find(id.to_string())
        .filter(tasks::closed_at.is_null())
        .select(tasks::exception)
        .first(conn)
        .optional()?;
    Ok(exception.and_then(|id| id.parse().ok()))
}
