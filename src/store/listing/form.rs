//! A plan as SQL. Conditions are looked up one row at a time: `LIMIT 1 OFFSET 0` keeps PostgreSQL from turning a
//! lookup into a join, and CROSS JOIN and a unary plus keep SQLite from choosing another order.

use super::{
    Arm, Clause, Direction, Effect, One, Page, SortBy, Weighed,
    plan::{Plan, by_facet, follows, within},
};
use crate::store::{facets::Entry, orders::sort_of, sql::Sql};

/// Rows that are sorted with all that they hold, at most.
const FEW: i64 = 1_000;

/// A list to be read.
pub(super) struct Reading<'r> {
    pub(super) clauses: &'r [Weighed],
    pub(super) page: &'r Page,
}

/// What a condition is asked of: a row of `exceptions`, or of an index that has the serial alone, or of a list that
/// has beside it what is sorted by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Row,
    Index,
    List,
}

impl Of {
    const fn serial(self) -> &'static str {
        match self {
            Self::Row => "e.serial",
            Self::Index | Self::List => "i.serial",
        }
    }
}

impl Reading<'_> {
    /// The query of a plan.
    pub(super) fn sql(&self, plan: Plan) -> Sql {
        let column = self.page.sort.by.column();
        let mut sql =
            Sql::new(&format!("SELECT e.id AS id, e.{column} AS value, e.serial AS serial, e.body AS body FROM "));
        match plan {
            Plan::Ordered => {
                sql.push(&format!("exceptions e WHERE e.{column} IS NOT NULL"));
                self.conditions(&mut sql, (Of::Row, None));
                self.order(&mut sql, "");
            }
            Plan::Gathered(by) if self.is_few_days(by) => sql = self.days(by),
            Plan::Gathered(by) => {
                self.gathered(&mut sql, by);
                self.conditions(&mut sql, (Of::Row, Some(by)));
                self.order(&mut sql, "+");
            }
            Plan::Merged(by) => {
                self.merged(&mut sql, by);
                self.order(&mut sql, "");
            }
        }
        sql
    }

    /// Everything that is due or ends before an instant, sorted, and then held against the other conditions until the
    /// page is full.
    fn days(&self, by: usize) -> Sql {
        let (column, order) = (self.page.sort.by.column(), direction(self.page));
        let mut sql = Sql::new("SELECT i.id AS id, i.value AS value, i.serial AS serial, i.body AS body FROM (");
        // What is sorted by is the same expression inside and outside, so that nothing is sorted twice.
        sql.push(&format!("SELECT e.id AS id, +e.{column} AS value, e.serial AS serial, e.body AS body FROM "));
        self.gathered(&mut sql, by);
        self.after(&mut sql, Of::Row);
        sql.push(&format!(" ORDER BY value {order}, serial {order} LIMIT {FEW} OFFSET 0) i WHERE 1 = 1"));
        self.lookups(&mut sql, (Of::Index, Some(by)));
        sql.push(&format!(" ORDER BY i.value {order}, i.serial {order} LIMIT {}", self.page.limit));
        sql
    }

    /// Is the condition an instant before which so few are due or end that they are sorted first, and held against
    /// the other conditions one by one until the page is full?
    fn is_few_days(&self, by: usize) -> bool {
        self.clauses.get(by).is_some_and(|one| matches!(one.clause, Clause::Before(..)) && one.held <= FEW)
    }

    /// Everything that meets one condition.
    fn gathered(&self, sql: &mut Sql, by: usize) {
        let column = self.page.sort.by.column();
        match self.clauses.get(by).map(|one| &one.clause) {
            Some(clause @ (Clause::Facets(_) | Clause::Terms(_) | Clause::Word(_))) => {
                sql.push("(SELECT DISTINCT i.serial AS serial FROM (");
                sources(sql, clause);
                sql.push(&format!(
                    ") i) g CROSS JOIN exceptions e WHERE e.serial = g.serial AND e.{column} IS NOT NULL"
                ));
            }
            // It is a condition on the row itself, and its own index finds it.
            Some(clause @ (Clause::Before(..) | Clause::Effect(_))) => {
                sql.push(&format!("exceptions e WHERE +e.{column} IS NOT NULL"));
                condition(sql, clause, Of::Row);
            }
            None => {
                sql.push("exceptions e WHERE 1 = 0");
            }
        }
    }

    /// Of each value the first of the page, each once.
    fn merged(&self, sql: &mut Sql, by: usize) {
        let arms = self.clauses.get(by).map(|one| one.arms.as_slice()).unwrap_or_default();
        let (order, limit) = (direction(self.page), self.page.limit);
        sql.push("(SELECT serial FROM (");
        for (at, arm) in arms.iter().enumerate() {
            sql.push(if at > 0 { " UNION " } else { "" }).push("SELECT serial, place FROM (SELECT ");
            self.arm(sql, (arm, by));
            sql.push(&format!(" LIMIT {limit}) a{at}"));
        }
        sql.push(&format!(
            ") u ORDER BY place {order}, serial {order} LIMIT {limit}) g CROSS JOIN exceptions e WHERE e.serial = g.serial"
        ));
    }

    /// The rows of one value in the order of the page, by their list where they have one.
    fn arm(&self, sql: &mut Sql, (arm, by): (&Arm, usize)) {
        let order = direction(self.page);
        let column = self.page.sort.by.column();
        match (sort_of(column), arm.list) {
            (None, _) => {
                sql.push("i.serial AS serial, i.serial AS place FROM ");
                source(sql, &arm.of);
                self.conditions(sql, (Of::Index, Some(by)));
                sql.push(&format!(" ORDER BY i.serial {order}"));
            }
            (Some(sort), Some(list)) => {
                sql.push("i.serial AS serial, i.place AS place FROM exception_orders i WHERE i.list = ").bind(list);
                sql.push(&format!(" AND i.sort = {sort}"));
                self.conditions(sql, (Of::List, Some(by)));
                sql.push(&format!(" ORDER BY i.place {order}, i.serial {order}"));
            }
            (Some(_), None) => {
                sql.push(&format!("e.serial AS serial, e.{column} AS place FROM (SELECT i.serial AS serial FROM "));
                source(sql, &arm.of);
                sql.push(&format!(") s CROSS JOIN exceptions e WHERE e.serial = s.serial AND e.{column} IS NOT NULL"));
                self.conditions(sql, (Of::Row, Some(by)));
                sql.push(&format!(" ORDER BY +e.{column} {order}, e.serial {order}"));
            }
        }
    }

    /// All conditions but one, and what comes after the page before.
    fn conditions(&self, sql: &mut Sql, (of, but): (Of, Option<usize>)) {
        self.lookups(sql, (of, but));
        self.after(sql, of);
    }

    fn lookups(&self, sql: &mut Sql, (of, but): (Of, Option<usize>)) {
        for (_, one) in self.clauses.iter().enumerate().filter(|(at, _)| Some(*at) != but) {
            match &one.clause {
                Clause::Before(_, _, time) if of == Of::List && follows(&one.clause, self.page) => {
                    sql.push(" AND i.place < ").bind(time.timestamp_micros());
                }
                Clause::Facets(_) | Clause::Terms(_) | Clause::Word(_) | Clause::Before(..) | Clause::Effect(_) => {
                    condition(sql, &one.clause, of);
                }
            }
        }
    }

    /// What comes after the page before.
    fn after(&self, sql: &mut Sql, of: Of) {
        let Some(after) = self.page.after else { return };
        let (than, column) = (if direction(self.page) == "DESC" { "<" } else { ">" }, self.page.sort.by.column());
        if self.page.sort.by == SortBy::Number {
            sql.push(&format!(" AND {} {than} ", of.serial())).bind(after.serial);
        } else {
            let place = if of == Of::List { "i.place".to_owned() } else { format!("e.{column}") };
            sql.push(&format!(" AND ({place}, {}) {than} (", of.serial())).bind(after.value);
            sql.push(", ").bind(after.serial).push(")");
        }
    }

    fn order(&self, sql: &mut Sql, plus: &str) {
        let (column, order, limit) = (self.page.sort.by.column(), direction(self.page), self.page.limit);
        let tie = if self.page.sort.by == SortBy::Number { String::new() } else { format!(", e.serial {order}") };
        sql.push(&format!(" ORDER BY {plus}e.{column} {order}{tie} LIMIT {limit}"));
    }
}

