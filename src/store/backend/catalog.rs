//! The tables as the database itself lists them, and the guards on them, to be lifted while rows that were
//! guarded once are moved as a whole. What a table means is not known here.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use super::Conn;
use crate::store::StoreError;

/// A table of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Table {
    /// Its name.
    pub(in crate::store) name: String,
    /// Its columns, by their names, so that both databases list them alike.
    pub(in crate::store) columns: Vec<Column>,
    /// The columns of its primary key, in the key's order.
    pub(in crate::store) key: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Column {
    /// Its name.
    pub(in crate::store) name: String,
    /// What it holds.
    pub(in crate::store) kind: Kind,
}

/// The types that both databases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    BigInt,
    /// INTEGER.
    Int,
    /// BOOLEAN.
    Bool,
}

/// Triggers and references that were lifted, as the statements that bring them back.
#[derive(Debug)]
#[must_use = "what was lifted has to come back"]
pub(in crate::store) struct Lifted(Vec<String>);

#[derive(QueryableByName)]
struct Listed {
    #[diesel(sql_type = Text)]
    held_by: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    place: i64,
}

#[derive(QueryableByName)]
struct Guard {
    #[diesel(sql_type = Text)]
    lift: String,
    #[diesel(sql_type = Text)]
    restore: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS held_by, p.name AS name, p.type AS kind, p.pk AS place \
    FROM sqlite_master m, pragma_table_info(m.name) p \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
    ORDER BY 1, 2";

const POSTGRES_COLUMNS: &str = "SELECT c.relname::text AS held_by, a.attname::text AS name, \
    upper(format_type(a.atttypid, a.atttypmod)) AS kind, \
    coalesce(array_position(string_to_array(i.indkey::text, ' ')::int[], a.attnum::int), 0)::bigint AS place \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
    WHERE c.relkind = 'r' AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
    AND left(c.relname::text, 2) <> '__' ORDER BY c.relname::text COLLATE \"C\", a.attname::text COLLATE \"C\"";

const SQLITE_GUARDS: &str = "SELECT 'DROP TRIGGER \"' || name || '\"' AS lift, sql AS restore \
    FROM sqlite_master WHERE type = 'trigger' ORDER BY name";

const POSTGRES_GUARDS: &str = "SELECT * FROM (\
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS lift, \
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS restore \
    FROM pg_constraint WHERE contype = 'f' \
    AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
    UNION ALL SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', oid::regclass), \
    format('ALTER TABLE %s ENABLE TRIGGER USER', oid::regclass) FROM pg_class \
    WHERE relkind = 'r' AND relhastriggers \
    AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())) guards";

impl Conn {
    /// Every table of the product, by its name; `Unsuitable` where one has a type or a key that cannot be moved.
    pub(in crate::store) fn tables(&mut self) -> Result<Vec<Table>, StoreError> {
        let sql = match self {
            Self::Pg(_) => POSTGRES_COLUMNS,
            Self::Sqlite(_) => SQLITE_COLUMNS,
        };
        let listed: Vec<Listed> = sql_query(sql).load(self)?;
        let tables = listed.chunk_by(|one, other| one.held_by == other.held_by);
        tables.map(table).collect()
    }

    /// Lifts every trigger and holds back every reference until the transaction's end.
    pub(in crate::store) fn lift_guards(&mut self) -> Result<Lifted, StoreError> {
        let sql = match self {
            Self::Pg(_) => POSTGRES_GUARDS,
            Self::Sqlite(_) => {
                sql_query("PRAGMA defer_foreign_keys = 1").execute(self)?;
                SQLITE_GUARDS
            }
        };
        let guards: Vec<Guard> = sql_query(sql).load(self)?;
        for guard in &guards {
            sql_query(&guard.lift).execute(self)?;
        }
        Ok(Lifted(guards.into_iter().map(|guard| guard.restore).collect()))
    }

    /// Brings back what was lifted; a reference that does not hold fails here or at the commit.
    pub(in crate::store) fn restore_guards(&mut self, lifted: Lifted) -> Result<(), StoreError> {
        for statement in lifted.0 {
            sql_query(statement).execute(self)?;
        }
        Ok(())
    }

    /// A name for this transaction's snapshot, for another session to see the same; none on SQLite.
    pub(in crate::store) fn snapshot_name(&mut self) -> Result<Option<String>, StoreError> {
        match self {
            Self::Pg(_) => Ok(Some(super::text(self, "SELECT pg_export_snapshot() AS value")?)),
            Self::Sqlite(_) => Ok(None),
        }
    }

    /// Lets this transaction stay idle while another program works on its snapshot.
    pub(in crate::store) fn wait_for_others(&mut self) -> Result<(), StoreError> {
        if let Self::Pg(conn) = self {
            sql_query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(conn)?;
        }
        Ok(())
    }

    /// What the database says of its own soundness; empty if all is well. PostgreSQL is not asked.
    pub(in crate::store) fn damage(&mut self) -> Result<Option<String>, StoreError> {
        match self {
            Self::Pg(_) => Ok(None),
            Self::Sqlite(_) => {
                let told = super::text(self, "SELECT integrity_check AS value FROM pragma_integrity_check LIMIT 1")?;
                Ok((told != "ok").then_some(told))
            }
        }
    }
}

fn table(columns: &[Listed]) -> Result<Table, StoreError> {
    let name = columns.first().map(|column| column.held_by.clone()).unwrap_or_default();
    let refuse = |what: String| StoreError::Unsuitable(format!("the table {name} {what}, so it cannot be moved"));
    let read = |listed: &Listed| {
        let kind = match listed.kind.as_str() {
            "TEXT" => Kind::Text,
            "BIGINT" => Kind::BigInt,
            "INTEGER" => Kind::Int,
            "BOOLEAN" => Kind::Bool,
            other => return Err(refuse(format!("has {} of type {other}", listed.name))),
        };
        Ok(Column { name: listed.name.clone(), kind })
    };
    let mut key: Vec<&Listed> = columns.iter().filter(|column| column.place > 0).collect();
    key.sort_by_key(|column| column.place);
    if key.is_empty() {
        return Err(refuse("has no primary key".to_owned()));
    }
    let key = key.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(Table { columns: columns.iter().map(read).collect::<Result<_, _>>()?, key, name: name.clone() })
}
