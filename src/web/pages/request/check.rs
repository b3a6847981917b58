//! Checking one's answers before they are sent: each with the page to change it, what is still missing, and what
//! resembles it; then sending them, and what happens next.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

use super::{
    again, open, place,
    steps::{Asking, Step},
};
use crate::{
    desk::{Asked, Desk, Error, Find, Record, Resembling},
    domain::{
        command::Command,
        exception::{Exception, Reason, State},
        facts::UsedUp,
        person::By,
        request::{Request, Scope},
    },
    web::{
        hand_over,
        pages::{
            due::due,
            layout::{page, see},
            names::Names,
            record::{Fact, File, Telling, target},
            refused,
            sheet::{Sheet, field_of},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
    },
    words::Verb,
};

/// How many that resemble it are offered.
const MOST_ALIKE: usize = 5;
/// The longest name of a field in an address, in characters.
const MOST_FIELD: usize = 80;

#[derive(Template)]
#[template(path = "check.html")]
struct Check {
    shell: Shell,
    sheet: Sheet,
    number: String,
    version: u64,
    title: String,
    sections: Vec<Section>,
    id: String,
    files: Vec<File>,
    missing: Vec<Missing>,
    alike: Vec<Alike>,
    used_up: Vec<String>,
}

struct Section {
    step: Step,
    heading: String,
    facts: Vec<Fact>,
}

struct Missing {
    text: String,
    href: String,
}

struct Alike {
    number: String,
    title: String,
    state: String,
}

#[derive(Template)]
#[template(path = "submitted.html")]
struct Submitted {
    shell: Shell,
    number: String,
    mend: Vec<Missing>,
    used_up: Vec<String>,
    next: Vec<String>,
}

struct Read {
    names: Names,
    lacking: Vec<Reason>,
    used_up: Vec<UsedUp>,
    alike: Record<Vec<Resembling>>,
}

impl Read {
    fn of(desk: &Desk, by: &By, found: &Exception) -> Result<Self, Error> {
        let mut people = found.people();
        people.extend(found.request.people());
        let (names, lacking) = (Names::read(desk, &people)?, desk.lacking(by, found)?);
        let used_up = desk.used_up(found)?;
        Ok(Self { names, lacking, used_up, alike: desk.resembling(by, &Find::Id(found.id))? })
    }
}

/// Shows the answers; where a letter names a field, the page that asks for it.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    if let Some(pointer) = visit.parameter("field") {
        return to_field(&visit, &pointer).await;
    }
    let (found, sheet) = (open(&visit).await?, visit.sheet()?);
    checked(visit, found, sheet).await
}

/// Leads to the page that asks for a field; whoever may not change it now is led to the record.
async fn to_field(visit: &Visit, pointer: &str) -> Result<HttpResponse, Problem> {
    let number = again(visit, target(visit)?).await?.what.number;
    let known = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let field: String = field_of(pointer).chars().filter(known).take(MOST_FIELD).collect();
    match open(visit).await {
        Ok(_) => Ok(see(&place(&number, &field)).finish()),
        Err(problem) if problem.inside().is_none() => Ok(see(&format!("/exceptions/{number}")).finish()),
        Err(problem) => Err(problem),
    }
}

