//! Policies and their clauses: read, searched, compared and published. A material version waits for a
//! second person.

pub(in crate::web) mod diff;

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    EntryPath, EntryVersionPath, Publication, RegisterQuery, Versions, Wanted, named, publish, show_one, show_versions,
    view::Read,
};
use crate::{
    register::{Clause, Entry, Policy, Screening},
    web::{
        api::{
            changes::ChangeView,
            text::{Label, Name, Slug, Statement, or_absent},
        },
        call::Call,
        json::Json,
        page::Page,
        problem::Problem,
        query::Query,
    },
    words::{EntryKind, Weight},
};

pub use diff::diff_policy;

/// A policy in one version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policy)]
pub struct PolicyView {
    /// Its id.
    #[schema(examples("AIP-2"))]
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version, from 1.
    pub version: u32,
    /// Its clauses.
    pub clauses: Vec<ClauseView>,
    /// Who published it, when, and how.
    pub published: Publication,
}

/// A clause that an exception may deviate from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Clause)]
pub struct ClauseView {
    /// Its id.
    #[schema(examples("AIP-2.1"))]
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
    /// The source that forbids any exception; `null` where one may be asked for.
    #[schema(examples("EU AI Act, Article 5(1)(a)"))]
    pub non_waivable: Option<String>,
    /// The question that finds out whether a request touches it; every request answers it.
    pub screening: Option<ScreeningView>,
}

/// A screening question; `true` means that the clause is touched.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Screening)]
pub struct ScreeningView {
    /// The key of the answer in a request's `screening`.
    pub code: String,
    /// The question.
    pub question: String,
}

/// A version of a policy to be published.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "version": 2,
    "weight": "material",
    "title": "Data in AI systems",
    "clauses": [{
        "id": "AIP-2.1",
        "title": "Confidential data",
        "text": "Confidential data are put only into AI systems approved for them."
    }]
}))]
pub struct PublishPolicy {
    /// Its version: the next one; 1 for a new policy.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    version: u32,
    /// How much it changes. An `editorial` version changes words alone and holds at once; a `material` one
    /// waits for a second person.
    weight: Weight,
    /// Its title.
    title: Label,
    /// All its clauses.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    clauses: Vec<ClauseBody>,
}

/// A clause to be published.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClauseBody {
    /// Its id: the policy's, a dot, a number.
    id: Name,
    /// Its title.
    title: Label,
    /// What it says.
    text: Statement,
    /// The source that forbids any exception.
    #[serde(default, deserialize_with = "or_absent")]
    non_waivable: Option<Label>,
    /// The question that finds out whether a request touches it.
    #[serde(default)]
    screening: Option<ScreeningBody>,
}

/// A screening question to be asked of every request.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreeningBody {
    /// The key of the answer: lower-case letters, digits and `_`.
    code: Slug,
    /// The question; `true` must mean that the clause is touched.
    question: Label,
}

pub(super) fn clause(clause: &Clause) -> ClauseView {
    let screening = clause.screening.as_ref();
    ClauseView {
        id: clause.id.clone(),
        title: clause.title.clone(),
        text: clause.text.clone(),
        non_waivable: clause.non_waivable.clone(),
        screening: screening.map(|asked| ScreeningView { code: asked.code.clone(), question: asked.question.clone() }),
    }
}

fn show(read: Read) -> PolicyView {
    PolicyView {
        id: read.entry.id().to_owned(),
        title: read.entry.title().to_owned(),
        version: read.entry.version(),
        clauses: read.entry.clauses().iter().map(clause).collect(),
        published: read.publication,
    }
}

impl ClauseBody {
    fn clause(self) -> Clause {
        let screening = self.screening.map(|asked| Screening {
            code: asked.code.as_str().to_owned(),
            question: asked.question.as_str().to_owned(),
        });
        Clause {
            id: self.id.as_str().to_owned(),
            title: self.title.as_str().to_owned(),
            text: self.text.as_str().to_owned(),
            non_waivable: self.non_waivable.map(|source| source.as_str().to_owned()),
            screening,
        }
    }
}

/// List policies
#[utoipa::path(
    tag = "Register",
    summary = "List policies",
    description = "The policies in their newest versions: what an exception deviates from, which clauses nobody can waive, and the questions that every request answers.",
    params(RegisterQuery),
    responses((status = 200, description = "A page of policies.", body = Page<PolicyView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/policies")]
pub async fn list_policies(call: Call<Query<RegisterQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    Wanted::of(EntryKind::Policy, &asked)?.page(&call, |_| true, show).await
}

/// Read a policy
#[utoipa::path(
    tag = "Register",
    summary = "Read a policy",
    description = "Its newest version.",
    params(EntryPath),
    responses(
        (status = 200, description = "The policy.", body = PolicyView, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/policies/{id}")]
pub async fn get_policy(call: Call) -> Result<HttpResponse, Problem> {
    show_one(&call, EntryKind::Policy, show).await
}

/// List a policy's versions
#[utoipa::path(
    tag = "Register",
    summary = "List a policy's versions",
    description = "Every version that was published, by whom and when.",
    params(EntryPath),
    responses((status = 200, description = "The versions.", body = Versions)),
)]
#[get("/v1/policies/{id}/versions")]
pub async fn list_policy_versions(call: Call) -> Result<HttpResponse, Problem> {
    show_versions(&call, EntryKind::Policy).await
}

/// Read a version of a policy
#[utoipa::path(
    tag = "Register",
    summary = "Read a version of a policy",
    description = "It never changes.",
    params(EntryVersionPath),
    responses(
        (status = 200, description = "The version.", body = PolicyView, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/policies/{id}/versions/{version}")]
pub async fn get_policy_version(call: Call) -> Result<HttpResponse, Problem> {
    show_one(&call, EntryKind::Policy, show).await
}

/// Publish a version of a policy
#[utoipa::path(
    tag = "Register",
    summary = "Publish a version of a policy",
    description = "An editorial version holds at once. A material one is a change that a second person confirms; once it holds, requests and exceptions that touch a clause which became non-waivable end or are suspended, and exceptions in effect that deviate from a changed clause are reopened.",
    params(EntryPath),
    request_body(content = PublishPolicy, description = "The whole policy as it should read."),
    responses(
        (status = 201, description = "The version, published.", body = PolicyView, headers(("Location" = String, description = "Where it is."))),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/policies/{id}/versions")]
pub async fn publish_policy(call: Call<Json<PublishPolicy>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    publish(&call, entry(&call, sent.body)?, sent.hash, show).await
}

/// The version that a body describes, of the policy that the path names.
pub(super) fn entry(call: &Call, body: PublishPolicy) -> Result<(Entry, Weight), Problem> {
    let PublishPolicy { version, weight, title, clauses } = body;
    let id: Name = named(call)?;
    let policy = Policy {
        id: id.as_str().to_owned(),
        title: title.as_str().to_owned(),
        version,
        clauses: clauses.into_iter().map(ClauseBody::clause).collect(),
    };
    Ok((Entry::Policy(policy), weight))
}
