//! A query being written: its text in the words of both databases, and what is bound to it, in order.
//! It knows no table.

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Untyped},
};

use super::{
    backend::{Conn, MultiBackend},
    rows::Cell,
};

/// Text, and the values that are bound to it, each with its place in the text.
#[derive(Debug, Clone)]
pub(super) struct Sql {
    text: String,
    binds: Vec<(usize, Cell)>,
}

impl Sql {
    /// A query that begins with `text`.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), binds: Vec::new() }
    }

    /// A query whose values stand at `$1`, `$2` and so on, in this order.
    pub(super) fn of<const N: usize>(text: &str, values: [Cell; N]) -> Self {
        let mut sql = Self::new("");
        let mut rest = text;
        for (place, value) in (1..).zip(values) {
            let (before, after) = rest.split_once(&format!("${place}")).unwrap_or((rest, ""));
            sql.push(before).bind(value);
            rest = after;
        }
        sql.push(rest);
        sql
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Binds a value where the text has come to.
    pub(super) fn bind(&mut self, value: impl Into<Cell>) -> &mut Self {
        self.binds.push((self.text.len(), value.into()));
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

    /// The query, planned for these values; nothing of it stays behind.
    pub(super) const fn query(&self) -> Ready<'_> {
        Ready { sql: self, kept: false }
    }

    /// The query as a statement that each connection prepares once and keeps: for texts of which there are few.
    pub(super) const fn kept(&self) -> Ready<'_> {
        Ready { sql: self, kept: true }
    }

    /// The same with `text` before it.
    #[cfg(test)]
    pub(super) fn led_by(&self, text: &str) -> Self {
        let binds = self.binds.iter().map(|(at, value)| (at + text.len(), value.clone())).collect();
        Self { text: format!("{text}{}", self.text), binds }
    }

    /// The text between the values, from the first to what follows the last.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let begins = std::iter::once(0).chain(self.binds.iter().map(|(at, _)| *at));
        let ends = self.binds.iter().map(|(at, _)| *at).chain([self.text.len()]);
        begins.zip(ends).map(|(begin, end)| self.text.get(begin..end).unwrap_or_default())
    }
}

/// A query ready to be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ready<'s> {
    sql: &'s Sql,
    kept: bool,
}

impl QueryFragment<MultiBackend> for Ready<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if !self.kept {
            out.unsafe_to_cache_prepared();
        }
        let mut values = self.sql.binds.iter().map(|(_, value)| value);
        for part in self.sql.parts() {
            out.push_sql(part);
            match values.next() {
                Some(Cell::Text(value)) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Some(Cell::BigInt(value)) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Some(Cell::Int(value)) => out.push_bind_param::<Nullable<Integer>, _>(value)?,
                Some(Cell::Bool(value)) => out.push_bind_param::<Nullable<Bool>, _>(value)?,
                None => {}
            }
        }
        Ok(())
    }
}

impl QueryId for Ready<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Ready<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<Conn> for Ready<'_> {}
