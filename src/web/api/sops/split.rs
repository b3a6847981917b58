//! A version of a procedure that a share of what is submitted runs on, beside the published one: begun, compared, held,
//! released, ended.

use actix_web::{HttpResponse, delete, get, http::header, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

pub(in crate::web) mod paged;

use super::{SopPath, govern::named_in_path};
use crate::{
    desk::SplitRead,
    domain::{
        figures::Figure,
        roster::{Beginning, Compared, RosterAction, Split, SplitAction},
    },
    reports::{Cell, Pool, share},
    sop::SplitLimits,
    store::{roster::Secrets, splits::counted::Went},
    web::{
        api::{
            administer::{Question, done, drawn, gone, look},
            changes::ChangeView,
            exception::parts::SopView,
            text::Instant,
        },
        call::Call,
        hand_over,
        json::Json,
        problem::Problem,
    },
    words::{AdminVerb, Arm, Hash, Measured, SplitEnd, SplitId},
};

/// A version to be split off.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "document": "id: standard\nversion: 2\ntitle: AI policy exception\n",
    "percent": 20,
    "limits": { "after": 20, "failed_gates": 10, "escalations": 10 }
}))]
pub struct BeginSplit {
    /// The whole document in YAML or JSON, as a text, so that what is said of it names its lines.
    #[validate(length(min = 1, max = 262_144, message = "1 to 262144 characters"))]
    #[schema(min_length = 1, max_length = 262_144)]
    document: String,
    /// How many of a hundred exceptions run on it.
    #[validate(range(min = 1, max = 99, message = "1 to 99"))]
    #[schema(minimum = 1, maximum = 99)]
    percent: u8,
    /// How far it may fall behind; absent: as the published version says in `split_limits`, or as it is compiled in
    /// (after 20, by 10 and 10 of a hundred). Wider than the published version says is refused.
    #[validate(nested)]
    #[serde(default)]
    limits: Option<SplitLimitsView>,
}

/// How far a version that is split off may fall behind the published one before it is held.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SplitLimits)]
pub struct SplitLimitsView {
    /// Fewer requests than these on it say nothing.
    #[validate(range(min = 1, max = 10_000, message = "1 to 10000"))]
    #[schema(minimum = 1, maximum = 10_000)]
    after: u32,
    /// By so many of a hundred more may have a gate that does not hold.
    #[validate(range(max = 100, message = "0 to 100"))]
    #[schema(maximum = 100)]
    failed_gates: u32,
    /// By so many of a hundred more may be escalated.
    #[validate(range(max = 100, message = "0 to 100"))]
    #[schema(maximum = 100)]
    escalations: u32,
}

/// Nothing more than the path says.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct NamedSplit {}

/// A split, with how both sides went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01977d3c-7a10-7000-8000-000000000001",
    "published": { "id": "standard", "version": 1, "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" },
    "variant": { "id": "standard", "version": 2, "hash": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752" },
    "percent": 20,
    "limits": { "after": 20, "failed_gates": 10, "escalations": 10 },
    "begun_at": "2026-03-02T09:00:00.000000Z",
    "held_at": null,
    "held_for": [],
    "ended_at": null,
    "ended": null,
    "arms": [
        { "arm": "published", "submitted": 80, "few": false, "failed_gates": 8, "returns": 12, "errors": 15, "errors_per_100": 18.8,
          "escalations": 4, "escalations_per_100": 5.0, "in_time": 190, "late": 10, "in_time_per_100": 95.0,
          "decided": 60, "hours_median": 70, "hours_p90": 160 },
        { "arm": "variant", "submitted": 18, "few": true, "failed_gates": 1, "returns": 2, "errors": 3, "errors_per_100": 16.7,
          "escalations": 0, "escalations_per_100": 0.0, "in_time": 40, "late": 1, "in_time_per_100": 97.6,
          "decided": 11, "hours_median": 52, "hours_p90": 130 }
    ],
    "watched": [{ "measure": "split_failed_gates", "variant": 1, "of": 18, "published": 8, "published_of": 80, "limit": 10, "beyond": false }]
}))]
pub struct SopSplit {
    /// Its id.
    pub id: SplitId,
    /// The published version that it is beside.
    pub published: SopView,
    /// The version that is split off.
    pub variant: SopView,
    /// How many of a hundred exceptions run on it.
    pub percent: u8,
    /// How far it may fall behind before it is held.
    pub limits: SplitLimitsView,
    /// When it was begun.
    pub begun_at: Instant,
    /// Since when it is held: what is submitted runs on the published version alone; `null` while it is not.
    pub held_at: Option<Instant>,
    /// What the clock held it for; nothing where a person did.
    pub held_for: Vec<ComparedView>,
    /// When it ended; what was submitted under its version stays there.
    pub ended_at: Option<Instant>,
    /// How it ended.
    pub ended: Option<SplitEnd>,
    /// Both sides, each counted since it was begun.
    pub arms: Vec<ArmView>,
    /// What may hold it, counted since it was begun or released last.
    pub watched: Vec<ComparedView>,
}

