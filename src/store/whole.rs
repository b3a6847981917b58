//! The database as a whole: every row of every table once, with one hash a table that both databases give
//! alike, and the ledger's root from its leaves alone. It knows no table but the ledger's.

use std::fmt::Write;

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};
use serde::{Deserialize, Serialize};

use super::{
    backend::{Column, Conn, Kind, MultiBackend, Table},
    error::StoreError,
    rows::Cell,
};
use crate::{
    ledger::{Frontier, TreeHead},
    words::{Hash, leaf_hash},
};

/// How many rows are read at once.
const PAGE: usize = 500;

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Its name.
    pub table: String,
    /// How many rows.
    pub rows: u64,
    /// The sum, modulo 2^256, of the SHA-256 of every row: the same in any order, on either database.
    pub hash: Hash,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct LeafRow {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Text)]
    hash: String,
    #[diesel(sql_type = Text)]
    body: String,
}

/// Reads every table and tells what each holds.
pub(super) fn tallies(conn: &mut Conn, mut seen: impl FnMut(&str, u64)) -> Result<Vec<Tally>, StoreError> {
    let tables = conn.tables()?;
    let one = |table: &Table| {
        let mut tally = Tally { table: table.name.clone(), rows: 0, hash: Hash([0; 32]) };
        each_page(conn, table, |page| {
            for row in page {
                tally.add(row);
            }
            seen(&table.name, u64::try_from(page.len()).unwrap_or(0));
            Ok(())
        })?;
        Ok(tally)
    };
    tables.iter().map(one).collect()
}

/// Is told what is being looked at, and how many more rows or bytes of it were.
pub type Watch<'w> = &'w dyn Fn(&str, u64);

/// How many rows there are in all.
pub(super) fn size(conn: &mut Conn) -> Result<u64, StoreError> {
    let mut rows = 0;
    for table in conn.tables()? {
        let sql = format!("SELECT COUNT(*) AS idx, '' AS hash, '' AS body FROM \"{}\"", table.name);
        let count: LeafRow = sql_query(sql).get_result(conn)?;
        rows += u64::try_from(count.idx).unwrap_or(0);
    }
    Ok(rows)
}

impl Tally {
    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        let mut carry = 0_u16;
        for (sum, more) in self.hash.0.iter_mut().rev().zip(Hash::of(row.line.as_bytes()).0.iter().rev()) {
            let total = u16::from(*sum) + u16::from(*more) + carry;
            *sum = total.to_be_bytes()[1];
            carry = total >> 8;
        }
    }
}

/// A row: its one text, and its cells in the order of the table's columns.
pub(super) struct Row {
    line: String,
    pub(super) cells: Vec<Cell>,
}

