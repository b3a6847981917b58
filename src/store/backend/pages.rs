//! The pages from which rows were deleted. SQLite overwrites what it deletes (`secure_delete`), but not the copies that
//! a page keeps where its cells were moved: so the file is written anew, and then its log is cut off. A server's tables
//! are vacuumed by their owner.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer},
};

use super::{Conn, Connector, DatabaseUrl, Purpose, is_contention};
use crate::store::StoreError;

/// How many times its length a file needs free to be written anew: once beside it, once in its log.
const ROOM: u64 = 2;

#[derive(QueryableByName)]
struct Settled {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Writes the pages anew from which rows of these tables were deleted; false where somebody else still reads what
/// was there. It takes as long as the file is large, and keeps others from writing an SQLite file meanwhile.
pub fn rewrite(owner: &DatabaseUrl, tables: &[&str]) -> Result<bool, StoreError> {
    let mut conn = Connector::new(owner, Purpose::Write).open()?;
    match &mut conn {
        Conn::Sqlite(_) => {
            let file = owner.file().ok_or_else(|| StoreError::Unsuitable("a database without a file".to_owned()))?;
            let folder = beside(Path::new(&file))?;
            conn.batch_execute("PRAGMA temp_store = 1")?;
            let passing = Passing::in_folder(&folder, &mut conn)?;
            let written = conn.batch_execute("VACUUM");
            passing.end(&mut conn)?;
            match written {
                Err(error) if is_contention(&error) => Ok(false),
                written => Ok(written.map(|()| true)?),
            }
        }
        Conn::Pg(_) => vacuum(&mut conn, tables),
    }
}

/// One at a time says where SQLite puts what passes through a file.
static PASSING: Mutex<()> = Mutex::new(());

/// SQLite puts what passes through a file into this folder while this lasts: the copy of a database, which is gone when
/// it is closed, never comes to another disk than its own, nor to one that has less room.
///
/// That is a setting of the whole process. SQLite guards it by a lock of its own; every other connection sorts in memory
/// (`temp_store`), and of a passing database (`passing`) that grows meanwhile, the file is beside ours instead of in
/// `/var/tmp`: named by nothing, and gone with it.
struct Passing(MutexGuard<'static, ()>);

impl Passing {
    fn in_folder(folder: &str, conn: &mut Conn) -> Result<Self, StoreError> {
        let alone = PASSING.lock().unwrap_or_else(PoisonError::into_inner);
        let named = folder.replace('\'', "''");
        conn.batch_execute(&format!("PRAGMA temp_store_directory = '{named}'"))?;
        Ok(Self(alone))
    }

    /// Whatever came of it, as it was before.
    fn end(self, conn: &mut Conn) -> Result<(), StoreError> {
        conn.batch_execute("PRAGMA temp_store_directory = ''")?;
        drop(self.0);
        Ok(())
    }
}

/// The folder of a file whose disk has room for it twice.
fn beside(file: &Path) -> Result<String, StoreError> {
    let unread = |error: std::io::Error| StoreError::Broken(format!("the room beside {}: {error}", file.display()));
    let length = file.metadata().map_err(unread)?.len();
    let folder = file.canonicalize().map_err(unread)?;
    let folder = folder.parent().unwrap_or(Path::new("/"));
    let disk = rustix::fs::statvfs(folder).map_err(|error| unread(error.into()))?;
    let (free, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), length.saturating_mul(ROOM));
    if free < needed {
        return Err(StoreError::Unsuitable(format!(
            "{free} bytes are free beside the database, and {needed} are needed to write it anew"
        )));
    }
    folder.to_str().map(str::to_owned).ok_or_else(|| StoreError::Unsuitable("a folder that is not UTF-8".to_owned()))
}

/// Of tables that are another's a vacuum does nothing but warn, so that is asked before.
fn vacuum(conn: &mut Conn, tables: &[&str]) -> Result<bool, StoreError> {
    let named: Vec<String> = tables.iter().map(|table| format!("'{table}'::regclass")).collect();
    let others = format!(
        "SELECT COUNT(*) AS count FROM pg_class \
         WHERE oid IN ({}) AND NOT pg_has_role(current_user, relowner, 'USAGE')",
        named.join(", ")
    );
    let others: Count = sql_query(others).get_result(conn)?;
    if others.count > 0 {
        let why = "the role of the service does not own the tables: name their owner in database.owner_url";
        return Err(StoreError::Unsuitable(why.to_owned()));
    }
    conn.batch_execute("SET statement_timeout = 0")?;
    conn.batch_execute(&format!("VACUUM {}", tables.join(", ")))?;
    let dead = "SELECT COALESCE(SUM(pg_stat_get_dead_tuples('openings'::regclass)), 0)::BIGINT AS count";
    let left: Count = sql_query(dead).get_result(conn)?;
    Ok(left.count == 0)
}

/// Brings the log of an SQLite file in and cuts it off; false where somebody still reads from it. Nobody is waited
/// for, so that nobody waits to write meanwhile. A server recycles its own.
pub fn settle(owner: &DatabaseUrl) -> Result<bool, StoreError> {
    if owner.file().is_none() {
        return Ok(true);
    }
    let mut conn = Connector::new(owner, Purpose::Write).open()?;
    conn.batch_execute("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(PASSIVE)")?;
    let settled: Result<Settled, _> = sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(&mut conn);
    match settled {
        Err(error) if is_contention(&error) => Ok(false),
        settled => Ok(settled?.busy == 0),
    }
}
