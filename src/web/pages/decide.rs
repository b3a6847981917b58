//! `/decide/{token}`: what an approver is asked by mail, on one page. Looking changes nothing, whoever
//! looks; deciding needs that very approver's session, and consumes the link with the decision.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use askama::Template;

use super::{
    ballot::{Ballot, Decision, Typed, decision},
    dossier::{self, Section},
    form::{Visitor, require_same_origin},
    layout::{page, see},
    sheet::Fields,
    shell::browser,
    sign_in::SignIn,
    since::{self, Since},
    text::{Said, Tongue},
};
use crate::{
    desk::{Asked, Before, Error, Find, Looked, Record},
    domain::{
        event::{Deed, Event},
        refusal::Refusal,
    },
    identity::mail_link::LinkSecret,
    store::{mail_links::MailLink, preferences::chosen},
    web::{Web, browser::marked, hand_over, problem::Problem},
    words::{Hash, LinkEnd, PersonId},
};

/// The link by which a request came.
pub(super) struct Address {
    token: String,
}

impl Address {
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self { token: request.match_info().query("token").to_owned() }
    }

    /// Its path.
    pub(super) fn path(&self) -> String {
        format!("/decide/{}", self.token)
    }

    /// What is stored of it. A text that is none has a hash like any other, so that it is looked for as long.
    pub(super) fn hash(&self) -> Hash {
        let read: Result<LinkSecret, _> = self.token.parse();
        read.map_or_else(|_| Hash::of(b"not a link"), |secret| secret.hash())
    }
}

#[derive(Template)]
#[template(path = "nothing.html")]
struct Nothing {
    tongue: Tongue,
}

#[derive(Template)]
#[template(path = "decided.html")]
struct Decided {
    tongue: Tongue,
    number: String,
    heading: String,
    line: String,
}

#[derive(Template)]
#[template(path = "decide.html")]
struct Decide {
    tongue: Tongue,
    number: String,
    title: String,
    here: String,
    void: Vec<String>,
    since: Option<Since>,
    sections: Vec<Section>,
    form_token: String,
    ballot: Ballot,
    wrong: Option<String>,
}

/// The open link of an address.
pub(super) async fn open(web: &Web, here: &Address) -> Result<Option<MailLink>, Problem> {
    let hash = here.hash();
    hand_over::read(&web.desk, move |desk| desk.open_link(&hash)).await
}

/// The same page for a link that is unknown, used or void, whoever holds it, as their browser speaks: nobody is
/// looked up for it.
pub(super) fn nothing(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    page(HttpResponse::NotFound(), &Nothing { tongue: browser(request) })
}

/// What the link is about, to its approver; its number and a way to sign in, to everybody else.
pub(super) async fn show(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let here = Address::of(&request);
    let visitor = Visitor::of(&web, &request).await?;
    match (open(&web, &here).await?, visitor) {
        (Some(link), visitor) => {
            let others = visitor.is_some();
            if let Some(approver) = approver(&web, &request, (&link, visitor)).await? {
                let tongue = tongue(&web, &request, &approver).await?;
                return asked(&web, (&here, &link), (&approver, tongue), (Typed::default(), None)).await;
            }
            page(HttpResponse::Ok(), &SignIn { others, ..SignIn::of(&web, &request, &link).await? })
        }
        (None, Some(visitor)) => spent(&web, &request, &visitor).await,
        (None, None) => nothing(&request),
    }
}

/// The approver of a link, if that is who stands before the page: by their session, or by its code.
async fn approver(
    web: &Web,
    request: &HttpRequest,
    (link, visitor): (&MailLink, Option<Visitor>),
) -> Result<Option<Visitor>, Problem> {
    match visitor.filter(|visitor| visitor.person == link.person) {
        Some(visitor) => Ok(Some(visitor)),
        None => Visitor::by_code(web, request, link).await,
    }
}

/// The language and clock of an approver: as they said, or as their browser does.
async fn tongue(web: &Web, request: &HttpRequest, approver: &Visitor) -> Result<Tongue, Problem> {
    let person = approver.person;
    let said = hand_over::read(&web.desk, move |desk| Ok(desk.store().read(|conn| chosen(conn, person))?)).await?;
    Ok(said.map_or_else(|| browser(request), |said| Tongue { language: said.language, zone: said.zone }))
}

