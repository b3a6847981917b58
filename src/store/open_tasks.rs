//! Open tasks, the most urgent first: filtered by who may do them and by what they belong to, and paged in the
//! database. Who may do a task stands in `task_seats`; what doing it means is not known here.

use std::collections::BTreeSet;

use diesel::{prelude::*, sql_types::Text};

use super::{
    backend::Conn,
    error::StoreError,
    exceptions::parse,
    facets::Entry,
    listing::{self, Facet},
    queries::Cursor,
    rows::Rows,
    sql::Sql,
    tx::Tx,
};
use crate::{
    access::Visibility,
    domain::{exception::Exception, request::Time, task::Task},
    words::{DomainPath, ExceptionId, PersonId, Role, StateName, TaskId},
};

/// Stands for the role of a task that asks for none.
const ANYBODY: &str = "*";

/// What open tasks are filtered by; all of it must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only those that wait for somebody: theirs, and those of nobody that their roles may do.
    pub waiting_for: Option<Doer>,
    /// Open to any of these roles.
    pub roles: Vec<Role>,
    /// Of exceptions in any of these states.
    pub states: Vec<StateName>,
    /// Due before.
    pub due_before: Option<Time>,
    /// Of this exception.
    pub exception: Option<ExceptionId>,
}

/// Somebody with the roles that they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doer {
    /// Who.
    pub person: PersonId,
    /// Their roles, each where it is held.
    pub seats: Vec<(Role, DomainPath)>,
}

/// A page of open tasks.
#[derive(Debug, Clone)]
pub struct TaskPage {
    /// After this one: its due time in microseconds and its id.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: i64,
}

/// From where tasks are read, each in the order of their due times.
enum Source {
    /// All open ones.
    All,
    /// Assigned to somebody.
    Of(PersonId),
    /// Those that a role may do in a domain; only those that nobody has?
    Seat { role: String, domain: String, free: bool },
    /// Of exceptions with one of these values.
    Gathered(Vec<Entry>),
    /// Of one exception.
    One(ExceptionId),
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    task: String,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    body: String,
}

/// The open tasks of exceptions that `visibility` lets see, with their exceptions.
pub fn open_tasks(
    conn: &mut Conn,
    visibility: &Visibility,
    filter: &TaskFilter,
    page: &TaskPage,
) -> Result<Vec<(Exception, Task)>, StoreError> {
    let sql = reading(conn, visibility, filter, page)?;
    let rows: Vec<Found> = sql.query().load(conn)?;
    let read = |row: Found| {
        let task = serde_json::from_str(&row.task);
        let task = task.map_err(|error| StoreError::Corrupt(format!("a task of {}: {error}", row.id)))?;
        Ok((parse(&row.id, &row.body)?, task))
    };
    rows.into_iter().map(read).collect()
}

/// Of each source the first of the page, each once; then the first of them all.
fn reading(conn: &mut Conn, visibility: &Visibility, filter: &TaskFilter, page: &TaskPage) -> Result<Sql, StoreError> {
    let states: Vec<Entry> = filter.states.iter().map(|state| (Facet::State, state.to_string())).collect();
    let held: Vec<Vec<Entry>> =
        listing::sight(visibility).into_iter().chain(Some(states).filter(|states| !states.is_empty())).collect();
    let mut sql = Sql::new("SELECT t.body AS task, e.id AS id, e.body AS body FROM (");
    for (at, source) in sources(conn, filter, (&held, page.limit))?.iter().enumerate() {
        sql.push(if at > 0 { " UNION " } else { "" }).push("SELECT id FROM (SELECT t.id AS id FROM ");
        let order = from(&mut sql, source);
        for entries in &held {
            listing::held(sql.push(" AND "), entries, "t.serial");
        }
        narrow(&mut sql, filter);
        if let Some(after) = &page.after {
            sql.push(&format!(" AND ({order}) > (")).bind(after.value).push(", ").bind(after.id.as_str()).push(")");
        }
        sql.push(&format!(" ORDER BY {order} LIMIT {}) a{at}", page.limit));
    }
    sql.push(") g CROSS JOIN tasks t CROSS JOIN exceptions e WHERE t.id = g.id AND e.serial = t.serial");
    sql.push(&format!(" ORDER BY t.due_at, t.id LIMIT {}", page.limit));
    Ok(sql)
}

/// The fewest sources in which everything that is asked for is.
fn sources(
    conn: &mut Conn,
    filter: &TaskFilter,
    (held, limit): (&[Vec<Entry>], i64),
) -> Result<Vec<Source>, StoreError> {
    if let Some(id) = filter.exception {
        return Ok(vec![Source::One(id)]);
    }
    if let Some(doer) = &filter.waiting_for {
        let seat = |(role, domain): (String, String)| Source::Seat { role, domain, free: true };
        return Ok([Source::Of(doer.person)].into_iter().chain(seats_of(doer).into_iter().map(seat)).collect());
    }
    if !filter.roles.is_empty() {
        let roles: BTreeSet<Role> = filter.roles.iter().copied().collect();
        let seat = |role: Role| Source::Seat { role: role.to_string(), domain: "/".to_owned(), free: false };
        return Ok(roles.into_iter().map(seat).collect());
    }
    let gathered = listing::to_gather(conn, held, limit)?;
    Ok(vec![gathered.map_or(Source::All, Source::Gathered)])
}

