//! What is asked about that which leaves the house: letters that are tried again or given up, and how
//! people want to be written to. Nothing here touches who may decide.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        preferences::{HeldBy, Preferences},
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            RosterDeed, WebhookAction, WebhookDeed, WebhookFacts,
            decide::{Case, Ruling},
            webhooks,
        },
    },
    words::{AdminVerb, LetterId, PersonId, Sealed, WebhookId, words},
};

words! {
    /// Where a letter stands in the outbox.
    LetterState, "letter state" {
        Waiting = "waiting", Delivered = "delivered", Dead = "dead", Discarded = "discarded",
    }
}

impl LetterState {
    /// Can it still be sent, or be given up?
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Dead)
    }
}

/// Something to be done about what leaves the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutwardAction {
    /// Sends a letter now, with all its attempts before it again.
    RetryLetter {
        /// Which.
        letter: LetterId,
    },
    /// Gives a letter up for good; it is kept.
    DiscardLetter {
        /// Which.
        letter: LetterId,
        /// Why.
        reason: Sealed,
    },
    /// Says how one wants to be written to.
    SetPreferences {
        /// Who.
        person: PersonId,
        /// How.
        preferences: Preferences,
    },
    /// Something about an endpoint.
    #[serde(untagged)]
    Webhook(WebhookAction),
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OutwardDeed {
    /// A letter is to be sent once more.
    LetterRetried {
        /// Which.
        letter: LetterId,
    },
    /// A letter was given up for good.
    LetterDiscarded {
        /// Which.
        letter: LetterId,
        /// Why.
        reason: Sealed,
    },
    /// Somebody said how they want to be written to.
    PreferencesSet {
        /// Who.
        person: PersonId,
        /// How.
        preferences: Preferences,
    },
    /// A mail waits, as its reader wants it. It changes nothing.
    MailHeld {
        /// Of which letter.
        letter: LetterId,
        /// Whose mail.
        person: PersonId,
        /// Until when.
        until: Time,
        /// Why.
        why: HeldBy,
    },
    /// Something about an endpoint.
    #[serde(untagged)]
    Webhook(WebhookDeed),
}

/// The facts that such an action is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutwardFacts {
    /// Where the letter stands that is named.
    pub letter: Option<LetterState>,
    /// The endpoint that is named.
    pub webhook: Option<WebhookFacts>,
}

impl OutwardAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::RetryLetter { .. } => AdminVerb::RetryLetter,
            Self::DiscardLetter { .. } => AdminVerb::DiscardLetter,
            Self::SetPreferences { .. } => AdminVerb::SetPreferences,
            Self::Webhook(action) => action.verb(),
        }
    }

    /// The letter that it names.
    pub const fn letter(&self) -> Option<LetterId> {
        match self {
            Self::RetryLetter { letter } | Self::DiscardLetter { letter, .. } => Some(*letter),
            Self::SetPreferences { .. } | Self::Webhook(_) => None,
        }
    }

    /// The endpoint that it names and that must be there.
    pub const fn webhook(&self) -> Option<WebhookId> {
        match self {
            Self::Webhook(action) => action.webhook(),
            Self::RetryLetter { .. } | Self::DiscardLetter { .. } | Self::SetPreferences { .. } => None,
        }
    }

    /// Whom it is about.
    pub const fn subject(&self) -> Option<PersonId> {
        match self {
            Self::RetryLetter { .. } | Self::DiscardLetter { .. } => None,
            Self::SetPreferences { person, .. } => Some(*person),
            Self::Webhook(action) => action.owner(),
        }
    }
}

impl OutwardDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LetterRetried { .. } => "letter_retried",
            Self::LetterDiscarded { .. } => "letter_discarded",
            Self::PreferencesSet { .. } => "preferences_set",
            Self::MailHeld { .. } => "mail_held",
            Self::Webhook(deed) => deed.code(),
        }
    }
}

/// What such an action does.
pub(super) fn rule(action: &OutwardAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let deed = match action.clone() {
        OutwardAction::RetryLetter { letter } => {
            require_open(case)?;
            OutwardDeed::LetterRetried { letter }
        }
        OutwardAction::DiscardLetter { letter, reason } => {
            require_open(case)?;
            OutwardDeed::LetterDiscarded { letter, reason }
        }
        OutwardAction::SetPreferences { person, preferences } => {
            if case.asker.is_some() && !case.is_own(case.active_subject()?) {
                return Err(Refusal::NotYours { whom: "their owner" }.into());
            }
            OutwardDeed::PreferencesSet { person, preferences }
        }
        OutwardAction::Webhook(action) => return webhooks::rule(&action, case),
    };
    Ok(Ruling::plain(RosterDeed::Outward(deed)))
}

fn require_open(case: Case<'_>) -> Result<(), Refused> {
    match case.ground.outward.letter {
        Some(state) if state.is_open() => Ok(()),
        Some(_) => Err(super::decide::invalid("", "letter_settled", "this letter was delivered or discarded")),
        None => Err(Refusal::NoSuch { what: "letter" }.into()),
    }
}
