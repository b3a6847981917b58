//! A table: columns with a name, a unit and a meaning, and rows of cells. It knows no form to be written in.

use serde_json::{Map, Value};

use crate::{domain::request::Time, words::words};

words! {
    /// What the cells of a column are.
    Unit, "unit" {
        Text = "text", Count = "count", Percent = "percent", Per100 = "per_100", Hours = "hours", Days = "days",
        Instant = "instant", Flag = "flag",
    }
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name: a member of JSON, a heading elsewhere.
    pub name: &'static str,
    /// What its cells are.
    pub unit: Unit,
}

/// A column of this name and unit.
pub const fn column(name: &'static str, unit: Unit) -> Column {
    Column { name, unit }
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A whole number.
    Count(i64),
    /// A number with decimals.
    Number(f64),
    /// An instant.
    Instant(Time),
    /// Yes or no.
    Flag(bool),
    /// There is none.
    Nothing,
    /// There is one that so few confidential records would show through that it is not told.
    Hidden,
}

/// An instant as RFC 3339 writes it, in UTC, to the microsecond where it has any.
pub fn instant(at: Time) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

impl Cell {
    /// A text, or nothing.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.into()))
    }

    /// An instant, or nothing.
    pub fn at(time: Option<Time>) -> Self {
        time.map_or(Self::Nothing, Self::Instant)
    }

    /// As JSON; what is hidden is `null`, as is what there is not.
    pub fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Count(count) => Value::from(*count),
            Self::Number(number) => Value::from(*number),
            Self::Instant(at) => Value::from(instant(*at)),
            Self::Flag(yes) => Value::from(*yes),
            Self::Nothing | Self::Hidden => Value::Null,
        }
    }

    /// As plain text; what is hidden says so.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Instant(at) => instant(*at),
            Self::Flag(yes) => yes.to_string(),
            Self::Nothing => String::new(),
            Self::Hidden => "(hidden)".to_owned(),
        }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A row as a JSON object; `hidden` names the columns that are not told.
    pub fn object(columns: &[Column], row: &[Cell]) -> Value {
        let mut members: Map<String, Value> =
            columns.iter().zip(row).map(|(column, cell)| (column.name.to_owned(), cell.json())).collect();
        let hidden = columns.iter().zip(row).filter(|(_, cell)| **cell == Cell::Hidden);
        let hidden: Vec<Value> = hidden.map(|(column, _)| Value::from(column.name)).collect();
        if !hidden.is_empty() {
            members.insert("hidden".to_owned(), Value::Array(hidden));
        }
        Value::Object(members)
    }
}
