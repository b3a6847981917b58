//! What runs by itself: what is stopped, the switch that stops it and lets it go on, and what would run.

use actix_web::{HttpResponse, get, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{Outcome, Question, ask, done, look, sealed, texts},
    jobs::{JobView, require_known},
    text::{ERASED, Instant, Statement},
};
use crate::{
    desk::{Automated, Desk, Error, Foreseen, Preview},
    domain::{
        person::By,
        roster::{AutomationAction, RosterAction},
    },
    store::automation::Halted,
    web::{
        call::Call,
        json::Json,
        page,
        problem::{Problem, codes},
        query::{Query, number},
    },
    words::{ExceptionId, Halt, Hash, PersonId, StateName, words},
};

words! {
    /// Does it run?
    Running, "state of the automation" { Running = "running", Halted = "halted" }
}

/// The automation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Automation)]
pub struct AutomationView {
    /// The kill switch: `running`, or `halted` where all of it is stopped.
    #[schema(value_type = String, pattern = "^(running|halted)$")]
    pub state: Running,
    /// Everything that is stopped.
    pub halts: Vec<HaltView>,
    /// Until when the process that keeps time holds its lease; `null`: none does.
    pub kept_until: Option<Instant>,
    /// The jobs, in the order in which they run.
    pub jobs: Vec<JobView>,
}

/// Something that is stopped.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Halt)]
pub struct HaltView {
    /// What: `all`, `job:NAME` or `channel:NAME`.
    #[schema(value_type = String, examples("channel:mail"))]
    pub scope: Halt,
    /// Why.
    pub reason: String,
    /// By whom; `null`: by the service itself.
    pub halted_by: Option<PersonId>,
    /// When.
    pub halted_at: Instant,
}

/// Moves the kill switch.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "scope": "channel:mail", "state": "halted", "reason": "Letters go to the wrong people" }))]
pub struct SwitchAutomation {
    /// What: `all`, `job:NAME` as in `GET /v1/jobs`, or `channel:mail`, `channel:webhooks`, `channel:connectors`.
    #[schema(value_type = String, pattern = "^(all|job:[a-z_]{1,40}|channel:(mail|webhooks|connectors))$")]
    scope: Halt,
    /// `halted` stops it at once; `running` proposes that it runs again.
    #[schema(value_type = String, pattern = "^(running|halted)$")]
    state: Running,
    /// Why it is stopped.
    #[serde(default)]
    reason: Option<Statement>,
}

/// How much is shown.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// Exceptions of each job.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// What would run now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AutomationPreview)]
pub struct PreviewsView {
    /// The jobs that act on what is due.
    pub jobs: Vec<PreviewView>,
}

/// What a job would do now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobPreview)]
pub struct PreviewView {
    /// Which job.
    #[schema(examples("settle"))]
    pub name: &'static str,
    /// `halted` where it, or what it sends by, is stopped.
    #[schema(value_type = String, pattern = "^(running|halted)$")]
    pub state: Running,
    /// How many exceptions, or letters, are due.
    pub due: u64,
    /// The longest overdue of those exceptions that you may see, with what would happen to them.
    pub first: Vec<ForeseenView>,
}

/// What would happen to an exception.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Foreseen)]
pub struct ForeseenView {
    /// Its id.
    pub exception: ExceptionId,
    /// Its number.
    pub number: String,
    /// Where it is.
    pub from: StateName,
    /// Where it would be.
    pub to: StateName,
    /// The events, in order; none where it is only looked at.
    pub events: Vec<ForeseenEvent>,
}

/// An event that would happen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForeseenEvent {
    /// Its code.
    #[schema(examples("expired"))]
    pub kind: &'static str,
    /// Since when it is due.
    pub effective_at: Option<Instant>,
    /// The rule, in words.
    pub citation: Option<String>,
}

impl From<Foreseen> for ForeseenView {
    fn from(seen: Foreseen) -> Self {
        let event = |event: &crate::domain::event::Event| ForeseenEvent {
            kind: event.deed.code(),
            effective_at: event.effective_at.map(Into::into),
            citation: event.citation.as_ref().map(ToString::to_string),
        };
        let Foreseen { exception, number, from, to, events } = seen;
        Self { exception, number, from, to, events: events.iter().map(event).collect() }
    }
}

impl From<Preview> for PreviewView {
    fn from(seen: Preview) -> Self {
        let Preview { job: name, halted, due, first } = seen;
        Self { name, state: Running::of(halted), due, first: first.into_iter().map(Into::into).collect() }
    }
}

impl Running {
    /// The state of what is stopped, or is not.
    pub const fn of(halted: bool) -> Self {
        if halted { Self::Halted } else { Self::Running }
    }
}

