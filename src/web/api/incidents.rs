//! Incidents: what went wrong with an AI system or a clause, what that does to the exceptions that name it, and what
//! it would do. What of them somebody may see, and whether one person is enough, is decided behind the door.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, get, http::header::LOCATION, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{Outcome, Question, ask, done, drawn, look, noted, or_erased, sealed, texts},
    text::{Instant, Name, Statement},
};
use crate::{
    desk::{Aftermath, Desk, Error, IncidentPreview},
    domain::{
        person::By,
        roster::{Incident, RosterAction, RosterDeed},
    },
    store::{
        incidents::{Came, Reported},
        queries::Cursor,
        roster::After,
    },
    web::{
        call::Call,
        json::Json,
        page::{self, Page, PageQuery},
        problem::Problem,
        query::Query,
    },
    words::{
        ChangeId, DomainPath, ExceptionId, Hash, IncidentEffect, IncidentId, IncidentOutcome, Opening, PersonId,
        Severity, StateName,
    },
};

/// The order of the list.
const SORT: &str = "-id";
/// So many exceptions are named at most; all of them are counted.
const MOST_NAMED: usize = 200;

/// The incident that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct IncidentPath {
    /// The incident's id.
    #[param(format = "uuid")]
    id: String,
}

/// An incident to be reported. It names at least one system or one clause.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "summary": "The vendor lost prompts of its customers", "happened_at": "2026-03-01T12:00:00Z", "severity": "high", "effect": "suspend", "systems": ["example-models"] }))]
pub struct ReportIncident {
    /// What happened.
    summary: Statement,
    /// When.
    happened_at: Instant,
    /// How bad it is.
    severity: Severity,
    /// What is to become of the exceptions in effect that it touches.
    effect: IncidentEffect,
    /// It touches exceptions in this domain and below; everywhere unless it is given.
    #[serde(default)]
    domain: Option<DomainPath>,
    /// AI systems, models and vendors, by their ids in the register; a vendor stands for all that it makes.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    systems: Vec<Name>,
    /// Policy clauses, by their ids.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    clauses: Vec<Name>,
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub struct IncidentView {
    /// Its id, which the events of exceptions cite.
    pub id: IncidentId,
    /// What happened.
    pub summary: String,
    /// When.
    pub happened_at: Instant,
    /// How bad it is.
    pub severity: Severity,
    /// What was to become of the exceptions in effect that it touches.
    pub effect: IncidentEffect,
    /// It touches exceptions in this domain and below.
    pub domain: DomainPath,
    /// The AI systems, models and vendors that it is about.
    pub systems: BTreeSet<String>,
    /// The policy clauses that it is about.
    pub clauses: BTreeSet<String>,
    /// When it was reported.
    pub reported_at: Instant,
    /// By whom, or who confirmed it.
    pub reported_by: Option<PersonId>,
    /// How many exceptions it touched, of those that you may see.
    pub touched: u64,
    /// With how many of them the clock has still to deal.
    pub open: u64,
}

/// An incident with what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentAftermath)]
pub struct AftermathView {
    /// The incident.
    pub incident: IncidentView,
    /// The exceptions that it touched and you may see, counted by where they are and what it did to them.
    pub counts: Vec<CountView>,
    /// The first 200 of them.
    pub exceptions: Vec<TouchedView>,
}

/// What an incident would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentPreview)]
pub struct PreviewView {
    /// How many exceptions it would touch, of those that you may see.
    pub touched: u64,
    /// How many one person may touch: the least that their procedures say (`limits.mass_action`).
    pub limit: Option<u32>,
    /// Would a second person have to confirm it? All that it would touch count, also those that you may not see.
    pub second_person: bool,
    /// Those that you may see, counted by where they are and what it would do to them.
    pub counts: Vec<CountView>,
    /// The first 200 of them.
    pub exceptions: Vec<TouchedView>,
}

/// So many exceptions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentCount)]
pub struct CountView {
    /// Where they are.
    pub state: StateName,
    /// What it does to them; `null` while that has still to be carried out.
    pub outcome: Option<IncidentOutcome>,
    /// How many.
    pub count: u64,
}

/// An exception that is touched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TouchedException)]
pub struct TouchedView {
    /// Its id.
    pub id: ExceptionId,
    /// Its number.
    pub number: String,
    /// Where it was when the incident was reported.
    pub before: StateName,
    /// Where it is.
    pub state: StateName,
    /// What the incident does to it; `null` while that has still to be carried out. `noted`: approvals are void and
    /// whoever is deciding decides anew, with the incident in view; what was decided and has not begun goes back to
    /// the decision.
    pub outcome: Option<IncidentOutcome>,
}

impl From<(StateName, IncidentOutcome, u64)> for CountView {
    fn from((state, outcome, count): (StateName, IncidentOutcome, u64)) -> Self {
        Self { state, outcome: Some(outcome), count }
    }
}

impl From<Came> for CountView {
    fn from(Came { now: state, outcome, count }: Came) -> Self {
        Self { state, outcome, count }
    }
}

impl From<IncidentPreview> for PreviewView {
    fn from(seen: IncidentPreview) -> Self {
        let touched = |(found, outcome): (crate::domain::exception::Exception, IncidentOutcome)| {
            let state = found.state.name();
            TouchedView { id: found.id, number: found.number, before: state, state, outcome: Some(outcome) }
        };
        Self {
            touched: seen.touched,
            limit: seen.limit,
            second_person: seen.takes_two,
            counts: seen.states.into_iter().map(Into::into).collect(),
            exceptions: seen.seen.into_iter().map(touched).collect(),
        }
    }
}

/// The incident of a body, with what opens its text.
fn read(call: &Call, body: ReportIncident) -> Result<(Incident, Vec<Opening>), Problem> {
    let ReportIncident { summary, happened_at, severity, effect, domain, systems, clauses } = body;
    let (summary, openings) = sealed(call, |sealer| sealer.seal("summary", summary.as_str()))?;
    let ids = |names: Vec<Name>| names.iter().map(|name| name.as_str().to_owned()).collect();
    let (id, domain) = (drawn(call, IncidentId)?, domain.unwrap_or_default());
    let (systems, clauses, happened_at) = (ids(systems), ids(clauses), happened_at.0);
    Ok((Incident { id, summary, happened_at, severity, effect, domain, systems, clauses }, openings))
}

/// Incidents with their texts.
fn shown(desk: &Desk, found: Vec<Reported>) -> Result<Vec<IncidentView>, Error> {
    let summaries: Vec<Hash> = found.iter().map(|one| one.incident.summary.commitment).collect();
    let known = desk.store().read(|conn| Ok::<_, Error>(texts(conn, &summaries)?))?;
    let view = |Reported { incident, at, by, touched, open }: Reported| IncidentView {
        id: incident.id,
        summary: or_erased(&known, &incident.summary).to_owned(),
        happened_at: incident.happened_at.into(),
        severity: incident.severity,
        effect: incident.effect,
        domain: incident.domain,
        systems: incident.systems,
        clauses: incident.clauses,
        reported_at: at.into(),
        reported_by: by,
        touched,
        open,
    };
    Ok(found.into_iter().map(view).collect())
}

/// An incident with what came of it, for those who may read it.
pub(in crate::web) fn aftermath(desk: &Desk, by: &By, id: IncidentId) -> Result<AftermathView, Error> {
    let Aftermath { reported, came, seen } = desk.aftermath(by, id, MOST_NAMED)?;
    let incident = shown(desk, vec![reported])?.pop().ok_or(Error::NotFound("incident"))?;
    let touched = |(found, touch): (crate::domain::exception::Exception, crate::store::incidents::Touch)| TouchedView {
        id: found.id,
        number: found.number,
        before: touch.before,
        state: touch.now,
        outcome: touch.outcome,
    };
    let counts = came.into_iter().map(Into::into).collect();
    Ok(AftermathView { incident, counts, exceptions: seen.into_iter().map(touched).collect() })
}

/// Report an incident
#[utoipa::path(
    tag = "Incidents",
    summary = "Report an incident",
    description = "Every exception that names what it is about gets an event that cites it: what is in effect is reopened or suspended, and whoever is deciding decides anew. What is suspended loses its effect before the answer; where it touches many, the clock reopens the rest. Beyond the number that their procedures leave to one person it is a change that a second person confirms (202). For governance and the CISO.",
    request_body(content = ReportIncident, description = "What happened, to what."),
    responses(
        (status = 201, description = "The incident, and what came of it so far.", body = AftermathView, headers(("Location" = String, description = "Where it is."))),
        (status = 202, description = "A second person has to confirm it.", body = super::changes::ChangeView),
    ),
)]
#[post("/v1/incidents")]
pub async fn report_incident(call: Call<Json<ReportIncident>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    done(&call, reporting(&call, sent.body, sent.hash)?, async |events| {
        let (id, by) = (noted(&events, made)?, call.by.clone());
        let view = look(&call, move |desk| aftermath(desk, &by, id)).await?;
        Ok(HttpResponse::Created().insert_header((LOCATION, format!("/v1/incidents/{id}"))).json(view))
    })
    .await
}

