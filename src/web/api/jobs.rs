//! The jobs one by one: their runs, a run beside the schedule, and the kill switch of each.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{Outcome, Question, ask, done, look},
    automation::{Running, asked, halting, releasing},
    text::{Instant, Statement},
};
use crate::{
    desk::{Desk, Error, JobReport, JobState},
    domain::{
        person::By,
        roster::{AutomationAction, RosterAction},
    },
    store::automation::{Asked, Outcome as Ended, Run},
    web::{
        call::Call,
        json::{Json, checked},
        problem::{Problem, codes},
    },
    words::{Halt, Hash, JobName, Zone},
};

/// Runs that are shown of one job.
const RUNS: i64 = 20;

/// The job that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `named` reads it")]
pub struct JobPath {
    /// The job's name.
    #[param(example = "settle")]
    name: String,
}

/// Why a job is paused.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The new procedure is looked at first" }))]
pub struct PauseJob {
    /// Why.
    reason: Statement,
}

/// One job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    /// Its name, as events and the log have it.
    #[schema(examples("settle"))]
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The kill switch of this job: `running` or `halted`.
    #[schema(value_type = String, pattern = "^(running|halted)$")]
    pub state: Running,
    /// When it runs: five-field cron, or `@every 1s` for what runs in every second in which something is due.
    #[schema(examples("17 * * * *"))]
    pub schedule: String,
    /// By the clock of which time zone.
    #[schema(value_type = String, examples("UTC"))]
    pub zone: Zone,
    /// When it was last begun, by whichever process; `null`: not yet.
    pub last_run_at: Option<Instant>,
    /// Did its last run fail? It is tried again at its next turn.
    pub last_run_failed: bool,
    /// How long that run took, in milliseconds; `null` while it is under way.
    pub last_run_ms: Option<u64>,
    /// When it runs next; `null`: as soon as something is due.
    pub next_run_at: Option<Instant>,
}

/// The jobs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Jobs)]
pub struct JobsView {
    /// In the order in which they run.
    pub items: Vec<JobView>,
}

/// A job with its runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobWithRuns)]
pub struct JobRunsView {
    /// The job.
    pub job: JobView,
    /// Its newest runs, of all processes, the newest first.
    pub runs: Vec<RunView>,
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobRun)]
pub struct RunView {
    /// The instant that it stands for; no other run does.
    pub tick: Instant,
    /// `schedule`, or `hand` where somebody asked for it.
    #[schema(value_type = String, pattern = "^(schedule|hand)$")]
    pub cause: Asked,
    /// How often it was begun; more than once where it was cut short and taken over.
    pub attempts: u32,
    /// When it was last begun.
    pub begun_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// `done` or `failed`; `null` while it is under way, or waits.
    #[schema(value_type = Option<String>, pattern = "^(done|failed)$")]
    pub outcome: Option<Ended>,
    /// How much it did: events, letters or rows.
    pub done: u64,
}

impl From<JobReport> for JobView {
    fn from(JobReport { job, halted, last }: JobReport) -> Self {
        let JobState { name, about, schedule, zone, last: here, failed, next, .. } = job;
        let took = |run: &Run| u64::try_from((run.ended_at? - run.begun_at?).num_milliseconds()).ok();
        Self {
            name,
            about,
            state: Running::of(halted),
            schedule,
            zone,
            last_run_at: last.as_ref().map_or(here, |run| run.begun_at).map(Into::into),
            last_run_failed: last.as_ref().map_or(failed, |run| run.outcome == Some(Ended::Failed)),
            last_run_ms: last.as_ref().and_then(took),
            next_run_at: next.map(Into::into),
        }
    }
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            tick: run.tick.into(),
            cause: run.cause,
            attempts: run.attempts,
            begun_at: run.begun_at.map(Into::into),
            ended_at: run.ended_at.map(Into::into),
            outcome: run.outcome,
            done: run.done,
        }
    }
}

/// Refuses a body that names a job that is not there.
pub fn require_known(call: &Call, name: &str, pointer: &'static str) -> Result<(), Problem> {
    if call.web.desk.automation().knows(name).is_some() {
        return Ok(());
    }
    Err(Problem::field(codes::UNKNOWN_JOB, pointer, "there is no such job; use a name of GET /v1/jobs"))
}

/// The job of the path.
fn named(call: &Call) -> Result<(JobName, JobState), Problem> {
    let name = call.request.match_info().query("name");
    let known = call.web.desk.automation().knows(name).zip(name.parse().ok());
    known.map(|(state, name)| (name, state)).ok_or_else(|| Problem::not_found("job"))
}

