//! The procedures as pages: which there are, and each version as a drawing and a document that people can read, with
//! the rules word for word as they run.

mod drawing;
pub(super) mod split;
mod steps;

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use chrono::Duration;
use serde_json::Value;

use self::{
    drawing::Drawing,
    split::Beside,
    steps::{Shown, steps},
};
use super::{
    layout::page,
    outcome::{may, status},
    sheet::{Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    desk::Desk,
    domain::{person::By, request::Time},
    sop::{Budget, Document, Quorum},
    web::{
        api::sops::{SopDocument, newest, readable},
        problem::Problem,
    },
    words::{DataClass, Language, Role, Zone},
};

#[derive(Template)]
#[template(path = "sops.html")]
struct Listed {
    shell: Shell,
    rows: Vec<Row>,
}

/// A procedure in its newest version.
struct Row {
    href: String,
    title: String,
    purpose: String,
    name: String,
    owner: String,
    since: String,
    retired: bool,
}

#[derive(Template)]
#[template(path = "sop.html")]
struct Page {
    shell: Shell,
    title: String,
    purpose: String,
    facts: Vec<(String, String)>,
    late: bool,
    retired: bool,
    hash: String,
    id: String,
    version: u32,
    /// Each version; is it this one?
    versions: Vec<(u32, bool)>,
    tiers: Vec<Tiered>,
    steps: Vec<Shown>,
    drawing: Drawing,
    /// The last split of the procedure, for those who may begin one.
    split: Option<Beside>,
    /// What whoever looks may do about it as it stands.
    acts: BTreeSet<&'static str>,
    sheet: Sheet,
    /// What is asked of whoever begins one.
    begin: Vec<Question>,
}

/// What a tier asks for.
struct Tiered {
    name: String,
    quorum: String,
    heard: String,
    longest: u32,
    review: u32,
}

/// A drawing by itself.
#[derive(Template)]
#[template(path = "drawing.svg", escape = "html")]
struct Alone<'d> {
    title: &'d str,
    said: String,
    drawing: &'d Drawing,
}

/// A procedure drawn: as an SVG that stands alone, and as Mermaid's source.
pub(in crate::web) struct Drawn {
    pub(in crate::web) svg: String,
    pub(in crate::web) mermaid: String,
}

/// Draws a procedure for elsewhere, in English.
pub(in crate::web) fn diagram(document: &Document) -> Result<Drawn, Problem> {
    let tongue = Tongue { language: Language::En, zone: Zone::UTC };
    let drawing = Drawing::of(tongue, &steps(tongue, document));
    let said = tongue.say("sop-drawn-said").to_string();
    let alone = Alone { title: &document.title, said, drawing: &drawing };
    let svg = alone.render().map_err(Problem::internal)?;
    Ok(Drawn { svg, mermaid: drawing.mermaid })
}

/// Lists the procedures.
pub(super) async fn list(visit: Visit) -> Result<HttpResponse, Problem> {
    let found = visit.read(readable).await?;
    let tongue = visit.tongue();
    let row = |one: SopDocument| Row {
        href: format!("/sops/{}", one.sop.id),
        name: format!("{} v{}", one.sop.id, one.sop.version),
        owner: owner(&one).map(|role| tongue.name("role", role).to_string()).unwrap_or_default(),
        since: one.sop.published_at.map(|at| tongue.day(&at.0)).unwrap_or_default(),
        retired: one.sop.retired,
        title: one.sop.title,
        purpose: one.sop.purpose,
    };
    let rows = newest(found).into_iter().map(row).collect();
    page(HttpResponse::Ok(), &Listed { shell: visit.shell, rows })
}

fn owner(one: &SopDocument) -> Option<&str> {
    one.document.get("owner").and_then(Value::as_str)
}

/// Shows the version that the path names; the newest, where it names none.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let path = visit.request.match_info();
    let (id, wanted) = (path.query("id").to_owned(), path.get("version").map(ToOwned::to_owned));
    let found = visit.read(readable).await?;
    let mut of_it = found.into_iter().filter(|one| one.sop.id == id).collect::<Vec<_>>();
    let versions: Vec<u32> = of_it.iter().map(|one| one.sop.version).collect();
    let one = match wanted {
        None => of_it.pop(),
        Some(version) => of_it.into_iter().find(|one| Ok(one.sop.version) == version.parse()),
    };
    let one = one.ok_or_else(|| Problem::not_found("procedure"))?;
    let sop = visit.web.desk.laws().sops.version(&one.sop.id, one.sop.version);
    let sop = sop.ok_or_else(|| Problem::internal("a procedure that is listed and not there"))?;
    let name = one.sop.id.clone();
    let read = move |desk: &Desk, by: &By| {
        Ok((desk.last_review(&name)?, split::read(desk, by, &name)?, may(desk, by, &split::VERBS)?))
    };
    let (reviewed, found, may) = visit.read(read).await?;
    let newest = versions.last() == Some(&one.sop.version) && !one.sop.retired;
    let (acts, begin) = (split::acts(found.as_ref(), &may, newest), split::questions(visit.tongue()));
    let split = found.map(|split| Beside::of(visit.tongue(), &split));
    let shown = told(visit, (&one, versions, reviewed), sop.document());
    page(status(&sheet), &Page { split, acts, sheet, begin, ..shown })
}

