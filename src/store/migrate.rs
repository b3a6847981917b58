//! Brings a database to this program's schema: the common tree, then the backend's own, in one
//! transaction under one lock, with a copy of an existing SQLite file first. It knows no table but its own.

use super::backend::{Conn, Connector, DatabaseUrl, MultiBackend, Purpose, passing};
use super::error::StoreError;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::Text;
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::{Path, PathBuf};

const COMMON: EmbeddedMigrations = embed_migrations!("migrations/common");
const JOURNAL: &str = "__diesel_schema_migrations";

type Step = Box<dyn Migration<MultiBackend>>;

/// Which migrations a database has, by name, in the order they run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Already part of the database.
    pub applied: Vec<String>,
    /// Known to this program and not yet part of it.
    pub pending: Vec<String>,
}

/// What `migrate` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The migrations that ran, in order; empty when the database was up to date.
    pub ran: Vec<String>,
    /// The copy of the SQLite file as it was before; `None` for a new file or a server.
    pub copy: Option<PathBuf>,
}

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Tells what is applied and what is pending; it applies nothing.
///
/// `Unsuitable` when the database has a migration this program does not know.
pub fn status(url: &DatabaseUrl) -> Result<Status, StoreError> {
    let mut conn = Connector::new(url, Purpose::Write).open()?;
    let (applied, pending) = compare(&mut conn)?;
    Ok(Status { applied: names(&applied), pending: names(&pending) })
}

/// The names of the migrations that an open database still lacks.
pub(super) fn pending(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    compare(conn).map(|(_, pending)| names(&pending))
}

/// Applies what is pending, all or nothing; of several processes that start at once one does the work
/// and the others find it done.
pub fn migrate(url: &DatabaseUrl) -> Result<Upgrade, StoreError> {
    let mut conn = Connector::new(url, Purpose::Write).open()?;
    conn.begin_upgrade()?;
    let (applied, pending) = compare(&mut conn)?;
    let Some(first) = pending.first() else {
        conn.rollback()?;
        return Ok(Upgrade { ran: Vec::new(), copy: None });
    };
    let copy = match url.file() {
        Some(file) if !applied.is_empty() => Some(copy_beside(url, file, first)?),
        Some(_) | None => None,
    };
    MigrationHarness::applied_migrations(&mut conn).map_err(|error| failed("the journal", &*error))?;
    for step in &pending {
        conn.run_migration(step).map_err(|error| failed(&step.name().to_string(), &*error))?;
    }
    conn.commit().map_err(StoreError::from)?;
    Ok(Upgrade { ran: names(&pending), copy })
}

/// A passing database with the common tables and none of the guards: for what is put together to be read.
pub(super) fn scratch() -> Result<Conn, StoreError> {
    let mut conn = passing()?;
    MigrationHarness::applied_migrations(&mut conn).map_err(|error| failed("the journal", &*error))?;
    for step in &tree(&COMMON)? {
        conn.run_migration(step).map_err(|error| failed(&step.name().to_string(), &*error))?;
    }
    Ok(conn)
}

/// The caller holds the write lock, so the copy is exactly the state the upgrade starts from.
fn copy_beside(url: &DatabaseUrl, file: &Path, first: &Step) -> Result<PathBuf, StoreError> {
    let named = |attempt: u32| {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".before-{}", first.name().version()));
        if attempt > 0 {
            name.push(format!("-{attempt}"));
        }
        PathBuf::from(name)
    };
    let free = (0..u32::MAX).map(named).find(|path| !path.exists());
    let target = free.ok_or_else(|| StoreError::Unsuitable("no free name for a copy".into()))?;
    Connector::new(url, Purpose::Write).open()?.copy_to(&target)?;
    Ok(target)
}

fn failed(name: &str, error: &dyn std::error::Error) -> StoreError {
    StoreError::Unsuitable(format!("migration {name} failed and was rolled back: {error}"))
}

fn names(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.name().to_string()).collect()
}

/// All steps in the order they run, split into applied and pending.
fn compare(conn: &mut Conn) -> Result<(Vec<Step>, Vec<Step>), StoreError> {
    let journal = journal(conn)?;
    let steps = steps(conn)?;
    let is_known = |version: &String| steps.iter().any(|step| step.name().version().to_string() == *version);
    if let Some(unknown) = journal.iter().find(|version| !is_known(version)) {
        return Err(StoreError::Unsuitable(format!(
            "the database has migration {unknown}, which this version of the program does not know"
        )));
    }
    Ok(steps.into_iter().partition(|step| journal.contains(&step.name().version().to_string())))
}

