//! What runs by the clock: the kill switch and the jobs, for those who watch over them.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::{administer::look, text::Instant};
use crate::{
    desk::JobState,
    web::{call::Call, problem::Problem},
};

/// The automation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Automation)]
pub struct AutomationView {
    /// The kill switch: `running`.
    #[schema(pattern = "^running$")]
    pub state: &'static str,
    /// The jobs of the process that answers, in the order in which they run.
    pub jobs: Vec<JobView>,
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
    /// The kill switch of this job: `running`.
    #[schema(pattern = "^running$")]
    pub state: &'static str,
    /// When it runs: five-field cron in UTC, or `@every 1s`.
    #[schema(examples("17 * * * *"))]
    pub schedule: &'static str,
    /// When it last ran in this process; `null`: not yet.
    pub last_run_at: Option<Instant>,
    /// Did its last run fail? It is tried again at its next turn.
    pub last_run_failed: bool,
    /// When it runs next; `null`: at the next turn.
    pub next_run_at: Option<Instant>,
}

/// Read the automation
#[utoipa::path(
    tag = "Automation",
    summary = "Read the automation",
    description = "The kill switch and the jobs: what runs by the clock, when it last ran and when it runs next, as far as the process that answers knows. For governance, auditors and administrators.",
    responses((status = 200, description = "The automation.", body = AutomationView)),
)]
#[get("/v1/automation")]
pub async fn get_automation(call: Call) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    let jobs = look(&call, move |desk| desk.jobs(&by)).await?;
    let jobs = jobs.iter().map(job).collect();
    Ok(HttpResponse::Ok().json(AutomationView { state: "running", jobs }))
}

fn job(job: &JobState) -> JobView {
    JobView {
        name: job.name,
        about: job.about,
        state: "running",
        schedule: job.schedule,
        last_run_at: job.last.map(Into::into),
        last_run_failed: job.failed,
        next_run_at: job.next.map(Into::into),
    }
}