/// Read the automation
#[utoipa::path(
    tag = "Automation",
    summary = "Read the automation",
    description = "What is stopped, which process keeps time, and the jobs with their last and next runs. For governance, auditors and administrators.",
    responses((status = 200, description = "The automation.", body = AutomationView)),
)]
#[get("/v1/automation")]
pub async fn get_automation(call: Call) -> Result<HttpResponse, Problem> {
    shown(&call).await
}

async fn shown(call: &Call) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    Ok(HttpResponse::Ok().json(look(call, move |desk| read(desk, &by)).await?))
}

/// All that runs by itself, as it is shown.
pub(in crate::web) fn read(desk: &Desk, by: &By) -> Result<AutomationView, Error> {
    let found = desk.automated(by)?;
    view(desk, found)
}

fn view(desk: &Desk, found: Automated) -> Result<AutomationView, Error> {
    let reasons: Vec<Hash> = found.halts.iter().map(|halted| halted.reason).collect();
    let known = desk.store().read(|conn| Ok::<_, Error>(texts(conn, &reasons)?))?;
    let halt = |halted: Halted| HaltView {
        reason: known.get(&halted.reason).cloned().unwrap_or_else(|| ERASED.to_owned()),
        scope: halted.scope,
        halted_by: halted.by,
        halted_at: halted.at.into(),
    };
    Ok(AutomationView {
        state: Running::of(found.halts.iter().any(|halted| halted.scope == Halt::All)),
        halts: found.halts.into_iter().map(halt).collect(),
        kept_until: found.keeper.map(|keeper| keeper.until.into()),
        jobs: found.jobs.into_iter().map(Into::into).collect(),
    })
}

/// Move the kill switch
#[utoipa::path(
    tag = "Automation",
    summary = "Move the kill switch",
    description = "Stops all automation, one job or one channel, before the next thing that any process does by itself; people go on, and what is due stays due. Letting it run again lowers a protection: it is a change that a second person confirms (202). `GET /v1/automation/preview` shows what would run then.",
    request_body(content = SwitchAutomation, description = "What, and how it shall be."),
    responses(
        (status = 200, description = "The automation, stopped as asked.", body = AutomationView),
        (status = 202, description = "A second person has to confirm it.", body = super::changes::ChangeView),
    ),
)]
#[put("/v1/automation")]
pub async fn switch_automation(call: Call<Json<SwitchAutomation>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let question = switching(&call, sent.body, sent.hash)?;
    asked(&call, question).await
}

fn switching(call: &Call, body: SwitchAutomation, hash: Hash) -> Result<Question, Problem> {
    let SwitchAutomation { scope, state, reason } = body;
    if let Halt::Job(name) = &scope {
        require_known(call, name.as_str(), "/scope")?;
    }
    match state {
        Running::Halted => halting(call, (scope, reason), hash),
        Running::Running => releasing(call, scope, hash),
    }
}

/// Moves the kill switch as a page asks for it.
pub(in crate::web) async fn switched(call: &Call, body: SwitchAutomation, hash: Hash) -> Result<Outcome, Problem> {
    ask(call, switching(call, body, hash)?).await
}

/// Stops something; why has to be said.
pub(super) fn halting(
    call: &Call,
    (scope, reason): (Halt, Option<Statement>),
    hash: Hash,
) -> Result<Question, Problem> {
    let Some(reason) = reason else {
        return Err(Problem::field(codes::REASON_REQUIRED, "/reason", "say why it is stopped"));
    };
    let (reason, openings) = sealed(call, |sealer| sealer.seal("reason", reason.as_str()))?;
    let action = RosterAction::Automation(AutomationAction::HaltAutomation { scope, reason });
    Ok(Question::plain(call, action, hash)?.opened_by(openings))
}

/// Proposes that something runs again.
pub(super) fn releasing(call: &Call, scope: Halt, hash: Hash) -> Result<Question, Problem> {
    Question::plain(call, RosterAction::Automation(AutomationAction::ReleaseAutomation { scope }), hash)
}

/// Asks it, and answers with the automation as it is then.
pub(super) async fn asked(call: &Call, question: Question) -> Result<HttpResponse, Problem> {
    done(call, question, async |_| shown(call).await).await
}

/// Preview the automation
#[utoipa::path(
    tag = "Automation",
    summary = "Preview the automation",
    description = "What would run at this moment if nothing were stopped, and what would happen to the first exceptions by the rules as they are. Nothing is done.",
    params(PreviewQuery),
    responses((status = 200, description = "What would run.", body = PreviewsView)),
)]
#[get("/v1/automation/preview")]
pub async fn preview_automation(call: Call<Query<PreviewQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (limit, by) = (page::limit(asked.limit)?, call.by.clone());
    let seen = look(&call, move |desk| desk.preview(&by, limit)).await?;
    Ok(HttpResponse::Ok().json(PreviewsView { jobs: seen.into_iter().map(Into::into).collect() }))
}
