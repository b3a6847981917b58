//! Reports as pages: the same query as `GET /v1/reports/{report}`, its table, one of its figures as a chart, and the
//! ways to take it along. It counts nothing.

mod chart;

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use askama::Template;
use chrono::{Duration, SecondsFormat};

use self::chart::Chart;
use super::{
    layout::page,
    list::{joined, pairs},
    names::Names,
    sheet::{Choice, Fields, Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    domain::figures::By,
    reports::{Cell, Column, Name, Table, Unit},
    web::{
        api::reports::{ReportQuery, Told, told},
        problem::Problem,
        query,
    },
    words::{Kind, PersonId, Role, StateName, Step, Tier},
};

/// Days that a page offers to look back.
const SPANS: [i64; 4] = [30, 90, 180, 365];
/// What of a page's query is no question to the report.
const OWN: [&str; 2] = ["span", "figure"];

#[derive(Template)]
#[template(path = "reports.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    here: String,
    heading: String,
    intro: String,
    span: String,
    tabs: Vec<Tab>,
    filters: Vec<Question>,
    chart: Option<Chart>,
    heads: Vec<Head>,
    rows: Vec<Vec<Shown>>,
    hidden: bool,
    forms: Vec<(&'static str, String)>,
}

struct Tab {
    name: Name,
    current: bool,
}

struct Head {
    label: String,
    number: bool,
}

struct Shown {
    text: String,
    href: Option<String>,
    number: bool,
}

/// What cells are told with.
struct Telling {
    tongue: Tongue,
    names: Names,
}

/// Shows a report. What is typed wrong is told above the report as it would be without a question.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let name = visit.request.match_info().get("report").unwrap_or("kpi");
    let name: Name = name.parse().map_err(|_| Problem::not_found("report"))?;
    let typed = actix_web::web::Query::<Vec<(String, String)>>::from_query(visit.request.query_string());
    let typed = Fields(typed.map(actix_web::web::Query::into_inner).unwrap_or_default());
    let sheet = Sheet::default().filled(typed.clone());
    let question = question(&visit, &typed);
    let (answer, sheet) = match asked(&visit, name, &question).await {
        Ok(answer) => (answer, sheet),
        Err(problem) if !problem.errors().is_empty() => {
            (asked(&visit, name, "").await?, sheet.refused(&problem, visit.tongue()))
        }
        Err(problem) => return Err(problem),
    };
    let Told { question: reported, table, .. } = answer;
    let people = table.rows.iter().flatten().filter_map(person).collect::<BTreeSet<PersonId>>();
    let names = visit.read(move |desk, _| Names::read(desk, &people)).await?.told_in(visit.tongue());
    let telling = Telling { tongue: visit.tongue(), names };
    let days = (reported.span.from, reported.span.to);
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    page(status, &telling.page((visit, sheet), (name, &table), (days, &question)))
}

async fn asked(visit: &Visit, name: Name, question: &str) -> Result<Told, Problem> {
    let asked: ReportQuery = query::parse(question)?;
    told(&visit.call(), name, &asked).await
}

/// The query of the interface for what was chosen here.
fn question(visit: &Visit, typed: &Fields) -> String {
    let mut asked = pairs(typed, |name| !OWN.contains(&name));
    let days = typed.said("span").and_then(|days| days.parse::<i64>().ok()).filter(|days| SPANS.contains(days));
    let from = days.and_then(|days| visit.web.desk.clock().now().checked_sub_signed(Duration::days(days)));
    asked.extend(from.map(|from| ("from".to_owned(), from.to_rfc3339_opts(SecondsFormat::Secs, true))));
    joined(&asked, None)
}

/// Somebody whom a cell names by id.
fn person(cell: &Cell) -> Option<PersonId> {
    let Cell::Text(text) = cell else { return None };
    text.parse().ok()
}

impl Telling {
    fn page(
        &self,
        (visit, sheet): (Visit, Sheet),
        (name, table): (Name, &Table),
        ((from, to), question): ((crate::domain::request::Time, crate::domain::request::Time), &str),
    ) -> Page {
        let t = self.tongue;
        let roles = visit.roles();
        let audits = [Role::Auditor, Role::Governance].iter().any(|role| roles.contains(role));
        let tabs = Name::ALL.iter().filter(|tab| **tab != Name::Approvers || audits || name == Name::Approvers);
        let form = |(form, label)| (label, format!("/v1/reports/{name}{form}?{question}"));
        let figure = figure(name, table, &sheet.value("figure"));
        let label = |column: &Column| Head { label: self.column(column), number: is_number(column.unit) };
        let shown = |row: &Vec<Cell>| -> Vec<Shown> {
            table.columns.iter().zip(row).map(|(column, cell)| self.shown(column, cell)).collect()
        };
        Page {
            here: format!("/reports/{name}"),
            heading: t.name("report", name).to_string(),
            intro: t.name("report-says", name).to_string(),
            span: t.say("report-span").with("from", t.day(&from)).with("to", t.day(&to)).to_string(),
            tabs: tabs.map(|tab| Tab { name: *tab, current: *tab == name }).collect(),
            filters: self.filters(name, table),
            chart: figure.and_then(|at| self.chart(name, table, at)),
            heads: table.columns.iter().map(label).collect(),
            rows: table.rows.iter().map(shown).collect(),
            hidden: table.rows.iter().flatten().any(|cell| *cell == Cell::Hidden),
            forms: [(".csv", "CSV"), (".xlsx", "XLSX"), (".jsonl", "JSON Lines"), ("", "JSON")].map(form).into(),
            sheet,
            shell: visit.shell,
        }
    }

