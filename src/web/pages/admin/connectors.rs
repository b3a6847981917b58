//! Connectors: which other systems are told of what, how that goes, what flows where, and what lies unused. Secrets are
//! named and never shown.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

use crate::web::{
    api::connectors::{ConnectorView, listed, mapped},
    flows::{Direction, Flow, FlowMap, UnusedToken},
    pages::{layout::page, names::Names, outcome::hidden, shell::Shell, text::Tongue, visit::Visit},
    problem::Problem,
};

#[derive(Template)]
#[template(path = "connectors.html")]
struct Page {
    shell: Shell,
    connectors: Vec<Known>,
    flows: Vec<Line>,
    tokens: Vec<String>,
}

/// A connector.
struct Known {
    name: String,
    about: String,
    state: String,
    tone: &'static str,
    facts: Vec<(String, String)>,
    dead: u64,
}

/// A line of the map.
struct Line {
    name: String,
    direction: String,
    system: String,
    destination: String,
    occasions: Vec<String>,
    fields: Vec<(String, bool)>,
    last: String,
    unused: bool,
}

/// Shows them.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let call = visit.call();
    let found = listed(&call).await.map_err(hidden)?;
    let FlowMap { flows, unused_tokens, .. } = mapped(&call).await?;
    let holders: BTreeSet<_> = unused_tokens.iter().map(|token| token.person).collect();
    let names = visit.read(move |desk, _| Names::read(desk, &holders)).await?;
    let t = visit.tongue();
    let shown = Page {
        connectors: found.iter().map(|one| known(t, one)).collect(),
        flows: flows.into_iter().map(|flow| line(t, flow)).collect(),
        tokens: unused_tokens.iter().map(|token| told(t, token, &names)).collect(),
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

fn known(t: Tongue, one: &ConnectorView) -> Known {
    let failing = one.last_failed_at > one.last_used_at;
    let (code, tone) = match (one.dead > 0 || failing, one.last_used_at) {
        (true, _) => ("failing", "bad"),
        (false, Some(_)) => ("used", "ok"),
        (false, None) => ("unused", "amber"),
    };
    Known {
        name: one.name.clone(),
        about: one.about.clone(),
        state: t.name("connector-state", code).to_string(),
        tone,
        facts: facts(t, one),
        dead: one.dead,
    }
}

fn facts(t: Tongue, one: &ConnectorView) -> Vec<(String, String)> {
    let secret = |(name, set): (&String, &bool)| {
        t.name("connector-secret", if *set { "set" } else { "missing" }).with("name", name).to_string()
    };
    let secrets: Vec<String> = one.secrets.iter().map(secret).collect();
    let moment = |at: Option<&crate::web::api::text::Instant>| at.map(|at| t.moment(&at.0)).unwrap_or_default();
    let all = [
        ("connector-url", one.base_url.clone()),
        ("connector-on", one.on.join(", ")),
        ("connector-when", one.when.clone().unwrap_or_default()),
        ("connector-action", t.name("connector-does", one.action.as_str()).to_string()),
        ("connector-auth", one.auth.clone()),
        ("connector-secrets", secrets.join(", ")),
        ("connector-fields", one.fields.join(", ")),
        ("connector-repeats", one.repeats.clone()),
        ("connector-waiting", one.waiting.to_string()),
        ("connector-used", one.used.to_string()),
        ("connector-last-used", moment(one.last_used_at.as_ref())),
        ("connector-last-failed", moment(one.last_failed_at.as_ref())),
        ("outbox-error", one.last_error.clone().unwrap_or_default()),
    ];
    let said = all.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(key, text)| (t.say(key).to_string(), text)).collect()
}

fn line(t: Tongue, flow: Flow) -> Line {
    let direction = match flow.direction {
        Direction::Out => "out",
        Direction::In => "in",
    };
    let personal: BTreeSet<String> = flow.personal.into_iter().collect();
    let said = if flow.name == "mail" { Some("mail") } else { flow.name.starts_with("intake.").then_some("intake") };
    let when = flow.condition.map(|rule| t.say("flow-where").with("rule", rule).to_string());
    Line {
        direction: t.name("flow", direction).to_string(),
        system: said.map_or(flow.system, |code| t.name("flow-system", code).to_string()),
        destination: flow.destination,
        occasions: flow.occasions.into_iter().chain(when).collect(),
        fields: flow.fields.into_iter().map(|field| (field.clone(), personal.contains(&field))).collect(),
        last: flow.last_used_at.map_or_else(|| t.say("job-never").to_string(), |at| t.moment(&at.0)),
        unused: flow.unused,
        name: flow.name,
    }
}

fn told(t: Tongue, token: &UnusedToken, names: &Names) -> String {
    let used = token.last_used_at.as_ref().map_or_else(|| t.say("job-never").to_string(), |at| t.moment(&at.0));
    let said = t.say("flow-token").with("id", token.id).with("who", names.of(&token.person)).with("used", used);
    said.with("until", t.moment(&token.expires_at.0)).to_string()
}
