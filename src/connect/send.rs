//! One errand: the calls that an event makes at another system, filled in, made, and their answers judged. No
//! error holds a secret, or what somebody wrote.

mod token;

use std::{collections::BTreeMap, sync::Mutex};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Duration;
use serde_json::{Value, json};

use super::{
    brake::Brake,
    connector::{Action, Connector},
    document::{Call, Keeps, Method, Way},
    template::{BadTemplate, Place, Text},
};
use crate::{
    domain::request::Time,
    outbound::{self, Address, Answer, Client, Failed},
};
use token::Token;

/// How long another system may tell us to wait, at most.
const LONGEST_WAIT: Duration = Duration::hours(1);
/// How much of another system's words is kept, in characters.
const WORDS: usize = 300;
/// Texts shorter than this are not looked for in another system's words: they would be everywhere.
const LEAST: usize = 4;

/// A record at another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its id there.
    pub id: String,
    /// Where people read it.
    pub url: Option<String>,
}

/// What is to be told.
#[derive(Debug, Clone)]
pub struct Errand {
    /// The fields that the connector's calls name.
    pub told: Value,
    /// The event's code.
    pub code: String,
    /// The delivery, the same on every attempt.
    pub delivery: String,
    /// The ticket, where there is one.
    pub ticket: Option<Ticket>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// There is a ticket now; it was created, or found where an earlier attempt had created it.
    Created(Option<Ticket>),
    /// The ticket was told.
    Updated,
    /// No call was to be made, and why.
    Nothing(&'static str),
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong, for those who look after the service.
    pub error: String,
    /// May it pass?
    pub passes: Passes,
}

/// Whether another attempt may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    /// It may.
    Perhaps,
    /// It may, but not before so long.
    After(Duration),
    /// It will not.
    Never,
}

impl Fault {
    pub(super) fn never(error: impl Into<String>) -> Self {
        Self { error: error.into(), passes: Passes::Never }
    }

    pub(super) fn perhaps(error: impl Into<String>) -> Self {
        Self { error: error.into(), passes: Passes::Perhaps }
    }
}

impl From<BadTemplate> for Fault {
    fn from(error: BadTemplate) -> Self {
        Self::never(format!("a template could not be filled in: {error}"))
    }
}

/// A call, filled in. Its headers may hold secrets, so that it has no `Debug`.
pub struct Prepared {
    /// What it does.
    pub method: Method,
    /// Where it goes.
    pub url: String,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: Option<Value>,
}

/// What makes the calls. Tokens that were asked for are kept while they hold.
#[derive(Debug)]
pub struct Sender {
    client: Client,
    brake: Brake,
    tokens: Mutex<BTreeMap<String, Token>>,
}

impl Method {
    /// Its name in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }

    const fn outbound(self) -> outbound::Method {
        match self {
            Self::Get => outbound::Method::Get,
            Self::Post => outbound::Method::Post,
            Self::Put => outbound::Method::Put,
            Self::Patch => outbound::Method::Patch,
        }
    }
}

