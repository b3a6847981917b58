//! The clock on absences: when one begins or is over, so that the work it touches is looked at. What follows of it
//! there, the rules know.

use uuid::Uuid;

use super::{Desk, Error, Pending, Ran, act::Asked, roster::judged};
use crate::{
    domain::{
        person::By,
        request::Time,
        roster::{AbsenceAction, RosterAction, RosterCommand},
    },
    store::{
        automation::Right,
        roster::{Secrets, absences},
    },
    words::{ChangeId, PersonId},
};

impl Desk {
    /// Those whose absence has begun, or is over, and nobody has seen to it; at most `limit`.
    pub fn absences_due(&self, now: Time, limit: i64) -> Result<Vec<PersonId>, Error> {
        self.store.read(|conn| Ok(absences::due(conn, now, limit)?))
    }

    /// Sees to it for one of them, if the job may run when its turn comes.
    pub fn turn_absence(&self, person: PersonId, right: Right) -> Result<Pending<Ran>, Error> {
        let book = self.laws.clone();
        let by = By::System { job: right.job.to_owned() };
        self.automatic(right, move |tx| {
            let action = RosterAction::Absence(AbsenceAction::TurnAbsence { person });
            // It lowers no protection, so that there is never a change of this id.
            let command = RosterCommand::Act { action: Box::new(action), change: ChangeId(Uuid::nil()) };
            let asked = Asked { by: by.clone(), key: None, expected: None, command, openings: Vec::new() };
            let done = judged(tx, &book, &asked, &Secrets::default())?;
            // Somebody may have said something else of it since it was looked for.
            Ok(done.map_or(0, |done| u32::try_from(done.events.len()).unwrap_or(u32::MAX)))
        })
    }
}
