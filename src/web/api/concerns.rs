//! Concerns: what the figures of procedures say, and how somebody answers that. Who is asked, and what of it somebody
//! may see, is decided behind the door.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{Question, ask, look, or_erased, sealed, texts},
    exception::parts::SopView,
    text::{Instant, Statement},
};
use crate::{
    desk::{ConcernRead, Desk, Error},
    domain::{
        person::By,
        roster::{Figure, Response, RosterAction, Topic},
    },
    store::{concerns::KeptConcern, queries::Cursor, roster::After},
    web::{
        call::Call,
        json::Json,
        page::{self, Page},
        problem::Problem,
        query::{Query, number, word},
    },
    words::{ConcernId, ConcernKind, ConcernState, ExceptionId, Hash, Measured, PersonId, Role},
};

/// The order of the list.
const SORT: &str = "-id";
/// So many exceptions are named at most; all of them are counted.
const MOST_NAMED: i64 = 200;

/// The concern that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct ConcernPath {
    /// The concern's id.
    #[param(format = "uuid")]
    id: String,
}

/// Which concerns.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConcernsQuery {
    /// Only those that stand so.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<ConcernState>)]
    state: Option<ConcernState>,
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

/// What is said to a concern.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "answer": "The clause forbids what half of the company does: it is rewritten by June, and the exceptions run until then." }))]
pub struct AnswerConcern {
    /// What follows of it.
    answer: Statement,
}

/// A figure, against what the procedure tolerates.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConcernFigure)]
pub struct FigureView {
    /// What it counts.
    pub measure: Measured,
    /// How many.
    pub count: u64,
    /// Up to so many are tolerated; of a share, up to so many are nothing to look at.
    pub limit: u64,
    /// Of how many, and as it was before; `null` where the number alone counts.
    pub share: Option<ShareView>,
    /// Is it beyond that?
    pub exceeded: bool,
}

/// Of how many, and what it was in as many days before.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConcernShare)]
pub struct ShareView {
    /// Of how many.
    pub of: u64,
    /// How many before.
    pub before: u64,
    /// Of how many before.
    pub before_of: u64,
    /// By how many percent of what it was the share may grow.
    pub percent: u64,
}

/// A concern.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Concern)]
pub struct ConcernView {
    /// Its id.
    pub id: ConcernId,
    /// What it is about: a budget that is exceeded (the rule may be wrong, not the teams), a procedure that is to be
    /// looked at, or a split that the clock held.
    pub kind: ConcernKind,
    /// Where it stands.
    pub state: ConcernState,
    /// The procedure version whose limits it is held against.
    pub sop: SopView,
    /// The clause that the exceptions deviate from; of a budget.
    pub clause: Option<String>,
    /// The business unit that they are of; `null` for those that name none.
    pub business_unit: Option<String>,
    /// The role that is asked.
    pub asks: Role,
    /// What was counted when it was raised.
    pub figures: Vec<FigureView>,
    /// What was counted when it was answered or settled.
    pub ended_with: Option<Vec<FigureView>>,
    /// When it was raised.
    pub raised_at: Instant,
    /// The answered one that it asks again, since the figures rose above what was answered.
    pub again: Option<ConcernId>,
    /// When it was answered or settled.
    pub ended_at: Option<Instant>,
    /// By whom; `null` where the figures are tolerated again.
    pub ended_by: Option<PersonId>,
    /// What was answered in writing.
    pub answer: Option<String>,
    /// The version of the procedure whose publication answered it.
    pub answered_by: Option<SopView>,
}

/// A concern with what is counted now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConcernDetail)]
pub struct DetailView {
    /// The concern.
    pub concern: ConcernView,
    /// What is counted now; nothing where the procedure no longer counts it.
    pub now: Vec<FigureView>,
    /// The first 200 of the exceptions that are counted now, of those that you may see.
    pub exceptions: Vec<CountedView>,
}

/// An exception that is counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CountedException)]
pub struct CountedView {
    /// Its id.
    pub id: ExceptionId,
    /// Its number.
    pub number: String,
}

impl From<&Figure> for FigureView {
    fn from(figure: &Figure) -> Self {
        let share = figure.share.map(|share| ShareView {
            of: share.of,
            before: share.before,
            before_of: share.before_of,
            percent: share.percent,
        });
        let Figure { measure, count, limit, .. } = *figure;
        Self { measure, count, limit, share, exceeded: figure.is_exceeded() }
    }
}