/// How the exceptions on one side of a split went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SplitArm)]
pub struct ArmView {
    /// Which side.
    pub arm: Arm,
    /// How many were submitted.
    pub submitted: u64,
    /// Are they so few that they say little? Fewer than `limits.after` are.
    pub few: bool,
    /// How many of them had a gate that did not hold.
    pub failed_gates: u64,
    /// How many of them were returned.
    pub returns: u64,
    /// How many of them had either.
    pub errors: u64,
    /// Of a hundred.
    pub errors_per_100: Option<f64>,
    /// How many of them were escalated.
    pub escalations: u64,
    /// Of a hundred.
    pub escalations_per_100: Option<f64>,
    /// How many of their tasks were done by their due times.
    pub in_time: u64,
    /// How many were done later, or are late.
    pub late: u64,
    /// How many of a hundred of those were in time.
    pub in_time_per_100: Option<f64>,
    /// How many of them were decided.
    pub decided: u64,
    /// Half of those took at most so many hours from the submission to the decision.
    pub hours_median: Option<u64>,
    /// Nine of ten of those did.
    pub hours_p90: Option<u64>,
}

/// What was counted on both sides, against the rise that is tolerated.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SplitFigure)]
pub struct ComparedView {
    /// What it counts.
    pub measure: Measured,
    /// How many on the version that is split off.
    pub variant: u64,
    /// Of how many requests there.
    pub of: u64,
    /// How many on the published version in the same time.
    pub published: u64,
    /// Of how many requests there.
    pub published_of: u64,
    /// By how many of a hundred it may be more.
    pub limit: u64,
    /// Is it beyond that, and of enough requests to say so?
    pub beyond: bool,
}

impl SplitLimitsView {
    /// Fewer requests than these say nothing.
    pub const fn after(&self) -> u32 {
        self.after
    }
}

impl From<SplitLimits> for SplitLimitsView {
    fn from(SplitLimits { after, failed_gates, escalations }: SplitLimits) -> Self {
        Self { after, failed_gates, escalations }
    }
}

impl From<SplitLimitsView> for SplitLimits {
    fn from(SplitLimitsView { after, failed_gates, escalations }: SplitLimitsView) -> Self {
        Self { after, failed_gates, escalations }
    }
}

