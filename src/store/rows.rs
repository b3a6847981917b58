//! Rows collected in memory and written by as few statements as the databases allow.
//! It knows placeholders and limits, not what the tables mean.

use super::backend::{Conn, MultiBackend};
use diesel::query_builder::BoxedSqlQuery;
use diesel::result::{Error, QueryResult};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use diesel::{RunQueryDsl, sql_query};
use std::fmt::Write;

/// Bound values one statement carries. SQLite would take 32,766 and PostgreSQL 65,535, but SQLite
/// looks up each `$n` among all before it, so the cost grows with the square of the statement.
const MAX_BINDS: usize = 2_000;

/// One value of a row; `None` is NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// TEXT: ids, names, JSON.
    Text(Option<String>),
    /// BIGINT: counts, and times in microseconds since the epoch (UTC).
    BigInt(Option<i64>),
    /// INTEGER.
    Int(Option<i32>),
    /// BOOLEAN.
    Bool(Option<bool>),
}

macro_rules! cell_from {
    ($($plain:ty => $variant:ident),+) => {$(
        impl From<$plain> for Cell {
            fn from(value: $plain) -> Self {
                Self::$variant(Some(value.into()))
            }
        }
        impl From<Option<$plain>> for Cell {
            fn from(value: Option<$plain>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    )+};
}
cell_from!(String => Text, &str => Text, i64 => BigInt, i32 => Int, bool => Bool);

/// What an insert does with a row whose key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// The statement fails with a unique violation.
    Fail,
    /// The row is left out (`ON CONFLICT DO NOTHING`).
    Skip,
    /// To the row with the same key (the first) the number in a column (the second) is added.
    Add(&'static str, &'static str),
}

/// Rows of one table, waiting to be inserted together.
#[derive(Debug, Clone)]
pub struct Rows {
    /// `table (column, …)`, as an INSERT names them.
    into: String,
    width: usize,
    on_conflict: OnConflict,
    waiting: Vec<Vec<Cell>>,
}

impl Rows {
    /// No rows yet, for `columns` of `table`.
    pub fn new(table: &str, columns: &[&str]) -> Self {
        let into = format!("{table} ({})", columns.join(", "));
        Self { into, width: columns.len(), on_conflict: OnConflict::Fail, waiting: Vec::new() }
    }

    /// The same rows with another answer to a taken key.
    #[must_use]
    pub fn on_conflict(self, on_conflict: OnConflict) -> Self {
        Self { on_conflict, ..self }
    }

    /// Adds one row, its cells in the order of the columns.
    pub fn push(&mut self, row: impl Into<Vec<Cell>>) {
        self.waiting.push(row.into());
    }

    /// The last waiting row whose first cell is this text.
    pub fn find(&self, key: &str) -> Option<&[Cell]> {
        let named = |row: &&Vec<Cell>| matches!(row.first(), Some(Cell::Text(Some(text))) if text == key);
        self.waiting.iter().rev().find(named).map(Vec::as_slice)
    }

    /// How many rows wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The rows that wait, in order.
    pub fn waiting(&self) -> impl Iterator<Item = &[Cell]> {
        self.waiting.iter().map(Vec::as_slice)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Forgets the rows after the first `len`: the way back to a mark.
    pub fn truncate(&mut self, len: usize) {
        self.waiting.truncate(len);
    }

    /// Inserts all rows in order and returns how many were written; call it inside a transaction.
    ///
    /// A row with the wrong number of cells fails the whole call before anything is sent.
    pub fn insert(&self, conn: &mut Conn) -> QueryResult<usize> {
        if let Some(row) = self.waiting.iter().find(|row| row.len() != self.width) {
            let (has, wants) = (row.len(), self.width);
            let message = format!("a row for {} has {has} cells for {wants} columns", self.into);
            return Err(Error::QueryBuilderError(message.into()));
        }
        let fitting = (MAX_BINDS / self.width.max(1)).max(1);
        let chunks = self.waiting.chunks(fitting);
        chunks.map(|chunk| self.statement(chunk).execute(conn)).sum()
    }

    fn statement<'a>(
        &self,
        chunk: &'a [Vec<Cell>],
    ) -> BoxedSqlQuery<'a, MultiBackend, diesel::query_builder::SqlQuery> {
        let cells = chunk.iter().flatten();
        cells.fold(sql_query(self.text(chunk.len())).into_boxed(), |query, cell| match cell {
            Cell::Text(value) => query.bind::<Nullable<Text>, _>(value.as_deref()),
            Cell::BigInt(value) => query.bind::<Nullable<BigInt>, _>(*value),
            Cell::Int(value) => query.bind::<Nullable<Integer>, _>(*value),
            Cell::Bool(value) => query.bind::<Nullable<Bool>, _>(*value),
        })
    }

    /// `INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)`: numbered in order, as both databases read it.
    fn text(&self, rows: usize) -> String {
        let width = self.width;
        let mut sql = format!("INSERT INTO {} VALUES ", self.into);
        for row in 0..rows {
            let places: Vec<String> = (1..=width).map(|place| format!("${}", row * width + place)).collect();
            let comma = if row == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(sql, "{comma}({})", places.join(", "));
        }
        match self.on_conflict {
            OnConflict::Fail => {}
            OnConflict::Skip => sql.push_str(" ON CONFLICT DO NOTHING"),
            OnConflict::Add(key, column) => {
                let table = self.into.split(' ').next().unwrap_or_default();
                let _ =
                    write!(sql, " ON CONFLICT ({key}) DO UPDATE SET {column} = {table}.{column} + excluded.{column}");
            }
        }
        sql
    }
}
