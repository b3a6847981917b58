//! The next version of an entry, asked for by a form that begins with the newest: what is left out of it is gone. A
//! material version waits for a second person.

use actix_web::HttpResponse;
use askama::Template;
use serde_json::{Map, Value, json};

use super::{entry::verb, kind};
use crate::{
    register::{Clause, Entry},
    web::{
        api::register::{history, published},
        pages::{
            layout::page,
            outcome::{led, status},
            sheet::{Choice, Fields, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
    },
    words::{EntryKind, Weight},
};

/// Clauses that can be added at once.
const MORE: usize = 2;
/// The most clauses that a form has.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "entry_publish.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    part: &'static str,
    id: String,
    title: String,
    version: u64,
    questions: Vec<Question>,
    clauses: Vec<Vec<Question>>,
    retires: bool,
}

/// Asks how it shall read.
pub(in crate::web::pages) async fn ask(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    asking(visit, sheet).await
}

async fn asking(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let (part, kind) = kind(&visit)?;
    visit.read(move |desk, by| desk.may_administer(by, verb(kind))).await?;
    let newest = history(&visit.call(), kind).await?.pop().ok_or_else(|| Problem::not_found("entry"))?.entry;
    let t = visit.tongue();
    let sheet = if sheet.is_wrong() { sheet } else { sheet.filled(known(&newest)) };
    let shown = Page {
        part,
        id: newest.id().to_owned(),
        title: newest.title().to_owned(),
        version: sheet.version.unwrap_or_else(|| u64::from(newest.version()) + 1),
        questions: questions(t, kind),
        clauses: clauses(t, &newest, &sheet),
        retires: kind == EntryKind::System,
        shell: visit.shell,
        sheet,
    };
    page(status(&shown.sheet), &shown)
}

/// What the newest version says, as the fields have it.
fn known(entry: &Entry) -> Fields {
    let fields = Fields::default().set("weight", Weight::Material.as_str());
    match entry {
        Entry::Policy(policy) => {
            let fields = fields.set("title", &policy.title);
            policy.clauses.iter().enumerate().fold(fields, |fields, (at, one)| of_clause(fields, at, one))
        }
        Entry::Regulation(law) => fields
            .set("title", &law.title)
            .set("jurisdiction", law.jurisdiction.clone().unwrap_or_default())
            .set("reference", law.reference.clone().unwrap_or_default()),
        Entry::System(system) => fields
            .set("name", &system.name)
            .set("vendor", system.vendor.clone().unwrap_or_default())
            .set("release", system.release.clone().unwrap_or_default()),
    }
}

fn of_clause(fields: Fields, at: usize, clause: &Clause) -> Fields {
    let asked = clause.screening.as_ref();
    let (code, question) = asked.map(|asked| (asked.code.clone(), asked.question.clone())).unwrap_or_default();
    fields
        .set(&format!("clauses.{at}.id"), &clause.id)
        .set(&format!("clauses.{at}.title"), &clause.title)
        .set(&format!("clauses.{at}.text"), &clause.text)
        .set(&format!("clauses.{at}.non_waivable"), clause.non_waivable.clone().unwrap_or_default())
        .set(&format!("clauses.{at}.screening.code"), code)
        .set(&format!("clauses.{at}.screening.question"), question)
}

fn questions(t: Tongue, kind: EntryKind) -> Vec<Question> {
    let weights = Weight::ALL
        .iter()
        .map(|weight| Choice::new(weight, t.name("weight", weight)).hinted(t.name("weight-hint", weight)));
    let weight = Question::radios("weight", t.say("register-weight"), weights.collect());
    let own = match kind {
        EntryKind::Policy => vec![Question::line("title", t.say("register-title"))],
        EntryKind::Regulation => vec![
            Question::line("title", t.say("register-title")),
            Question::line("reference", t.say("register-reference")).optional(),
            Question::line("jurisdiction", t.say("register-jurisdiction"))
                .hinted(t.say("register-jurisdiction-hint"))
                .optional(),
        ],
        EntryKind::System => vec![
            Question::line("name", t.say("register-name")),
            Question::line("vendor", t.say("register-vendor")).hinted(t.say("register-vendor-hint")).optional(),
            Question::line("release", t.say("register-release")).optional(),
        ],
    };
    [weight].into_iter().chain(own).collect()
}

/// The questions of each clause, and of a few more.
fn clauses(t: Tongue, newest: &Entry, sheet: &Sheet) -> Vec<Vec<Question>> {
    if !matches!(newest, Entry::Policy(_)) {
        return Vec::new();
    }
    let typed = (0..MOST).rev().find(|at| !is_blank(&sheet.fields, *at)).map_or(0, |last| last + 1);
    (0..(typed.max(newest.clauses().len()) + MORE).min(MOST)).map(|at| of_one(t, at)).collect()
}

fn of_one(t: Tongue, at: usize) -> Vec<Question> {
    let name = |part: &str| format!("clauses.{at}.{part}");
    vec![
        Question::line(name("id"), t.say("register-clause-id")),
        Question::line(name("title"), t.say("register-title")),
        Question::long(name("text"), t.say("register-clause-text")),
        Question::line(name("non_waivable"), t.say("register-source")).hinted(t.say("register-source-hint")).optional(),
        Question::line(name("screening.question"), t.say("register-question"))
            .hinted(t.say("register-question-hint"))
            .optional(),
        Question::line(name("screening.code"), t.say("register-question-code")).optional(),
    ]
}

/// Does nothing stand in the fields of this clause?
fn is_blank(fields: &Fields, at: usize) -> bool {
    ["id", "title", "text"].iter().all(|part| fields.said(&format!("clauses.{at}.{part}")).is_none())
}

/// Publishes it, proposes to, or retires a system.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let (part, kind) = kind(&sent.visit)?;
    let path = sent.visit.request.match_info();
    let (id, retires) = (path.query("id").to_owned(), path.query("verb") == "retire");
    if !retires && path.query("verb") != "publish" || retires && kind != EntryKind::System {
        return Err(Problem::not_found("page"));
    }
    let sent = Sent { fields: compacted(&sent.fields), ..sent };
    let asked = published(&sent.call(), (kind, retires), (body(&sent, kind), sent.fields.hash())).await;
    led(sent, asked, &format!("/register/{part}/{id}"), asking).await
}

