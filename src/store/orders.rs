//! What lists are read from where a filter is too common to be gathered and too rare to be met along a sort: of
//! each such value its exceptions in every order. Which values have that is chosen by the counts, every hour; what
//! a list asks for is not known here.

use std::{collections::HashMap, sync::Arc};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    facets::{Entry, Facet},
    rows::Rows,
    sql::Sql,
    tx::{Store, Tx},
};
use crate::{domain::exception::Exception, words::Tier};

/// Of fewer exceptions everything is gathered at less cost than a page of ordered ones.
const LEAST: i64 = 100;
/// The same of words, of which an exception has many more.
const LEAST_OF_WORDS: i64 = 400;
/// What one in so many have is common: walking along the sort meets it soon enough.
const MOST: i64 = 50;
/// How far beyond those bounds a value comes before its list is given up, so that none comes and goes.
const SLACK: i64 = 2;
/// Lists that are made or given up in one transaction.
const TOGETHER: usize = 8;

/// The sorts that lists are kept by, each with its code and its column; the number needs none.
pub(super) const SORTS: [(i32, &str); 4] = [(1, "changed_at"), (2, "due_at"), (3, "effective_until"), (4, "severity")];

/// The code of the sort by a column.
pub(super) fn sort_of(column: &str) -> Option<i32> {
    SORTS.iter().find(|(_, of)| *of == column).map(|(sort, _)| *sort)
}

/// Where an exception stands in each of [`SORTS`]: microseconds, or a rank; `None` where it is left out.
pub(super) fn places(exception: &Exception) -> [Option<i64>; 4] {
    [
        Some(exception.changed_at.timestamp_micros()),
        exception.tasks.iter().map(|task| task.due_at).min().map(|due| due.timestamp_micros()),
        exception.effective_until().map(|end| end.timestamp_micros()),
        exception.tier().map(severity),
    ]
}

/// A tier's rank, from 1 for the lowest.
const fn severity(tier: Tier) -> i64 {
    match tier {
        Tier::Low => 1,
        Tier::Moderate => 2,
        Tier::High => 3,
        Tier::Critical => 4,
    }
}

/// Which values have lists of their own, and under which number.
#[derive(Debug, Default)]
pub(super) struct Orders {
    facets: HashMap<Entry, i64>,
    terms: HashMap<String, i64>,
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Nullable<Text>)]
    facet: Option<String>,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = BigInt)]
    list: i64,
}

/// A value that is to get a list, or whose list is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    facet: Option<Facet>,
    value: String,
    /// The list that it has.
    list: Option<i64>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<Text>)]
    facet: Option<String>,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    list: Option<i64>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Orders {
    fn read(conn: &mut Conn) -> Result<Self, StoreError> {
        let sql = "SELECT facet AS facet, value AS value, ordered AS list FROM facet_counts WHERE ordered IS NOT NULL \
                   UNION ALL SELECT NULL, term, ordered FROM term_counts WHERE ordered IS NOT NULL";
        let rows: Vec<Kept> = Sql::new(sql).kept().load(conn)?;
        let mut found = Self::default();
        for Kept { facet, value, list } in rows {
            match facet.map(|facet| facet.parse::<Facet>()) {
                Some(Ok(facet)) => _ = found.facets.insert((facet, value), list),
                Some(Err(_)) => return Err(StoreError::Corrupt(format!("a list of {value} is of no facet"))),
                None => _ = found.terms.insert(value, list),
            }
        }
        Ok(found)
    }

    fn is_empty(&self) -> bool {
        self.facets.is_empty() && self.terms.is_empty()
    }

    fn of_facets<'e>(&self, entries: impl Iterator<Item = &'e Entry>) -> Vec<i64> {
        entries.filter_map(|entry| self.facets.get(entry).copied()).collect()
    }

    fn of_terms<'t>(&self, terms: impl Iterator<Item = &'t String>) -> Vec<i64> {
        terms.filter_map(|term| self.terms.get(term).copied()).collect()
    }
}