fn journal(conn: &mut Conn) -> QueryResult<Vec<String>> {
    if !conn.has_table(JOURNAL)? {
        return Ok(Vec::new());
    }
    let entries: Vec<Entry> = sql_query(format!("SELECT version FROM {JOURNAL}")).load(conn)?;
    Ok(entries.into_iter().map(|entry| entry.version).collect())
}

fn steps(conn: &Conn) -> Result<Vec<Step>, StoreError> {
    let mut all = tree(&COMMON)?;
    all.extend(tree(&conn.own_migrations())?);
    Ok(all)
}

fn tree(source: &EmbeddedMigrations) -> Result<Vec<Step>, StoreError> {
    let mut steps: Vec<Step> = source.migrations().map_err(|error| failed("tree", &*error))?;
    steps.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testbed;
    use diesel::connection::SimpleConnection;
    use std::collections::BTreeSet;

    #[test]
    fn a_second_run_finds_nothing_to_do() {
        for bed in testbed::empty_beds() {
            let before = status(&bed.url).unwrap();
            assert!(before.applied.is_empty());
            assert_eq!(migrate(&bed.url).unwrap(), Upgrade { ran: before.pending.clone(), copy: None });
            assert_eq!(status(&bed.url).unwrap(), Status { applied: before.pending, pending: Vec::new() });
            assert_eq!(migrate(&bed.url).unwrap(), Upgrade { ran: Vec::new(), copy: None });
        }
    }

    #[test]
    fn of_several_that_start_at_once_one_does_the_work() {
        for bed in testbed::empty_beds() {
            let all = status(&bed.url).unwrap().pending;
            let ran = std::thread::scope(|scope| {
                let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| migrate(&bed.url).unwrap().ran)).collect();
                starts.into_iter().map(|start| start.join().unwrap()).filter(|ran| !ran.is_empty()).collect::<Vec<_>>()
            });
            assert_eq!(ran, [all]);
        }
    }

    #[derive(diesel::QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }

    /// So that the last migration, which makes some of them, can run once more.
    fn drop_triggers(conn: &mut Conn) {
        let names = diesel::sql_query("SELECT name FROM sqlite_master WHERE type = 'trigger'");
        let names: Vec<Name> = diesel::RunQueryDsl::load(names, conn).unwrap();
        for Name { name } in names {
            conn.batch_execute(&format!("DROP TRIGGER {name}")).unwrap();
        }
    }

    #[test]
    fn an_existing_file_is_copied_before_it_is_upgraded() {
        for bed in testbed::empty_beds().into_iter().filter(|bed| bed.url.file().is_some()) {
            let last = migrate(&bed.url).unwrap().ran.pop().unwrap();
            let version = last.split('_').next().unwrap().to_owned();
            for _ in 0..2 {
                let mut conn = bed.open();
                drop_triggers(&mut conn);
                conn.batch_execute(&format!("DELETE FROM {JOURNAL} WHERE version = '{version}'")).unwrap();
                let copy = migrate(&bed.url).unwrap().copy.unwrap();
                let old: DatabaseUrl = format!("sqlite:{}", copy.display()).parse().unwrap();
                assert_eq!(status(&old).unwrap().pending, std::slice::from_ref(&last), "the copy is as before");
                assert!(status(&bed.url).unwrap().pending.is_empty());
            }
        }
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        for bed in testbed::beds() {
            bed.open().batch_execute(&format!("INSERT INTO {JOURNAL} (version) VALUES ('9999')")).unwrap();
            for refused in [status(&bed.url).map(|_| ()), migrate(&bed.url).map(|_| ())] {
                assert!(matches!(refused, Err(StoreError::Unsuitable(why)) if why.contains("9999")));
            }
        }
    }

    #[test]
    fn no_two_migrations_share_a_version() {
        for bed in testbed::empty_beds() {
            let steps = steps(&bed.open()).unwrap();
            let versions: BTreeSet<_> = steps.iter().map(|step| step.name().version().to_string()).collect();
            assert_eq!(versions.len(), steps.len());
        }
    }
}
