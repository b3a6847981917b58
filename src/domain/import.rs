//! What was kept in another register before: where it comes from, how it stood there, and what its two events make
//! of it. What was decided elsewhere is no decision here, so nothing of this gives effect.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        exception::{Exception, State},
        request::Time,
    },
    words::{PersonId, Sealed, Standing, Tier},
};

/// Where an exception was kept before, and how it stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The register that it comes from, by the name that whoever imports gives it.
    pub source: String,
    /// What it is called there: with the source it is imported once.
    pub reference: String,
    /// The row as it was, as JSON.
    pub row: Sealed,
    /// How it stood there.
    pub standing: Standing,
    /// When it ended there, where it has and the register says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// The tier that it has there; what it is decided on here is never lower.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Does the register name nobody who is known and active here, so that whoever imports stands in for its owner?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ownerless: bool,
}

/// What an exception knows of where it was kept before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Where that was.
    pub from: Provenance,
    /// Who brought it here.
    pub by: Option<PersonId>,
    /// Was more of it changed here than its files?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changed: bool,
}

/// How something came from another register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Brought {
    /// It was kept elsewhere until now.
    Imported {
        /// Where, and how it stood there.
        from: Box<Provenance>,
    },
    /// It had ended before it came here: it is history, and nothing of it was decided here.
    Archived,
}

impl Brought {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Imported { .. } => "imported",
            Self::Archived => "archived",
        }
    }
}

impl Provenance {
    /// Had it ended where it was kept?
    pub const fn is_history(&self) -> bool {
        !matches!(self.standing, Standing::Live)
    }

    /// The state of what had ended; `None` for what lives. `otherwise` is when, where nobody says.
    pub fn end(&self, otherwise: Time) -> Option<State> {
        let at = self.ended_at.unwrap_or(otherwise);
        match self.standing {
            Standing::Live => None,
            Standing::Expired => Some(State::Expired { at }),
            Standing::Rejected => Some(State::Rejected),
            Standing::Revoked => Some(State::Revoked { at }),
            Standing::Withdrawn => Some(State::Withdrawn),
            Standing::Closed => Some(State::Closed { at }),
        }
    }
}

impl Exception {
    /// Did it end elsewhere, so that nothing of it was decided here?
    pub fn is_history(&self) -> bool {
        self.imported.as_ref().is_some_and(|imported| imported.from.is_history())
    }

    /// Is it still as it came from another register, so that what is asked of a new request was answered there?
    pub fn is_as_imported(&self) -> bool {
        let drafted = matches!(self.state, State::Draft);
        drafted && self.imported.as_ref().is_some_and(|imported| imported.from.is_history() || !imported.changed)
    }

    /// Does it wait for somebody to say whose it is?
    pub fn lacks_owner(&self) -> bool {
        let ownerless = self.imported.as_ref().is_some_and(|imported| imported.from.ownerless);
        ownerless && self.request.beneficiary.is_none()
    }
}
