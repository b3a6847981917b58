//! May a connector do what it will have to do? Asked by calls that change nothing, before the first event;
//! each answer that is not well is explained with what to do about it.

use serde_json::Value;

use super::{
    connector::Connector,
    document::{Expected, Probe, Way},
    send::{Sender, probe, words_of},
};
use crate::domain::request::Time;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// Is it well?
    pub well: bool,
    /// What is so.
    pub told: String,
    /// What to do about it, where it is not well.
    pub remedy: Option<String>,
}

impl Finding {
    fn well(what: impl Into<String>, told: impl Into<String>) -> Self {
        Self { what: what.into(), well: true, told: told.into(), remedy: None }
    }

    fn bad(what: impl Into<String>, told: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), well: false, told: told.into(), remedy: Some(remedy.into()) }
    }
}

/// Checks a connector: its secrets, then every call that its document names for that.
pub fn check(sender: &Sender, connector: &Connector, now: Time) -> Vec<Finding> {
    let mut found: Vec<Finding> = connector.missing().into_iter().map(missing).collect();
    if !found.is_empty() {
        return found;
    }
    if connector.credentials.way != Way::None {
        let names: Vec<&str> = connector.credentials.secrets.iter().map(|(name, _)| name.as_str()).collect();
        found.push(Finding::well("secrets", format!("{} set", names.join(", "))));
    }
    if connector.template.check.is_empty() {
        let remedy = "add a `check` to its template: a call that changes nothing";
        found.push(Finding::bad("permissions", "its template has no call that could be checked", remedy));
    }
    for one in &connector.template.check {
        found.extend(asked(sender, connector, (one, now)));
    }
    found
}

fn missing(name: &str) -> Finding {
    let remedy = format!("set {name} in the environment of the service, to one line of visible ASCII");
    Finding::bad(format!("secret {name}"), "not set", remedy)
}

fn asked(sender: &Sender, connector: &Connector, (asked, now): (&Probe, Time)) -> Vec<Finding> {
    let prepared = match probe(connector, &asked.call) {
        Ok(prepared) => prepared,
        Err(error) => return vec![Finding::bad("call", error.to_string(), "compare `set` with what it asks for")],
    };
    let path = prepared.url.strip_prefix(&connector.base).unwrap_or_default();
    let what = format!("{} {}", prepared.method.as_str(), path.split('?').next().unwrap_or_default());
    let answer = match sender.ask(connector, &prepared, now) {
        Ok(answer) => answer,
        Err(fault) => {
            let remedy = connector.template.remedies.get(&status_in(&fault.error)).cloned();
            let usual =
                "compare base_url with the system's address, and see whether this machine may reach it".to_owned();
            return vec![Finding::bad(what, fault.error, remedy.unwrap_or(usual))];
        }
    };
    if !answer.is_success() {
        let told = format!("answered {}{}", answer.status, words_of(connector, &answer, &[]));
        let usual = format!("see what {} means at {}", answer.status, connector.template.documentation);
        let remedy = connector.template.remedies.get(&answer.status).cloned().unwrap_or(usual);
        return vec![Finding::bad(what, told, remedy)];
    }
    let body: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    let unmet = asked.expect.iter().filter(|expected| !expected.is_met(&body));
    let unmet: Vec<Finding> = unmet.map(|expected| expected.told(&what, &body)).collect();
    if unmet.is_empty() { vec![Finding::well(what, format!("answered {}", answer.status))] } else { unmet }
}

/// The status that a token's refusal tells; 0 where it tells none.
fn status_in(error: &str) -> u16 {
    let after = error.split_once(" answered ").map_or("", |(_, after)| after);
    after.get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

impl Expected {
    fn is_met(&self, body: &Value) -> bool {
        let Some(found) = body.pointer(&self.at) else { return false };
        match (&self.is, &self.one_of) {
            (Some(expected), _) => found == expected,
            (None, Some(several)) => several.contains(found),
            (None, None) => true,
        }
    }

    fn told(&self, what: &str, body: &Value) -> Finding {
        let found = match body.pointer(&self.at) {
            Some(Value::Object(_) | Value::Array(_)) => "something else".to_owned(),
            Some(found) => found.to_string().chars().take(60).collect(),
            None => "nothing".to_owned(),
        };
        Finding::bad(what, format!("{} says {found}", self.at), self.remedy.clone())
    }
}
