//! `/decide/{token}`: what an approver is asked by mail, on one page. Looking changes nothing, whoever
//! looks; deciding needs that very approver's session, and consumes the link with the decision.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use askama::Template;

use super::{
    ballot::{Ballot, Typed, decision},
    dossier::{self, Section},
    form::{Visitor, require_same_origin},
    layout::{page, see},
    sheet::Fields,
    sign_in::SignIn,
    text::Tongue,
};
use crate::{
    desk::{Asked, Before, Error, Find, Record},
    domain::event::{Deed, Event},
    identity::mail_link::LinkSecret,
    store::mail_links::MailLink,
    web::{Web, browser::marked, hand_over, problem::Problem},
    words::{Hash, Language, LinkEnd, PersonId, Zone},
};

/// These pages, and the mails that lead to them, name their facts in English.
const ENGLISH: Tongue = Tongue { language: Language::En, zone: Zone::UTC };

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
struct Nothing;

#[derive(Template)]
#[template(path = "decided.html")]
struct Decided {
    number: String,
    heading: &'static str,
    line: String,
}

#[derive(Template)]
#[template(path = "decide.html")]
struct Decide {
    number: String,
    title: String,
    here: String,
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

/// The same page for a link that is unknown, used or void, whoever holds it.
pub(super) fn nothing() -> Result<HttpResponse, Problem> {
    page(HttpResponse::NotFound(), &Nothing)
}

/// What the link is about, to its approver; its number and a way to sign in, to everybody else.
pub(super) async fn show(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let here = Address::of(&request);
    let visitor = Visitor::of(&web, &request).await?;
    match (open(&web, &here).await?, visitor) {
        (Some(link), visitor) => {
            let others = visitor.is_some();
            if let Some(approver) = approver(&web, &request, (&link, visitor)).await? {
                return asked(&web, (&here, &link), &approver, (Typed::default(), None)).await;
            }
            page(HttpResponse::Ok(), &SignIn { others, ..SignIn::of(&web, &here, &link).await? })
        }
        (None, Some(visitor)) => spent(&web, &here, &visitor).await,
        (None, None) => nothing(),
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

const SPENT: &str = "this link decides nothing any more";
const ROLES_CHANGED: &str =
    "The roles by which you were asked have changed since. If that is a mistake, ask those who administer roles.";

/// What became of a link, to the approver whom it was sent to: their recorded decision, where there is one.
async fn spent(web: &Web, here: &Address, visitor: &Visitor) -> Result<HttpResponse, Problem> {
    let (hash, visitor) = (here.hash(), visitor.clone());
    let found = hand_over::read(&web.desk, move |desk| {
        let Some(link) = desk.link_of(&hash, visitor.person)? else { return Ok(None) };
        let entries = match desk.timeline(&visitor.by, &Find::Id(link.exception), 0, i64::MAX) {
            Ok(entries) => entries.what,
            // A delegate sees the record for as long as they are asked.
            Err(Error::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let decided = entries.iter().rev().find_map(|entry| decided(&entry.event, (visitor.person, link.round)));
        Ok(Some((link, decided)))
    });
    let Some((link, decided)) = found.await? else { return nothing() };
    let Some(end) = link.ended else { return nothing() };
    let (heading, said) = match (decided, end) {
        (Some(said), LinkEnd::Used | LinkEnd::Decided | LinkEnd::Changed) => ("your decision is recorded", said),
        (_, LinkEnd::RoleLost) => (SPENT, ROLES_CHANGED.to_owned()),
        (_, LinkEnd::Replaced) => {
            (SPENT, "A newer mail has another link for the same decision: that one decides.".to_owned())
        }
        (None, LinkEnd::Used | LinkEnd::Decided) => {
            ("your decision is recorded", "You have decided. What came of it stands in the record.".to_owned())
        }
        (None, LinkEnd::Changed) => (
            SPENT,
            "What it was about has changed or been settled since. If you are asked again, a new mail has a new link."
                .to_owned(),
        ),
    };
    page(HttpResponse::Ok(), &Decided { number: link.number, heading, line: said })
}

/// What somebody decided in a round, as a sentence, if this event is that.
#[expect(clippy::wildcard_enum_match_arm, reason = "three deeds decide a round, and the rest do not")]
fn decided(event: &Event, (person, round): (PersonId, u32)) -> Option<String> {
    let at = event.at.format("%-d %B %Y at %H:%M UTC");
    let own = event.by.person() == Some(person);
    match &event.deed {
        Deed::Approved { round: of, approval, .. } if own && *of == round => {
            Some(format!("You approved on {at}, in round {round}, dossier {}.", approval.dossier))
        }
        Deed::Rejected { round: of, .. } if own && *of == round => {
            Some(format!("You rejected on {at}, in round {round}."))
        }
        Deed::Returned { .. } if own => Some(format!("You asked for changes on {at}.")),
        _ => None,
    }
}

/// What lies before the approver of a link.
async fn before(web: &Web, visitor: &Visitor, link: &MailLink) -> Result<Record<Before>, Problem> {
    let (by, id) = (visitor.by.clone(), link.exception);
    hand_over::read(&web.desk, move |desk| desk.before_deciding(&by, id)).await
}

/// The dossier on one page, with the form.
async fn asked(
    web: &Web,
    (here, link): (&Address, &MailLink),
    visitor: &Visitor,
    (typed, wrong): (Typed, Option<String>),
) -> Result<HttpResponse, Problem> {
    let found = before(web, visitor, link).await?;
    if found.what.principals.is_empty() {
        let decided = Decided { number: link.number.clone(), heading: SPENT, line: ROLES_CHANGED.to_owned() };
        return page(HttpResponse::Ok(), &decided);
    }
    let (title, sections) = dossier::sections(&found.what, &found.texts);
    let refused = wrong.is_some();
    let shown = Decide {
        number: link.number.clone(),
        title,
        here: here.path(),
        sections,
        form_token: visitor.form_token(),
        ballot: Ballot::of(&found, (link.dossier, visitor.person), (ENGLISH, typed)),
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
    let (said, typed) = (decision(&fields)?, Typed::of(&fields));
    let found = before(&web, &visitor, &link).await?;
    let ballot = Ballot::of(&found, (link.dossier, visitor.person), (ENGLISH, typed.clone()));
    if let Some((_, missing)) = ballot.missing(said) {
        return asked(&web, (&here, &link), &visitor, (typed, Some(missing.to_string()))).await;
    }
    let (command, openings) = ballot.command(&web, said)?;
    let question = Asked { by: visitor.by.clone(), key: None, expected: None, command, openings };
    let pending = web.desk.decide_by_link(here.hash(), question, marked(&web, &request));
    match async { pending?.await }.await {
        Ok(_) | Err(Error::NotFound(_)) => Ok(see(&here.path()).finish()),
        Err(Error::Refused(refused)) => asked(&web, (&here, &link), &visitor, (typed, Some(refused.to_string()))).await,
        Err(
            error @ (Error::Forbidden(_) | Error::KeyReused | Error::Replayed | Error::Store(_) | Error::Random(_)),
        ) => Err(error.into()),
    }
}
