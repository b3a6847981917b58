//! A connector as it is configured: which system, told of which events, on what condition, with which calls
//! and credentials. Nothing is sent here, and a secret is shown to nobody.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::{Map, Value, json};

use super::{
    document::{Keeps, Template, Way},
    fields::is_field,
    people::Mapping,
};
use crate::{sop::Rule, words::words};

words! {
    /// The systems that documents ship for, and any other.
    Kind, "kind of connector" {
        Jira = "jira", Zendesk = "zendesk", Salesforce = "salesforce", Servicenow = "servicenow",
        Whatsapp = "whatsapp", Generic = "generic",
    }
}

words! {
    /// What an event may do at the other system.
    Action, "action" {
        /// Creates a ticket, and updates it from then on.
        Upsert = "upsert",
        /// Creates a ticket where there is none, and leaves it alone.
        Create = "create",
        /// Updates the ticket that is there, and creates none.
        Update = "update",
    }
}

/// The codes of what can happen to an exception and that a connector may be told of. An attempt that was
/// refused and an alert are nobody else's business.
pub const EVENTS: &[&str] = &[
    "drafted",
    "amended",
    "submitted",
    "returned",
    "gate_waived",
    "passed",
    "clauses_added",
    "assessed",
    "rated",
    "gap_found",
    "input_asked",
    "advised",
    "round_opened",
    "quorum_lost",
    "quorum_found",
    "condition_proposed",
    "approved",
    "approval_voided",
    "acceptance_asked",
    "granted",
    "rejected",
    "activated",
    "control_confirmed",
    "control_failed",
    "control_lapsed",
    "extended",
    "reopened",
    "attested",
    "assessment_confirmed",
    "reassessed",
    "rerated",
    "review_asked",
    "review_withdrawn",
    "reaffirmed",
    "suspended",
    "resumed",
    "content_replaced",
    "reverted",
    "withdrawn",
    "expired",
    "revoked",
    "closed",
    "superseded",
    "assigned",
    "escalated",
    "reminded",
    "attached",
    "detached",
    "evidence_attached",
    "linked",
    "watched",
    "unwatched",
    "commented",
    "due_soon",
    "overdue",
    "end_near",
    "lapse_near",
    "limit_reached",
    "party_left",
    "party_moved",
    "uncovered",
    "covered",
    "rescored",
    "incident_noted",
];

/// A secret of the environment. Its value is shown to nobody but the one who sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A value that is not empty and can stand in a header.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(['\r', '\n']);
        let visible = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        visible.then(|| Self(text.to_owned()))
    }

    /// The value, for the one who sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(...)")
    }
}

/// How a connector shows who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// In which way.
    pub way: Way,
    /// The user's name, of `basic`.
    pub user: Option<String>,
    /// The client's id, of `oauth2`.
    pub client_id: Option<String>,
    /// The scope that is asked for, of `oauth2`.
    pub scope: Option<String>,
    /// The environment's variables; the first is what is shown. Absent values are not set.
    pub secrets: Vec<(String, Option<Secret>)>,
}

/// A connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connector {
    /// Its name in the configuration.
    pub name: String,
    /// Which system.
    pub kind: Kind,
    /// Scheme, host and perhaps the beginning of the path, without a slash at the end.
    pub base: String,
    /// The codes of the events that it is told of.
    pub on: BTreeSet<String>,
    /// On what further condition.
    pub when: Option<Rule>,
    /// What it does.
    pub action: Action,
    /// How it shows who it is.
    pub credentials: Credentials,
    /// What is set, by name.
    pub set: BTreeMap<String, String>,
    /// What is set for one event, by name and code.
    pub by_event: BTreeMap<(String, String), String>,
    /// The source of inbound messages whose tickets are its own.
    pub source: Option<String>,
    /// What the system calls our people.
    pub people: Mapping,
    /// Its calls.
    pub template: Template,
    /// Where these come from, where they are not those that ship.
    pub template_file: Option<String>,
}

impl Connector {
    /// Where the tickets that it created are kept.
    pub fn system(&self) -> String {
        format!("connector.{}", self.name)
    }

    /// The fields that its calls name: what it sends, and nothing else.
    pub fn fields(&self) -> BTreeSet<String> {
        let calls = self.template.calls().filter(|(word, _)| self.uses(word));
        calls.flat_map(|(_, call)| call.names()).filter(|name| is_field(name)).map(str::to_owned).collect()
    }

    /// Is this sort of call made at all?
    fn uses(&self, word: &str) -> bool {
        match self.action {
            Action::Upsert => true,
            Action::Create => word != "update",
            Action::Update => word == "update" || self.template.keeps == Keeps::Nothing,
        }
    }

    /// What is set, as templates see it at an event; what is not set is null.
    pub fn settings(&self, code: &str) -> Value {
        let mut set = Map::new();
        for (name, param) in &self.template.set {
            let event = || self.by_event.get(&(name.clone(), code.to_owned()));
            let value = if param.by_event { event() } else { self.set.get(name) };
            set.insert(name.clone(), json!(value.or(param.default.as_ref())));
        }
        Value::Object(set)
    }

    /// The environment's variables that are named and not set.
    pub fn missing(&self) -> Vec<&str> {
        let secrets = self.credentials.secrets.iter();
        secrets.filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str()).collect()
    }

    /// A text without the values of its secrets, should somebody have sent one back.
    pub fn without_secrets(&self, text: &str) -> String {
        let revealed = self.credentials.secrets.iter().filter_map(|(_, value)| value.as_ref()).map(Secret::reveal);
        revealed.fold(text.to_owned(), |text, secret| text.replace(secret, "..."))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::EVENTS;

    #[test]
    fn every_event_of_an_exception_is_decided_on() {
        let sources = [
            include_str!("../domain/event/code.rs"),
            include_str!("../domain/upkeep.rs"),
            include_str!("../domain/review.rs"),
        ];
        let tables = sources.iter().map(|source| {
            let (_, table) = source.split_once("pub const fn code").expect("the table of codes");
            table.split_once("\n    }\n").expect("its end").0
        });
        let codes: BTreeSet<&str> = tables.flat_map(|table| table.split('"').skip(1).step_by(2)).collect();
        let known: BTreeSet<&str> =
            EVENTS.iter().copied().chain(["attempt.refused", "alert.one_browser", "read", "evidence_taken"]).collect();
        assert_eq!(codes, known);
    }
}
