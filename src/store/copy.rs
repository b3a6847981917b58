//! A database copied into another, whichever each of them is: all tables, in pages, in one transaction,
//! and nothing is kept unless every table has the same rows on both sides.

use diesel::{RunQueryDsl, sql_query};

use super::{
    backend::{Conn, Connector, DatabaseUrl, Purpose, Table},
    error::StoreError,
    migrate,
    rows::Rows,
    whole::{self, Tally},
};
use crate::words::Hash;

/// How far a copy is: the table, and how many more rows of it are done.
pub type Progress<'p> = &'p mut dyn FnMut(&str, u64);

/// How many rows a database has, for whoever shows how far a copy of it is.
pub fn rows(url: &DatabaseUrl) -> Result<u64, StoreError> {
    let mut conn = Connector::new(url, Purpose::Read).open()?;
    whole::size(&mut conn)
}

/// Copies everything of `from` into the empty database `to`, which is brought to this program's schema
/// first, and tells what each table holds. `Unsuitable` where `to` has a ledger or people of its own.
pub fn copy(from: &DatabaseUrl, to: &DatabaseUrl, progress: Progress<'_>) -> Result<Vec<Tally>, StoreError> {
    require_current(from)?;
    migrate::migrate(to)?;
    let mut source = Connector::new(from, Purpose::Read).open()?;
    source.begin_read()?;
    let mut target = Connector::new(to, Purpose::Write).open()?;
    target.begin_upgrade()?;
    let copied = copy_all(&mut source, &mut target, progress);
    match copied {
        Ok(tallies) => {
            target.commit()?;
            Ok(tallies)
        }
        Err(error) => {
            target.rollback()?;
            Err(error)
        }
    }
}

fn require_current(from: &DatabaseUrl) -> Result<(), StoreError> {
    match migrate::status(from)?.pending.first() {
        None => Ok(()),
        Some(first) => {
            Err(StoreError::Unsuitable(format!("{from} lacks the migration {first}: run `proviso db migrate` first")))
        }
    }
}

fn copy_all(source: &mut Conn, target: &mut Conn, progress: Progress<'_>) -> Result<Vec<Tally>, StoreError> {
    let (tables, theirs) = (source.tables()?, target.tables()?);
    if tables != theirs {
        return Err(StoreError::Unsuitable("the two databases do not have the same tables and columns".to_owned()));
    }
    require_empty(target)?;
    let lifted = target.lift_guards()?;
    for table in &tables {
        sql_query(format!("DELETE FROM \"{}\"", table.name)).execute(target)?;
    }
    let sent =
        tables.iter().map(|table| copy_table((source, target), table, progress)).collect::<Result<Vec<_>, _>>()?;
    target.restore_guards(lifted)?;
    let arrived = whole::tallies(target, |_, _| {})?;
    if let Some((sent, _)) = sent.iter().zip(&arrived).find(|(sent, arrived)| sent != arrived) {
        return Err(StoreError::Corrupt(format!("the table {} did not arrive as it was sent", sent.table)));
    }
    whole::verified_head(target)?;
    Ok(arrived)
}

/// What a fresh database has of itself may be replaced; a ledger or people may not.
fn require_empty(target: &mut Conn) -> Result<(), StoreError> {
    let leaves = whole::claimed(target)?.size;
    if leaves == 0 && super::roster::is_empty(target)? {
        return Ok(());
    }
    Err(StoreError::Unsuitable(format!("the target is in use: its ledger has {leaves} leaves; name an empty database")))
}

fn copy_table(
    (source, target): (&mut Conn, &mut Conn),
    table: &Table,
    progress: Progress<'_>,
) -> Result<Tally, StoreError> {
    let names: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut tally = Tally { table: table.name.clone(), rows: 0, hash: Hash([0; 32]) };
    whole::each_page(source, table, |page| {
        let mut rows = Rows::new(&format!("\"{}\"", table.name), &names);
        for row in page {
            tally.add(row);
            rows.push(row.cells.clone());
        }
        if !rows.is_empty() {
            rows.insert(target)?;
        }
        progress(&table.name, u64::try_from(page.len()).unwrap_or(0));
        Ok(())
    })?;
    Ok(tally)
}