/// The same with the clauses that say something one after the other, so that a mistake is told at its field.
fn compacted(fields: &Fields) -> Fields {
    let said: Vec<usize> = (0..MOST).filter(|at| !is_blank(fields, *at)).collect();
    let renamed = |name: &str| {
        let (at, part) = name.strip_prefix("clauses.")?.split_once('.')?;
        let at = said.iter().position(|said| Ok(*said) == at.parse())?;
        Some(format!("clauses.{at}.{part}"))
    };
    let all = fields.0.iter().filter_map(|(name, value)| {
        let name = if name.starts_with("clauses.") { renamed(name)? } else { name.clone() };
        Some((name, value.clone()))
    });
    Fields(all.collect())
}

/// What the interface takes: the version that follows the one that the form was made from.
fn body(sent: &Sent, kind: EntryKind) -> Value {
    let fields = &sent.fields;
    let mut body = fields.object(&["weight", "title", "name", "vendor", "release", "jurisdiction", "reference"]);
    body.insert("version".to_owned(), json!(sent.expected()));
    if kind == EntryKind::Policy {
        let all = (0..MOST).take_while(|at| !is_blank(fields, *at)).map(|at| clause(fields, at));
        body.insert("clauses".to_owned(), all.collect());
    }
    Value::Object(body)
}

fn clause(fields: &Fields, at: usize) -> Value {
    let said = |part: &str| fields.said(&format!("clauses.{at}.{part}"));
    let mut clause = Map::new();
    for part in ["id", "title", "text", "non_waivable"] {
        clause.extend(said(part).map(|text| (part.to_owned(), Value::String(text))));
    }
    let (code, question) = (said("screening.code"), said("screening.question"));
    if code.is_some() || question.is_some() {
        clause.insert("screening".to_owned(), json!({ "code": code, "question": question }));
    }
    Value::Object(clause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_that_are_emptied_leave_no_gap() {
        let typed = [("title", "Data"), ("clauses.0.id", " "), ("clauses.2.id", "A.3"), ("clauses.2.text", "Three")];
        let typed = Fields(typed.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        let kept = compacted(&typed);
        assert_eq!((kept.text("title").as_str(), kept.text("clauses.0.id").as_str()), ("Data", "A.3"));
        assert_eq!((kept.text("clauses.0.text").as_str(), is_blank(&kept, 1)), ("Three", true));
        assert_eq!(clause(&kept, 0), json!({ "id": "A.3", "text": "Three" }));
    }
}
