//! The texts of exceptions that are over: gone after as many days as the settings say for the state they ended in. The
//! record keeps that they were, and who decided what.

use chrono::Duration;

use super::{Desk, Error, Ran};
use crate::{
    domain::{
        person::By,
        request::Time,
        roster::{ErasureDeed, RETENTION_JOB, RosterDeed, RosterEvent},
    },
    store::{RosterChange, automation::Right, erasure, roster::Secrets},
    words::{Citation, StateName},
};

impl Desk {
    /// The same door, which keeps texts for so many days in these states.
    #[must_use]
    pub fn with_retention(self, terms: Vec<(StateName, u32)>) -> Self {
        Self { retention: terms.into(), ..self }
    }

    /// The states after which texts go, each with its days.
    pub fn retention(&self) -> &[(StateName, u32)] {
        &self.retention
    }

    /// Deletes the texts of a few exceptions that ended in this state so many days ago, if the job may run when its turn
    /// comes; how many.
    pub fn retire_texts(&self, right: Right, (state, days): (StateName, u32), now: Time) -> Result<Ran, Error> {
        let before = now - Duration::days(i64::from(days));
        let found = self.store.read(|conn| erasure::over_for_long(conn, (state, before)))?;
        if found.is_empty() {
            return Ok(Ran::Made(0));
        }
        let numbers = self.store.read(|conn| erasure::numbers(conn, &found))?;
        let ran = self.automatic(right, move |tx| {
            let exceptions = tx.still_over(&found, (state, before))?;
            if exceptions.is_empty() {
                return Ok(0);
            }
            let made = u32::try_from(exceptions.len()).unwrap_or(u32::MAX);
            let citation = Citation::rule(7, "texts are kept for as long as is configured once an exception is over")
                .with("state", state.as_str())
                .with("days", days);
            let deed = RosterDeed::Erasure(ErasureDeed::TextsRetired { exceptions, state, days });
            let by = By::System { job: RETENTION_JOB.to_owned() };
            let event = RosterEvent { deed, by, at: tx.now(), alone: false, citation: Some(citation) };
            tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })?;
            Ok(made)
        })?;
        let ran = ran.wait()?;
        if let Ran::Made(1..) = ran {
            self.blank_lists(&numbers)?;
        }
        Ok(ran)
    }
}
