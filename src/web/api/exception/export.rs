//! The list of exceptions as a file: CSV, XLSX and JSON Lines, the register columns of CISO Assistant, and an OSCAL
//! plan. Every row that whoever asks may see. The columns are part of the interface.

mod plan;

use actix_web::{HttpResponse, get};
use futures_util::{Stream, stream};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    filter::ListQuery,
    list::{Found, SummaryView, summary},
};
use crate::{
    domain::{exception::Exception, request::Time, roster::List},
    reports::{Cell, Column, Form, Unit, column, register},
    store::listing::{Facet, Filter, Page, Place, Sort},
    web::{
        call::Call,
        export::{self, Rows, Wanted},
        hand_over, page,
        problem::Problem,
        query::Query,
    },
    words::Hash,
};

/// The columns, in this order for good; a new one comes last.
const COLUMNS: [Column; 16] = [
    column("number", Unit::Text),
    column("id", Unit::Text),
    column("version", Unit::Count),
    column("state", Unit::Text),
    column("tier", Unit::Text),
    column("kind", Unit::Text),
    column("title", Unit::Text),
    column("clauses", Unit::Text),
    column("business_unit", Unit::Text),
    column("regions", Unit::Text),
    column("requester", Unit::Text),
    column("effective", Unit::Flag),
    column("effective_until", Unit::Instant),
    column("due_at", Unit::Instant),
    column("changed_at", Unit::Instant),
    column("imported", Unit::Text),
];

/// The form that a path ends with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; the handler reads it")]
pub struct ExportPath {
    /// `csv`, `xlsx`, `jsonl`, `ciso-assistant.csv` or `oscal.json`.
    #[param(pattern = "^(csv|xlsx|jsonl|ciso-assistant\\.csv|oscal\\.json)$", example = "csv")]
    form: String,
}

/// A plan of action and milestones (NIST OSCAL 1.1.2, "POA&M Model"): one item and one risk for each exception.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "plan-of-action-and-milestones": {
    "uuid": "01977d3c-7a10-7000-8000-000000000001",
    "metadata": { "title": "AI policy exceptions", "last-modified": "2026-03-01T12:00:00Z", "version": "0.1.0", "oscal-version": "1.1.2" },
    "risks": [],
    "poam-items": [],
} }))]
#[expect(dead_code, reason = "documents an answer that is written piece by piece")]
pub struct PoamDocument {
    /// All of it.
    #[schema(rename = "plan-of-action-and-milestones", value_type = Object)]
    plan: serde_json::Value,
}

/// Export exceptions
#[utoipa::path(
    tag = "Exceptions",
    summary = "Export exceptions",
    description = "The list with the same filters and sorts, whole, as a file: `csv` (RFC 4180), `xlsx`, `jsonl`; `ciso-assistant.csv` with the columns of CISO Assistant's exception register, where rejected exceptions are left out, since it has no word for them; `oscal.json` as an OSCAL 1.1.2 plan of action and milestones. Several values of a field are separated by blanks. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe; in XLSX cells have types and none is a formula.",
    params(ExportPath, ListQuery),
    responses((
        status = 200,
        description = "The rows.",
        content(
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "application/jsonl"),
            (PoamDocument = "application/json"),
        ),
    )),
)]
#[get("/v1/exceptions.{form}")]
pub async fn export_exceptions(call: Call<Query<ListQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    match call.request.match_info().query("form") {
        "ciso-assistant.csv" => register_entries(call, asked).await,
        "oscal.json" => plan::answer(Listed::of(call, &asked).await?).await,
        form => {
            let form = form.parse().map_err(|_| Problem::not_found("form of an export"))?;
            answer(call, asked, form).await
        }
    }
}

/// The list in one of the forms of a table.
pub(super) async fn answer(call: Call, asked: ListQuery, form: Form) -> Result<HttpResponse, Problem> {
    let listed = Listed::of(call, &asked).await?;
    let now = listed.now;
    let wanted = Wanted { form, name: "exceptions".to_owned(), columns: COLUMNS.to_vec() };
    let rows = move |found: Found| found.what.iter().map(|(one, _)| cells(summary(one, &found.texts, now))).collect();
    export::answer(wanted, listed.pages(title, rows)).await
}

async fn register_entries(call: Call, asked: ListQuery) -> Result<HttpResponse, Problem> {
    let mut listed = Listed::of(call, &asked).await?;
    // What has no word there is left out by the query, unless the states were chosen.
    let states = register::states().map(|state| state.to_string()).collect();
    let chosen = listed.filter.any_of.iter().any(|(facet, values)| *facet == Facet::State && !values.is_empty());
    listed.filter.any_of.extend((!chosen).then_some((Facet::State, states)));
    let wanted = Wanted { form: Form::Csv, name: "ciso-assistant".to_owned(), columns: register::COLUMNS.to_vec() };
    export::answer(
        wanted,
        listed.pages(reasons, |found| found.what.iter().filter_map(|(one, _)| entry(one, &found)).collect()),
    )
    .await
}

