//! Endpoints that events are sent to: who answers for one, what it gets, and when it gets nothing more.
//! Its address and its secret travel beside the action and never in it.

mod filter;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            OutwardDeed, RosterDeed,
            decide::{Case, Ruling, invalid},
        },
    },
    words::{AdminVerb, PersonId, Sealed, WebhookId, words},
};

pub use filter::EventFilter;

/// For how many hours the secret of before a rotation goes on being valid, unless asked otherwise.
pub const OVERLAP_HOURS: u32 = 24;
/// For how many it may at most.
pub const MOST_OVERLAP_HOURS: u32 = 168;
/// How many events of the ledger one replay may go over.
pub const MOST_REPLAYED: u64 = 10_000;
/// How many filters an endpoint may have.
pub const MOST_FILTERS: usize = 50;

words! {
    /// What an endpoint is, and so what it is sent.
    Medium, "kind of endpoint" { Webhook = "webhook", Slack = "slack", Teams = "teams" }
}

words! {
    /// Where an endpoint stands.
    WebhookState, "state of an endpoint" {
        Enabled = "enabled", Disabled = "disabled", Failed = "failed", Removed = "removed",
    }
}

words! {
    /// Why an endpoint gets nothing more.
    WebhookEnd, "end of an endpoint" {
        Asked = "asked", Gone = "gone", Exhausted = "exhausted", Silent = "silent",
        OwnerLeft = "owner_left",
    }
}

impl Medium {
    /// Is its address itself the secret, and nothing signed?
    pub const fn is_chat(self) -> bool {
        matches!(self, Self::Slack | Self::Teams)
    }
}

impl WebhookEnd {
    /// The state that it leads to.
    pub const fn state(self) -> WebhookState {
        match self {
            Self::Asked | Self::OwnerLeft => WebhookState::Disabled,
            Self::Gone | Self::Exhausted | Self::Silent => WebhookState::Failed,
        }
    }
}

/// Something to be done about an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WebhookAction {
    /// Adds an endpoint.
    AddWebhook {
        /// The new endpoint.
        webhook: WebhookId,
        /// What it is.
        medium: Medium,
        /// Who answers for it, and hears when it fails. It gets what they may see.
        owner: PersonId,
        /// What it is for.
        description: Sealed,
        /// The host of its address.
        host: String,
        /// What it gets; empty: everything.
        events: Vec<EventFilter>,
    },
    /// Changes it.
    UpdateWebhook {
        /// Which.
        webhook: WebhookId,
        /// Who answers for it from now on.
        owner: Option<PersonId>,
        /// What it is for.
        description: Option<Sealed>,
        /// The host of its new address.
        host: Option<String>,
        /// What it gets.
        events: Option<Vec<EventFilter>>,
    },
    /// Gives it a new secret; the one of before stays valid for a while.
    RotateWebhook {
        /// Which.
        webhook: WebhookId,
        /// For how many hours both are valid.
        overlap_hours: u32,
    },
    /// Sends to it again, from now on.
    EnableWebhook {
        /// Which.
        webhook: WebhookId,
    },
    /// Sends it nothing more for now.
    DisableWebhook {
        /// Which.
        webhook: WebhookId,
    },
    /// Takes it away.
    RemoveWebhook {
        /// Which.
        webhook: WebhookId,
    },
    /// Sends it this very event.
    TestWebhook {
        /// Which.
        webhook: WebhookId,
    },
    /// Sends it once more what happened at these places of the ledger.
    ReplayWebhook {
        /// Which.
        webhook: WebhookId,
        /// The first leaf.
        from: u64,
        /// The last leaf.
        until: u64,
    },
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebhookDeed {
    /// An endpoint was added.
    WebhookAdded {
        /// Which.
        webhook: WebhookId,
        /// What it is.
        medium: Medium,
        /// Who answers for it.
        owner: PersonId,
        /// What it is for.
        description: Sealed,
        /// The host of its address.
        host: String,
        /// What it gets.
        events: Vec<EventFilter>,
    },
    /// It was changed.
    WebhookUpdated {
        /// Which.
        webhook: WebhookId,
        /// Who answers for it from now on.
        owner: Option<PersonId>,
        /// What it is for.
        description: Option<Sealed>,
        /// The host of its new address.
        host: Option<String>,
        /// What it gets.
        events: Option<Vec<EventFilter>>,
    },
    /// It got a new secret.
    WebhookRotated {
        /// Which.
        webhook: WebhookId,
        /// Until when the one of before is valid.
        until: Time,
    },
    /// It gets what happens from now on.
    WebhookEnabled {
        /// Which.
        webhook: WebhookId,
    },
    /// It gets nothing more for now.
    WebhookDisabled {
        /// Which.
        webhook: WebhookId,
        /// Why.
        why: WebhookEnd,
    },
    /// It was taken away, with its address and its secret.
    WebhookRemoved {
        /// Which.
        webhook: WebhookId,
    },
    /// It is sent this very event.
    WebhookTested {
        /// Which.
        webhook: WebhookId,
    },
    /// It is sent once more what happened.
    WebhookReplayed {
        /// Which.
        webhook: WebhookId,
        /// The first leaf.
        from: u64,
        /// The last leaf.
        until: u64,
    },
}

