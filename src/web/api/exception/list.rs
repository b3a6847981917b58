//! The list of exceptions: filtered, sorted and paged in the database, so that nobody's page shrinks by
//! what they may not see.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::{export, filter::ListQuery};
use crate::{
    desk::Record,
    domain::{exception::Exception, request::Time},
    store::{
        listing::{self, Filter, Place},
        queries::Cursor,
    },
    web::{
        api::text::Instant,
        call::Call,
        export::accepted,
        hand_over,
        page::{self, Page},
        problem::Problem,
        query::Query,
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
    /// The register that it was imported from; `null` where it was filed here.
    pub imported: Option<String>,
    /// Has it effect at this moment?
    pub effective: bool,
    /// Until when it has effect if nothing happens.
    pub effective_until: Option<Instant>,
    /// When the most urgent of its open tasks is due.
    pub due_at: Option<Instant>,
    /// When it last changed.
    pub changed_at: Instant,
}

/// List exceptions
#[utoipa::path(
    tag = "Exceptions",
    summary = "List exceptions",
    description = "The exceptions that whoever asks may see, a page at a time; with `Accept: text/csv`, `application/jsonl` or the type of XLSX all of them in that form, as at `/v1/exceptions.csv`.",
    params(ListQuery),
    responses((
        status = 200,
        description = "A page, or all rows in another form.",
        content(
            (Page<SummaryView> = "application/json"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "application/jsonl"),
        ),
        headers(("Link" = String, description = "The next page (RFC 8288).")),
    )),
)]
#[get("/v1/exceptions")]
pub async fn list_exceptions(call: Call<Query<ListQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    if let Some(form) = accepted(&call.request) {
        return export::answer(call, asked, form).await;
    }
    let limit = page::limit(asked.limit)?;
    let (me, now) = (call.person()?, call.web.desk.clock().now());
    let binding = asked.binding(me);
    let after = asked.cursor.as_deref().map(|text| page::opened(&binding, text)).transpose()?;
    let after = after.map(|cursor| place(&cursor)).transpose()?;
    let wanted = listing::Page { sort: asked.sorted().sort, after, limit: limit.saturating_add(1) };
    let found = read(&call, asked.filter(me, now), wanted).await?;
    let (rows, last) = page::of(found.what, limit);
    let next_cursor = last.map(|place| page::sealed(&binding, &cursor(place)));
    let items = rows.iter().map(|(one, _)| summary(one, &found.texts, now)).collect();
    Ok(page::answer(&call.request, &Page { items, next_cursor }))
}

/// Some exceptions with their places in the list, and the texts of their titles.
pub(super) type Found = Record<Vec<(Exception, Place)>>;

/// Reads a page.
pub(super) async fn read(call: &Call, filter: Filter, page: listing::Page) -> Result<Found, Problem> {
    let by = call.by.clone();
    hand_over::read(&call.web.desk, move |desk| desk.list(&by, &filter, &page)).await
}

pub(in crate::web) fn cursor(place: Place) -> Cursor {
    Cursor { value: place.value, id: place.serial.to_string() }
}

pub(in crate::web) fn place(cursor: &Cursor) -> Result<Place, Problem> {
    let serial = cursor.id.parse().map_err(|_| page::odd_cursor())?;
    Ok(Place { value: cursor.value, serial })
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
        clauses: found.request.clauses.difference(&found.pending_clauses).cloned().collect(),
        business_unit: found.request.scope.business_unit.clone(),
        regions: found.request.scope.regions.iter().cloned().collect(),
        requester: found.requester,
        imported: found.imported.as_ref().map(|imported| imported.from.source.clone()),
        effective: found.is_effective(now),
        effective_until: found.effective_until().map(Into::into),
        due_at: found.tasks.iter().map(|task| task.due_at).min().map(Into::into),
        changed_at: found.changed_at.into(),
    }
}
