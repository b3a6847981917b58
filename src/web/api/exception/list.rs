//! The list of exceptions: filtered, sorted and paged in the database, so that nobody's page shrinks by
//! what they may not see.

use std::str::FromStr;

use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::{exception::Exception, request::Time},
    store::queries::{self, Column, Direction, Filter},
    web::{
        api::text::{Instant, Name, Slug},
        call::Call,
        hand_over,
        page::{self, Page},
        problem::Problem,
        query::{Query, word, words},
    },
    words::{ExceptionId, Hash, Kind, PersonId, StateName, Tier},
};

/// One exception of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExceptionSummary)]
pub struct SummaryView {
    /// Its id.
    pub id: ExceptionId,
    /// Its number for people.
    #[schema(examples("EX-2026-000042"))]
    pub number: String,
    /// Its version.
    pub version: u64,
    /// What it is about; `null` while it has no title, or once that was erased.
    pub title: Option<String>,
    /// Where it is.
    pub state: StateName,
    /// The tier that counts, once it is known.
    pub tier: Option<Tier>,
    /// What sort of deviation.
    pub kind: Option<Kind>,
    /// The policy clauses deviated from.
    pub clauses: Vec<String>,
    /// The business unit.
    pub business_unit: Option<String>,
    /// The regions.
    pub regions: Vec<String>,
    /// Who asked for it.
    pub requester: PersonId,
    /// Has it effect at this moment?
    pub effective: bool,
    /// Until when it has effect if nothing happens.
    pub effective_until: Option<Instant>,
    /// When the most urgent of its open tasks is due.
    pub due_at: Option<Instant>,
    /// When it last changed.
    pub changed_at: Instant,
}

/// Whose: an id, or whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Me,
    Person(PersonId),
}

impl FromStr for Whose {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "me" => Ok(Self::Me),
            _ => text.parse().map(Self::Person).map_err(|_| "`me` or a person's id"),
        }
    }
}

impl Whose {
    fn resolved(self, me: PersonId) -> PersonId {
        match self {
            Self::Me => me,
            Self::Person(id) => id,
        }
    }
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy)]
struct Sort(&'static str, queries::Sort);

/// Every order, by its name.
const SORTS: [Sort; 6] = [
    Sort("-changed_at", queries::Sort::ChangedAt(Direction::Descending)),
    Sort("changed_at", queries::Sort::ChangedAt(Direction::Ascending)),
    Sort("due_at", queries::Sort::DueAt(Direction::Ascending)),
    Sort("-due_at", queries::Sort::DueAt(Direction::Descending)),
    Sort("expires_at", queries::Sort::ExpiresAt(Direction::Ascending)),
    Sort("-expires_at", queries::Sort::ExpiresAt(Direction::Descending)),
];

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || SORTS.map(|sort| sort.0).join(", ");
        SORTS.into_iter().find(|sort| sort.0 == text).ok_or_else(|| format!("one of: {}", names()))
    }
}

/// What a list is filtered and sorted by. All filters must hold; of values separated by commas, any.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// States, separated by commas.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "active,re_review")]
    state: Vec<StateName>,
    /// Tiers, separated by commas.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "high,critical")]
    tier: Vec<Tier>,
    /// Kinds, separated by commas.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "ai_usage")]
    kind: Vec<Kind>,
    /// A policy of which a clause is deviated from.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, example = "AIP-2")]
    policy: Option<Name>,
    /// A clause that is deviated from.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, example = "AIP-2.1")]
    clause: Option<Name>,
    /// Business units, separated by commas.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "retail")]
    business_unit: Vec<Slug>,
    /// A region.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, example = "eu")]
    region: Option<Slug>,
    /// Who asked for it: a person's id, or `me`.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, example = "me")]
    requester: Option<Whose>,
    /// Who has an open task of it: a person's id, or `me`.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, example = "me")]
    assignee: Option<Whose>,
    /// With a task due before this instant.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    due_before: Option<Instant>,
    /// Without effect from before this instant on.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    expires_before: Option<Instant>,
    /// `changed_at`, `due_at` or `expires_at`, with `-` for the latest first. Those without the value are left out.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, pattern = "^-?(changed_at|due_at|expires_at)$", default = "-changed_at")]
    sort: Option<Sort>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
    /// At most so many.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

impl ListQuery {
    fn filter(&self, me: PersonId) -> Filter {
        let texts = |values: Vec<&str>| values.into_iter().map(ToOwned::to_owned).collect::<Vec<_>>();
        let facets = [
            ("policy", self.policy.as_ref().map(Name::as_str)),
            ("clause", self.clause.as_ref().map(Name::as_str)),
            ("region", self.region.as_ref().map(Slug::as_str)),
        ];
        Filter {
            states: self.state.clone(),
            columns: vec![
                (Column::Tier, texts(self.tier.iter().map(|tier| tier.as_str()).collect())),
                (Column::Kind, texts(self.kind.iter().map(|kind| kind.as_str()).collect())),
                (Column::BusinessUnit, texts(self.business_unit.iter().map(Slug::as_str).collect())),
                (Column::Requester, self.requester.map(|whose| whose.resolved(me).to_string()).into_iter().collect()),
            ],
            facets: facets.into_iter().filter_map(|(facet, value)| Some((facet, value?.to_owned()))).collect(),
            assignee: self.assignee.map(|whose| whose.resolved(me)),
            due_before: self.due_before.map(|instant| instant.0),
            expires_before: self.expires_before.map(|instant| instant.0),
        }
    }
}

/// List exceptions
#[utoipa::path(
    tag = "Exceptions",
    summary = "List exceptions",
    description = "The exceptions that whoever asks may see, a page at a time.",
    params(ListQuery),
    responses((status = 200, description = "A page.", body = Page<SummaryView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/exceptions")]
pub async fn list_exceptions(call: Call<Query<ListQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let Sort(name, sort) = asked.sort.unwrap_or(SORTS[0]);
    let limit = page::limit(asked.limit)?;
    let after = asked.cursor.as_deref().map(|text| page::opened(name, text)).transpose()?;
    let (by, filter, now) = (call.by.clone(), asked.filter(call.person()?), call.web.desk.clock().now());
    let wanted = queries::Page { sort, after, limit: limit.saturating_add(1) };
    let found = hand_over::read(&call.web.desk, move |desk| desk.list(&by, &filter, &wanted)).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let next_cursor = found.what.get(..shown).filter(|_| found.what.len() > shown).and_then(<[_]>::last);
    let next_cursor = next_cursor.map(|(_, cursor)| page::sealed(name, cursor));
    let items = found.what.iter().take(shown).map(|(one, _)| summary(one, &found.texts, now)).collect();
    Ok(page::answer(&call.request, &Page { items, next_cursor }))
}

/// One exception as a list shows it.
pub(crate) fn summary(found: &Exception, texts: &std::collections::BTreeMap<Hash, String>, now: Time) -> SummaryView {
    let title = found.request.title.as_ref();
    SummaryView {
        id: found.id,
        number: found.number.clone(),
        version: found.version,
        title: title.and_then(|title| texts.get(&title.commitment)).cloned(),
        state: found.state.name(),
        tier: found.tier(),
        kind: found.request.kind,
        clauses: found.request.clauses.iter().cloned().collect(),
        business_unit: found.request.scope.business_unit.clone(),
        regions: found.request.scope.regions.iter().cloned().collect(),
        requester: found.requester,
        effective: found.is_effective(now),
        effective_until: found.effective_until().map(Into::into),
        due_at: found.tasks.iter().map(|task| task.due_at).min().map(Into::into),
        changed_at: found.changed_at.into(),
    }
}
