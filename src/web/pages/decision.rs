//! Deciding from the desk, on one screen: what the hash of the dossier covers, approvals that a change made void, and
//! the same form that a mail leads to. Nothing is judged here.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    ballot::{Ballot, Typed, decision},
    dossier::{self, Section},
    enter,
    layout::{page, see},
    record::target,
    sheet::Sheet,
    shell::Shell,
    text::Tongue,
    visit::{Sent, Visit},
};
use crate::{
    desk::{Asked, Before, Desk, Error, Find, Record},
    domain::person::By,
    web::{
        browser::marked,
        hand_over,
        problem::{Problem, codes},
    },
    words::Hash,
};

#[derive(Template)]
#[template(path = "decision.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    number: String,
    title: String,
    here: String,
    void: Vec<String>,
    sections: Vec<Section>,
    ballot: Ballot,
}

/// What lies before whoever looks, with the dossier that they are to decide on, if there is one.
async fn before(visit: &Visit) -> Result<(Record<Before>, Option<Hash>), Problem> {
    let find = target(visit)?;
    let found = visit.read(move |desk, by| read(desk, by, &find)).await?;
    let round = found.what.exception.state.round().filter(|_| !found.what.principals.is_empty());
    let dossier = round.map(|round| round.dossier);
    Ok((found, dossier))
}

fn read(desk: &Desk, by: &By, find: &Find) -> Result<Record<Before>, Error> {
    let id = match find {
        Find::Id(id) => *id,
        Find::Number(_) => desk.find(by, find)?.what.id,
    };
    desk.before_deciding(by, id)
}

/// Approvals of another dossier than the present one: they count no more.
fn void(before: &Before, tongue: Tongue) -> Vec<String> {
    let Some(round) = before.exception.state.round() else { return Vec::new() };
    let void = round.approvals.iter().filter(|given| given.dossier != round.dossier);
    let said = void.map(|given| {
        let said = tongue.say("decision-void").with("who", dossier::name_of(before, given.by, tongue));
        said.with("at", tongue.moment(&given.at)).to_string()
    });
    said.collect()
}

/// Shows it; whoever has nothing to decide on, or has decided, sees the record.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let (found, dossier) = before(&visit).await?;
    let sheet = visit.sheet()?;
    match dossier {
        Some(dossier) => asked(visit, (&found, dossier), (sheet, Typed::default())),
        None => Ok(record(&found)),
    }
}

fn record(found: &Record<Before>) -> HttpResponse {
    see(&format!("/exceptions/{}", found.what.exception.number)).finish()
}

fn asked(
    visit: Visit,
    (found, dossier): (&Record<Before>, Hash),
    (sheet, typed): (Sheet, Typed),
) -> Result<HttpResponse, Problem> {
    let (title, sections) = dossier::sections(&found.what, &found.texts, visit.tongue());
    let number = found.what.exception.number.clone();
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = Page {
        title,
        here: format!("/exceptions/{}/decide", found.what.exception.id),
        void: void(&found.what, visit.tongue()),
        sections,
        ballot: Ballot::of(found, (dossier, visit.me()), (visit.tongue(), typed)),
        number,
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

/// Decides on exactly the dossier that was shown.
pub(super) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let (found, present) = before(&sent.visit).await?;
    let Some(present) = present else { return Ok(record(&found)) };
    let (said, typed) = (decision(&sent.fields)?, Typed::of(&sent.fields));
    let Ok(shown) = sent.fields.text("dossier").parse() else {
        let problem = Problem::new(codes::DOSSIER_CHANGED, "look at the dossier again");
        let sheet = sent.sheet()?.above(&problem, sent.visit.tongue());
        return asked(sent.visit, (&found, present), (sheet, typed));
    };
    let ballot = Ballot::of(&found, (shown, sent.visit.me()), (sent.visit.tongue(), typed.clone()));
    if let Some((field, missing)) = ballot.missing(said) {
        let sheet = sent.sheet()?.wrong(field, missing.to_string());
        return asked(sent.visit, (&found, present), (sheet, typed));
    }
    match decided(&sent, &ballot, &found.what).await {
        Ok(()) => Ok(record(&found)),
        Err(problem) if problem.code() == codes::STEP_UP_REQUIRED.code => {
            enter::interrupted(&sent.visit.web, &sent.visit.request, &sent.fields).await
        }
        Err(problem) if problem.inside().is_none() => {
            let (found, present) = before(&sent.visit).await?;
            let Some(present) = present else { return Ok(record(&found)) };
            let sheet = sent.sheet()?.above(&problem, sent.visit.tongue());
            asked(sent.visit, (&found, present), (sheet, typed))
        }
        Err(problem) => Err(problem),
    }
}

async fn decided(sent: &Sent, ballot: &Ballot, before: &Before) -> Result<(), Problem> {
    let id = before.exception.id;
    let said = decision(&sent.fields)?;
    let (command, openings) = ballot.command(&sent.visit.web, said)?;
    let key = sent.key(&format!("decide {id}"));
    let asked = Asked { by: sent.visit.by(), key, expected: None, command, openings };
    let (web, browser) = (&sent.visit.web, marked(&sent.visit.web, &sent.visit.request));
    hand_over::write(web.desk.act_in_browser(id, asked, browser)).await?;
    Ok(())
}