/// An endpoint as a rule looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookFacts {
    /// Where it stands.
    pub state: WebhookState,
    /// What it is.
    pub medium: Medium,
    /// Its version.
    pub version: u64,
}

impl WebhookAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::AddWebhook { .. } => AdminVerb::AddWebhook,
            Self::UpdateWebhook { .. } => AdminVerb::UpdateWebhook,
            Self::RotateWebhook { .. } => AdminVerb::RotateWebhook,
            Self::EnableWebhook { .. } => AdminVerb::EnableWebhook,
            Self::DisableWebhook { .. } => AdminVerb::DisableWebhook,
            Self::RemoveWebhook { .. } => AdminVerb::RemoveWebhook,
            Self::TestWebhook { .. } => AdminVerb::TestWebhook,
            Self::ReplayWebhook { .. } => AdminVerb::ReplayWebhook,
        }
    }

    /// The endpoint that it names and that must be there.
    pub const fn webhook(&self) -> Option<WebhookId> {
        match self {
            Self::AddWebhook { .. } => None,
            Self::UpdateWebhook { webhook, .. }
            | Self::RotateWebhook { webhook, .. }
            | Self::EnableWebhook { webhook }
            | Self::DisableWebhook { webhook }
            | Self::RemoveWebhook { webhook }
            | Self::TestWebhook { webhook }
            | Self::ReplayWebhook { webhook, .. } => Some(*webhook),
        }
    }

    /// Who is to answer for it, where that is said.
    pub const fn owner(&self) -> Option<PersonId> {
        match self {
            Self::AddWebhook { owner, .. } => Some(*owner),
            Self::UpdateWebhook { owner, .. } => *owner,
            Self::RotateWebhook { .. }
            | Self::EnableWebhook { .. }
            | Self::DisableWebhook { .. }
            | Self::RemoveWebhook { .. }
            | Self::TestWebhook { .. }
            | Self::ReplayWebhook { .. } => None,
        }
    }
}

impl WebhookDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WebhookAdded { .. } => "webhook_added",
            Self::WebhookUpdated { .. } => "webhook_updated",
            Self::WebhookRotated { .. } => "webhook_rotated",
            Self::WebhookEnabled { .. } => "webhook_enabled",
            Self::WebhookDisabled { .. } => "webhook_disabled",
            Self::WebhookRemoved { .. } => "webhook_removed",
            Self::WebhookTested { .. } => "webhook_tested",
            Self::WebhookReplayed { .. } => "webhook_replayed",
        }
    }
}

/// What such an action does.
pub(super) fn rule(action: &WebhookAction, case: Case<'_>) -> Result<Ruling, Refused> {
    if action.owner().is_some() {
        require_owner(case)?;
    }
    let facts = action.webhook().map(|_| there(case)).transpose()?;
    if let Some(facts) = facts {
        require_fitting(action, facts)?;
    }
    Ok(Ruling::plain(RosterDeed::Outward(OutwardDeed::Webhook(deed(action, case.ground.now)?))))
}