impl Tx<'_, '_> {
    /// The lists that there are; read once, until there are others.
    fn orders(&mut self) -> Result<Arc<Orders>, StoreError> {
        if let Some(known) = &self.batch().orders {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(Orders::read(self.conn())?);
        self.batch().orders = Some(Arc::clone(&read));
        Ok(read)
    }

    /// Moves an exception within the lists that it is in.
    pub(super) fn move_within(
        &mut self,
        serial: i64,
        (before, after): (&Exception, &Exception),
    ) -> Result<(), StoreError> {
        if self.orders()?.is_empty() {
            return Ok(());
        }
        let moved = places(before).into_iter().zip(places(after)).zip(SORTS).filter(|((was, is), _)| was != is);
        for ((was, is), (sort, _)) in moved {
            let sql = match (was, is) {
                (Some(_), Some(is)) => {
                    let sql = "UPDATE exception_orders SET place = $1 WHERE serial = $2 AND sort = $3";
                    Sql::of(sql, [is.into(), serial.into(), sort.into()])
                }
                (None, Some(is)) => {
                    // Every exception has a last change, so there each list that it is in is named.
                    let sql = "INSERT INTO exception_orders (list, sort, place, serial) SELECT list, $1, $2, serial \
                               FROM exception_orders WHERE serial = $3 AND sort = 1";
                    Sql::of(sql, [sort.into(), is.into(), serial.into()])
                }
                (_, None) => {
                    let sql = "DELETE FROM exception_orders WHERE serial = $1 AND sort = $2";
                    Sql::of(sql, [serial.into(), sort.into()])
                }
            };
            sql.kept().execute(self.conn())?;
        }
        Ok(())
    }

    /// Takes an exception out of the lists of facets, and puts it into others.
    pub(super) fn move_facets(
        &mut self,
        (serial, is): (i64, &Exception),
        (gone, new): (&[&Entry], &[&Entry]),
    ) -> Result<(), StoreError> {
        let orders = self.orders()?;
        self.leave_lists(serial, &orders.of_facets(gone.iter().copied()))?;
        self.join_lists((serial, places(is)), &orders.of_facets(new.iter().copied()))
    }

    /// The same of terms.
    pub(super) fn move_terms(&mut self, serial: i64, (gone, new): (&[String], &[&String])) -> Result<(), StoreError> {
        let orders = self.orders()?;
        self.leave_lists(serial, &orders.of_terms(gone.iter()))?;
        let joined = orders.of_terms(new.iter().copied());
        if joined.is_empty() {
            return Ok(());
        }
        let stands = places_in(self.conn(), serial)?;
        self.join_lists((serial, stands), &joined)
    }

    fn leave_lists(&mut self, serial: i64, lists: &[i64]) -> Result<(), StoreError> {
        for list in lists {
            let sql = "DELETE FROM exception_orders WHERE serial = $1 AND list = $2";
            Sql::of(sql, [serial.into(), (*list).into()]).kept().execute(self.conn())?;
        }
        Ok(())
    }

    fn join_lists(&mut self, (serial, stands): (i64, [Option<i64>; 4]), lists: &[i64]) -> Result<(), StoreError> {
        let mut rows = Rows::new("exception_orders", &["list", "sort", "place", "serial"]);
        for list in lists {
            for ((sort, _), place) in SORTS.into_iter().zip(stands) {
                if let Some(place) = place {
                    rows.push([(*list).into(), sort.into(), place.into(), serial.into()]);
                }
            }
        }
        rows.insert(self.conn())?;
        Ok(())
    }

    /// Makes and gives up lists of these values, a few of them; how many.
    pub fn put_in_order(&mut self, misplaced: &[Misplaced]) -> Result<usize, StoreError> {
        for one in misplaced {
            let list = self.batch().next_list();
            number_lists(self.conn(), list)?;
            let (counts, column) = one.counted();
            let mut marked = Sql::new(&format!("UPDATE {counts} SET ordered = "));
            marked.bind(one.list.is_none().then_some(list)).push(" WHERE ");
            one.named(&mut marked, column);
            marked.query().execute(self.conn())?;
            match one.list {
                Some(gone) => {
                    Sql::of("DELETE FROM exception_orders WHERE list = $1", [gone.into()])
                        .query()
                        .execute(self.conn())?;
                }
                None => self.fill(one, list)?,
            }
        }
        Ok(misplaced.len())
    }

    /// Puts everything that has a value into its new list.
    fn fill(&mut self, one: &Misplaced, list: i64) -> Result<(), StoreError> {
        let (from, column) = one.kept();
        for (sort, by) in SORTS {
            let mut sql = Sql::new("INSERT INTO exception_orders (list, sort, place, serial) SELECT ");
            sql.push(&format!("{list}, {sort}, e.{by}, e.serial FROM {from} i CROSS JOIN exceptions e WHERE "));
            one.named(&mut sql, column);
            sql.push(&format!(" AND e.serial = i.serial AND e.{by} IS NOT NULL"));
            sql.query().execute(self.conn())?;
        }
        Ok(())
    }
}

/// Tells every process that the lists are others now: `last` is the last of their numbers.
pub(super) fn number_lists(conn: &mut Conn, last: i64) -> Result<(), StoreError> {
    Sql::of("UPDATE ledger_head SET orders = $1 WHERE id = 1", [last.into()]).kept().execute(conn)?;
    Ok(())
}

/// Where an exception stands, as its row says.
fn places_in(conn: &mut Conn, serial: i64) -> Result<[Option<i64>; 4], StoreError> {
    use super::schema::exceptions::dsl as e;
    let row: (i64, Option<i64>, Option<i64>, Option<i64>) = e::exceptions
        .filter(e::serial.eq(serial))
        .select((e::changed_at, e::due_at, e::effective_until, e::severity))
        .first(conn)?;
    Ok([Some(row.0), row.1, row.2, row.3])
}

impl Misplaced {
    /// A value of a facet, or a term, that has no list and is to get one.
    pub const fn unlisted(facet: Option<Facet>, value: String) -> Self {
        Self { facet, value, list: None }
    }

