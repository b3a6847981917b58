//! Connectors for those who look after the service: what is configured, how it goes, and what flows where.
//! A secret is named and never shown.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use super::{administer::look, text::Instant};
use crate::{
    connect::{Action, Connector, Kind},
    store::{
        StoreError,
        outbox::errands::{Backlog, Use, backlogs, uses},
        usage::usage,
    },
    web::{
        call::Call,
        flows::{FlowMap, since},
        problem::Problem,
    },
    words::ReadVerb,
};

/// The connectors.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connectors {
    /// In the order of their names.
    pub items: Vec<ConnectorView>,
}

/// A connector.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connector)]
pub struct ConnectorView {
    /// Its name in the configuration.
    #[schema(examples("jira"))]
    pub name: String,
    /// Which system.
    #[schema(value_type = String, examples("jira"))]
    pub kind: Kind,
    /// The system, in words.
    pub about: String,
    /// Where it is.
    #[schema(examples("https://example.atlassian.net"))]
    pub base_url: String,
    /// The events that it is told of.
    #[schema(examples(json!(["exception.submitted"])))]
    pub on: Vec<String>,
    /// On what further condition (CEL).
    pub when: Option<String>,
    /// What it does: `upsert`, `create` or `update`.
    #[schema(value_type = String, examples("upsert"))]
    pub action: Action,
    /// How it shows who it is.
    #[schema(examples("basic"))]
    pub auth: String,
    /// The variables of the environment that hold its secrets, and whether each is set.
    #[schema(value_type = BTreeMap<String, bool>)]
    pub secrets: BTreeMap<String, bool>,
    /// The fields that it sends, and no other.
    pub fields: Vec<String>,
    /// What happens where an answer is lost and a call repeated.
    pub repeats: String,
    /// How many errands wait.
    pub waiting: u64,
    /// How many were given up; see `GET /v1/outbox?state=dead`.
    pub dead: u64,
    /// How often it was used.
    pub used: u64,
    /// When it was last used.
    pub last_used_at: Option<Instant>,
    /// When it last failed.
    pub last_failed_at: Option<Instant>,
    /// Why, without what somebody wrote.
    pub last_error: Option<String>,
}

impl ConnectorView {
    /// As it is configured and used.
    pub fn of(connector: &Connector, found: Use, backlog: Backlog) -> Self {
        let secrets = connector.credentials.secrets.iter();
        Self {
            name: connector.name.clone(),
            kind: connector.kind,
            about: connector.template.about.clone(),
            base_url: connector.base.clone(),
            on: connector.on.iter().map(|code| format!("exception.{code}")).collect(),
            when: connector.when.as_ref().map(|rule| rule.text().to_owned()),
            action: connector.action,
            auth: connector.credentials.way.as_str().to_owned(),
            secrets: secrets.map(|(name, value)| (name.clone(), value.is_some())).collect(),
            fields: connector.fields().into_iter().collect(),
            repeats: connector.template.repeats.clone(),
            waiting: backlog.waiting,
            dead: backlog.dead,
            used: found.used,
            last_used_at: found.last_used_at.map(Into::into),
            last_failed_at: found.last_failed_at.map(Into::into),
            last_error: found.last_error,
        }
    }
}

/// List connectors
#[utoipa::path(
    tag = "Connectors",
    summary = "List connectors",
    description = "The systems that are told of events (`[connector.<name>]`), with the fields that each is sent, what waits and what failed. What was given up is in the outbox, to be tried again or discarded. Secrets are named by their variables and never shown. For administrators and auditors.",
    responses((status = 200, description = "The connectors.", body = Connectors)),
)]
#[get("/v1/connectors")]
pub async fn list_connectors(call: Call) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(Connectors { items: listed(&call).await? }))
}

/// The connectors as they are configured and used, in the order of their names.
pub(in crate::web) async fn listed(call: &Call) -> Result<Vec<ConnectorView>, Problem> {
    let by = call.by.clone();
    let (mut uses, mut backlogs) = look(call, move |desk| {
        desk.may_read(&by, ReadVerb::ReadOutbox)?;
        Ok(desk.store().read(|conn| Ok::<_, StoreError>((uses(conn)?, backlogs(conn)?)))?)
    })
    .await?;
    let view = |connector: &Connector| {
        let name = connector.system();
        ConnectorView::of(connector, uses.remove(&name).unwrap_or_default(), backlogs.remove(&name).unwrap_or_default())
    };
    Ok(call.web.settings.connectors.values().map(view).collect())
}

/// Read what flows where
#[utoipa::path(
    tag = "Connectors",
    summary = "Read what flows where",
    description = "A map made from the configuration and its use: for every connector, for mail and for every source of inbound messages the fields that flow, those among them that are personal, when that was used last, and whether it lies unused; and API tokens that nobody used for 90 days. With `Accept: text/markdown` or `text/csv` as a table. For administrators and auditors.",
    responses((status = 200, description = "The map.", content(
        (FlowMap = "application/json"),
        (String = "text/markdown"),
        (String = "text/csv"),
    ))),
)]
#[get("/v1/data-flows")]
pub async fn map_data_flows(call: Call) -> Result<HttpResponse, Problem> {
    answered(&call, &mapped(&call).await?)
}

/// What flows where, now.
pub(in crate::web) async fn mapped(call: &Call) -> Result<FlowMap, Problem> {
    let (by, now) = (call.by.clone(), call.web.desk.clock().now());
    let usage = look(call, move |desk| {
        desk.may_read(&by, ReadVerb::ReadOutbox)?;
        Ok(desk.store().read(|conn| usage(conn, now, since(now)))?)
    })
    .await?;
    Ok(FlowMap::of(&call.web.settings, &usage, now))
}

/// The map in the form that is asked for.
fn answered(call: &Call, map: &FlowMap) -> Result<HttpResponse, Problem> {
    let accept = call.request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wanted = accept.split(',').filter_map(|kind| kind.split(';').next()).map(str::trim);
    match wanted.into_iter().find(|kind| matches!(*kind, "text/markdown" | "text/csv" | "application/json" | "*/*")) {
        Some("text/markdown") => {
            Ok(HttpResponse::Ok().content_type("text/markdown; charset=utf-8").body(map.markdown()))
        }
        Some("text/csv") => {
            let table = map.csv().map_err(Problem::internal)?;
            Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8; header=present").body(table))
        }
        Some(_) | None => Ok(HttpResponse::Ok().json(map)),
    }
}