fn reporting(call: &Call, body: ReportIncident, hash: Hash) -> Result<Question, Problem> {
    let (incident, openings) = read(call, body)?;
    let action = RosterAction::ReportIncident { incident: Box::new(incident) };
    Ok(Question::plain(call, action, hash)?.opened_by(openings))
}

/// Reports an incident: its id, or the change that waits for a second person.
pub(in crate::web) async fn reported(
    call: &Call,
    (body, hash): (ReportIncident, Hash),
) -> Result<Result<IncidentId, ChangeId>, Problem> {
    match ask(call, reporting(call, body, hash)?).await? {
        Outcome::Done(events) => Ok(Ok(noted(&events, made)?)),
        Outcome::Waits(change) => Ok(Err(change.id)),
    }
}

fn made(deed: &RosterDeed) -> Option<IncidentId> {
    if let RosterDeed::IncidentReported { incident } = deed { Some(incident.id) } else { None }
}

/// Preview an incident
#[utoipa::path(
    tag = "Incidents",
    summary = "Preview an incident",
    description = "What it would touch if it were reported now: how many exceptions in which state, what it would do to them, and whether a second person would have to confirm it. Nothing is done.",
    request_body(content = ReportIncident, description = "What happened, to what."),
    responses((status = 200, description = "What it would touch.", body = PreviewView)),
)]
#[post("/v1/incidents/preview")]
pub async fn preview_incident(call: Call<Json<ReportIncident>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    Ok(HttpResponse::Ok().json(previewed(&call, sent.body).await?))
}