fn deed(action: &WebhookAction, now: Time) -> Result<WebhookDeed, Refused> {
    Ok(match action.clone() {
        WebhookAction::AddWebhook { webhook, medium, owner, description, host, events } => {
            WebhookDeed::WebhookAdded { webhook, medium, owner, description, host, events: few(events)? }
        }
        WebhookAction::UpdateWebhook { webhook, owner, description, host, events } => {
            let events = events.map(few).transpose()?;
            WebhookDeed::WebhookUpdated { webhook, owner, description, host, events }
        }
        WebhookAction::RotateWebhook { webhook, overlap_hours } => {
            WebhookDeed::WebhookRotated { webhook, until: now + overlap(overlap_hours)? }
        }
        WebhookAction::EnableWebhook { webhook } => WebhookDeed::WebhookEnabled { webhook },
        WebhookAction::DisableWebhook { webhook } => WebhookDeed::WebhookDisabled { webhook, why: WebhookEnd::Asked },
        WebhookAction::RemoveWebhook { webhook } => WebhookDeed::WebhookRemoved { webhook },
        WebhookAction::TestWebhook { webhook } => WebhookDeed::WebhookTested { webhook },
        WebhookAction::ReplayWebhook { webhook, from, until } => {
            if until < from || until - from >= MOST_REPLAYED {
                let detail = "a replay goes forward, over at most 10,000 events of the ledger";
                return Err(invalid("/until", "replay_out_of_range", detail));
            }
            WebhookDeed::WebhookReplayed { webhook, from, until }
        }
    })
}

fn few(events: Vec<EventFilter>) -> Result<Vec<EventFilter>, Refused> {
    if events.len() <= MOST_FILTERS {
        return Ok(events);
    }
    Err(invalid("/events", "too_many_filters", "an endpoint has at most 50 filters; write the beginning of several"))
}

fn overlap(hours: u32) -> Result<Duration, Refused> {
    if hours <= MOST_OVERLAP_HOURS {
        return Ok(Duration::hours(i64::from(hours)));
    }
    Err(invalid("/overlap_hours", "overlap_too_long", "both secrets are valid for at most 168 hours"))
}

/// Who answers for an endpoint is a human who has not left.
fn require_owner(case: Case<'_>) -> Result<(), Refused> {
    let owner = case.ground.subject.as_ref().ok_or(Refusal::NoSuch { what: "person" })?;
    if owner.active && !owner.is_service() {
        return Ok(());
    }
    Err(invalid("/owner", "no_active_human", "this must be a human who has not left"))
}

fn there(case: Case<'_>) -> Result<WebhookFacts, Refused> {
    let facts = case.ground.outward.webhook.filter(|facts| facts.state != WebhookState::Removed);
    facts.ok_or_else(|| Refusal::NoSuch { what: "webhook" }.into())
}

/// A secret is rotated where there is one, and what is disabled gets nothing.
fn require_fitting(action: &WebhookAction, facts: WebhookFacts) -> Result<(), Refused> {
    let is_enabled = facts.state == WebhookState::Enabled;
    match action {
        WebhookAction::RotateWebhook { .. } if facts.medium.is_chat() => {
            Err(invalid("", "webhook_unsigned", "a chat's address is its secret; give it a new address instead"))
        }
        WebhookAction::EnableWebhook { .. } if is_enabled => {
            Err(invalid("", "webhook_enabled", "this endpoint is enabled already"))
        }
        WebhookAction::DisableWebhook { .. }
        | WebhookAction::TestWebhook { .. }
        | WebhookAction::ReplayWebhook { .. }
            if !is_enabled =>
        {
            Err(invalid("", "webhook_disabled", "this endpoint is not enabled; enable it first"))
        }
        WebhookAction::AddWebhook { .. }
        | WebhookAction::UpdateWebhook { .. }
        | WebhookAction::RotateWebhook { .. }
        | WebhookAction::EnableWebhook { .. }
        | WebhookAction::DisableWebhook { .. }
        | WebhookAction::RemoveWebhook { .. }
        | WebhookAction::TestWebhook { .. }
        | WebhookAction::ReplayWebhook { .. } => Ok(()),
    }
}