/// Gives every row of a table, in pages by its key.
pub(super) fn each_page(
    conn: &mut Conn,
    table: &Table,
    mut take: impl FnMut(&[Row]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut last: Option<Vec<Cell>> = None;
    loop {
        let page = page(conn, table, last.as_deref())?;
        take(&page)?;
        match page.last().filter(|_| page.len() == PAGE) {
            Some(row) => last = Some(key_of(table, row)),
            None => return Ok(()),
        }
    }
}

fn page(conn: &mut Conn, table: &Table, last: Option<&[Cell]>) -> Result<Vec<Row>, StoreError> {
    let mut query = sql_query(text(table, last.is_some())).into_boxed::<MultiBackend>();
    for cell in last.unwrap_or_default() {
        query = match cell {
            Cell::Text(value) => query.bind::<Nullable<Text>, _>(value.clone()),
            Cell::BigInt(value) => query.bind::<Nullable<BigInt>, _>(*value),
            Cell::Int(value) => query.bind::<Nullable<Integer>, _>(*value),
            Cell::Bool(value) => query.bind::<Nullable<Bool>, _>(*value),
        };
    }
    let lines: Vec<Line> = query.load(conn)?;
    let read = |Line { line }| match cells(&line, &table.columns) {
        Some(cells) => Ok(Row { line, cells }),
        None => Err(StoreError::Corrupt(format!("a row of {} cannot be read back", table.name))),
    };
    lines.into_iter().map(read).collect()
}

/// One query text for both databases: every value as `length:text`, and `-` for NULL, one after another.
fn text(table: &Table, continued: bool) -> String {
    let value = |column: &Column| {
        let name = format!("\"{}\"", column.name);
        let plain = match column.kind {
            Kind::Text => name,
            Kind::BigInt | Kind::Int => format!("CAST({name} AS TEXT)"),
            Kind::Bool => format!("CASE WHEN {name} THEN '1' WHEN NOT {name} THEN '0' END"),
        };
        format!("COALESCE(CAST(length({plain}) AS TEXT) || ':' || {plain}, '-')")
    };
    let values: Vec<String> = table.columns.iter().map(value).collect();
    let key: Vec<String> = table.key.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let mut sql = format!("SELECT {} AS line FROM \"{}\"", values.join(" || "), table.name);
    if continued {
        let places: Vec<String> = (1..=key.len()).map(|place| format!("${place}")).collect();
        // Writing to a String cannot fail.
        let _ = write!(sql, " WHERE ({}) > ({})", key.join(", "), places.join(", "));
    }
    let _ = write!(sql, " ORDER BY {} LIMIT {PAGE}", key.join(", "));
    sql
}

/// The cells of a row's text, if it is exactly these columns.
fn cells(line: &str, columns: &[Column]) -> Option<Vec<Cell>> {
    let mut rest = line;
    let mut found = Vec::with_capacity(columns.len());
    for column in columns {
        let (value, after) = match rest.strip_prefix('-') {
            Some(after) => (None, after),
            None => measured(rest)?,
        };
        rest = after;
        found.push(cell(value, column.kind)?);
    }
    rest.is_empty().then_some(found)
}

/// The value at the front of `length:value…`, and what follows it.
fn measured(line: &str) -> Option<(Option<&str>, &str)> {
    let (length, after) = line.split_once(':')?;
    let length: usize = length.parse().ok()?;
    if after.chars().take(length).count() < length {
        return None;
    }
    let end = after.char_indices().nth(length).map_or(after.len(), |(at, _)| at);
    let (value, after) = after.split_at_checked(end)?;
    Some((Some(value), after))
}

fn cell(value: Option<&str>, kind: Kind) -> Option<Cell> {
    let Some(value) = value else {
        return Some(match kind {
            Kind::Text => Cell::Text(None),
            Kind::BigInt => Cell::BigInt(None),
            Kind::Int => Cell::Int(None),
            Kind::Bool => Cell::Bool(None),
        });
    };
    Some(match kind {
        Kind::Text => Cell::Text(Some(value.to_owned())),
        Kind::BigInt => Cell::BigInt(Some(value.parse().ok()?)),
        Kind::Int => Cell::Int(Some(value.parse().ok()?)),
        Kind::Bool => Cell::Bool(Some(value == "1")),
    })
}

fn key_of(table: &Table, row: &Row) -> Vec<Cell> {
    let place = |key: &Column| table.columns.iter().position(|column| column.name == key.name);
    table.key.iter().filter_map(|key| row.cells.get(place(key)?).cloned()).collect()
}

/// The ledger's head, computed from the bodies of its first `size` leaves, or of all of them.
///
/// `Corrupt` where a leaf is missing or is not what its hash says.
pub(super) fn recomputed(conn: &mut Conn, size: Option<u64>) -> Result<TreeHead, StoreError> {
    let mut frontier = Frontier::empty();
    let end = size.map_or(i64::MAX, |size| i64::try_from(size).unwrap_or(i64::MAX));
    loop {
        let next = i64::try_from(frontier.size()).unwrap_or(i64::MAX);
        let sql = format!("SELECT idx, hash, body FROM leaves WHERE idx >= $1 AND idx < $2 ORDER BY idx LIMIT {PAGE}");
        let rows: Vec<LeafRow> = sql_query(sql).bind::<BigInt, _>(next).bind::<BigInt, _>(end).load(conn)?;
        if rows.is_empty() {
            return Ok(frontier.head());
        }
        for row in rows {
            let hash = leaf_hash(row.body.as_bytes());
            if u64::try_from(row.idx) != Ok(frontier.size()) {
                return Err(StoreError::Corrupt(format!("the ledger lacks leaf {}", frontier.size())));
            }
            if hash.to_string() != row.hash {
                return Err(StoreError::Corrupt(format!("leaf {} is not what its hash says", row.idx)));
            }
            frontier.append(hash);
        }
    }
}

/// The head that the database claims to have.
pub(super) fn claimed(conn: &mut Conn) -> Result<TreeHead, StoreError> {
    let sql = "SELECT size AS idx, frontier AS hash, '' AS body FROM ledger_head WHERE id = 1";
    let row: LeafRow = sql_query(sql).get_result(conn)?;
    let frontier = if row.hash.is_empty() { Ok(Frontier::empty()) } else { row.hash.parse() };
    let frontier = frontier.map_err(|error| StoreError::Corrupt(format!("the ledger's head: {error}")))?;
    Ok(frontier.head())
}

/// The head, if the leaves lead to exactly what the database claims.
pub(super) fn verified_head(conn: &mut Conn) -> Result<TreeHead, StoreError> {
    let (claimed, found) = (claimed(conn)?, recomputed(conn, None)?);
    if claimed == found {
        return Ok(found);
    }
    let told = format!(
        "its leaves lead to {} at {}, its head says {} at {}",
        found.root, found.size, claimed.root, claimed.size
    );
    Err(StoreError::Corrupt(format!("the ledger: {told}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testbed;

    #[test]
    fn every_value_comes_back_from_a_rows_text() {
        let kinds = [Kind::Text, Kind::BigInt, Kind::Bool, Kind::Text, Kind::Int];
        let columns = kinds.map(|kind| Column { name: "c".to_owned(), kind });
        let read = cells("5:a:é-1-1:0-2:-7", &columns).expect("a row");
        let wanted = [
            Cell::Text(Some("a:é-1".to_owned())),
            Cell::BigInt(None),
            Cell::Bool(Some(false)),
            Cell::Text(None),
            Cell::Int(Some(-7)),
        ];
        assert_eq!(read, wanted);
        for odd in ["", "-", "-----x", "9:a----", "x:a----"] {
            assert!(cells(odd, &columns).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_hash_is_of_the_rows_and_not_of_their_order() {
        let row = |line: &str| Row { line: line.to_owned(), cells: Vec::new() };
        let tally = |lines: &[&str]| {
            let mut tally = Tally { table: String::new(), rows: 0, hash: Hash([0; 32]) };
            for line in lines {
                tally.add(&row(line));
            }
            tally
        };
        assert_eq!(tally(&["a", "b", "c"]), tally(&["c", "a", "b"]));
        assert_ne!(tally(&["a", "b"]).hash, tally(&["a", "c"]).hash);
        assert_ne!(tally(&["a"]).hash, tally(&["a", "a"]).hash);
    }

    #[test]
    fn every_table_of_both_databases_can_be_read_as_a_whole() {
        let mut names: Vec<Vec<String>> = Vec::new();
        for bed in testbed::beds() {
            let mut conn = bed.open();
            let found = tallies(&mut conn, |_, _| {}).expect("tallies");
            assert!(found.iter().any(|tally| tally.table == "ledger_head" && tally.rows == 1), "{found:?}");
            names.push(found.into_iter().map(|tally| tally.table).collect());
            assert_eq!(verified_head(&mut conn).expect("a head").size, 0);
        }
        assert!(names.windows(2).all(|two| two[0] == two[1]), "{names:?}");
    }
}
