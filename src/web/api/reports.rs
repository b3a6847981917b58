//! Reports: figures of what whoever asks may see, as JSON, CSV, XLSX and JSON Lines. How they are counted and put
//! together is not known here.

mod expiring;

use actix_web::{HttpResponse, get};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::text::{Instant, Name as Label, Slug};
use crate::{
    desk::Counting,
    domain::{
        figures::{By, Span},
        request::Time,
        roster::List,
    },
    reports::{self, BadReport, Form, Name, Question, Table},
    store::listing::{Facet, Filter},
    web::{
        call::Call,
        export, hand_over,
        problem::{Problem, codes},
        query::{Query, number, passed, word, words},
    },
    words::{Kind, ReadVerb, Tier},
};

/// Days of a report unless it says otherwise.
const DAYS: i64 = 30;
/// Days of a trend unless it says otherwise.
const TREND_DAYS: i64 = 365;

/// The report that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; the handler reads it")]
pub struct ReportPath {
    /// `kpi`, `trends`, `sla`, `funnel`, `variants`, `workload`, `hotspots`, `approvers` or `expiring`; with `.csv`,
    /// `.xlsx` or `.jsonl` behind it in that form.
    #[param(
        pattern = "^(kpi|trends|sla|funnel|variants|workload|hotspots|approvers|expiring)(\\.(csv|xlsx|jsonl))?$",
        example = "kpi"
    )]
    report: String,
}

/// What is reported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// From this instant on; 30 days before `to` unless it is given, a year for trends.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Instant>,
    /// Until before this instant; now, unless it is given.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Instant>,
    /// The beginning of what `kpi` is compared with; the span of the same length before, unless it is given.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    compare_from: Option<Instant>,
    /// Its end.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    compare_to: Option<Instant>,
    /// By what it is told apart; a wrong one is answered with those that are possible.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, example = "tier")]
    by: Option<By>,
    /// As it stood at this instant: folded from what had happened by then, which takes its time.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Instant>,
    /// For `expiring`: what ends within so many days.
    #[serde(deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 3650, default = 90)]
    days: Option<i64>,
    /// Of these tiers.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "high,critical")]
    tier: Vec<Tier>,
    /// Of these kinds.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "ai_usage")]
    kind: Vec<Kind>,
    /// Of these policies.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "AIP-2")]
    policy: Vec<Label>,
    /// Of these clauses.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "AIP-2.1")]
    clause: Vec<Label>,
    /// Of these business units.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "retail")]
    business_unit: Vec<Slug>,
    /// Of these regions.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "eu,us")]
    region: Vec<Slug>,
    /// That touch these regulations.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "gdpr")]
    regulation: Vec<Slug>,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Report {
    /// Which.
    #[schema(examples("kpi"))]
    #[serde(rename = "report")]
    name: String,
    /// From when on.
    from: Instant,
    /// Until before when.
    to: Instant,
    /// As it stood when.
    as_of: Instant,
    /// What it is told by.
    columns: Vec<ReportColumn>,
    /// Its rows, each with a member for each column. `hidden` names those that are not told, since fewer than five
    /// exceptions with a confidential one among them would show through.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// There is more than is told here: `expiring` tells of the first 10,000, and the list of exceptions has all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// A column of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportColumn {
    /// Its name.
    #[schema(examples("sla_adherence"))]
    name: &'static str,
    /// What its cells are.
    #[schema(examples("percent"))]
    unit: &'static str,
}

/// Read a report
#[utoipa::path(
    tag = "Reports",
    summary = "Read a report",
    description = "`kpi`: the key figures, compared with the span before. `trends`: by month. `sla`: how much was done in time, by step, role or what the exceptions are. `funnel`: how many entered each state and went on. `variants`: versions of procedures side by side. `workload`: open and done work by role or person. `hotspots`: clauses that are excepted most. `approvers`: who approves how fast and for whom; with `by=nothing` who decides with whom, for those who may read the ledger. `expiring`: what ends soon. All of it counts what whoever asks may see. What was imported as history is left out; what was imported and ratified here has no cycle time. A file that does not have all rows is answered with the header `Proviso-More: true`.",
    params(ReportPath, ReportQuery),
    responses((
        status = 200,
        description = "The report.",
        content(
            (Report = "application/json"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "application/jsonl"),
        ),
    )),
)]
#[get("/v1/reports/{report}")]
pub async fn get_report(call: Call<Query<ReportQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (name, form) = named(call.request.match_info().query("report"))?;
    let form = form.or_else(|| export::accepted(&call.request));
    let now = call.web.desk.clock().now();
    if name == Name::Expiring && form.is_some() {
        hand_over::write(call.web.desk.note_list(&call.by, List::Expiring)).await?;
    }
    let Told { question, table, more } = told(&call, name, &asked).await?;
    match form {
        Some(form) => Ok(export::told_of(more, export::table(form, name.as_str(), table).await?)),
        None => Ok(HttpResponse::Ok().json(Report { more, ..asked.shown(&question, &table, now) })),
    }
}

