//! The commands of a record as pages: a button for each that whoever looks may ask for now, a page that asks what
//! it needs, and the way through the door. What a rule refuses is told on that page, with what was typed.

mod asked;
mod made;

use actix_web::HttpResponse;
use askama::Template;

use super::{
    layout::{page, see},
    record::{Known, Telling, target},
    sheet::{Fields, Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::{Sent, Visit},
};
use crate::{
    desk::Asked,
    domain::{exception::Exception, task::Work},
    web::{browser::marked, hand_over, problem::Problem},
    words::{PersonId, Verb},
};

/// A command that somebody may ask for now.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) grave: bool,
    pub(super) first: bool,
}

#[derive(Template)]
#[template(path = "command.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    number: String,
    title: String,
    heading: String,
    here: String,
    version: u64,
    questions: Vec<Question>,
    fin: bool,
    grave: bool,
}

/// The commands that have a page, in the order of their buttons: work first, then what ends it.
const PAGED: [Verb; 30] = [
    Verb::Submit,
    Verb::Amend,
    Verb::Approve,
    Verb::Resume,
    Verb::Assess,
    Verb::Attest,
    Verb::ConfirmAssessment,
    Verb::Pass,
    Verb::Return,
    Verb::Recommend,
    Verb::AcceptConditions,
    Verb::ConfirmControl,
    Verb::WaiveGate,
    Verb::AddClauses,
    Verb::Attach,
    Verb::Detach,
    Verb::Comment,
    Verb::RequestExtension,
    Verb::Watch,
    Verb::Unwatch,
    Verb::Link,
    Verb::Assign,
    Verb::Remind,
    Verb::Escalate,
    Verb::FailControl,
    Verb::Reopen,
    Verb::Suspend,
    Verb::Close,
    Verb::Withdraw,
    Verb::Revoke,
];

/// Is there no way back from it?
const fn is_final(verb: Verb) -> bool {
    matches!(verb, Verb::Withdraw | Verb::Revoke | Verb::Close)
}

const fn is_grave(verb: Verb) -> bool {
    is_final(verb) || matches!(verb, Verb::Suspend | Verb::FailControl)
}

/// Where a command is asked for; those with pages of their own are there.
#[expect(clippy::wildcard_enum_match_arm, reason = "five have pages of their own, and the rest are alike")]
fn address(number: &str, verb: Verb) -> String {
    match verb {
        Verb::Amend => format!("/request/{number}"),
        Verb::Approve | Verb::Resume => format!("/exceptions/{number}/decide"),
        Verb::Assess => format!("/exceptions/{number}/assess"),
        Verb::Attach => format!("/exceptions/{number}/files"),
        _ => format!("/exceptions/{number}/do/{verb}"),
    }
}

/// Where it leads once it is done: to the record, or where the other files are.
fn after(number: &str, verb: Verb) -> String {
    if verb == Verb::Detach {
        return format!("/request/{number}/files?gone=1");
    }
    format!("/exceptions/{number}?done={verb}")
}

/// The buttons of a record: of the commands that are `offered`, those that make sense for `me` now.
pub(super) fn offers(found: &Exception, (offered, me): (&[Verb], PersonId), tongue: Tongue) -> Vec<Offer> {
    let sensible = PAGED.into_iter().filter(|verb| offered.contains(verb) && makes_sense(*verb, found, me));
    let offers = sensible.enumerate().map(|(at, verb)| Offer {
        label: if verb == Verb::Approve { tongue.say("decision-title") } else { tongue.name("verb", verb) }.to_string(),
        href: address(&found.number, verb),
        grave: is_grave(verb),
        first: at == 0,
    });
    offers.collect()
}