const fn direction(page: &Page) -> &'static str {
    match page.sort.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

/// The rows that have a value, called `i`.
fn source(sql: &mut Sql, one: &One) {
    match one {
        One::Facet((facet, value)) => {
            sql.push("exception_facets i WHERE i.facet = ").bind(facet.as_str());
            sql.push(" AND i.value = ").bind(value.as_str());
        }
        One::Term(term) => {
            sql.push("exception_terms i WHERE i.term = ").bind(term.as_str());
        }
    }
}

/// The serials of everything that meets a condition, some more than once.
fn sources(sql: &mut Sql, clause: &Clause) {
    match clause {
        Clause::Facets(entries) => serials(sql, entries),
        Clause::Terms(terms) => {
            sql.push("SELECT serial FROM exception_terms WHERE ").one_of("term", terms);
        }
        Clause::Word(prefix) => {
            within(sql.push("SELECT serial FROM exception_terms WHERE "), ("term", prefix));
        }
        Clause::Before(..) | Clause::Effect(_) => {}
    }
}

/// The serials of everything that has one of these values, some more than once.
pub(in crate::store) fn serials(sql: &mut Sql, entries: &[Entry]) {
    for (at, (facet, values)) in by_facet(entries).iter().enumerate() {
        sql.push(if at > 0 { " UNION ALL " } else { "" });
        sql.push("SELECT serial FROM exception_facets WHERE facet = ").bind(facet.as_str()).push(" AND ");
        sql.one_of("value", values);
    }
}

