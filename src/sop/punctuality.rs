//! What a procedure says of work that is late: which hours count, when people are warned, when it is escalated.

use serde::{Deserialize, Serialize};

use crate::words::{Tier, words};

words! {
    /// Which hours count towards a due time.
    Hours, "hours" {
        #[doc = "All hours, as they pass."]
        Clock = "clock",
        #[doc = "Those in which people work, by the calendar of the installation."]
        Working = "working",
    }
}

/// How late work is treated; hours are counted as `hours` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Punctuality {
    /// Which hours count.
    pub hours: Hours,
    /// The tiers whose work is urgent: for it all hours count, and its letters wait for nobody's morning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urgent_tiers: Vec<Tier>,
    /// So many hours before a task is due, those who have it are warned.
    pub warn_hours: u32,
    /// So many hours after it was due the first role of the escalation route is told, and each further role
    /// after as many again.
    pub escalate_hours: u32,
}

impl Punctuality {
    /// Is work at this tier urgent?
    pub fn is_urgent(&self, tier: Option<Tier>) -> bool {
        tier.is_some_and(|tier| self.urgent_tiers.contains(&tier))
    }

    /// The hours that count for work at this tier.
    pub fn hours_at(&self, tier: Option<Tier>) -> Hours {
        if self.is_urgent(tier) { Hours::Clock } else { self.hours }
    }
}
