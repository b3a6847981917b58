//! Databases for the tests of this folder: a fresh SQLite file, and a schema of its own on
//! PostgreSQL when PROVISO_TEST_PG names a server.

use super::backend::{Conn, Connector, DatabaseUrl, Purpose};
use super::error::StoreError;
use super::migrate::migrate;
use super::rows::Rows;
use super::writer::BatchHooks;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use std::sync::atomic::{AtomicU32, Ordering};

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// One database that goes away with the value.
pub(crate) struct Bed {
    pub(crate) url: DatabaseUrl,
    schema: Option<(DatabaseUrl, String)>,
    _folder: Option<tempfile::TempDir>,
}

impl Bed {
    pub(crate) fn open(&self) -> Conn {
        Connector::new(&self.url, Purpose::Write).open().unwrap()
    }

    fn on_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("bed.sqlite").display());
        Self { url: url.parse().unwrap(), schema: None, _folder: Some(folder) }
    }

    fn on_server(server: &str) -> Self {
        let name = format!("bed_{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
        let root: DatabaseUrl = server.parse().unwrap();
        let mut conn = Connector::new(&root, Purpose::Write).open().unwrap();
        conn.batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).unwrap();
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{mark}options=-csearch_path={name}&application_name={name}");
        Self { url: url.parse().unwrap(), schema: Some((root, name)), _folder: None }
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if let Some((root, name)) = &self.schema {
            let mut conn = Connector::new(root, Purpose::Write).open().unwrap();
            conn.batch_execute(&format!("DROP SCHEMA {name} CASCADE")).unwrap();
        }
    }
}

/// One bed on PostgreSQL, when there is a server to test with.
pub(crate) fn server_bed() -> Option<Bed> {
    std::env::var("PROVISO_TEST_PG").ok().map(|server| prepared(Bed::on_server(&server)))
}

/// A bed for each database, without any table.
pub(crate) fn empty_beds() -> Vec<Bed> {
    let server = std::env::var("PROVISO_TEST_PG").ok();
    std::iter::once(Bed::on_file()).chain(server.map(|server| Bed::on_server(&server))).collect()
}

/// A bed for each database, migrated, with a shelf to put texts on.
pub(crate) fn beds() -> Vec<Bed> {
    empty_beds().into_iter().map(prepared).collect()
}

fn prepared(bed: Bed) -> Bed {
    migrate(&bed.url).unwrap();
    let shelf = "CREATE TABLE shelf (idx BIGINT PRIMARY KEY, body TEXT NOT NULL UNIQUE)";
    bed.open().batch_execute(shelf).unwrap();
    bed
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    size: i64,
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

/// All texts on the shelf, in order.
pub(crate) fn bodies(conn: &mut Conn) -> Vec<String> {
    let rows: Vec<Body> = sql_query("SELECT body FROM shelf ORDER BY idx").load(conn).unwrap();
    rows.into_iter().map(|row| row.body).collect()
}

/// Hooks as the real ones are: the head is taken first, rows wait in memory, both are written last.
pub(crate) struct Shelf;

pub(crate) struct Pile {
    pub(crate) size: i64,
    pub(crate) rows: Rows,
}

impl Pile {
    /// Puts one text at the next index.
    #[expect(clippy::unnecessary_wraps, reason = "it is the last word of many jobs")]
    pub(crate) fn put(&mut self, body: &str) -> Result<i64, StoreError> {
        self.rows.push([self.size.into(), body.into()]);
        self.size += 1;
        Ok(self.size - 1)
    }
}

impl BatchHooks for Shelf {
    type Batch = Pile;
    type Mark = (i64, usize);

    fn open(&self, conn: &mut Conn) -> Result<Pile, StoreError> {
        let sql = format!("SELECT size FROM ledger_head WHERE id = 1{}", conn.for_update());
        let head: Size = sql_query(sql).get_result(conn)?;
        Ok(Pile { size: head.size, rows: Rows::new("shelf", &["idx", "body"]) })
    }

    fn mark(&self, batch: &Pile) -> (i64, usize) {
        (batch.size, batch.rows.len())
    }

    fn rewind(&self, batch: &mut Pile, (size, len): (i64, usize)) {
        batch.size = size;
        batch.rows.truncate(len);
    }

    fn lasts(&self, batch: &Pile) -> bool {
        !batch.rows.is_empty()
    }

    fn close(&self, conn: &mut Conn, batch: Pile) -> Result<(), StoreError> {
        batch.rows.insert(conn)?;
        sql_query("UPDATE ledger_head SET size = $1 WHERE id = 1").bind::<BigInt, _>(batch.size).execute(conn)?;
        Ok(())
    }
}
