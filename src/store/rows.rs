//! Rows collected in memory and written by as few statements as the databases allow.
//! It knows placeholders and limits, not what the tables mean.

use super::backend::Conn;
use super::sql::Sql;
use diesel::RunQueryDsl;
use diesel::result::{Error, QueryResult};

/// Bound values one statement carries; SQLite would take 32,766 and PostgreSQL 65,535.
const MAX_BINDS: usize = 2_000;
/// Rows that one statement inserts where more wait than [`FEW`].
const TOGETHER: [usize; 3] = [256, 64, 16];
/// So many rows or fewer go into one statement, each number with a text of its own.
const FEW: usize = 16;

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
    /// The row with the same key (the first) gets these columns of the new one.
    Replace(&'static str, &'static [&'static str]),
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
        let mut rest = self.waiting.as_slice();
        let mut written = 0;
        while !rest.is_empty() {
            let (some, others) = rest.split_at(self.together(rest.len()));
            written += self.statement(some).kept().execute(conn)?;
            rest = others;
        }
        Ok(written)
    }

    /// How many of so many rows go into the next statement: one of few numbers, so that each text is prepared once.
    fn together(&self, waiting: usize) -> usize {
        let fits = |rows: &usize| *rows <= waiting && rows * self.width <= MAX_BINDS;
        if waiting <= FEW { waiting } else { TOGETHER.into_iter().find(fits).unwrap_or(1) }
    }

    /// `INSERT INTO t (a, b) VALUES (…), (…)`.
    fn statement(&self, rows: &[Vec<Cell>]) -> Sql {
        let mut sql = Sql::new(&format!("INSERT INTO {} VALUES ", self.into));
        for (at, row) in rows.iter().enumerate() {
            sql.push(if at > 0 { "), (" } else { "(" });
            for (at, cell) in row.iter().enumerate() {
                sql.push(if at > 0 { ", " } else { "" }).bind(cell.clone());
            }
        }
        sql.push(")").push(&self.otherwise());
        sql
    }

    fn otherwise(&self) -> String {
        match self.on_conflict {
            OnConflict::Fail => String::new(),
            OnConflict::Skip => " ON CONFLICT DO NOTHING".to_owned(),
            OnConflict::Add(key, column) => {
                let table = self.into.split(' ').next().unwrap_or_default();
                format!(" ON CONFLICT ({key}) DO UPDATE SET {column} = {table}.{column} + excluded.{column}")
            }
            OnConflict::Replace(key, columns) => {
                let set: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
                format!(" ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "))
            }
        }
    }
}
