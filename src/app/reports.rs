//! What reports are counted from, for whoever has a shell on this machine.

use super::{App, StartError};
use crate::store::StoreError;

impl App {
    /// Has the facts of all exceptions built anew by the service's job; how many events it will follow.
    pub fn rebuild_reports(&self) -> Result<u64, StartError> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the path of the method is of one lifetime, and the writer asks for any"
        )]
        let pending = self.desk().store().write::<_, StoreError>(|tx| tx.rebuild_reports())?;
        Ok(pending.blocking_recv().map_err(StoreError::from)??)
    }
}
