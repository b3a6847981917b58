//! Deciding from the desk, on one screen: what the hash of the dossier covers, approvals that a change made void, and
//! the same form that a mail leads to. Nothing is judged here.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    ballot::{Ballot, Typed, decision},
    command::makes_sense,
    dossier::{self, Section},
    enter,
    layout::{page, see},
    record::target,
    sheet::Sheet,
    shell::Shell,
    since::{self, Since},
    visit::{Sent, Visit},
};
use crate::{
    desk::{Asked, Before, Desk, Error, Find, Looked, Record},
    domain::{exception::Exception, person::By},
    web::{
        browser::marked,
        hand_over,
        problem::{Problem, codes},
    },
    words::{Hash, Verb},
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
    since: Option<Since>,
    sections: Vec<Section>,
    ballot: Ballot,
}

/// What lies before whoever looks, and what they saw when they last did.
struct Lies {
    found: Record<Before>,
    looked: Option<Looked>,
    /// The dossier of a resumption that nobody has approved yet, for whoever may.
    resumption: Option<Hash>,
}

impl Lies {
    /// The dossier that they are to decide on, if there is one.
    fn dossier(&self) -> Option<Hash> {
        let before = &self.found.what;
        let round = before.exception.state.round().filter(|_| !before.principals.is_empty());
        round.map(|round| round.dossier).or(self.resumption)
    }
}

async fn before(visit: &Visit) -> Result<(Lies, Option<Hash>), Problem> {
    let find = target(visit)?;
    let lies = visit.read(move |desk, by| read(desk, by, &find)).await?;
    let dossier = lies.dossier();
    Ok((lies, dossier))
}

fn read(desk: &Desk, by: &By, find: &Find) -> Result<Lies, Error> {
    let id = match find {
        Find::Id(id) => *id,
        Find::Number(_) => desk.find(by, find)?.what.id,
    };
    let found = desk.before_deciding(by, id)?;
    let looked = desk.look(by, &found.what.exception)?;
    let resumption = resumption(desk, by, &found.what.exception)?;
    Ok(Lies { found, looked, resumption })
}

fn resumption(desk: &Desk, by: &By, found: &Exception) -> Result<Option<Hash>, Error> {
    let sensible = by.person().is_some_and(|me| makes_sense(Verb::Resume, found, me));
    if !sensible || desk.offers_of(by, &[found], &[Verb::Resume])?.concat().is_empty() {
        return Ok(None);
    }
    Ok(Some(desk.dossier(by, &Find::Id(found.id))?.what.hash))
}

/// Shows it; whoever has nothing to decide on, or has decided, sees the record.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let (lies, dossier) = before(&visit).await?;
    let sheet = visit.sheet()?;
    match dossier {
        Some(dossier) => asked(visit, (&lies, dossier), (sheet, Typed::default())),
        None => Ok(record(&lies)),
    }
}

fn record(lies: &Lies) -> HttpResponse {
    see(&format!("/exceptions/{}", lies.found.what.exception.number)).finish()
}

fn asked(
    visit: Visit,
    (lies, dossier): (&Lies, Hash),
    (sheet, typed): (Sheet, Typed),
) -> Result<HttpResponse, Problem> {
    let found = &lies.found;
    let (title, sections) = dossier::sections(&found.what, &found.texts, visit.tongue());
    let number = found.what.exception.number.clone();
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = Page {
        title,
        here: format!("/exceptions/{}/decide", found.what.exception.id),
        void: since::void(&found.what, visit.tongue()),
        since: lies.looked.as_ref().and_then(|looked| Since::of(looked, &found.what.exception, visit.tongue())),
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
    let (lies, present) = before(&sent.visit).await?;
    let Some(present) = present else { return Ok(record(&lies)) };
    let (said, typed) = (decision(&sent.fields)?, Typed::of(&sent.fields));
    let Ok(shown) = sent.fields.text("dossier").parse() else {
        let problem = Problem::new(codes::DOSSIER_CHANGED, "look at the dossier again");
        let sheet = sent.sheet()?.above(&problem, sent.visit.tongue());
        return asked(sent.visit, (&lies, present), (sheet, typed));
    };
    let ballot = Ballot::of(&lies.found, (shown, sent.visit.me()), (sent.visit.tongue(), typed.clone()));
    if let Some((field, missing)) = ballot.missing(said) {
        let sheet = sent.sheet()?.wrong(field, missing.to_string());
        return asked(sent.visit, (&lies, present), (sheet, typed));
    }
    match decided(&sent, &ballot, &lies.found.what).await {
        Ok(()) => Ok(record(&lies)),
        Err(problem) if problem.code() == codes::STEP_UP_REQUIRED.code => {
            enter::interrupted(&sent.visit.web, &sent.visit.request, &sent.fields).await
        }
        Err(problem) if problem.inside().is_none() => {
            let (lies, present) = before(&sent.visit).await?;
            let Some(present) = present else { return Ok(record(&lies)) };
            let sheet = sent.sheet()?.above(&problem, sent.visit.tongue());
            asked(sent.visit, (&lies, present), (sheet, typed))
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