fn told(visit: Visit, (one, versions, reviewed): (&SopDocument, Vec<u32>, Option<Time>), document: &Document) -> Page {
    let tongue = visit.tongue();
    let since = one.sop.published_at.map(|at| at.0);
    let review = since.map(|at| {
        reviewed.map_or(at, |reviewed| reviewed.max(at)) + Duration::days(i64::from(document.review_every_days))
    });
    let steps = steps(tongue, document);
    let tier = |(tier, rules): (&crate::words::Tier, &crate::sop::TierRules)| Tiered {
        name: tongue.name("tier", tier).to_string(),
        quorum: quorum(tongue, &rules.quorum),
        heard: roles(tongue, &rules.stakeholders),
        longest: rules.max_days,
        review: rules.review_every_days,
    };
    Page {
        title: document.title.clone(),
        purpose: document.purpose.clone(),
        facts: facts(tongue, document, (since.map(|at| tongue.day(&at)), review.map(|at| tongue.day(&at)))),
        late: review.is_some_and(|at| at < visit.web.desk.clock().now()),
        retired: one.sop.retired,
        hash: one.sop.hash.to_string(),
        id: one.sop.id.clone(),
        version: one.sop.version,
        versions: versions.into_iter().map(|version| (version, version == one.sop.version)).collect(),
        tiers: document.tiers.iter().map(tier).collect(),
        drawing: Drawing::of(tongue, &steps),
        steps,
        split: None,
        acts: BTreeSet::new(),
        sheet: Sheet::default(),
        begin: Vec::new(),
        shell: visit.shell,
    }
}

fn facts(
    tongue: Tongue,
    document: &Document,
    (since, review): (Option<String>, Option<String>),
) -> Vec<(String, String)> {
    let classes =
        |of: &[DataClass]| of.iter().map(|class| tongue.name("data", class).to_string()).collect::<Vec<_>>().join(", ");
    let all = [
        ("sop-scope", document.scope.clone()),
        ("sop-audience", document.audience.clone()),
        ("sop-owner", tongue.name("role", document.owner).to_string()),
        ("sop-since", since.unwrap_or_default()),
        ("sop-review", review.unwrap_or_default()),
        ("sop-tools", document.approved_tools.join(", ")),
        ("sop-inputs", classes(&document.permitted_inputs)),
        ("sop-prohibited", classes(&document.prohibited_data_classes)),
        ("sop-excluded", document.excluded_tasks.join("; ")),
        ("sop-escalation", roles(tongue, &document.escalation)),
        ("sop-records", document.records.clone()),
        ("sop-budgets", budgets(tongue, &document.budgets)),
    ];
    let said = all.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(key, text)| (tongue.say(key).to_string(), text)).collect()
}

/// How many exceptions are tolerated of what, where.
fn budgets(tongue: Tongue, budgets: &[Budget]) -> String {
    let said = |budget: &Budget| {
        let named = |name: &Option<String>, each: &str| name.clone().unwrap_or_else(|| tongue.say(each).to_string());
        let exceptions = budget.exceptions.map(|most| tongue.say("sop-budget-exceptions").count("count", most));
        let days = budget.days.map(|most| tongue.say("sop-budget-days").count("count", most));
        let most = [exceptions, days].into_iter().flatten().map(|said| said.to_string()).collect::<Vec<_>>().join(", ");
        let said = tongue.say("sop-budget").with("clause", named(&budget.clause, "sop-budget-each-clause"));
        said.with("unit", named(&budget.business_unit, "sop-budget-each-unit")).with("most", most).to_string()
    };
    budgets.iter().map(said).collect::<Vec<_>>().join("; ")
}

fn roles(tongue: Tongue, of: &[Role]) -> String {
    of.iter().map(|role| tongue.name("role", role).to_string()).collect::<Vec<_>>().join(", ")
}

/// Who decides, in words: so many people, some roles each, the rest from others.
fn quorum(tongue: Tongue, quorum: &Quorum) -> String {
    let people = tongue.say("sop-people").count("count", quorum.people()).to_string();
    let each = (!quorum.all_of.is_empty())
        .then(|| tongue.say("sop-each").with("roles", roles(tongue, &quorum.all_of)).to_string());
    let rest = (!quorum.any_of.is_empty())
        .then(|| tongue.say("sop-rest").with("roles", roles(tongue, &quorum.any_of)).to_string());
    [Some(people), each, rest].into_iter().flatten().collect::<Vec<_>>().join("; ")
}
