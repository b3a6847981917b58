//! The pool of readers: each read sees one snapshot and can write nothing.
//! It knows no query.

use super::backend::{Conn, Connector, DatabaseUrl, Purpose};
use super::error::StoreError;
use diesel::r2d2::{Pool, PooledConnection};
use std::time::Duration;

/// How long a reader waits for a connection before the answer is `Busy`.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bounded pool of reading connections; clones share it.
#[derive(Clone)]
pub struct Readers {
    pool: Pool<Connector>,
}

impl Readers {
    /// Connections a process keeps for reading unless it is told otherwise.
    pub const DEFAULT_SIZE: u32 = 8;

    /// Opens one connection to prove that it can be used, and builds a pool of at most `size`.
    pub fn start(url: &DatabaseUrl, size: u32) -> Result<Self, StoreError> {
        Self::with_patience(url, size, PATIENCE)
    }

    fn with_patience(url: &DatabaseUrl, size: u32, patience: Duration) -> Result<Self, StoreError> {
        let connector = Connector::new(url, Purpose::Read);
        connector.open()?;
        let pool = Pool::builder()
            .max_size(size.max(1))
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(patience)
            .build_unchecked(connector);
        Ok(Self { pool })
    }

    /// Runs `job` in one read-only transaction: everything it reads is of one moment.
    ///
    /// It blocks while it waits for a connection (2 s at most) and while it reads.
    pub fn read<T, E>(&self, job: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let mut conn = self.begun()?;
        let found = job(&mut conn);
        // A reader that cannot end its transaction is dropped by the pool; what it read still stands.
        let _ = conn.rollback();
        found
    }

    /// A connection with its transaction begun; one that died while idle is passed over.
    fn begun(&self) -> Result<PooledConnection<Connector>, StoreError> {
        for _ in 0..self.pool.max_size() {
            let mut conn = self.checked_out()?;
            if conn.begin_read().is_ok() {
                return Ok(conn);
            }
        }
        let mut conn = self.checked_out()?;
        conn.begin_read()?;
        Ok(conn)
    }

    fn checked_out(&self) -> Result<PooledConnection<Connector>, StoreError> {
        self.pool.get().map_err(|error| {
            let state = self.pool.state();
            if state.connections >= self.pool.max_size() && state.idle_connections == 0 {
                StoreError::Busy
            } else {
                StoreError::Pool(error.to_string())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testbed;
    use crate::store::writer::{BatchTx, Limits, Writer};
    use diesel::connection::SimpleConnection;

    #[test]
    fn a_read_sees_one_moment_and_cannot_write() {
        for bed in testbed::beds() {
            let readers = Readers::start(&bed.url, 2).unwrap();
            let writer = Writer::start(&bed.url, Limits::default(), testbed::Shelf).unwrap();
            let seen = readers.read(|conn| {
                let before = testbed::bodies(conn);
                let put = |tx: &mut BatchTx<'_, testbed::Shelf>| tx.batch.put("later");
                writer.write::<_, StoreError>(put)?;
                Ok::<_, StoreError>((before, testbed::bodies(conn)))
            });
            let (before, after) = seen.unwrap();
            assert_eq!(before, after, "the second look is of the same moment");
            assert_eq!(readers.read(|conn| Ok::<_, StoreError>(testbed::bodies(conn))).unwrap(), ["later"]);
            let wrote = readers.read(|conn| Ok::<_, StoreError>(conn.batch_execute("DELETE FROM shelf")?));
            assert!(matches!(wrote, Err(StoreError::Database(_))), "a reader writes nothing: {wrote:?}");
        }
    }

    #[test]
    fn an_exhausted_pool_is_busy() {
        for bed in testbed::beds() {
            let readers = Readers::with_patience(&bed.url, 1, Duration::from_millis(50)).unwrap();
            let outcome = readers.read(|_| readers.read(|_| Ok::<(), StoreError>(())));
            assert!(matches!(outcome, Err(StoreError::Busy)), "{outcome:?}");
            readers.read(|_| Ok::<(), StoreError>(())).unwrap();
        }
    }

    #[test]
    fn a_panicking_reader_harms_no_other() {
        for bed in testbed::beds() {
            let readers = Readers::start(&bed.url, 1).unwrap();
            let panicking = std::panic::AssertUnwindSafe(|| {
                readers.read(|_| -> Result<(), StoreError> { std::panic::resume_unwind(Box::new("boom")) })
            });
            assert!(std::panic::catch_unwind(panicking).is_err());
            assert!(readers.read(|conn| Ok::<_, StoreError>(testbed::bodies(conn))).unwrap().is_empty());
        }
    }
}