/// A report as a table, with what was asked.
pub(in crate::web) struct Told {
    pub question: Question,
    pub table: Table,
    /// Are there more rows than it has?
    pub more: bool,
}

/// The report of this name as a table.
pub(in crate::web) async fn told(call: &Call, name: Name, asked: &ReportQuery) -> Result<Told, Problem> {
    let now = call.web.desk.clock().now();
    let question = asked.question(name, now)?;
    let (table, more) = match name {
        Name::Expiring => expiring::table(call, asked, now).await?,
        Name::Kpi
        | Name::Trends
        | Name::Sla
        | Name::Funnel
        | Name::Variants
        | Name::Workload
        | Name::Hotspots
        | Name::Approvers => (counted(call, asked, question).await?, false),
    };
    Ok(Told { question, table, more })
}

/// The report and the form that a part of a path names.
fn named(text: &str) -> Result<(Name, Option<Form>), Problem> {
    let unknown = || Problem::not_found("report");
    match text.split_once('.') {
        None => Ok((text.parse().map_err(|_| unknown())?, None)),
        Some((name, form)) => Ok((name.parse().map_err(|_| unknown())?, Some(form.parse().map_err(|_| unknown())?))),
    }
}

async fn counted(call: &Call, asked: &ReportQuery, question: Question) -> Result<Table, Problem> {
    let wanted = reports::plan(&question).map_err(unfit)?;
    let counting = Counting { wanted, filter: asked.filter(), as_of: asked.as_of.map(|at| at.0) };
    let by = call.by.clone();
    let answer = hand_over::read(&call.web.desk, move |desk| {
        if question.name == Name::Approvers {
            desk.may_read(&by, ReadVerb::ReadLedger)?;
        }
        Ok(reports::assembled(&question, &desk.counted(&by, &counting)?))
    });
    answer.await
}

fn unfit(bad: BadReport) -> Problem {
    let at = match bad {
        BadReport::By(_) => "/by",
        BadReport::Empty | BadReport::TooLong => "/from",
    };
    Problem::field(codes::INVALID_VALUE, at, bad.to_string())
}

impl ReportQuery {
    fn question(&self, name: Name, now: Time) -> Result<Question, Problem> {
        passed(self.as_of, now)?;
        let to = self.to.or(self.as_of).map_or(now, |at| at.0);
        let days = if name == Name::Trends { TREND_DAYS } else { DAYS };
        let from = self.from.map_or_else(|| to - Duration::days(days), |at| at.0);
        let compared = |span: Span| Span {
            from: self.compare_from.map_or_else(|| span.from - (span.to - span.from), |at| at.0),
            to: self.compare_to.map_or(span.from, |at| at.0),
        };
        let span = Span { from, to };
        let by = self.by.unwrap_or_else(|| name.dimensions().first().copied().unwrap_or(By::Nothing));
        Ok(Question { name, by, span, before: (name == Name::Kpi).then(|| compared(span)) })
    }

    fn filter(&self) -> Filter {
        let texts = |values: &[Slug]| values.iter().map(|value| value.as_str().to_owned()).collect::<Vec<_>>();
        let names = |values: &[Label]| values.iter().map(|value| value.as_str().to_owned()).collect::<Vec<_>>();
        Filter {
            any_of: vec![
                (Facet::Tier, self.tier.iter().map(ToString::to_string).collect()),
                (Facet::Kind, self.kind.iter().map(ToString::to_string).collect()),
                (Facet::Policy, names(&self.policy)),
                (Facet::Clause, names(&self.clause)),
                (Facet::BusinessUnit, texts(&self.business_unit)),
                (Facet::Region, texts(&self.region)),
                (Facet::Regulation, texts(&self.regulation)),
            ],
            ..Filter::default()
        }
    }

    fn shown(&self, question: &Question, table: &Table, now: Time) -> Report {
        let columns = table.columns.iter().map(|one| ReportColumn { name: one.name, unit: one.unit.as_str() });
        Report {
            name: question.name.to_string(),
            from: question.span.from.into(),
            to: question.span.to.into(),
            as_of: self.as_of.unwrap_or_else(|| now.into()),
            columns: columns.collect(),
            items: table.rows.iter().map(|row| Table::object(&table.columns, row)).collect(),
            more: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_named_with_or_without_a_form() {
        assert_eq!(named("kpi").unwrap(), (Name::Kpi, None));
        assert_eq!(named("sla.csv").unwrap(), (Name::Sla, Some(Form::Csv)));
        for odd in ["", "kpis", "kpi.", "kpi.pdf", "kpi.csv.csv", ".csv"] {
            assert!(named(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn key_figures_are_compared_with_the_span_before() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        let asked = ReportQuery { from: Some(at("2026-03-01T00:00:00Z").into()), ..ReportQuery::default() };
        let told = asked.question(Name::Kpi, at("2026-03-11T00:00:00Z")).unwrap();
        let before = told.before.unwrap();
        assert_eq!((before.from, before.to), (at("2026-02-19T00:00:00Z"), at("2026-03-01T00:00:00Z")));
        assert_eq!(asked.question(Name::Sla, at("2026-03-11T00:00:00Z")).unwrap().before, None);
    }
}
