//! Lists of exceptions: filtered, sorted and paged in the database, so that nobody's page shrinks by what they
//! may not see. How a list is read is chosen by how many exceptions have what it asks for (`plan`), and written
//! in one text for both databases (`form`). It judges no rule.

mod form;
mod plan;

#[cfg(test)]
mod seeded;
#[cfg(test)]
mod tests;

pub use super::facets::{ANYWHERE, Facet};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    exceptions::parse,
    facets::{Entry, day},
    sql::Sql,
    terms,
};
use crate::{
    access::Visibility,
    domain::{exception::Exception, request::Time},
    words::{DomainPath, StateName},
};
use form::Reading;
pub(super) use form::{held, serials};

/// What a list of exceptions is filtered by; all of it must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of each facet, any of these values; no values are no condition.
    pub any_of: Vec<(Facet, Vec<String>)>,
    /// Any of the systems with these names, folded by [`Filter::system`].
    pub systems: Vec<String>,
    /// Words that its texts begin with, all of them, folded by [`Filter::words`].
    pub words: Vec<String>,
    /// Due before.
    pub due_before: Option<Time>,
    /// Without effect from before this instant on.
    pub expires_before: Option<Time>,
    /// In effect at this moment, or not.
    pub effect: Option<Effect>,
}

/// Has it effect at an instant?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It has.
    InForce(Time),
    /// It has not.
    NotInForce(Time),
}

impl Filter {
    /// The words of a search, as they are kept.
    pub fn words(search: &str) -> Vec<String> {
        terms::words(search).into_iter().collect()
    }

    /// A system's name, as it is kept.
    pub fn system(name: &str) -> String {
        terms::system(name)
    }
}

/// What a list is sorted by; those without the value are left out. The number breaks ties, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Up or down.
    pub direction: Direction,
}

/// By what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// The number, which is the order of drafting.
    Number,
    /// The last change.
    ChangedAt,
    /// When it is next due.
    DueAt,
    /// When it loses effect.
    ExpiresAt,
    /// The tier.
    Tier,
}

impl SortBy {
    const fn column(self) -> &'static str {
        match self {
            Self::Number => "serial",
            Self::ChangedAt => "changed_at",
            Self::DueAt => "due_at",
            Self::ExpiresAt => "effective_until",
            Self::Tier => "severity",
        }
    }
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Least or earliest first.
    Ascending,
    /// Greatest or latest first.
    Descending,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The last row's value of what is sorted by: microseconds, a rank, or its serial.
    pub value: i64,
    /// The last row's place in the order of all.
    pub serial: i64,
}

/// A page to read.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Sorted by.
    pub sort: Sort,
    /// After this row.
    pub after: Option<Place>,
    /// At most so many rows.
    pub limit: i64,
}

/// One condition.
#[derive(Debug, Clone)]
enum Clause {
    /// Any of these values.
    Facets(Vec<Entry>),
    /// Any of exactly these terms.
    Terms(Vec<String>),
    /// A word that begins so.
    Word(String),
    /// A time before an instant: its sort, the facet of its days, and the instant.
    Before(SortBy, Facet, Time),
    /// In effect, or not.
    Effect(Effect),
}

/// A condition with how many exceptions meet it, at most.
#[derive(Debug, Clone)]
struct Weighed {
    clause: Clause,
    held: i64,
    /// Its values, each by itself, if they are few.
    arms: Vec<Arm>,
}

/// One value of a condition.
#[derive(Debug, Clone)]
struct Arm {
    of: One,
    /// How many have it.
    held: i64,
    /// The list that keeps those in every order, where there is one.
    list: Option<i64>,
}

/// What it is a value of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum One {
    Facet(Entry),
    Term(String),
}

/// All conditions of a list: the filter's, and that whoever asks sees it.
fn clauses(visibility: &Visibility, filter: &Filter) -> Vec<Clause> {
    clauses_of(filter).chain(seen(visibility)).collect()
}

