//! The job that does what an erasure leaves to be done outside its transaction: files, pages, and the list outside
//! the database. What it cannot do it finds again.

use super::{JobError, Jobs, Worked};
use crate::{
    domain::request::Time,
    store::erasure::{Erased, files, is_brought_anew, unswept},
};

/// Erasures that are swept in one run.
const PAGE: i64 = 20;

impl Jobs {
    /// Is there one that is not swept?
    pub(super) fn has_unswept(&mut self, _: Time) -> Result<bool, JobError> {
        Ok(!self.desk.store().read(|conn| unswept(conn, 1))?.is_empty())
    }

    /// Sweeps those.
    pub(super) fn sweep_erasures(&mut self, _: Time) -> Result<Worked, JobError> {
        let page = self.desk.store().read(|conn| unswept(conn, PAGE))?;
        for erased in &page {
            self.remove_files(erased)?;
        }
        self.desk.list_erasures()?;
        if !self.desk.store().overwrite_pages()? {
            tracing::info!("the log of the database is still read; its pages are overwritten at the next turn");
            return Ok(Worked::cut_short(0));
        }
        for Erased { leaf, .. } in &page {
            let leaf = *leaf;
            self.write(move |tx| tx.erasure_swept(leaf))?;
        }
        Ok(Worked::whole(page.len()))
    }

    /// Removes the files that went with somebody, but those that another brought since.
    fn remove_files(&self, erased: &Erased) -> Result<(), JobError> {
        let leaf = erased.leaf;
        let gone = self.desk.store().read(|conn| files(conn, leaf))?;
        for file in &gone {
            if !self.desk.store().read(|conn| is_brought_anew(conn, *file, leaf))? {
                self.outward.attachments.remove(*file)?;
            }
        }
        if !gone.is_empty() {
            self.write(move |tx| tx.files_removed(leaf))?;
        }
        Ok(())
    }
}