/// Concerns with their answers.
pub(in crate::web) fn shown(desk: &Desk, found: Vec<KeptConcern>) -> Result<Vec<ConcernView>, Error> {
    let written = |kept: &KeptConcern| match &kept.response {
        Some(Response::Written(answer)) => Some(answer.commitment),
        Some(Response::Published(_)) | None => None,
    };
    let answers: Vec<Hash> = found.iter().filter_map(written).collect();
    let known = desk.store().read(|conn| Ok::<_, Error>(texts(conn, &answers)?))?;
    let view = |kept: KeptConcern| {
        let (standing, concern) = (&kept.standing, &kept.standing.concern);
        let (clause, business_unit) = match &concern.topic {
            Topic::OverBudget { clause, business_unit, .. } => (Some(clause.clone()), business_unit.clone()),
            Topic::SopReview { .. } | Topic::SplitHeld { .. } => (None, None),
        };
        let (answer, answered_by) = match &kept.response {
            Some(Response::Written(answer)) => (Some(or_erased(&known, answer).to_owned()), None),
            Some(Response::Published(sop)) => (None, Some(SopView::of(sop))),
            None => (None, None),
        };
        let ended = kept.ended_at.map(|_| standing.figures.iter().map(Into::into).collect());
        ConcernView {
            id: concern.id,
            kind: concern.topic.kind(),
            state: standing.state,
            sop: SopView::of(&concern.sop),
            clause,
            business_unit,
            asks: concern.asks,
            figures: concern.figures.iter().map(Into::into).collect(),
            ended_with: ended,
            raised_at: kept.raised_at.into(),
            again: concern.again,
            ended_at: kept.ended_at.map(Into::into),
            ended_by: kept.ended_by,
            answer,
            answered_by,
        }
    };
    Ok(found.into_iter().map(view).collect())
}

/// One concern, as whoever asks may see it.
pub(in crate::web) fn detail(desk: &Desk, by: &By, id: ConcernId) -> Result<DetailView, Error> {
    let ConcernRead { kept, now, exceptions } = desk.concern(by, id, MOST_NAMED)?;
    let concern = shown(desk, vec![kept])?.pop().ok_or(Error::NotFound("concern"))?;
    let exceptions = exceptions.into_iter().map(|(id, number)| CountedView { id, number }).collect();
    Ok(DetailView { concern, now: now.iter().map(Into::into).collect(), exceptions })
}

/// List concerns
#[utoipa::path(
    tag = "Concerns",
    summary = "List concerns",
    description = "What the figures of procedures say and somebody has to answer: budgets of exceptions that are exceeded, procedures that are past their review or whose own figures rise. Those that ask a role of yours; for governance and the auditor all of them. The newest first.",
    params(ConcernsQuery),
    responses((status = 200, description = "A page of concerns.", body = Page<ConcernView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/concerns")]
pub async fn list_concerns(call: Call<Query<ConcernsQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (limit, by, state) = (page::limit(asked.limit)?, call.by.clone(), asked.state);
    let binding = page::binding(SORT, &state);
    let last = asked.cursor.as_deref().map(|cursor| after(&binding, cursor)).transpose()?;
    let page = look(&call, move |desk| {
        let found = desk.concerns(&by, state, After { last, limit: limit + 1 })?;
        let place =
            |kept: &KeptConcern| page::sealed(&binding, &Cursor { value: 0, id: kept.standing.concern.id.to_string() });
        let (found, next_cursor) = page::part(found, limit, place);
        Ok(Page { items: shown(desk, found)?, next_cursor })
    });
    Ok(page::answer(&call.request, &page.await?))
}

fn after(binding: &str, cursor: &str) -> Result<ConcernId, Problem> {
    let Cursor { id, .. } = page::opened(binding, cursor)?;
    id.parse().map_err(|_| page::odd_cursor())
}

/// Read a concern
#[utoipa::path(
    tag = "Concerns",
    summary = "Read a concern",
    description = "What was counted, what is counted now, and the exceptions that are counted, of those that you may see. A concern that asks none of your roles is not found.",
    params(ConcernPath),
    responses((status = 200, description = "The concern.", body = DetailView)),
)]
#[get("/v1/concerns/{id}")]
pub async fn get_concern(call: Call) -> Result<HttpResponse, Problem> {
    let (id, by) = (call.id("id", "concern")?, call.by.clone());
    let view = look(&call, move |desk| detail(desk, &by, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Answer a concern
#[utoipa::path(
    tag = "Concerns",
    summary = "Answer a concern",
    description = "In writing and in a session, by somebody whom it asks. It is asked again once the figures rise above what they are at that moment. Publishing the next version of a procedure answers what is asked about it as well.",
    params(ConcernPath),
    request_body(content = AnswerConcern, description = "What follows of it."),
    responses((status = 200, description = "The concern.", body = DetailView)),
)]
#[post("/v1/concerns/{id}/answer")]
pub async fn answer_concern(call: Call<Json<AnswerConcern>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    Ok(HttpResponse::Ok().json(answered(&call, sent.body, sent.hash).await?))
}

/// Answers the concern of the path.
pub(in crate::web) async fn answered(call: &Call, body: AnswerConcern, of: Hash) -> Result<DetailView, Problem> {
    let (concern, by) = (call.id("id", "concern")?, call.by.clone());
    // Whose it is not hears that there is none, before anything else is said of it.
    look(call, {
        let by = by.clone();
        move |desk| desk.concern(&by, concern, 0)
    })
    .await?;
    let (answer, openings) = sealed(call, |sealer| sealer.seal("answer", body.answer.as_str()))?;
    let action = RosterAction::AnswerConcern { concern, answer };
    ask(call, Question::plain(call, action, of)?.opened_by(openings)).await?;
    look(call, move |desk| detail(desk, &by, concern)).await
}
