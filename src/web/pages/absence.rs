//! Out of office: whoever looks says from which day until which they are away, and that they are back. Days are
//! theirs, by their own clock.

use actix_web::HttpResponse;
use askama::Template;
use chrono::{DateTime, NaiveTime, SecondsFormat};
use serde_json::{Value, json};

use super::{
    layout::{page, see},
    names::Names,
    sheet::{Choice, Fields, Question, Sheet},
    shell::Shell,
    visit::{Sent, Visit},
};
use crate::{
    desk::Asked,
    domain::{
        person::Absence,
        request::Time,
        roster::{AbsenceAction, RosterAction, RosterCommand},
    },
    store::roster::Secrets,
    web::{
        api::{absences::SetAbsence, administer},
        hand_over,
        json::checked,
        problem::Problem,
    },
    words::{ChangeId, Zone},
};

#[derive(Template)]
#[template(path = "absence.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    questions: Vec<Question>,
    /// What is said of one's absence, where there is one.
    known: Option<String>,
}

/// Shows what was said, and asks.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    asked(visit, sheet).await
}

async fn asked(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let me = visit.me();
    let everybody = visit.read(|desk, _| Names::everybody(desk)).await?;
    let t = visit.tongue();
    let others = everybody.iter().filter(|(id, _)| *id != me).map(|(id, name)| Choice::new(id, name)).collect();
    let questions = vec![
        Question::date("starts", t.say("absence-starts")).hinted(t.say("absence-starts-hint")).optional(),
        Question::date("ends", t.say("absence-ends")).hinted(t.say("absence-ends-hint")),
        Question::select("stand_in", t.say("absence-stand-in"), others)
            .hinted(t.say("absence-stand-in-hint"))
            .optional(),
    ];
    let known = visit.person.absence.as_ref().map(|absence| said(&visit, absence, &everybody));
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    page(status, &Page { questions, known, sheet, shell: visit.shell })
}

fn said(visit: &Visit, absence: &Absence, everybody: &[(crate::words::PersonId, String)]) -> String {
    let t = visit.tongue();
    let (from, until) = (t.moment(&absence.starts), t.moment(&absence.ends));
    let named = everybody.iter().find(|(id, _)| Some(*id) == absence.stand_in).map(|(_, name)| name);
    match named {
        Some(name) => {
            t.say("absence-known-named").with("from", from).with("until", until).with("name", name).to_string()
        }
        None => t.say("absence-known").with("from", from).with("until", until).to_string(),
    }
}

/// Says it.
pub(super) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let person = sent.visit.me();
    let body = body(&sent.fields, sent.visit.tongue().zone, sent.visit.web.desk.clock().now());
    let action = checked::<SetAbsence>(body).map(|SetAbsence { starts, ends, stand_in }| AbsenceAction::SetAbsence {
        person,
        starts: starts.map(|starts| starts.0),
        ends: ends.0,
        stand_in,
    });
    let done = match action {
        Ok(action) => done(&sent, "set_absence", action).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see("/absence").finish()),
        Err(problem) if problem.inside().is_none() => {
            let sheet = sent.sheet()?.refused(&problem, sent.visit.tongue());
            asked(sent.visit, sheet).await
        }
        Err(problem) => Err(problem),
    }
}

/// Says that they are back.
pub(super) async fn end(sent: Sent) -> Result<HttpResponse, Problem> {
    let person = sent.visit.me();
    // Whoever is back by now, because they said so twice or the time is over, is back.
    if sent.visit.person.absence.is_some() {
        done(&sent, "end_absence", AbsenceAction::EndAbsence { person }).await?;
    }
    Ok(see("/absence").finish())
}

async fn done(sent: &Sent, verb: &str, action: AbsenceAction) -> Result<(), Problem> {
    let change = administer::drawn(&sent.visit.call(), ChangeId)?;
    let command = RosterCommand::Act { action: Box::new(RosterAction::Absence(action)), change };
    let asked = Asked { by: sent.visit.by(), key: sent.key(verb), expected: None, command, openings: Vec::new() };
    hand_over::write(sent.visit.web.desk.administer(asked, Secrets::default())).await.map(|_| ())
}

/// What the interface takes: days as instants, by the clock of whoever said them.
pub(super) fn body(fields: &Fields, zone: Zone, now: Time) -> Value {
    let (starts, ends) = span(fields, zone, now);
    json!({ "starts": starts, "ends": ends, "stand_in": fields.said("stand_in") })
}

/// From when until when. From today on is from now on.
pub(super) fn span(fields: &Fields, zone: Zone, now: Time) -> (Option<String>, String) {
    let starts = day(fields, "starts", zone).filter(|(_, at)| at.is_none_or(|at| at > now)).map(|(text, _)| text);
    (starts, day(fields, "ends", zone).map(|(text, _)| text).unwrap_or_default())
}

/// When a day begins there, as it is sent; what is no day is sent as it was typed, to be told that it is none.
pub(super) fn day(fields: &Fields, name: &str, zone: Zone) -> Option<(String, Option<Time>)> {
    let typed = fields.date(name)?;
    Some(begins(&typed, zone).map_or((typed, None), |at| (stamp(at), Some(at))))
}

/// When the day of a date begins there; nothing where it is no date.
fn begins(typed: &str, zone: Zone) -> Option<Time> {
    let day = DateTime::parse_from_rfc3339(typed).ok()?.date_naive();
    Some(zone.instant(day.and_time(NaiveTime::MIN)))
}

fn stamp(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(starts: [&str; 3], ends: [&str; 3]) -> Fields {
        let date = |name: &str, [day, month, year]: [&str; 3]| {
            [("day", day), ("month", month), ("year", year)]
                .map(|(part, value)| (format!("{name}-{part}"), value.to_owned()))
        };
        Fields([date("starts", starts), date("ends", ends)].concat())
    }

    #[test]
    fn days_begin_by_the_clock_of_whoever_is_away() {
        let (berlin, now) = ("Europe/Berlin".parse().unwrap(), "2026-03-27T12:00:00Z".parse().unwrap());
        let sent = body(&typed(["28", "3", "2026"], ["30", "3", "2026"]), berlin, now);
        assert_eq!(sent["starts"], "2026-03-27T23:00:00Z");
        assert_eq!(sent["ends"], "2026-03-29T22:00:00Z", "summer time has begun");
        let today = body(&typed(["27", "3", "2026"], ["30", "3", "2026"]), berlin, now);
        assert!(today["starts"].is_null(), "from now on");
        let odd = body(&typed(["", "", ""], ["31", "2", "2026"]), berlin, now);
        assert_eq!(odd["ends"], "2026-02-31T00:00:00Z", "as it was typed, to be told that it is none");
    }
}
