//! The map of what flows where: which fields go to or come from which system, when that was used last, and
//! what is open without being used. Made from the configuration and the use alone, never drawn by hand.

use std::fmt::Write;

use chrono::Duration;
use csv::{QuoteStyle, Terminator, WriterBuilder};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Settings, api::text::Instant};
use crate::{
    config::intake::Source,
    connect::{Connector, fields},
    domain::request::Time,
    store::{
        outbox::errands::Use,
        usage::{IdleToken, Usage, UsedEndpoint},
    },
    words::{PersonId, TokenId, no_formula},
};

/// What was not used for so many days is unused.
pub const UNUSED_DAYS: i64 = 90;
/// What letters hold: `notify` writes them, of a confidential exception without texts.
const LETTERS: &[&str] = &[
    "reader.name",
    "reader.email",
    "exception.number",
    "exception.state",
    "exception.tier",
    "exception.title",
    "exception.conditions",
    "exception.controls",
    "event.reason",
    "task.due_at",
    "exception.link",
];
const LETTERS_PERSONAL: &[&str] =
    &["reader.name", "reader.email", "exception.title", "exception.conditions", "exception.controls", "event.reason"];

/// What a webhook holds: the feed's events, which are thin.
const EVENTS: &[&str] = &["event.id", "event.kind", "event.at", "exception.id", "exception.number"];
/// What a chat is told.
const CHAT: &[&str] = &["event.kind", "exception.number", "exception.link"];

/// Which way something flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From us.
    Out,
    /// To us.
    In,
}

/// What flows between us and one system.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Flow {
    /// Its name in the configuration.
    #[schema(examples("connector.jira"))]
    pub name: String,
    /// Which way.
    pub direction: Direction,
    /// Which system.
    #[schema(examples("Jira Cloud, REST API version 3"))]
    pub system: String,
    /// Where it is.
    #[schema(examples("https://example.atlassian.net"))]
    pub destination: String,
    /// On which events, or how it comes in.
    #[schema(examples(json!(["exception.submitted"])))]
    pub occasions: Vec<String>,
    /// On what further condition (CEL).
    pub condition: Option<String>,
    /// The fields that flow, and no other.
    #[schema(examples(json!(["exception.number", "exception.title"])))]
    pub fields: Vec<String>,
    /// Those among them that hold what somebody wrote, or tell of a person.
    pub personal: Vec<String>,
    /// How often it was used.
    pub used: u64,
    /// When it was last used.
    pub last_used_at: Option<Instant>,
    /// When it last failed.
    pub last_failed_at: Option<Instant>,
    /// Was it not used for 90 days?
    pub unused: bool,
}

/// A token that can be used and was not for 90 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnusedToken {
    /// The token.
    pub id: TokenId,
    /// Whose it is.
    pub person: PersonId,
    /// When it was issued.
    pub issued_at: Instant,
    /// When it was last used; `null`: never.
    pub last_used_at: Option<Instant>,
    /// Until when it may be used.
    pub expires_at: Instant,
}

/// What flows where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowMap {
    /// When it was made.
    pub at: Instant,
    /// Every way in and out that is configured.
    pub flows: Vec<Flow>,
    /// Tokens that nobody uses.
    pub unused_tokens: Vec<UnusedToken>,
}

/// Since when something has to have been used not to be unused.
pub fn since(now: Time) -> Time {
    now - Duration::days(UNUSED_DAYS)
}

impl FlowMap {
    /// The map at `now`.
    pub fn of(settings: &Settings, usage: &Usage, now: Time) -> Self {
        let connectors = settings.connectors.values().map(|connector| out(connector, now, usage));
        let sources = settings.intake.iter().map(|(name, source)| inward((name.as_str(), source), now, usage));
        let endpoints = usage.endpoints.iter().map(|endpoint| endpoint_flow(endpoint, now));
        let letters = (settings.mail != "none").then(|| letters(settings, now, usage));
        Self {
            at: now.into(),
            flows: connectors.chain(letters).chain(sources).chain(endpoints).collect(),
            unused_tokens: usage.idle.iter().map(UnusedToken::from).collect(),
        }
    }

    /// The map as a table for people (Markdown).
    pub fn markdown(&self) -> String {
        let mut text = format!("# What flows where\n\nAs configured and used by {}.\n\n", self.at);
        text.push_str("| connection | direction | system | fields | of these personal | occasions | last used | |\n");
        text.push_str("|---|---|---|---|---|---|---|---|\n");
        for flow in &self.flows {
            let row = flow.cells();
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {} |", row.map(|cell| cell.replace('|', "\\|").replace('\n', " ")).join(" | "));
        }
        let _ = writeln!(text, "\n## Tokens that nobody used for {UNUSED_DAYS} days\n");
        if self.unused_tokens.is_empty() {
            text.push_str("None.\n");
        }
        for token in &self.unused_tokens {
            let used = token.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
            let _ = writeln!(text, "* {} of {}: issued {}, last used {used}", token.id, token.person, token.issued_at);
        }
        text
    }

