//! What an erasure leaves to be done in tables after its transaction: letters, the words of the search, and what others
//! said in passing. Readers look for it; each page is written in a transaction of its own, and begins again after a
//! crash.

use std::collections::BTreeSet;

use crate::{
    desk::{Desk, Error},
    store::erasure::{self, Called, Erased, Place},
    words::PersonId,
};

impl Desk {
    /// Sees to the tables for an erasure, unless that was done.
    pub fn sweep_tables(&self, erased: &Erased) -> Result<(), Error> {
        let leaf = erased.leaf;
        let Some(called) = self.store.read(|conn| erasure::passing(conn, leaf))? else { return Ok(()) };
        self.see_to_cases(leaf)?;
        let numbers = self.store.read(|conn| erasure::case_numbers(conn, leaf))?;
        self.blank_lists(&numbers)?;
        erased.accounts.iter().try_for_each(|account| self.forget_about(*account))?;
        if !called.sought.is_empty() {
            Place::all().try_for_each(|place| self.overwrite(place, &called))?;
        }
        self.queue(move |tx| Ok(Ok(tx.note_passed(leaf)?)))?.wait()
    }

    /// The same for every erasure that it was not done for.
    pub fn sweep_all_tables(&self) -> Result<(), Error> {
        let all = self.store.read(erasure::erasures)?;
        all.iter().filter(|erased| erased.passing).try_for_each(|erased| self.sweep_tables(erased))
    }

    /// Letters about exceptions that are over, and the words that these are searched by.
    fn see_to_cases(&self, leaf: u64) -> Result<(), Error> {
        loop {
            let cases = self.store.read(|conn| erasure::unseen_cases(conn, leaf))?;
            if cases.is_empty() {
                return Ok(());
            }
            self.queue(move |tx| Ok(Ok(tx.see_to_cases(leaf, &cases)?)))?.wait()?;
        }
    }

    /// Letters that list one of these exceptions among others.
    pub(in crate::desk) fn blank_lists(&self, numbers: &BTreeSet<String>) -> Result<(), Error> {
        let mut after = String::new();
        while !numbers.is_empty() {
            let Some((last, letters)) = self.store.read(|conn| erasure::listing(conn, (numbers, &after)))? else {
                break;
            };
            after = last;
            if !letters.is_empty() {
                self.queue(move |tx| Ok(Ok(tx.blank_lists(&letters)?)))?.wait()?;
            }
        }
        Ok(())
    }

    fn forget_about(&self, account: PersonId) -> Result<(), Error> {
        loop {
            let rows = self.store.read(|conn| erasure::about(conn, account))?;
            if rows.is_empty() {
                return Ok(());
            }
            self.queue(move |tx| Ok(Ok(tx.forget_about(&rows)?)))?.wait()?;
        }
    }

    fn overwrite(&self, place: Place, called: &Called) -> Result<(), Error> {
        let mut after = String::new();
        while let Some(named) = self.store.read(|conn| place.page(conn, (called, &after)))? {
            after.clone_from(&named.last);
            if !named.values.is_empty() {
                self.queue(move |tx| Ok(Ok(tx.overwrite(place, &named)?)))?.wait()?;
            }
        }
        Ok(())
    }
}