fn clauses_of(filter: &Filter) -> impl Iterator<Item = Clause> + '_ {
    let entries = |(facet, values): &(Facet, Vec<String>)| {
        Clause::Facets(values.iter().map(|value| (*facet, value.clone())).collect())
    };
    let facets = filter.any_of.iter().filter(|(_, values)| !values.is_empty()).map(entries);
    let systems = Some(&filter.systems).filter(|names| !names.is_empty()).map(|names| Clause::Terms(names.clone()));
    let before = |by, facet, time: Option<Time>| time.map(|time| Clause::Before(by, facet, time));
    facets
        .chain(systems)
        .chain(filter.words.iter().cloned().map(Clause::Word))
        .chain(before(SortBy::DueAt, Facet::DueDay, filter.due_before))
        .chain(before(SortBy::ExpiresAt, Facet::EndDay, filter.expires_before))
        .chain(filter.effect.into_iter().flat_map(in_force))
}

/// What has effect is in one of two states, which few are: worth driving from.
fn in_force(effect: Effect) -> Vec<Clause> {
    let living = [StateName::Active, StateName::ReReview].map(|state| (Facet::State, state.to_string()));
    match effect {
        Effect::InForce(_) => vec![Clause::Facets(living.to_vec()), Clause::Effect(effect)],
        Effect::NotInForce(_) => vec![Clause::Effect(effect)],
    }
}

/// The visibility as a condition: a party, or a role in one of its domains. `None` for who sees everything.
pub(super) fn sight(visibility: &Visibility) -> Option<Vec<Entry>> {
    let root = DomainPath::root();
    if visibility.confidential().contains(&root) && visibility.domains().contains(&root) {
        return None;
    }
    let of = |facet, domains: &[DomainPath]| {
        domains.iter().map(|domain| (facet, domain.to_string())).collect::<Vec<Entry>>()
    };
    let party = (Facet::Party, visibility.person().to_string());
    let open = of(Facet::Open, visibility.domains());
    Some([vec![party], open, of(Facet::Closed, visibility.confidential())].concat())
}

fn seen(visibility: &Visibility) -> Option<Clause> {
    sight(visibility).map(Clause::Facets)
}

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    value: i64,
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Text)]
    body: String,
}

/// The exceptions that `visibility` lets see, filtered, a page of them, each with its place.
pub fn list(
    conn: &mut Conn,
    visibility: &Visibility,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<(Exception, Place)>, StoreError> {
    let (clauses, total) = plan::weigh(conn, clauses(visibility, filter))?;
    let plan = plan::choose(&clauses, page, total);
    let rows: Vec<Listed> = Reading { clauses: &clauses, page }.sql(plan).query().load(conn)?;
    let read = |row: Listed| Ok((parse(&row.id, &row.body)?, Place { value: row.value, serial: row.serial }));
    rows.into_iter().map(read).collect()
}

/// Adds the conditions of a list, and that it is seen, to a query of rows `i` that have a serial.
pub(super) fn narrow(sql: &mut Sql, visibility: Option<&Visibility>, filter: &Filter) {
    let seen = visibility.and_then(seen);
    clauses_of(filter).chain(seen).for_each(|clause| form::of_index(sql, &clause));
}

/// Which of these conditions to gather from, if that reads fewer rows than looking at all of them in order.
pub(super) fn to_gather(conn: &mut Conn, any_of: &[Vec<Entry>], limit: i64) -> Result<Option<Vec<Entry>>, StoreError> {
    let (mut clauses, total) = plan::weigh(conn, any_of.iter().cloned().map(Clause::Facets).collect())?;
    // Work has no lists by value.
    for clause in &mut clauses {
        clause.arms.clear();
    }
    let sort = Sort { by: SortBy::DueAt, direction: Direction::Ascending };
    match plan::choose(&clauses, &Page { sort, after: None, limit }, total) {
        plan::Plan::Gathered(by) => Ok(any_of.get(by).cloned()),
        plan::Plan::Ordered | plan::Plan::Merged(_) => Ok(None),
    }
}

/// The last day that has an instant before `time`.
fn last_day(time: Time) -> String {
    day(time - chrono::Duration::microseconds(1))
}
