//! What a version of a policy changed, clause by clause.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ClauseView, clause};
use crate::{
    register::{ClauseDiff, Entry, Policy, difference},
    web::{
        api::register::{
            EntryVersionPath,
            diff::{DiffQuery, Pair, pair},
        },
        call::Call,
        problem::Problem,
        query::Query,
    },
    words::EntryKind,
};

/// What became of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClauseFate {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It reads otherwise.
    Changed,
}

/// What distinguishes two versions of a policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyDiff {
    /// The policy.
    pub id: String,
    /// The version compared with; 0 where there is none before.
    pub from: u32,
    /// The version compared.
    pub to: u32,
    /// The titles, where they differ.
    pub title: Option<TitleChange>,
    /// The clauses that differ, in the order of their ids.
    pub clauses: Vec<ClauseChange>,
}

/// Two titles.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleChange {
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// What became of a clause.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClauseChange {
    /// Its id.
    #[schema(examples("AIP-2.1"))]
    pub id: String,
    /// What became of it.
    pub change: ClauseFate,
    /// As it was; `null` if it is new.
    pub before: Option<ClauseView>,
    /// As it is; `null` if it is gone.
    pub after: Option<ClauseView>,
    /// Where its text differs: a unified diff.
    pub diff: Option<String>,
}

/// Compare two versions of a policy
#[utoipa::path(
    tag = "Register",
    summary = "Compare two versions of a policy",
    description = "Clause by clause: added, removed, changed, the text as a unified diff.",
    params(EntryVersionPath, DiffQuery),
    responses((status = 200, description = "What differs.", body = PolicyDiff)),
)]
#[get("/v1/policies/{id}/versions/{version}/diff")]
pub async fn diff_policy(call: Call<Query<DiffQuery>>) -> Result<HttpResponse, Problem> {
    let Pair { before, after } = pair(call, EntryKind::Policy).await?;
    Ok(HttpResponse::Ok().json(compared(before.map(policy).transpose()?, &policy(after)?)))
}

fn policy(entry: Entry) -> Result<Policy, Problem> {
    match entry {
        Entry::Policy(policy) => Ok(policy),
        Entry::Regulation(_) | Entry::System(_) => Err(Problem::internal("a policy that is none")),
    }
}

/// What distinguishes a version of a policy from the one before, if there is one.
pub(in crate::web) fn compared(before: Option<Policy>, after: &Policy) -> PolicyDiff {
    let nothing = || Policy { clauses: Vec::new(), version: 0, ..after.clone() };
    let before = before.unwrap_or_else(nothing);
    let found = difference(&before, after);
    PolicyDiff {
        id: after.id.clone(),
        from: before.version,
        to: after.version,
        title: found.title.map(|(before, after)| TitleChange { before, after }),
        clauses: found.clauses.into_iter().map(change).collect(),
    }
}

fn change(found: ClauseDiff) -> ClauseChange {
    let lone = |change, id: &str| ClauseChange { id: id.to_owned(), change, before: None, after: None, diff: None };
    match found {
        ClauseDiff::Added(new) => ClauseChange { after: Some(clause(&new)), ..lone(ClauseFate::Added, &new.id) },
        ClauseDiff::Removed(old) => ClauseChange { before: Some(clause(&old)), ..lone(ClauseFate::Removed, &old.id) },
        ClauseDiff::Changed(both) => ClauseChange {
            before: Some(clause(&both.before)),
            after: Some(clause(&both.after)),
            diff: Some(both.text).filter(|text| !text.is_empty()),
            ..lone(ClauseFate::Changed, &both.after.id)
        },
    }
}
