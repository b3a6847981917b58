//! One entry of the register in one version: its clauses or facts, what that version changed, and its versions.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use serde_json::Value;

use super::kind;
use crate::{
    register::{Clause, Entry, Regulation, System},
    web::{
        api::{
            difference::ChangeView,
            register::{
                diff::{self, Pair},
                history,
                policies::{
                    ClauseView,
                    diff::{ClauseChange, ClauseFate, PolicyDiff, compared},
                },
                view::Read,
            },
        },
        pages::{layout::page, names::Names, outcome::may, shell::Shell, text::Tongue, visit::Visit},
        problem::Problem,
    },
    words::{AdminVerb, EntryKind},
};

#[derive(Template)]
#[template(path = "entry.html")]
struct One {
    shell: Shell,
    part: &'static str,
    id: String,
    title: String,
    version: u32,
    newest: bool,
    retired: bool,
    facts: Vec<(String, String)>,
    clauses: Vec<Paragraph>,
    from: u32,
    changes: Vec<Changed>,
    versions: Vec<Version>,
    publish: bool,
}

/// A clause.
struct Paragraph {
    id: String,
    title: String,
    text: String,
    source: Option<String>,
    question: Option<(String, String)>,
}

/// What a version changed.
struct Changed {
    what: String,
    how: String,
    text: Option<String>,
}

/// A version in the list of them.
struct Version {
    number: u32,
    title: String,
    weight: String,
    at: String,
    who: String,
    current: bool,
}

/// The verb by which a part is published.
pub(super) const fn verb(kind: EntryKind) -> AdminVerb {
    match kind {
        EntryKind::Policy => AdminVerb::PublishPolicy,
        EntryKind::Regulation => AdminVerb::PublishRegulation,
        EntryKind::System => AdminVerb::PublishSystem,
    }
}

/// Shows the version that the path names; the newest, where it names none.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let (part, kind) = kind(&visit)?;
    let found = history(&visit.call(), kind).await?;
    let wanted = visit.request.match_info().get("version");
    let at = match wanted {
        None => found.len().checked_sub(1),
        Some(wanted) => found.iter().position(|one| one.entry.version().to_string() == wanted),
    };
    let at = at.filter(|at| *at < found.len()).ok_or_else(|| Problem::not_found("version"))?;
    let people: BTreeSet<_> = found.iter().filter_map(|one| one.publication.by).collect();
    let read = visit.read(move |desk, by| Ok((Names::read(desk, &people)?, may(desk, by, &[verb(kind)])?)));
    let (names, may) = read.await?;
    let shown = told(visit, (part, &found, at), (&names, !may.is_empty()))?;
    page(HttpResponse::Ok(), &shown)
}