/// What became of a link, to the approver whom it was sent to: their recorded decision, where there is one.
async fn spent(web: &Web, request: &HttpRequest, approver: &Visitor) -> Result<HttpResponse, Problem> {
    let (hash, visitor) = (Address::of(request).hash(), approver.clone());
    let found = hand_over::read(&web.desk, move |desk| {
        let Some(link) = desk.link_of(&hash, visitor.person)? else { return Ok(None) };
        let entries = match desk.timeline(&visitor.by, &Find::Id(link.exception), 0, i64::MAX) {
            Ok(entries) => entries.what,
            // A delegate sees the record for as long as they are asked.
            Err(Error::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Some((link, entries)))
    });
    let Some((link, entries)) = found.await? else { return nothing(request) };
    let Some(end) = link.ended else { return nothing(request) };
    let tongue = tongue(web, request, approver).await?;
    let decided = entries.iter().rev().find_map(|entry| decided(&entry.event, (approver.person, link.round), tongue));
    let (heading, said) = match (decided, end) {
        (Some(said), LinkEnd::Used | LinkEnd::Decided | LinkEnd::Changed) => ("decide-recorded", said),
        (_, LinkEnd::RoleLost) => ("decide-spent", tongue.say("decide-roles-changed")),
        (_, LinkEnd::Replaced) => ("decide-spent", tongue.say("decide-replaced")),
        (None, LinkEnd::Used | LinkEnd::Decided) => ("decide-recorded", tongue.say("decide-decided")),
        (None, LinkEnd::Changed) => ("decide-spent", tongue.say("decide-changed")),
    };
    page(HttpResponse::Ok(), &Decided::of(link.number, (heading, said), tongue))
}

impl Decided {
    fn of(number: String, (heading, line): (&str, Said), tongue: Tongue) -> Self {
        Self { tongue, number, heading: tongue.say(heading).to_string(), line: line.to_string() }
    }
}

/// What somebody decided in a round, as a sentence, if this event is that.
#[expect(clippy::wildcard_enum_match_arm, reason = "three deeds decide a round, and the rest do not")]
fn decided(event: &Event, (person, round): (PersonId, u32), tongue: Tongue) -> Option<Said> {
    let own = event.by.person() == Some(person);
    let said = match &event.deed {
        Deed::Approved { round: of, approval, .. } if own && *of == round => {
            tongue.say("decide-approved").with("dossier", approval.dossier)
        }
        Deed::Rejected { round: of, .. } if own && *of == round => tongue.say("decide-rejected"),
        Deed::Returned { .. } if own => tongue.say("decide-returned"),
        _ => return None,
    };
    Some(said.with("at", tongue.instant(&event.at)).with("round", round))
}

/// What lies before the approver of a link, and what they saw when they last looked.
async fn before(web: &Web, visitor: &Visitor, link: &MailLink) -> Result<(Record<Before>, Option<Looked>), Problem> {
    let (by, id) = (visitor.by.clone(), link.exception);
    let read = hand_over::read(&web.desk, move |desk| {
        let found = desk.before_deciding(&by, id)?;
        let looked = desk.look(&by, &found.what.exception)?;
        Ok((found, looked))
    });
    read.await
}

/// The dossier on one page, with the form.
async fn asked(
    web: &Web,
    (here, link): (&Address, &MailLink),
    (visitor, tongue): (&Visitor, Tongue),
    (typed, wrong): (Typed, Option<String>),
) -> Result<HttpResponse, Problem> {
    let (found, looked) = before(web, visitor, link).await?;
    if found.what.principals.is_empty() {
        let said = ("decide-spent", tongue.say("decide-roles-changed"));
        let decided = Decided::of(link.number.clone(), said, tongue);
        return page(HttpResponse::Ok(), &decided);
    }
    let (title, sections) = dossier::sections(&found.what, &found.texts, tongue);
    let refused = wrong.is_some();
    let shown = Decide {
        tongue,
        number: link.number.clone(),
        title,
        here: here.path(),
        void: since::void(&found.what, tongue),
        since: looked.and_then(|looked| Since::of(&looked, &found.what.exception, tongue)),
        sections,
        form_token: visitor.form_token(),
        ballot: Ballot::of(&found, (link.dossier, visitor.person), (tongue, typed)),
        wrong,
    };
    page(if refused { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() }, &shown)
}

/// Decides, in the session of the approver whom the link was sent to.
pub(super) async fn submit(
    web: Data<Web>,
    request: HttpRequest,
    sent: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let here = Address::of(&request);
    let Some(link) = open(&web, &here).await? else { return Ok(see(&here.path()).finish()) };
    let visitor = Visitor::of(&web, &request).await?;
    let visitor = approver(&web, &request, (&link, visitor)).await?;
    let Some(visitor) = visitor else { return Ok(see(&here.path()).finish()) };
    let fields = Fields(sent.into_inner());
    visitor.require_form(&fields.text("form_token"))?;
    // A link is about an open round.
    let said = decision(&fields)?;
    if said == Decision::Resume {
        return Ok(see(&here.path()).finish());
    }
    let typed = Typed::of(&fields);
    let (found, _) = before(&web, &visitor, &link).await?;
    let tongue = tongue(&web, &request, &visitor).await?;
    let ballot = Ballot::of(&found, (link.dossier, visitor.person), (tongue, typed.clone()));
    if let Some((_, missing)) = ballot.missing(said) {
        return asked(&web, (&here, &link), (&visitor, tongue), (typed, Some(missing.to_string()))).await;
    }
    let (command, openings) = ballot.command(&web, said)?;
    let question = Asked { by: visitor.by.clone(), key: None, expected: None, command, openings };
    let pending = web.desk.decide_by_link(here.hash(), question, marked(&web, &request));
    match async { pending?.await }.await {
        Ok(_) | Err(Error::NotFound(_)) => Ok(see(&here.path()).finish()),
        Err(Error::Refused(refused)) => {
            asked(&web, (&here, &link), (&visitor, tongue), (typed, Some(told(&refused.refusal, tongue)))).await
        }
        Err(
            error @ (Error::Forbidden(_) | Error::KeyReused | Error::Replayed | Error::Store(_) | Error::Random(_)),
        ) => Err(error.into()),
    }
}

/// Why a rule refuses a decision; where there are no words of ours, in those of the rule.
fn told(refusal: &Refusal, tongue: Tongue) -> String {
    let said = tongue
        .name("refused", refusal.code())
        .known()
        .unwrap_or_else(|| tongue.say("refused").with("why", tongue.as_told(&refusal.to_string())));
    let said = if let Refusal::StepUpRequired { minutes } = refusal { said.count("minutes", minutes) } else { said };
    said.to_string()
}
