//! Procedures before they are published: read, and looked at with what this installation knows.

use std::collections::BTreeSet;

use super::{Desk, Error};
use crate::{
    domain::person::{By, Person},
    sop::{Lint, Sop, lint},
    store::staffing::staffing,
    words::{AdminVerb, Role},
};

impl Desk {
    /// All that is to be said of a text before it is published as a procedure, to those who may publish one.
    pub fn lint(&self, by: &By, text: &str) -> Result<Lint, Error> {
        self.may_administer(by, AdminVerb::PublishSop)?;
        let staffing = self.store.read(staffing)?;
        let present = staffing.people.iter().filter(|person| person.active);
        let held: BTreeSet<Role> = present.flat_map(|person: &Person| &person.grants).map(|held| held.role).collect();
        Ok(lint(text, &Sop::builtin_fragments(), Some(&held)))
    }
}
