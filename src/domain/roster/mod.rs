//! The roster: people, roles, delegations, tokens, and the changes that need two of them. Pure, like the
//! lifecycle: a command on the facts of now becomes events or one refusal. Which role may ask for which
//! command is the access matrix's to say; what nobody may do, whatever their role, stands here.

mod absence;
mod automation;
mod batches;
mod change;
mod command;
mod concerns;
mod decide;
mod entries;
mod erasure;
mod event;
mod fold;
mod ground;
mod incidents;
mod outward;
mod people;
mod procedures;
mod rights;
mod roles;
mod shadow;
mod split;
mod webhooks;

#[cfg(test)]
pub(crate) mod play;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use absence::{ABSENCE_DAYS, AbsenceAction, AbsenceDeed};
pub use automation::{AutomationAction, AutomationDeed, AutomationFacts};
pub use batches::{BATCHES_JOB, BatchAction, BatchDeed, Hold, Refusals, stopped};
pub use change::{CHANGE_DAYS, Change};
pub use command::{RosterAction, RosterCommand};
pub use concerns::{
    CONCERNS_JOB, Concern, ConcernDeed, ConcernFacts, Figure, Response, Said, Share, Standing, Topic, answered_by,
    raised, said_of, settled,
};
pub use decide::decide_roster;
pub use erasure::{Agreed, ErasureAction, ErasureDeed, ErasureFacts, InTheWay, RESTORE_JOB, RETENTION_JOB};
pub use event::{List, RosterDeed, RosterEvent};
pub use fold::{DelegationRecord, GrantRecord, LegalHold, PasswordStatus, PersonRecord, Removal, Roster, TokenRecord};
pub use ground::{EntryStanding, Governance, Office, ProcedureStanding, RosterGround};
pub use incidents::{Incident, IncidentFacts};
pub use outward::{LetterState, OutwardAction, OutwardDeed, OutwardFacts};
pub use rights::{DELEGATION_DAYS, TOKEN_DAYS};
pub use shadow::{ShadowAction, ShadowDeed};
pub use split::{Beginning, Compared, Lot, SPLITS_JOB, Split, SplitAction, SplitDeed, held};
pub use webhooks::{
    EventFilter, MOST_FILTERS, MOST_OVERLAP_HOURS, Medium, OVERLAP_HOURS, WebhookAction, WebhookDeed, WebhookEnd,
    WebhookFacts, WebhookState,
};