fn condition(sql: &mut Sql, clause: &Clause, of: Of) {
    let serial = of.serial();
    match clause {
        Clause::Facets(entries) => {
            sql.push(" AND ");
            held(sql, entries, serial);
        }
        Clause::Terms(terms) => {
            sql.push(&format!(" AND EXISTS (SELECT 1 FROM exception_terms t WHERE t.serial = {serial} AND "));
            sql.one_of("t.term", terms).push(ONE);
        }
        Clause::Word(prefix) => {
            sql.push(&format!(" AND EXISTS (SELECT 1 FROM exception_terms t WHERE t.serial = {serial} AND "));
            within(sql, ("t.term", prefix)).push(ONE);
        }
        Clause::Before(..) | Clause::Effect(_) if of != Of::Row => {
            sql.push(&format!(" AND EXISTS (SELECT 1 FROM exceptions e WHERE e.serial = {serial}"));
            condition(sql, clause, Of::Row);
            sql.push(ONE);
        }
        Clause::Before(by, _, time) => {
            sql.push(&format!(" AND e.{} < ", by.column())).bind(time.timestamp_micros());
        }
        Clause::Effect(effect) => in_force(sql, *effect),
    }
}

/// A condition on rows that are called `i` and have a serial.
pub(super) fn of_index(sql: &mut Sql, clause: &Clause) {
    condition(sql, clause, Of::Index);
}

const ONE: &str = " LIMIT 1 OFFSET 0)";

/// The exception with this serial has one of these values.
pub(in crate::store) fn held(sql: &mut Sql, entries: &[Entry], serial: &str) {
    sql.push("(");
    for (at, (facet, values)) in by_facet(entries).iter().enumerate() {
        sql.push(if at > 0 { " OR " } else { "" });
        sql.push("EXISTS (SELECT 1 FROM exception_facets f WHERE f.facet = ").bind(facet.as_str()).push(" AND ");
        sql.one_of("f.value", values).push(&format!(" AND f.serial = {serial}")).push(ONE);
    }
    sql.push(")");
}

/// The one predicate of effect: in a living state, begun, and not yet over.
fn in_force(sql: &mut Sql, effect: Effect) {
    let (not, now) = match effect {
        Effect::InForce(now) => ("", now.timestamp_micros()),
        Effect::NotInForce(now) => ("NOT ", now.timestamp_micros()),
    };
    sql.push(&format!(" AND {not}(e.state IN ('active', 're_review') AND COALESCE(e.starts_at <= "));
    sql.bind(now).push(" AND e.effective_until > ").bind(now).push(", 1 = 0))");
}