/// What an incident would touch if it were reported now.
pub(in crate::web) async fn previewed(call: &Call, body: ReportIncident) -> Result<PreviewView, Problem> {
    let ((incident, _), by) = (read(call, body)?, call.by.clone());
    Ok(look(call, move |desk| desk.preview_incident(&by, &incident, MOST_NAMED)).await?.into())
}

/// List incidents
#[utoipa::path(
    tag = "Incidents",
    summary = "List incidents",
    description = "What was reported in your domains, above them and below, the newest first.",
    params(PageQuery),
    responses((status = 200, description = "A page of incidents.", body = Page<IncidentView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/incidents")]
pub async fn list_incidents(call: Call<Query<PageQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let page = listed(&call, asked).await?;
    Ok(page::answer(&call.request, &page))
}

/// A page of the incidents.
pub(in crate::web) async fn listed(call: &Call, asked: PageQuery) -> Result<Page<IncidentView>, Problem> {
    let (limit, by) = (page::limit(asked.limit)?, call.by.clone());
    let last = asked.cursor.as_deref().map(after).transpose()?;
    let page = look(call, move |desk| {
        let found = desk.incidents(&by, After { last, limit: limit + 1 })?;
        let place = |one: &Reported| page::sealed(SORT, &Cursor { value: 0, id: one.incident.id.to_string() });
        let (found, next_cursor) = page::part(found, limit, place);
        Ok(Page { items: shown(desk, found)?, next_cursor })
    });
    page.await
}

fn after(cursor: &str) -> Result<IncidentId, Problem> {
    let Cursor { id, .. } = page::opened(SORT, cursor)?;
    id.parse().map_err(|_| page::odd_cursor())
}

/// Read an incident
#[utoipa::path(
    tag = "Incidents",
    summary = "Read an incident",
    description = "What was reported, and what became of the exceptions that it touched and you may see. An incident of somebody else's domain is not found.",
    params(IncidentPath),
    responses((status = 200, description = "The incident.", body = AftermathView)),
)]
#[get("/v1/incidents/{id}")]
pub async fn get_incident(call: Call) -> Result<HttpResponse, Problem> {
    let (id, by) = (call.id("id", "incident")?, call.by.clone());
    let view = look(&call, move |desk| aftermath(desk, &by, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}