fn told(
    visit: Visit,
    (part, found, at): (&'static str, &[Read], usize),
    (names, publishes): (&Names, bool),
) -> Result<One, Problem> {
    let t = visit.tongue();
    let one = found.get(at).ok_or_else(|| Problem::not_found("version"))?;
    let before = at.checked_sub(1).and_then(|at| found.get(at)).map(|read| read.entry.clone());
    let newest = at + 1 == found.len();
    Ok(One {
        part,
        id: one.entry.id().to_owned(),
        title: one.entry.title().to_owned(),
        version: one.entry.version(),
        newest,
        retired: one.entry.is_retired(),
        facts: facts(t, one),
        clauses: one.entry.clauses().iter().map(paragraph).collect(),
        from: before.as_ref().map_or(0, Entry::version),
        changes: before.map(|before| changes(t, before, &one.entry)).unwrap_or_default(),
        versions: found.iter().rev().map(|read| version(t, read, (names, one.entry.version()))).collect(),
        publish: publishes && newest && !one.entry.is_retired(),
        shell: visit.shell,
    })
}

fn facts(t: Tongue, one: &Read) -> Vec<(String, String)> {
    let own = match &one.entry {
        Entry::Policy(_) => Vec::new(),
        Entry::Regulation(Regulation { jurisdiction, reference, .. }) => {
            vec![("register-reference", reference.clone()), ("register-jurisdiction", jurisdiction.clone())]
        }
        Entry::System(System { kind, vendor, release, .. }) => vec![
            ("register-kind", Some(t.name("system-kind", kind).to_string())),
            ("register-vendor", vendor.clone()),
            ("register-release", release.clone()),
        ],
    };
    let of_all = [
        ("register-since", Some(t.day(&one.publication.at.0))),
        ("register-weight", Some(t.name("weight", one.publication.weight).to_string())),
        ("register-hash", Some(one.publication.hash.to_string())),
        ("register-leaf", Some(one.publication.leaf.to_string())),
    ];
    let all = own.into_iter().chain(of_all);
    all.filter_map(|(key, said)| Some((t.say(key).to_string(), said?))).collect()
}

fn paragraph(clause: &Clause) -> Paragraph {
    Paragraph {
        id: clause.id.clone(),
        title: clause.title.clone(),
        text: clause.text.clone(),
        source: clause.non_waivable.clone(),
        question: clause.screening.as_ref().map(|asked| (asked.question.clone(), asked.code.clone())),
    }
}

fn version(t: Tongue, read: &Read, (names, shown): (&Names, u32)) -> Version {
    let by = read.publication.by.as_ref();
    Version {
        number: read.entry.version(),
        title: read.entry.title().to_owned(),
        weight: t.name("weight", read.publication.weight).to_string(),
        at: t.moment(&read.publication.at.0),
        who: names.maybe(by).unwrap_or_else(|| t.say("change-by-service").to_string()),
        current: read.entry.version() == shown,
    }
}

/// What the version changed.
fn changes(t: Tongue, before: Entry, after: &Entry) -> Vec<Changed> {
    match (before, after) {
        (Entry::Policy(before), Entry::Policy(after)) => {
            let PolicyDiff { title, clauses, .. } = compared(Some(before), after);
            let title = title.map(|title| Changed {
                what: t.say("register-title").to_string(),
                how: t.say("register-became").with("before", title.before).with("after", title.after).to_string(),
                text: None,
            });
            title.into_iter().chain(clauses.into_iter().map(|one| clause(t, one))).collect()
        }
        (before, after) => {
            let found = diff::compared(&Pair { before: Some(before), after: after.clone() });
            found.changes.iter().map(|one| field(t, one)).collect()
        }
    }
}

/// What became of a clause; of one that reads otherwise, everything but its text in words.
fn clause(t: Tongue, one: ClauseChange) -> Changed {
    let fate = match one.change {
        ClauseFate::Added => "added",
        ClauseFate::Removed => "removed",
        ClauseFate::Changed => "changed",
    };
    let both = one.before.zip(one.after);
    let beside = both.iter().flat_map(|(before, after)| beside(t, before, after));
    let how: Vec<String> = [t.name("register-clause", fate).to_string()].into_iter().chain(beside).collect();
    Changed { what: one.id, how: how.join(" "), text: one.diff }
}

fn beside(t: Tongue, before: &ClauseView, after: &ClauseView) -> Vec<String> {
    let asked = |clause: &ClauseView| clause.screening.as_ref().map(|asked| asked.question.clone());
    let pairs = [
        ("register-title", Some(before.title.clone()), Some(after.title.clone())),
        ("register-source", before.non_waivable.clone(), after.non_waivable.clone()),
        ("register-question", asked(before), asked(after)),
    ];
    let differ = pairs.into_iter().filter(|(_, before, after)| before != after);
    let nothing = || t.say("register-nothing").to_string();
    let said = |(key, before, after): (&str, Option<String>, Option<String>)| {
        let became = t.say("register-became").with("before", before.unwrap_or_else(nothing));
        format!("{}: {}", t.say(key), became.with("after", after.unwrap_or_else(nothing)))
    };
    differ.map(said).collect()
}

fn field(t: Tongue, one: &ChangeView) -> Changed {
    let said = |value: &Value| match value {
        Value::Null => t.say("register-nothing").to_string(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let became = t.say("register-became").with("before", said(&one.from)).with("after", said(&one.to));
    Changed { what: one.pointer.trim_start_matches('/').to_owned(), how: became.to_string(), text: None }
}