impl From<SplitRead> for SopSplit {
    fn from(SplitRead { split, arms, compared }: SplitRead) -> Self {
        let Split { begins, begun_at, held, ended, .. } = split;
        let against = |one: &Compared| ComparedView::of(one, begins.limits);
        let (held_at, held_for) = held.map_or((None, Vec::new()), |(at, figures)| (Some(at), figures));
        Self {
            id: begins.split,
            published: SopView::of(&begins.over),
            variant: SopView::of(&begins.sop),
            percent: begins.percent,
            limits: begins.limits.into(),
            begun_at: begun_at.into(),
            held_at: held_at.map(Into::into),
            held_for: held_for.iter().map(against).collect(),
            ended_at: ended.map(|(at, _)| at.into()),
            ended: ended.map(|(_, why)| why),
            arms: arms.into_iter().map(|(arm, went)| ArmView::of(arm, &went, begins.limits)).collect(),
            watched: compared.iter().map(against).collect(),
        }
    }
}

impl ComparedView {
    fn of(one: &Compared, limits: SplitLimits) -> Self {
        let Compared { measure, variant, of, published, published_of, limit } = *one;
        Self { measure, variant, of, published, published_of, limit, beyond: one.is_beyond(limits) }
    }
}

impl ArmView {
    fn of(arm: Arm, went: &Went, limits: SplitLimits) -> Self {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let per_100 = |part: u64, whole: u64| {
            let Cell::Number(number) = share(signed(part), signed(whole)) else { return None };
            Some(number)
        };
        let mut lengths = Pool::default();
        for (hours, count) in &went.hours {
            lengths.add(&Figure { hours: Some(signed(*hours)), count: signed(*count), ..Figure::default() });
        }
        let hours = |percent: i64| {
            let Cell::Count(hours) = lengths.percentile(percent) else { return None };
            u64::try_from(hours).ok()
        };
        let Went { submitted, failed_gates, returns, errors, escalations, in_time, late, .. } = *went;
        Self {
            arm,
            submitted,
            few: submitted < u64::from(limits.after),
            failed_gates,
            returns,
            errors,
            errors_per_100: per_100(errors, submitted),
            escalations,
            escalations_per_100: per_100(escalations, submitted),
            in_time,
            late,
            in_time_per_100: per_100(in_time, in_time.saturating_add(late)),
            decided: went.hours.iter().map(|(_, count)| count).sum(),
            hours_median: hours(50),
            hours_p90: hours(90),
        }
    }
}

/// Let a share of what is submitted run on another version
#[utoipa::path(
    tag = "Procedures",
    summary = "Let a share of what is submitted run on another version",
    description = "A change that a second person confirms; then so many of a hundred exceptions run on the version from their first submission on, and stay on it. It is refused where it differs from the published version in anything but gates, wording, due times and routing, with each place that does (`differs`). A procedure has one split at a time; it ends when a version of it is published, or it is retired.",
    params(SopPath),
    request_body(content = BeginSplit, description = "The whole procedure, and the share."),
    responses(
        (status = 201, description = "The split, begun.", body = SopSplit, headers(("Location" = String, description = "Where it is."))),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/sops/{id}/split")]
pub async fn begin_split(call: Call<Json<BeginSplit>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let question = beginning(&call, sent.body, sent.hash).await?;
    shown(&call, question, true).await
}

async fn beginning(call: &Call, body: BeginSplit, hash: Hash) -> Result<Question, Problem> {
    let BeginSplit { document, percent, limits } = body;
    let (sop, text) = named_in_path(call, document).await?;
    let laws = hand_over::laws(&call.web.desk).await?;
    let newest = laws.sops.newest(&sop.id).ok_or_else(|| Problem::not_found("procedure"))?;
    let limits = limits.map(SplitLimits::from).or(newest.document().split_limits).unwrap_or(SplitLimits::COMPILED);
    let (split, over, text_hash) = (drawn(call, SplitId)?, newest.reference(), Hash::of(text.as_bytes()));
    let begins = Box::new(Beginning { split, over, sop, text_hash, percent, limits });
    let secrets = Secrets { document: Some(text), ..Secrets::default() };
    Ok(Question::plain(call, RosterAction::Split(SplitAction::BeginSplit { begins }), hash)?.with(secrets))
}

/// Compare both sides of a split
#[utoipa::path(
    tag = "Procedures",
    summary = "Compare both sides of a split",
    description = "The last split of the procedure, open or over: both sides since it was begun, with how many tasks were done in time, how many requests had errors or were escalated, and how long they took. Counted are all exceptions, whoever may see them.",
    params(SopPath),
    responses((status = 200, description = "The comparison.", body = SopSplit)),
)]
#[get("/v1/sops/{id}/split")]
pub async fn get_split(call: Call) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(found(&call).await?))
}