/// List jobs
#[utoipa::path(
    tag = "Automation",
    summary = "List jobs",
    description = "What runs by the clock, with the last and the next run of each.",
    responses((status = 200, description = "The jobs.", body = JobsView)),
)]
#[get("/v1/jobs")]
pub async fn list_jobs(call: Call) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    let items = look(&call, move |desk| listed(desk, &by)).await?;
    Ok(HttpResponse::Ok().json(JobsView { items }))
}

/// Every job, in the order in which they run.
pub(in crate::web) fn listed(desk: &Desk, by: &By) -> Result<Vec<JobView>, Error> {
    Ok(desk.automated(by)?.jobs.into_iter().map(Into::into).collect())
}

/// The job of this name, with its newest runs.
pub(in crate::web) fn detail(desk: &Desk, by: &By, name: &str) -> Result<JobRunsView, Error> {
    let job = listed(desk, by)?.into_iter().find(|job| job.name == name).ok_or(Error::NotFound("job"))?;
    let runs = desk.runs(by, name, RUNS)?.into_iter().map(Into::into).collect();
    Ok(JobRunsView { job, runs })
}

/// Read a job
#[utoipa::path(
    tag = "Automation",
    summary = "Read a job",
    description = "The job, and its newest runs. What every process does all the time, such as sending letters, has no runs.",
    params(JobPath),
    responses((status = 200, description = "The job.", body = JobRunsView)),
)]
#[get("/v1/jobs/{name}")]
pub async fn get_job(call: Call) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    let (name, _) = named(&call)?;
    Ok(HttpResponse::Ok().json(look(&call, move |desk| detail(desk, &by, name.as_str())).await?))
}

/// Run a job
#[utoipa::path(
    tag = "Automation",
    summary = "Run a job",
    description = "Asks for a run beside the schedule; the process that keeps time begins it within a second, once. A paused job begins it when it is resumed.",
    params(JobPath),
    responses((status = 202, description = "It was asked for.", body = RunView)),
)]
#[post("/v1/jobs/{name}/run")]
pub async fn run_job(call: Call) -> Result<HttpResponse, Problem> {
    let (job, state) = named(&call)?;
    done(&call, running(&call, job, &state)?, async |events| {
        let at = events.first().map(|event| event.at).ok_or_else(|| Problem::internal("a run without an event"))?;
        Ok(HttpResponse::Accepted().json(RunView::from(Run::asked(state.name, at))))
    })
    .await
}

/// A run beside the schedule, as the door is asked for it.
fn running(call: &Call, job: JobName, state: &JobState) -> Result<Question, Problem> {
    if !state.by_hand {
        return Err(Problem::new(codes::ALWAYS_RUNNING, "every process does this all the time"));
    }
    Question::plain(call, RosterAction::Automation(AutomationAction::RunJob { job }), Hash::of(b"{}"))
}

/// What a page asks of the job of its path: `run`, `pause` with a reason, `resume`.
pub(in crate::web) async fn asked_of(
    call: &Call,
    verb: &str,
    (fields, hash): (serde_json::Map<String, serde_json::Value>, Hash),
) -> Result<Outcome, Problem> {
    let (job, state) = named(call)?;
    let question = match verb {
        "run" => running(call, job, &state)?,
        "pause" => {
            let PauseJob { reason } = checked(serde_json::Value::Object(fields))?;
            halting(call, (Halt::Job(job), Some(reason)), hash)?
        }
        "resume" => releasing(call, Halt::Job(job), hash)?,
        _ => return Err(Problem::not_found("page")),
    };
    ask(call, question).await
}

/// Pause a job
#[utoipa::path(
    tag = "Automation",
    summary = "Pause a job",
    description = "The kill switch of this job: it does nothing more, in any process, until it is resumed.",
    params(JobPath),
    request_body(content = PauseJob, description = "Why."),
    responses((status = 200, description = "The automation.", body = super::automation::AutomationView)),
)]
#[post("/v1/jobs/{name}/pause")]
pub async fn pause_job(call: Call<Json<PauseJob>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let (job, _) = named(&call)?;
    asked(&call, halting(&call, (Halt::Job(job), Some(sent.body.reason)), sent.hash)?).await
}

/// Resume a job
#[utoipa::path(
    tag = "Automation",
    summary = "Resume a job",
    description = "A change that a second person confirms. What was due meanwhile is then done once; `GET /v1/automation/preview` shows it.",
    params(JobPath),
    responses(
        (status = 200, description = "The automation; one person was enough, since there are not yet two who could.", body = super::automation::AutomationView),
        (status = 202, description = "A second person has to confirm it.", body = super::changes::ChangeView),
    ),
)]
#[post("/v1/jobs/{name}/resume")]
pub async fn resume_job(call: Call) -> Result<HttpResponse, Problem> {
    let (job, _) = named(&call)?;
    asked(&call, releasing(&call, Halt::Job(job), Hash::of(b"{}"))?).await
}