/// The calls that an errand makes, and what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan<'c> {
    /// Look whether it is there, then create it.
    Create(Option<&'c Call>, &'c Call),
    /// Tell the ticket.
    Update(&'c Call),
    /// None, and why.
    Nothing(&'static str),
}

impl Errand {
    /// What templates see of it, without secrets.
    fn context(&self, connector: &Connector) -> Value {
        let mut context = self.told.clone();
        if let Some(members) = context.as_object_mut() {
            members.insert("set".to_owned(), connector.settings(&self.code));
            members.insert("delivery".to_owned(), json!({ "id": self.delivery }));
            let ticket = self.ticket.as_ref();
            let shown =
                json!({ "id": ticket.map(|ticket| &ticket.id), "url": ticket.and_then(|one| one.url.as_ref()) });
            members.insert("ticket".to_owned(), shown);
        }
        context
    }

    /// The calls it makes.
    pub fn plan<'c>(&self, connector: &'c Connector) -> Result<Plan<'c>, BadTemplate> {
        let (template, context) = (&connector.template, self.context(connector));
        let first = |calls: &'c [Call]| -> Result<Option<&'c Call>, BadTemplate> {
            for call in calls {
                if call.test.as_ref().map_or(Ok(true), |test| test.holds(&context))? {
                    return Ok(Some(call));
                }
            }
            Ok(None)
        };
        let keeps = template.keeps == Keeps::Ticket;
        let (creates, updates) = match (connector.action, self.ticket.is_some() && keeps) {
            (Action::Upsert | Action::Create, false) => (true, false),
            (Action::Upsert | Action::Update, true) => (false, true),
            (Action::Create, true) => return Ok(Plan::Nothing("there is a ticket already")),
            (Action::Update, false) => return Ok(Plan::Nothing("there is no ticket")),
        };
        let call = if creates { first(&template.create)? } else { first(&template.update)? };
        Ok(match call {
            Some(call) if updates => Plan::Update(call),
            Some(call) => Plan::Create(template.find.as_ref().filter(|_| keeps), call),
            None => Plan::Nothing("none of its calls is meant for this"),
        })
    }

    /// A call, filled in for this errand.
    pub fn prepare(&self, connector: &Connector, call: &Call) -> Result<Prepared, BadTemplate> {
        let mut context = self.context(connector);
        let url = url(connector, &call.url, &context)?;
        let body = call.body.as_ref().map(|body| body.fill(&context)).transpose()?.flatten();
        if let Some(members) = context.as_object_mut() {
            members.insert("secret".to_owned(), secrets(connector));
        }
        let header = |(name, text): &(String, Text)| Ok((name.clone(), text.fill(&context)?));
        let headers = call.headers.iter().map(header).collect::<Result<_, BadTemplate>>()?;
        Ok(Prepared { method: call.method, url, headers, body })
    }

    /// What somebody wrote or who they are, as far as it was told.
    fn private(&self) -> Vec<&str> {
        fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
            match value {
                Value::String(text) => found.push(text),
                Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
                Value::Object(members) => members.values().for_each(|value| texts(value, found)),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        let mut found = Vec::new();
        for (group, members) in self.told.as_object().into_iter().flatten() {
            for (name, value) in members.as_object().into_iter().flatten() {
                if super::fields::is_personal(&format!("{group}.{name}")) {
                    texts(value, &mut found);
                }
            }
        }
        found
    }
}

fn secrets(connector: &Connector) -> Value {
    let named = connector.credentials.secrets.iter();
    named.map(|(name, value)| (name.clone(), json!(value.as_ref().map(super::Secret::reveal)))).collect()
}

/// An address below the connector's base; no value in it leads anywhere else.
fn url(connector: &Connector, text: &Text, context: &Value) -> Result<String, BadTemplate> {
    let below = text.fill(context)?;
    let path = below.split('?').next().unwrap_or_default();
    let listed = text.source().split('?').next().is_some_and(|path| path.ends_with('/'));
    let path = if listed { path.strip_suffix('/').unwrap_or(path) } else { path };
    let climbs = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if path.split('/').any(climbs) || path.split('/').skip(1).any(str::is_empty) {
        return Err(BadTemplate("a value that is empty or `..` would lead to another address".to_owned()));
    }
    Ok(format!("{}{below}", connector.base))
}

impl Sender {
    /// One that asks through this client while the brake does not hold.
    pub fn new(client: Client, brake: Brake) -> Self {
        Self { client, brake, tokens: Mutex::default() }
    }

    /// Runs an errand.
    pub fn run(&self, connector: &Connector, errand: &Errand, now: Time) -> Result<Done, Fault> {
        if let Some(missing) = connector.missing().first() {
            return Err(Fault::perhaps(format!(
                "the environment has no {missing}; set it and start the service again"
            )));
        }
        match errand.plan(connector)? {
            Plan::Nothing(why) => Ok(Done::Nothing(why)),
            Plan::Update(call) => self.call(connector, errand, (call, now)).map(|_| Done::Updated),
            Plan::Create(find, create) => {
                if let Some(find) = find
                    && let Some(found) = self.ticket(connector, errand, (find, now))?
                {
                    return Ok(Done::Created(Some(found)));
                }
                let ticket = self.ticket(connector, errand, (create, now))?;
                if ticket.is_none() && connector.template.keeps == Keeps::Ticket {
                    return Err(Fault::never("it was created, but its answer has no id where one was expected"));
                }
                Ok(Done::Created(ticket.filter(|_| connector.template.keeps == Keeps::Ticket)))
            }
        }
    }

    /// Makes a call and reads the ticket from its answer.
    fn ticket(&self, connector: &Connector, errand: &Errand, asked: (&Call, Time)) -> Result<Option<Ticket>, Fault> {
        let answer = self.call(connector, errand, asked)?;
        let Some(id) = asked.0.id.as_ref().and_then(|at| text_at(&answer, at)) else { return Ok(None) };
        let named = Errand { ticket: Some(Ticket { id: id.clone(), url: None }), ..errand.clone() };
        let shown = connector.template.ticket_url.as_ref();
        let url = shown.map(|text| url(connector, text, &named.context(connector))).transpose()?;
        Ok(Some(Ticket { id, url }))
    }