/// Would it do anything for somebody? What it may do, the door says.
#[expect(clippy::wildcard_enum_match_arm, reason = "some need something to be there, and the rest do not")]
pub(super) fn makes_sense(verb: Verb, found: &Exception, me: PersonId) -> bool {
    let watches = found.watchers.contains(&me);
    let confirms = found.tasks.iter().any(|task| task.work == Work::ConfirmControl);
    match verb {
        Verb::Watch => !watches && found.requester != me,
        Verb::Unwatch => watches,
        Verb::AcceptConditions => found.tasks.iter().any(|task| task.work == Work::AcceptConditions),
        Verb::ConfirmControl => confirms || !found.controls.is_empty(),
        Verb::FailControl => !found.controls.is_empty(),
        // Evidence comes from neither of those for whom it was decided.
        Verb::Attach => {
            found.state.authority().is_none() || (found.requester != me && found.request.beneficiary != Some(me))
        }
        Verb::Detach => !found.request.attachments.is_empty(),
        Verb::WaiveGate => !found.gaps.is_empty(),
        Verb::Assign | Verb::Remind | Verb::Escalate => !found.tasks.is_empty(),
        Verb::Approve => found.state.round().is_some(),
        Verb::Resume => found.state.round().is_none() && !found.excluded().contains(&me) && found.is_looked_at(),
        Verb::Assess => found.tasks.iter().any(|task| task.work == Work::Assess),
        Verb::ConfirmAssessment => found.review().is_some_and(|review| review.unlooked().next().is_some()),
        Verb::Attest => attests(found, me),
        Verb::Recommend => found.tasks.iter().any(|task| task.work == Work::Advise),
        _ => true,
    }
}

/// Is `me` asked to attest, or are all of the role that stands in?
fn attests(found: &Exception, me: PersonId) -> bool {
    let asked = found.review().is_some_and(|review| review.attests);
    let lent = || found.tasks.iter().any(|task| task.work == Work::Attest && task.assignee.is_none_or(|one| one == me));
    let party = found.requester == me || found.request.beneficiary == Some(me);
    asked && !party && (found.request.monitoring_owner == Some(me) || lent())
}

fn verb_of(visit: &Visit) -> Result<Verb, Problem> {
    let verb: Verb = visit.request.match_info().query("verb").parse().map_err(|_| Problem::not_found("command"))?;
    if PAGED.contains(&verb) && address("", verb).contains("/do/") {
        return Ok(verb);
    }
    Err(Problem::not_found("command"))
}

/// Asks what the command needs.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let (verb, sheet) = (verb_of(&visit)?, visit.sheet()?);
    // Nothing is told to the requester by having been forgotten.
    let sheet =
        if verb == Verb::Comment { sheet.filled(Fields::default().set("visibility", "internal")) } else { sheet };
    asked(visit, verb, sheet).await
}

async fn asked(visit: Visit, verb: Verb, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let find = target(&visit)?;
    let known = visit.read(move |desk, by| {
        let known = Known::read(desk, by, &find)?;
        let everybody = if verb == Verb::Assign { super::names::Names::everybody(desk)? } else { Vec::new() };
        Ok((known, everybody, desk.laws()))
    });
    let (known, everybody, laws) = known.await?;
    let found = &known.found.what;
    let tongue = visit.tongue();
    let telling = Telling { tongue, texts: &known.found.texts, names: &known.names, now: visit.web.desk.clock().now() };
    let asking = asked::Asking { telling, found, sop: laws.sops.exactly(&found.sop), roles: visit.roles(), everybody };
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    page(
        status,
        &Page {
            number: found.number.clone(),
            title: telling.title(found),
            heading: tongue.name("verb", verb).to_string(),
            here: visit.request.path().to_owned(),
            version: found.version,
            questions: asking.questions(verb),
            fin: is_final(verb),
            grave: is_grave(verb),
            sheet,
            shell: visit.shell,
        },
    )
}

/// Asks it of the door, and leads on.
pub(super) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let (verb, find) = (verb_of(&sent.visit)?, target(&sent.visit)?);
    let found = sent.visit.read(move |desk, by| desk.find(by, &find)).await?.what;
    match done(&sent, verb, &found).await {
        Ok(()) => Ok(see(&after(&found.number, verb)).finish()),
        Err(problem) if problem.inside().is_none() => {
            let sheet = sent.sheet()?.refused(&problem, sent.visit.tongue());
            asked(sent.visit, verb, sheet).await
        }
        Err(problem) => Err(problem),
    }
}

async fn done(sent: &Sent, verb: Verb, found: &Exception) -> Result<(), Problem> {
    let (command, openings) = made::command(&sent.visit.call(), verb, &sent.fields)?;
    let bound = matches!(verb, Verb::Submit | Verb::Pass | Verb::Return | Verb::AcceptConditions);
    let expected = sent.expected().filter(|_| bound);
    let key = sent.key(&format!("{verb} {}", found.id));
    let asked = Asked { by: sent.visit.by(), key, expected, command, openings };
    let (web, browser) = (&sent.visit.web, marked(&sent.visit.web, &sent.visit.request));
    hand_over::write(web.desk.act_in_browser(found.id, asked, browser)).await?;
    Ok(())
}
