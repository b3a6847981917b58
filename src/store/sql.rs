//! A query being written: its text in the words of both databases, and what is bound to it, in order.
//! It knows no table.

use diesel::{
    query_builder::{BoxedSqlQuery, SqlQuery},
    sql_query,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};

use super::{backend::MultiBackend, rows::Cell};

/// Text and bound values.
#[derive(Debug, Clone)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) binds: Vec<Cell>,
}

impl Sql {
    /// A query that begins with `text`.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), binds: Vec::new() }
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Binds a value where the text has come to.
    pub(super) fn bind(&mut self, value: impl Into<Cell>) -> &mut Self {
        self.binds.push(value.into());
        self.text = format!("{}${}", self.text, self.binds.len());
        self
    }

    /// Adds `column IN (…)`.
    pub(super) fn one_of(&mut self, column: &str, values: &[String]) -> &mut Self {
        self.push(column).push(" IN (");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.bind(value.as_str());
        }
        self.push(")")
    }

    /// The query, ready to be sent.
    pub(super) fn query(&self) -> BoxedSqlQuery<'_, MultiBackend, SqlQuery> {
        self.binds.iter().fold(sql_query(&self.text).into_boxed(), |query, cell| match cell {
            Cell::Text(value) => query.bind::<Nullable<Text>, _>(value.as_deref()),
            Cell::BigInt(value) => query.bind::<Nullable<BigInt>, _>(*value),
            Cell::Int(value) => query.bind::<Nullable<Integer>, _>(*value),
            Cell::Bool(value) => query.bind::<Nullable<Bool>, _>(*value),
        })
    }
}