async fn checked(visit: Visit, found: Record<Exception>, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let asked = found.what.clone();
    let read = visit.read(move |desk, by| Read::of(desk, by, &asked)).await?;
    let (tongue, now) = (visit.tongue(), visit.web.desk.clock().now());
    let names = read.names.clone().told_in(tongue);
    let telling = Telling { tongue, texts: &found.texts, names: &names, now };
    let section = |step: &Step| Section {
        step: *step,
        heading: tongue.name("ask-step", step).to_string(),
        facts: telling
            .asked(&part(&found.what.request, *step))
            .into_iter()
            .chain(telling.named(&found.what, *step))
            .collect(),
    };
    let laws = hand_over::laws(&visit.web.desk).await?;
    let asking = Asking::of(tongue, &laws, &found.what);
    let missing = read.lacking.iter().map(|reason| missing(&asking, &found.what.number, reason));
    let alike = read.alike.what.iter().take(MOST_ALIKE).map(|one| Alike {
        number: one.exception.number.clone(),
        title: Telling { texts: &read.alike.texts, ..telling }.title(&one.exception),
        state: tongue.name("state", one.exception.state.name()).to_string(),
    });
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = Check {
        number: found.what.number.clone(),
        version: found.what.version,
        title: telling.title(&found.what),
        sections: Step::ALL.iter().map(section).collect(),
        id: found.what.id.to_string(),
        files: telling.files(&found.what),
        missing: missing.collect(),
        alike: alike.collect(),
        used_up: used_up(tongue, &read.used_up),
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

impl Telling<'_> {
    /// The people that a page asks for.
    fn named(&self, found: &Exception, step: Step) -> Vec<Fact> {
        if step != Step::People {
            return Vec::new();
        }
        let (t, request) = (self.tongue, &found.request);
        let people = [
            (t.say("fact-beneficiary"), request.beneficiary),
            (t.say("fact-sponsor"), request.sponsor),
            (t.say("fact-monitor"), request.monitoring_owner),
        ];
        let named = people
            .into_iter()
            .filter_map(|(label, id)| Some(Fact { label: label.to_string(), said: vec![self.names.of(&id?)] }));
        named.collect()
    }
}

/// What of a request a page asks for.
fn part(request: &Request, step: Step) -> Request {
    let (of, scope) = (request.clone(), request.scope.clone());
    let none = Request::default();
    match step {
        Step::What => Request { kind: of.kind, source_ticket: of.source_ticket, ..none },
        Step::Clauses => Request { clauses: of.clauses, ..none },
        Step::Why => Request {
            justification: of.justification,
            alternatives: of.alternatives,
            impact_if_denied: of.impact_if_denied,
            ..none
        },
        Step::System => {
            let Scope { systems, purpose, data_classes, .. } = scope;
            Request { scope: Scope { systems, purpose, data_classes, ..Scope::default() }, ..none }
        }
        Step::Where => {
            let rest = Scope { systems: Vec::new(), purpose: None, data_classes: BTreeSet::new(), ..scope };
            Request { scope: rest, affected_teams: of.affected_teams, regulations: of.regulations, ..none }
        }
        Step::Term => Request { start: of.start, term: of.term, ..none },
        Step::Controls => Request { controls: of.controls, ..none },
        Step::People => none,
        Step::Screening => Request { screening: of.screening, ..none },
        Step::Own => Request { extra: of.extra, ..none },
    }
}

fn missing(asking: &Asking<'_>, number: &str, reason: &Reason) -> Missing {
    let field = reason.pointer.as_deref().map(field_of).unwrap_or_default();
    let asked = match reason.code.as_str() {
        "field_missing" => asking.label(&field),
        "screening_unanswered" => Some(asking.tongue.name("ask-step", Step::Screening).to_string()),
        _ => None,
    };
    let text = asked.map(|label| asking.tongue.say("check-not-answered").with("question", label).to_string());
    let text = text.unwrap_or_else(|| refused::reason(reason, asking.tongue));
    Missing { text, href: place(number, &field) }
}

/// The budgets that are used up, in words.
fn used_up(t: Tongue, used_up: &[UsedUp]) -> Vec<String> {
    let said = |one: &UsedUp| {
        let which = match (one.exceptions, one.days) {
            (Some(_), Some(_)) => "used-up-both",
            (Some(_), None) => "used-up-exceptions",
            (None, _) => "used-up-days",
        };
        let unit = one.business_unit.clone().unwrap_or_else(|| t.say("concern-no-unit").to_string());
        let said = t.say(which).with("clause", &one.clause).with("unit", unit);
        said.count("exceptions", one.exceptions.unwrap_or(0)).count("days", one.days.unwrap_or(0)).to_string()
    };
    used_up.iter().map(said).collect()
}

/// Sends it into its procedure.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let found = open(&sent.visit).await?;
    let asked = Asked {
        by: sent.visit.by(),
        key: sent.key(&format!("{} {}", Verb::Submit, found.what.id)),
        expected: sent.expected(),
        command: Command::Submit,
        openings: Vec::new(),
    };
    match hand_over::write(sent.visit.web.desk.act(found.what.id, asked)).await {
        Ok(_) => Ok(see(&format!("/request/{}/submitted", found.what.number)).finish()),
        Err(problem) if problem.inside().is_none() => {
            let sheet = sent.sheet()?.above(&problem, sent.visit.tongue());
            checked(sent.visit, found, sheet).await
        }
        Err(problem) => Err(problem),
    }
}

/// Says what happens next, and by when.
pub(in crate::web::pages) async fn submitted(visit: Visit) -> Result<HttpResponse, Problem> {
    let found = again(&visit, target(&visit)?).await?.what;
    let (tongue, now) = (visit.tongue(), visit.web.desk.clock().now());
    let next = found.tasks.iter().map(|task| {
        let roles = task.roles.iter().map(|role| tongue.name("role", role).to_string());
        let said = tongue.say("record-next").with("what", tongue.name("work", task.work));
        let said = said.with("who", roles.collect::<Vec<_>>().join(", "));
        format!("{} ({})", said.with("due", due(tongue, &task.due_at, &now)), tongue.moment(&task.due_at))
    });
    let next = next.collect();
    let laws = hand_over::laws(&visit.web.desk).await?;
    let asking = Asking::of(tongue, &laws, &found);
    let reasons = if let State::Returned { reasons, .. } = &found.state { reasons.as_slice() } else { &[] };
    let mend = reasons.iter().map(|reason| missing(&asking, &found.number, reason)).collect();
    page(
        HttpResponse::Ok(),
        &Submitted {
            used_up: used_up(tongue, &found.used_up),
            number: found.number.clone(),
            mend,
            next,
            shell: visit.shell,
        },
    )
}