fn entry(of: &Exception, found: &Found) -> Option<Vec<Cell>> {
    let text = |sealed: Option<&crate::words::Sealed>| sealed.and_then(|one| found.texts.get(&one.commitment)).cloned();
    let end = of.effective_until().or_else(|| of.state.authority().map(|authority| authority.period.end));
    let entry = register::Entry {
        number: of.number.clone(),
        title: text(of.request.title.as_ref()),
        unit: of.request.scope.business_unit.clone(),
        justification: text(of.request.justification.as_ref()),
        state: of.state.name(),
        tier: of.tier(),
        end: end.map(|end| end.format("%Y-%m-%d").to_string()),
        clauses: of.request.clauses.iter().cloned().collect::<Vec<_>>().join(" "),
    };
    entry.row()
}

fn title(of: &Exception) -> Vec<Hash> {
    of.request.title.iter().map(|title| title.commitment).collect()
}

/// What says why: the title and the justification.
fn reasons(of: &Exception) -> Vec<Hash> {
    let request = &of.request;
    [&request.title, &request.justification].into_iter().flatten().map(|text| text.commitment).collect()
}

/// A list that is read to its end.
pub(super) struct Listed {
    pub(super) call: Call,
    filter: Filter,
    sort: Sort,
    pub(super) now: Time,
}

/// Where the reading of a list is.
struct Reading {
    listed: Listed,
    after: Option<Place>,
    ended: bool,
}

impl Listed {
    /// Once it is noted who takes it.
    async fn of(call: Call, asked: &ListQuery) -> Result<Self, Problem> {
        export::refuse_pages(asked.cursor.is_some(), asked.limit.is_some())?;
        hand_over::write(call.web.desk.note_list(&call.by, List::Exceptions)).await?;
        let (me, now) = (call.person()?, call.web.desk.clock().now());
        Ok(Self { filter: asked.filter(me, now), sort: asked.sorted().sort, call, now })
    }

    /// Its pages as rows, with the texts that `sealed` names.
    fn pages(
        self,
        sealed: fn(&Exception) -> Vec<Hash>,
        rows: impl Fn(Found) -> Rows + 'static,
    ) -> impl Stream<Item = Result<Rows, Problem>> + 'static {
        use futures_util::StreamExt;
        self.found(sealed).map(move |found| found.map(&rows))
    }

    /// Its pages.
    pub(super) fn found(
        self,
        sealed: fn(&Exception) -> Vec<Hash>,
    ) -> impl Stream<Item = Result<Found, Problem>> + 'static {
        let begun = Reading { listed: self, after: None, ended: false };
        stream::unfold(begun, move |mut reading| async move {
            if reading.ended {
                return None;
            }
            let found = reading.next(sealed).await;
            reading.ended |= found.is_err();
            Some((found, reading))
        })
    }
}

impl Reading {
    async fn next(&mut self, sealed: fn(&Exception) -> Vec<Hash>) -> Result<Found, Problem> {
        let wanted = Page { sort: self.listed.sort, after: self.after, limit: page::MAX_LIMIT };
        let (by, filter) = (self.listed.call.by.clone(), self.listed.filter.clone());
        let desk = &self.listed.call.web.desk;
        let found = hand_over::read(desk, move |desk| desk.list_with(&by, (&filter, &wanted), sealed)).await?;
        self.after = found.what.last().map(|(_, place)| *place);
        self.ended = i64::try_from(found.what.len()).is_ok_and(|rows| rows < page::MAX_LIMIT);
        Ok(found)
    }
}

fn cells(row: SummaryView) -> Vec<Cell> {
    vec![
        Cell::Text(row.number),
        Cell::Text(row.id.to_string()),
        Cell::Count(i64::try_from(row.version).unwrap_or(i64::MAX)),
        Cell::Text(row.state.to_string()),
        Cell::maybe(row.tier.map(|tier| tier.to_string())),
        Cell::maybe(row.kind.map(|kind| kind.to_string())),
        Cell::maybe(row.title),
        Cell::Text(row.clauses.join(" ")),
        Cell::maybe(row.business_unit),
        Cell::Text(row.regions.join(" ")),
        Cell::Text(row.requester.to_string()),
        Cell::Flag(row.effective),
        Cell::at(row.effective_until.map(|at| at.0)),
        Cell::at(row.due_at.map(|at| at.0)),
        Cell::Instant(row.changed_at.0),
        Cell::maybe(row.imported),
    ]
}
