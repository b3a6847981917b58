//! The split of a procedure on its page: both sides, figure by figure, for those who may begin one; and its begin, hold,
//! release and end.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use crate::{
    desk::{Desk, Error},
    domain::person::By,
    web::{
        api::{
            administer::allowed,
            sops::split::{ArmView, SopSplit, paged::asked_of},
        },
        pages::{
            outcome::led,
            sheet::{Fields, Question},
            text::Tongue,
            visit::Sent,
        },
        problem::Problem,
    },
    words::AdminVerb,
};

/// What can be done about a split.
pub(super) const VERBS: [AdminVerb; 4] =
    [AdminVerb::BeginSplit, AdminVerb::HoldSplit, AdminVerb::ReleaseSplit, AdminVerb::EndSplit];

/// A split in words.
pub(super) struct Beside {
    /// What it is, and how it stands.
    pub(super) said: Vec<String>,
    /// The columns.
    pub(super) sides: Vec<String>,
    /// Each figure with its value on each side.
    pub(super) rows: Vec<(String, Vec<String>)>,
}

/// The last split of a procedure, for whoever may begin one.
pub(super) fn read(desk: &Desk, by: &By, id: &str) -> Result<Option<SopSplit>, Error> {
    let mut found = None;
    allowed(desk.split(by, id).map(|read| found = read))?;
    Ok(found.map(Into::into))
}

/// What whoever looks may do about it as it stands. One is begun on the page of the newest version, where that is not
/// retired and none is open.
pub(super) fn acts(split: Option<&SopSplit>, may: &BTreeSet<AdminVerb>, newest: bool) -> BTreeSet<&'static str> {
    let open = split.filter(|split| split.ended_at.is_none());
    let (is_open, held) = (open.is_some(), open.is_some_and(|split| split.held_at.is_some()));
    let all = [
        ("begin", AdminVerb::BeginSplit, newest && !is_open),
        ("hold", AdminVerb::HoldSplit, is_open && !held),
        ("release", AdminVerb::ReleaseSplit, held),
        ("end", AdminVerb::EndSplit, is_open),
    ];
    all.into_iter().filter(|(_, verb, sensible)| *sensible && may.contains(verb)).map(|(act, ..)| act).collect()
}

/// What is asked of whoever begins one.
pub(super) fn questions(t: Tongue) -> Vec<Question> {
    let number = |name: &str, key: &str| Question::number(name, t.say(key));
    vec![
        Question::long("document", t.say("split-document")).hinted(t.say("split-document-hint")).at_most(262_144),
        number("percent", "split-percent").hinted(t.say("split-percent-hint")),
        number("limits.after", "split-limit-after").hinted(t.say("split-limits-hint")).optional(),
        number("limits.failed_gates", "split-limit-gates").optional(),
        number("limits.escalations", "split-limit-escalations").optional(),
    ]
}

/// Begins, holds, releases or ends it.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.call();
    let path = sent.visit.request.match_info();
    let (id, verb) = (path.query("id").to_owned(), path.query("verb").to_owned());
    let asked = asked_of(&call, &verb, (body(&sent.fields), sent.fields.hash())).await;
    led(sent, asked, &format!("/sops/{id}"), super::whole).await
}

/// What the interface takes of whoever begins one; limits are those of the procedure, unless any is named.
fn body(fields: &Fields) -> Value {
    let number = |text: String| text.parse::<u64>().map_or(Value::String(text), |number| json!(number));
    let mut body = fields.object(&["document"]);
    body.extend(fields.said("percent").map(|text| ("percent".to_owned(), number(text))));
    let named = ["after", "failed_gates", "escalations"].into_iter();
    let named = named.filter_map(|name| Some((name.to_owned(), number(fields.said(&format!("limits.{name}"))?))));
    let limits: Map<String, Value> = named.collect();
    if !limits.is_empty() {
        body.insert("limits".to_owned(), Value::Object(limits));
    }
    Value::Object(body)
}

impl Beside {
    pub(super) fn of(t: Tongue, split: &SopSplit) -> Self {
        let begun = t.say("split-begun").with("day", t.day(&split.begun_at.0)).with("variant", split.variant.version);
        let begun = begun.with("published", split.published.version).count("percent", split.percent);
        let mut said = vec![begun.to_string()];
        if let Some(at) = split.ended_at.as_ref() {
            let how = split.ended.map(|why| t.name("split", why).to_string()).unwrap_or_default();
            said.push(t.say("split-over").with("day", t.day(&at.0)).with("how", how).to_string());
        } else if let Some(at) = split.held_at.as_ref() {
            said.push(t.say("split-held").with("moment", t.moment(&at.0)).to_string());
            said.extend(split.held_for.iter().map(|one| {
                let told = t.name("held", one.measure).count("variant", one.variant).count("of", one.of);
                told.count("published", one.published).count("published-of", one.published_of).to_string()
            }));
        }
        if split.arms.iter().any(|arm| arm.few) {
            said.push(t.say("split-few").count("after", split.limits.after()).to_string());
        }
        Self {
            said,
            sides: split.arms.iter().map(|arm| t.name("arm", arm.arm).to_string()).collect(),
            rows: rows(t, &split.arms),
        }
    }
}

fn rows(t: Tongue, arms: &[ArmView]) -> Vec<(String, Vec<String>)> {
    type Figure = fn(&ArmView) -> String;
    fn of_100(part: u64, per_100: Option<f64>) -> String {
        per_100.map_or_else(|| part.to_string(), |per_100| format!("{part} ({per_100:.1} %)"))
    }
    fn hours(hours: Option<u64>) -> String {
        hours.map_or_else(|| "–".to_owned(), |hours| hours.to_string())
    }
    let figures: [(&str, Figure); 8] = [
        ("split-submitted", |arm| arm.submitted.to_string()),
        ("split-in-time", |arm| of_100(arm.in_time, arm.in_time_per_100)),
        ("split-errors", |arm| of_100(arm.errors, arm.errors_per_100)),
        ("split-failed-gates", |arm| arm.failed_gates.to_string()),
        ("split-returns", |arm| arm.returns.to_string()),
        ("split-escalations", |arm| of_100(arm.escalations, arm.escalations_per_100)),
        ("split-median", |arm| hours(arm.hours_median)),
        ("split-p90", |arm| hours(arm.hours_p90)),
    ];
    let row = |(name, figure): (&str, Figure)| (t.say(name).to_string(), arms.iter().map(figure).collect());
    figures.into_iter().map(row).collect()
}