    fn filters(&self, name: Name, table: &Table) -> Vec<Question> {
        let t = self.tongue;
        let select = |field: &str, label: &str, options| Question::select(field, t.say(label), options);
        let by = name.dimensions().iter().map(|by| Choice::new(by, self.column_name(dimension(*by)))).collect();
        let by = (name.dimensions().len() > 1).then(|| select("by", "report-by", by));
        let figures = table.columns.iter().filter(|column| is_number(column.unit));
        let figures: Vec<Choice> = figures.map(|one| Choice::new(one.name, self.column(one))).collect();
        let figures = (figures.len() > 1 && name != Name::Kpi).then(|| select("figure", "report-figure", figures));
        let spans = SPANS.map(|days| Choice::new(days, t.say("report-days").count("days", days)));
        let span = (name != Name::Expiring).then(|| select("span", "report-look-back", spans.into()));
        let tiers = Tier::ALL.iter().map(|tier| Choice::new(tier, t.name("tier", tier))).collect();
        let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind, t.name("kind", kind))).collect();
        let of = [
            select("tier", "list-tier", tiers),
            select("kind", "list-kind", kinds),
            Question::line("business_unit", t.say("list-unit")),
            Question::line("region", t.say("list-region")),
        ];
        [by, figures, span].into_iter().flatten().chain(of).collect()
    }

    fn column(&self, column: &Column) -> String {
        self.column_name(column.name)
    }

    fn column_name(&self, name: &str) -> String {
        self.tongue.name("figure", name).to_string()
    }

    fn shown(&self, column: &Column, cell: &Cell) -> Shown {
        let href = match cell {
            Cell::Text(text) if column.name == "number" => Some(format!("/exceptions/{text}")),
            Cell::Text(_)
            | Cell::Count(_)
            | Cell::Number(_)
            | Cell::Instant(_)
            | Cell::Flag(_)
            | Cell::Nothing
            | Cell::Hidden => None,
        };
        Shown { text: self.cell(column, cell), href, number: is_number(column.unit) }
    }

    fn cell(&self, column: &Column, cell: &Cell) -> String {
        let t = self.tongue;
        let unit = if column.unit == Unit::Percent { " %" } else { "" };
        match cell {
            Cell::Text(text) => self.word(column.name, text),
            Cell::Count(count) => format!("{count}{unit}"),
            Cell::Number(number) => format!("{number:.1}{unit}"),
            Cell::Instant(at) => t.day(at),
            Cell::Flag(true) => t.say("yes").to_string(),
            Cell::Flag(false) => t.say("no").to_string(),
            Cell::Nothing => "–".to_owned(),
            Cell::Hidden => t.say("report-hidden").to_string(),
        }
    }

    /// A code by its name, somebody by theirs, anything else as it is.
    fn word(&self, column: &str, text: &str) -> String {
        let t = self.tongue;
        let known = match column {
            "tier" => text.parse::<Tier>().is_ok(),
            "kind" => text.parse::<Kind>().is_ok(),
            "state" => text.parse::<StateName>().is_ok(),
            "role" => text.parse::<Role>().is_ok(),
            "step" => text.parse::<Step>().is_ok(),
            "figure" | "unit" => true,
            _ => false,
        };
        match text.parse::<PersonId>() {
            Ok(person) => self.names.of(&person),
            Err(_) if known => t.name(column, text).to_string(),
            Err(_) => text.to_owned(),
        }
    }

    /// A figure of every row, as far as it is told.
    fn chart(&self, name: Name, table: &Table, at: usize) -> Option<Chart> {
        let column = table.columns.get(at)?;
        let label = |row: &[Cell]| {
            let told = table.columns.iter().zip(row).filter(|(column, _)| column.unit == Unit::Text);
            told.take(2).map(|(column, cell)| self.cell(column, cell)).collect::<Vec<_>>().join(", ")
        };
        let bar = |row: &Vec<Cell>| {
            let cell = row.get(at)?;
            Some((label(row), chart::length(cell)?, self.cell(column, cell)))
        };
        let bars: Vec<(String, f64, String)> = table.rows.iter().filter_map(bar).collect();
        let title = format!("{}: {}", self.tongue.name("report", name), self.column(column));
        let said = self.tongue.say("report-chart").count("rows", bars.len()).to_string();
        Chart::of((title, said), &bars)
    }
}

/// The column that a dimension makes.
fn dimension(by: By) -> &'static str {
    if by == By::Nothing { "all" } else { by.as_str() }
}

const fn is_number(unit: Unit) -> bool {
    matches!(unit, Unit::Count | Unit::Percent | Unit::Per100 | Unit::Hours | Unit::Days)
}

/// The column that was chosen, or the first with numbers. Key figures are not of one kind, so that no scale fits.
fn figure(name: Name, table: &Table, chosen: &str) -> Option<usize> {
    if name == Name::Kpi {
        return None;
    }
    let numbers: BTreeMap<&str, usize> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| is_number(column.unit))
        .map(|(at, column)| (column.name, at))
        .collect();
    numbers.get(chosen).or_else(|| numbers.values().min()).copied()
}