/// What somebody may do, as `task_seats` has it.
fn seats_of(doer: &Doer) -> BTreeSet<(String, String)> {
    let held = doer.seats.iter().map(|(role, domain)| (role.to_string(), domain.to_string()));
    held.chain([(ANYBODY.to_owned(), DomainPath::root().to_string())]).collect()
}

/// Writes a source and the conditions that it is; returns what its rows are ordered by.
fn from(sql: &mut Sql, source: &Source) -> &'static str {
    let open = "t.closed_at IS NULL";
    match source {
        Source::All => _ = sql.push(&format!("tasks t WHERE {open}")),
        Source::Of(person) => {
            sql.push(&format!("tasks t WHERE {open} AND t.assignee = ")).bind(person.to_string());
        }
        Source::One(id) => {
            sql.push(&format!("tasks t WHERE {open} AND t.exception = ")).bind(id.to_string());
        }
        Source::Gathered(entries) => {
            sql.push("(SELECT DISTINCT serial FROM (");
            listing::serials(sql, entries);
            sql.push(&format!(") i) s CROSS JOIN tasks t WHERE t.serial = s.serial AND {open}"));
        }
        Source::Seat { role, domain, free } => {
            sql.push(&format!("task_seats s CROSS JOIN tasks t WHERE t.id = s.task AND {open} AND s.role = "));
            sql.bind(role.as_str()).push(" AND s.domain = ").bind(domain.as_str());
            sql.push(if *free { " AND s.free" } else { "" });
            return "s.due_at, s.task";
        }
    }
    "t.due_at, t.id"
}

fn narrow(sql: &mut Sql, filter: &TaskFilter) {
    // The few tasks of one exception are looked at one by one; else the sources say whom they wait for.
    if let Some(doer) = filter.waiting_for.as_ref().filter(|_| filter.exception.is_some()) {
        sql.push(" AND (t.assignee = ").bind(doer.person.to_string());
        sql.push(
            " OR EXISTS (SELECT 1 FROM task_seats w WHERE w.task = t.id AND w.free AND (w.role, w.domain) IN (VALUES ",
        );
        for (at, (role, domain)) in seats_of(doer).iter().enumerate() {
            sql.push(if at > 0 { ", (" } else { "(" }).bind(role.as_str()).push(", ").bind(domain.as_str()).push(")");
        }
        sql.push(") LIMIT 1 OFFSET 0))");
    }
    if !filter.roles.is_empty() {
        let roles: Vec<String> = filter.roles.iter().map(ToString::to_string).collect();
        sql.push(" AND EXISTS (SELECT 1 FROM task_seats r WHERE r.task = t.id AND ").one_of("r.role", &roles);
        sql.push(" LIMIT 1 OFFSET 0)");
    }
    if let Some(before) = filter.due_before {
        sql.push(" AND t.due_at < ").bind(before.timestamp_micros());
    }
}

impl Tx<'_, '_> {
    /// Writes who may do an open task, in place of what was written before.
    pub(super) fn write_seats(&mut self, task: &Task) -> Result<(), StoreError> {
        self.clear_seats(task.id)?;
        let mut rows = Rows::new("task_seats", &["role", "domain", "due_at", "task", "free"]);
        let free = task.assignee.is_none();
        for (role, domain) in seats(task) {
            rows.push([
                role.into(),
                domain.into(),
                task.due_at.timestamp_micros().into(),
                task.id.to_string().into(),
                free.into(),
            ]);
        }
        rows.insert(self.conn())?;
        Ok(())
    }

    /// Nobody may do a task any more: it is closed.
    pub(super) fn clear_seats(&mut self, task: TaskId) -> Result<(), StoreError> {
        Sql::new("DELETE FROM task_seats WHERE task = ").bind(task.to_string()).kept().execute(self.conn())?;
        Ok(())
    }
}

/// Each role with each domain in which holding it is enough: the task's, and those above.
fn seats(task: &Task) -> BTreeSet<(&'static str, String)> {
    if task.roles.is_empty() {
        return BTreeSet::from([(ANYBODY, DomainPath::root().to_string())]);
    }
    let domains: BTreeSet<String> =
        task.domains.iter().flat_map(DomainPath::ancestors).map(|path| path.to_string()).collect();
    let of = |role: &Role| domains.iter().map(|domain| (role.as_str(), domain.clone())).collect::<Vec<_>>();
    task.roles.iter().flat_map(of).collect()
}