    /// Where it is counted, and what names its value there.
    const fn counted(&self) -> (&'static str, &'static str) {
        if self.facet.is_some() { ("facet_counts", "value") } else { ("term_counts", "term") }
    }

    /// Where the exceptions that have it stand, and what names its value there.
    const fn kept(&self) -> (&'static str, &'static str) {
        if self.facet.is_some() { ("exception_facets", "i.value") } else { ("exception_terms", "i.term") }
    }

    fn named(&self, sql: &mut Sql, column: &str) {
        sql.push(column).push(" = ").bind(self.value.as_str());
        if let Some(facet) = self.facet {
            sql.push(" AND facet = ").bind(facet.as_str());
        }
    }
}

/// The values whose exceptions are to be kept in every order, or no longer: a few of them. The days on which
/// something is due or ends are no filter of their own.
pub fn misplaced(conn: &mut Conn) -> Result<Vec<Misplaced>, StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(held), 0) AS BIGINT) AS number FROM facet_counts WHERE facet = 'state'";
    let Number { number: total } = Sql::new(sql).query().get_result(conn)?;
    let bounds = |least: i64| {
        let (low, high) = (least / SLACK, total / MOST * SLACK);
        let most = total / MOST;
        format!(
            "((ordered IS NULL AND held BETWEEN {least} AND {most}) \
             OR (ordered IS NOT NULL AND (held < {low} OR held > {high})))"
        )
    };
    let sql = format!(
        "SELECT facet AS facet, value AS value, ordered AS list FROM facet_counts WHERE facet NOT IN ('{}', '{}') AND {} \
         UNION ALL SELECT NULL, term, ordered FROM term_counts WHERE {} LIMIT {TOGETHER}",
        Facet::DueDay,
        Facet::EndDay,
        bounds(LEAST),
        bounds(LEAST_OF_WORDS)
    );
    let rows: Vec<Found> = Sql::new(&sql).query().load(conn)?;
    let read = |row: Found| {
        let facet = row.facet.map(|facet| facet.parse()).transpose();
        let facet = facet.map_err(|_| StoreError::Corrupt(format!("{} is counted for no facet", row.value)))?;
        Ok(Misplaced { facet, value: row.value, list: row.list })
    };
    rows.into_iter().map(read).collect()
}

impl Store {
    /// Keeps in every order what its number asks for, and nothing else: after an upgrade. It blocks; never inside an
    /// async task.
    pub fn put_in_order(&self) -> Result<(), StoreError> {
        loop {
            let some = self.read::<_, StoreError>(misplaced)?;
            if some.is_empty() {
                return Ok(());
            }
            let done = self.write::<_, StoreError>(move |tx| tx.put_in_order(&some))?;
            done.blocking_recv().map_err(StoreError::from)??;
        }
    }
}