/// Hold a split
#[utoipa::path(
    tag = "Procedures",
    summary = "Hold a split",
    description = "What is submitted from now on runs on the published version alone; what runs on the other one stays there. One person does it, and so does the clock once more goes wrong there than the limits tolerate.",
    params(SopPath),
    request_body(content = NamedSplit, description = "Nothing more."),
    responses((status = 200, description = "The split, held.", body = SopSplit)),
)]
#[post("/v1/sops/{id}/split/hold")]
pub async fn hold_split(call: Call<Json<NamedSplit>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let Beginning { split, sop, .. } = open(&call, AdminVerb::HoldSplit).await?;
    let holds = RosterAction::Split(SplitAction::HoldSplit { split, sop });
    shown(&call, Question::plain(&call, holds, sent.hash)?, false).await
}

/// Let a split that is held go on
#[utoipa::path(
    tag = "Procedures",
    summary = "Let a split that is held go on",
    description = "A change that a second person confirms; then a share of what is submitted runs on the version again, and what may hold it is counted anew.",
    params(SopPath),
    request_body(content = NamedSplit, description = "Nothing more."),
    responses(
        (status = 200, description = "The split, released.", body = SopSplit),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/sops/{id}/split/release")]
pub async fn release_split(call: Call<Json<NamedSplit>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let Beginning { split, sop, .. } = open(&call, AdminVerb::ReleaseSplit).await?;
    let releases = RosterAction::Split(SplitAction::ReleaseSplit { split, sop });
    shown(&call, Question::plain(&call, releases, sent.hash)?, false).await
}

/// End a split
#[utoipa::path(
    tag = "Procedures",
    summary = "End a split",
    description = "Everything new runs on the published version again; what was submitted under the other one stays there. One person ends it, since it leaves what two people published.",
    params(SopPath),
    responses((status = 204, description = "It is over.")),
)]
#[delete("/v1/sops/{id}/split")]
pub async fn end_split(call: Call) -> Result<HttpResponse, Problem> {
    let Beginning { split, sop, .. } = open(&call, AdminVerb::EndSplit).await?;
    let ends = RosterAction::Split(SplitAction::EndSplit { split, sop });
    gone(&call, Question::plain(&call, ends, Hash::of(b"{}"))?).await
}

/// Asks it, and answers with the split as it is then, or with the change that waits.
async fn shown(call: &Call, question: Question, begins: bool) -> Result<HttpResponse, Problem> {
    done(call, question, async |_| {
        let split = found(call).await?;
        let location = (header::LOCATION, format!("/v1/sops/{}/split", split.variant.id));
        Ok(if begins {
            HttpResponse::Created().insert_header(location).json(split)
        } else {
            HttpResponse::Ok().json(split)
        })
    })
    .await
}

/// The open split of the procedure that the path names, to those who may do this to it.
async fn open(call: &Call, verb: AdminVerb) -> Result<Beginning, Problem> {
    let (by, id) = (call.by.clone(), call.request.match_info().query("id").to_owned());
    let found = look(call, move |desk| desk.open_split(&by, &id, verb)).await?;
    found.map(|split| split.begins).ok_or_else(|| Problem::not_found("split"))
}

async fn found(call: &Call) -> Result<SopSplit, Problem> {
    let (by, id) = (call.by.clone(), call.request.match_info().query("id").to_owned());
    let found = look(call, move |desk| desk.split(&by, &id)).await?;
    found.map(Into::into).ok_or_else(|| Problem::not_found("split"))
}