    fn call(&self, connector: &Connector, errand: &Errand, (call, now): (&Call, Time)) -> Result<Value, Fault> {
        let prepared = errand.prepare(connector, call)?;
        let answer = self.ask(connector, &prepared, now)?;
        if answer.is_success() {
            return Ok(serde_json::from_str(&answer.body).unwrap_or(Value::Null));
        }
        let words = words_of(connector, &answer, &errand.private());
        let error = format!("{} answered {} to {}{words}", connector.kind, answer.status, prepared.method.as_str());
        Err(Fault { error, passes: passes(&answer, now) })
    }

    /// Makes a call as the connector; what came back, whatever its status.
    pub(super) fn ask(&self, connector: &Connector, call: &Prepared, now: Time) -> Result<Answer, Fault> {
        let authorization = self.authorization(connector, now)?;
        let mut headers: Vec<(&str, &str)> = vec![("accept", "application/json")];
        if call.body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        headers.extend(authorization.iter().map(|value| ("authorization", value.as_str())));
        headers.extend(call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
        let mut answer = self.send((call.method, &call.url), &headers, body.as_bytes())?;
        if let Some((_, shown)) = authorization.as_ref().and_then(|value| value.split_once(' ')) {
            // Some systems repeat what they were shown.
            answer.body = answer.body.replace(shown, "...");
        }
        if answer.status == 401 {
            self.forget_token(connector);
        }
        Ok(answer)
    }

    fn send(&self, (method, url): (Method, &str), headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, Fault> {
        if self.brake.holds() {
            return Err(Fault::perhaps("the connectors are stopped; it is tried again"));
        }
        let to = Address::read(url, self.client.permitted()).map_err(|unfit| Fault::never(unfit.to_string()))?;
        let request = outbound::Request { method: method.outbound(), to: &to, headers, body };
        self.client.send(&request).map_err(|failed| match failed {
            Failed::Unfit(_) => Fault::never(failed.to_string()),
            Failed::NoHost | Failed::Timeout | Failed::Broken(_) => Fault::perhaps(failed.to_string()),
        })
    }

    fn authorization(&self, connector: &Connector, now: Time) -> Result<Option<String>, Fault> {
        let credentials = &connector.credentials;
        let secret = credentials.secrets.first().and_then(|(_, value)| value.as_ref()).map(super::Secret::reveal);
        let secret = secret.unwrap_or_default();
        Ok(match credentials.way {
            Way::None => None,
            Way::Bearer => Some(format!("Bearer {secret}")),
            Way::Basic => {
                let user = credentials.user.as_deref().unwrap_or_default();
                let pair = format!("{user}{}:{secret}", connector.template.user_suffix);
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            Way::Oauth2 => Some(format!("Bearer {}", self.token(connector, secret, now)?)),
        })
    }
}

/// A text or a number.
fn text_at(answer: &Value, at: &str) -> Option<String> {
    match answer.pointer(at)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
    .filter(|id| !id.is_empty() && id.len() <= 200)
}

/// What the other system said, in one line, without our secrets and without these texts.
pub(super) fn words_of(connector: &Connector, answer: &Answer, private: &[&str]) -> String {
    let mut told = connector.without_secrets(&answer.body);
    for text in private.iter().filter(|text| text.chars().count() >= LEAST) {
        // As it is, and as it stands within JSON.
        let escaped = json!(text).to_string();
        told = told.replace(*text, "...").replace(escaped.trim_matches('"'), "...");
    }
    let plain: String = told.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(WORDS).collect();
    if cut.is_empty() { cut } else { format!(": {cut}") }
}

/// Does another attempt help? A refusal of *us* may pass, since a password can be mended; of what we ask not.
fn passes(answer: &Answer, now: Time) -> Passes {
    match answer.status {
        429 | 503 => retry_after(answer, now).map_or(Passes::Perhaps, Passes::After),
        401 | 403 | 407 | 408 | 409 | 423 | 425 | 500..=599 => Passes::Perhaps,
        _ => Passes::Never,
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), at most an hour.
fn retry_after(answer: &Answer, now: Time) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => Duration::seconds(i64::from(seconds)),
        Err(_) => chrono::DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now,
    };
    (wait > Duration::zero()).then(|| wait.min(LONGEST_WAIT))
}

/// A template of an address, for those that have no event.
pub(super) fn probe(connector: &Connector, call: &Call) -> Result<Prepared, BadTemplate> {
    let context = json!({ "set": connector.settings("") });
    Ok(Prepared { method: call.method, url: url(connector, &call.url, &context)?, headers: Vec::new(), body: None })
}

/// Something as it stands in a form (WHATWG URL §5.1): as in a URL.
fn form(text: &str) -> Result<String, BadTemplate> {
    Text::read("{{ value }}", Place::Url)?.fill(&json!({ "value": text }))
}