    /// The flows as a table for programs (RFC 4180), in which no cell is a formula.
    pub fn csv(&self) -> Result<String, csv::Error> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .from_writer(Vec::new());
        writer.write_record([
            "connection",
            "direction",
            "system",
            "fields",
            "personal",
            "occasions",
            "last_used_at",
            "unused",
        ])?;
        for flow in &self.flows {
            writer.write_record(flow.cells().map(no_formula))?;
        }
        let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Flow {
    fn cells(&self) -> [String; 8] {
        let condition = self.condition.iter().map(|condition| format!(" where {condition}"));
        [
            self.name.clone(),
            match self.direction {
                Direction::Out => "out",
                Direction::In => "in",
            }
            .to_owned(),
            format!("{} ({})", self.system, self.destination),
            self.fields.join(" "),
            self.personal.join(" "),
            format!("{}{}", self.occasions.join(" "), condition.collect::<String>()),
            self.last_used_at.map(|at| at.to_string()).unwrap_or_default(),
            if self.unused { "unused" } else { "" }.to_owned(),
        ]
    }

    fn used(self, usage: &Usage, now: Time) -> Self {
        let found = usage.uses.get(&self.name).cloned().unwrap_or_default();
        self.using(&found, now)
    }

    fn using(self, found: &Use, now: Time) -> Self {
        let Use { used, last_used_at, last_failed_at, .. } = *found;
        Self {
            used,
            last_used_at: last_used_at.map(Into::into),
            last_failed_at: last_failed_at.map(Into::into),
            unused: last_used_at.is_none_or(|at| at < since(now)),
            ..self
        }
    }
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn out(connector: &Connector, now: Time, usage: &Usage) -> Flow {
    let names: Vec<String> = connector.fields().into_iter().collect();
    let flow = Flow {
        name: connector.system(),
        direction: Direction::Out,
        system: connector.template.about.clone(),
        destination: connector.base.clone(),
        occasions: connector.on.iter().map(|code| format!("exception.{code}")).collect(),
        condition: connector.when.as_ref().map(|rule| rule.text().to_owned()),
        personal: names.iter().filter(|name| fields::is_personal(name)).cloned().collect(),
        fields: names,
        used: 0,
        last_used_at: None,
        last_failed_at: None,
        unused: true,
    };
    flow.used(usage, now)
}

fn letters(settings: &Settings, now: Time, usage: &Usage) -> Flow {
    let flow = Flow {
        name: "mail".to_owned(),
        direction: Direction::Out,
        system: "Mail to the people concerned".to_owned(),
        destination: settings.mail.clone(),
        occasions: vec!["letters".to_owned()],
        condition: None,
        fields: named(LETTERS),
        personal: named(LETTERS_PERSONAL),
        used: 0,
        last_used_at: None,
        last_failed_at: None,
        unused: true,
    };
    flow.used(usage, now)
}

fn inward((name, source): (&str, &Source), now: Time, usage: &Usage) -> Flow {
    let at = &source.at;
    let all = [
        ("sender", Some(&at.sender)),
        ("exception.title", Some(&at.title)),
        ("external_id", Some(&at.external_id)),
        ("exception.justification", at.text.as_ref()),
        ("exception.source_ticket", at.ticket.as_ref()),
    ];
    let taken: Vec<(&str, &String)> = all.into_iter().filter_map(|(field, at)| Some((field, at?))).collect();
    let personal = ["sender", "exception.title", "exception.justification"];
    let flow = Flow {
        name: format!("intake.{name}"),
        direction: Direction::In,
        system: "Inbound messages".to_owned(),
        destination: format!("/v1/intake/{name}"),
        occasions: taken.iter().map(|(field, at)| format!("{at} as {field}")).collect(),
        condition: None,
        fields: taken.iter().map(|(field, _)| (*field).to_owned()).collect(),
        personal: taken
            .iter()
            .map(|(field, _)| *field)
            .filter(|field| personal.contains(field))
            .map(str::to_owned)
            .collect(),
        used: 0,
        last_used_at: None,
        last_failed_at: None,
        unused: true,
    };
    flow.used(usage, now)
}

fn endpoint_flow(endpoint: &UsedEndpoint, now: Time) -> Flow {
    let (system, fields) = match endpoint.medium.as_str() {
        "webhook" => ("Webhook (CloudEvents 1.0)", EVENTS),
        _ => ("Chat", CHAT),
    };
    let events: Vec<String> =
        endpoint.events.split([' ', ',']).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let flow = Flow {
        name: format!("webhook.{}", endpoint.id),
        direction: Direction::Out,
        system: system.to_owned(),
        destination: endpoint.host.clone(),
        occasions: if events.is_empty() { vec!["every event".to_owned()] } else { events },
        condition: None,
        fields: named(fields),
        personal: Vec::new(),
        used: 0,
        last_used_at: None,
        last_failed_at: None,
        unused: true,
    };
    flow.using(&endpoint.found, now)
}

impl From<&IdleToken> for UnusedToken {
    fn from(token: &IdleToken) -> Self {
        Self {
            id: token.id,
            person: token.person,
            issued_at: token.issued_at.into(),
            last_used_at: token.last_used_at.map(Into::into),
            expires_at: token.expires_at.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_csv_a_system_that_is_called_like_a_formula_is_inert() {
        let at: Time = "2026-03-02T09:00:00Z".parse().unwrap();
        let flow = Flow {
            name: "connector.desk".to_owned(),
            direction: Direction::Out,
            system: "=HYPERLINK(\"http://a\")".to_owned(),
            destination: "https://desk.example.org".to_owned(),
            occasions: vec!["exception.submitted".to_owned()],
            condition: None,
            fields: named(&["exception.number"]),
            personal: Vec::new(),
            used: 0,
            last_used_at: None,
            last_failed_at: None,
            unused: true,
        };
        let map = FlowMap { at: at.into(), flows: vec![flow], unused_tokens: Vec::new() };
        let text = map.csv().unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(&row[2], "'=HYPERLINK(\"http://a\") (https://desk.example.org)");
    }
}
