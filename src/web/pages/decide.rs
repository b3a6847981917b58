//! `/decide/{token}`: what an approver is asked by mail, on one page. Looking changes nothing, whoever
//! looks; deciding needs that very approver's session, and consumes the link with the decision.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use askama::Template;
use serde::Deserialize;

use super::{
    dossier::{self, Section, name_of},
    form::{Visitor, require_same_origin},
    layout::{page, see},
    sign_in::SignIn,
};
use crate::{
    desk::{Asked, Before, Error, Find, Record},
    domain::{
        command::{Approve, Command, ProposedCondition},
        event::{Deed, Event},
    },
    identity::mail_link::LinkSecret,
    store::mail_links::MailLink,
    web::{Web, hand_over, problem::Problem},
    words::{Hash, LinkEnd, Opening, PersonId, Sealer},
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

/// What an approver sends.
#[derive(Deserialize)]
pub(super) struct DecisionForm {
    form_token: String,
    decision: Decision,
    #[serde(flatten)]
    typed: TypedTexts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    ApproveWithConditions,
    RequestChanges,
    Reject,
}

impl Decision {
    /// What is still to be written.
    fn missing(self, typed: &TypedTexts) -> Option<&'static str> {
        let blank = |text: &str| text.trim().is_empty();
        match self {
            Self::Approve => None,
            Self::ApproveWithConditions => blank(&typed.conditions).then_some("Write at least one condition."),
            Self::RequestChanges | Self::Reject => blank(&typed.reason).then_some("Say why: the requester reads it."),
        }
    }
}

/// The texts of the form.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct TypedTexts {
    #[serde(default)]
    conditions: String,
    #[serde(default)]
    departure: String,
    #[serde(default)]
    reason: String,
    /// For whom a delegate decides; blank: for themselves.
    #[serde(default)]
    on_behalf_of: String,
}

/// Somebody for whom one may decide.
struct Place {
    /// Their id; blank where that is oneself.
    id: String,
    /// As it is said.
    name: String,
    chosen: bool,
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
    dossier: Hash,
    sections: Vec<Section>,
    form_token: String,
    places: Vec<Place>,
    /// May they decide for themselves, and so deny too?
    own: bool,
    typed: TypedTexts,
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
                return asked(&web, (&here, &link), &approver, (TypedTexts::default(), None)).await;
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

/// The dossier on one page, with the form.
async fn asked(
    web: &Web,
    (here, link): (&Address, &MailLink),
    visitor: &Visitor,
    (typed, wrong): (TypedTexts, Option<String>),
) -> Result<HttpResponse, Problem> {
    let (by, id) = (visitor.by.clone(), link.exception);
    let found = hand_over::read(&web.desk, move |desk| desk.before_deciding(&by, id)).await?;
    let Record { what: before, texts } = found;
    if before.principals.is_empty() {
        let (number, line) = (link.number.clone(), ROLES_CHANGED.to_owned());
        return page(HttpResponse::Ok(), &Decided { number, heading: SPENT, line });
    }
    let (title, sections) = dossier::sections(&before, &texts);
    let refused = wrong.is_some();
    let shown = Decide {
        number: link.number.clone(),
        title,
        here: here.path(),
        dossier: link.dossier,
        sections,
        form_token: visitor.form_token(),
        places: places(&before, visitor.person, &typed.on_behalf_of),
        own: before.principals.contains(&visitor.person),
        typed,
        wrong,
    };
    page(if refused { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() }, &shown)
}

/// For whom somebody may decide: the first is chosen, unless they chose.
fn places(before: &Before, person: PersonId, chosen: &str) -> Vec<Place> {
    let mut places: Vec<Place> = before
        .principals
        .iter()
        .map(|principal| {
            let own = *principal == person;
            let id = if own { String::new() } else { principal.to_string() };
            let name = if own { "myself".to_owned() } else { name_of(before, *principal) };
            Place { chosen: id == chosen, id, name }
        })
        .collect();
    if !places.iter().any(|place| place.chosen)
        && let Some(first) = places.first_mut()
    {
        first.chosen = true;
    }
    places
}

/// Decides, in the session of the approver whom the link was sent to.
pub(super) async fn submit(
    web: Data<Web>,
    request: HttpRequest,
    sent: Form<DecisionForm>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let here = Address::of(&request);
    let Some(link) = open(&web, &here).await? else { return Ok(see(&here.path()).finish()) };
    let visitor = Visitor::of(&web, &request).await?;
    let visitor = approver(&web, &request, (&link, visitor)).await?;
    let Some(visitor) = visitor else { return Ok(see(&here.path()).finish()) };
    let DecisionForm { form_token, decision, typed } = sent.into_inner();
    visitor.require_form(&form_token)?;
    if let Some(missing) = decision.missing(&typed) {
        return asked(&web, (&here, &link), &visitor, (typed, Some(missing.to_owned()))).await;
    }
    let (command, openings) = command(&web, (decision, &typed), link.dossier)?;
    let question = Asked { by: visitor.by.clone(), key: None, expected: None, command, openings };
    let pending = web.desk.decide_by_link(here.hash(), question);
    match async { pending?.await }.await {
        Ok(_) | Err(Error::NotFound(_)) => Ok(see(&here.path()).finish()),
        Err(Error::Refused(refused)) => asked(&web, (&here, &link), &visitor, (typed, Some(refused.to_string()))).await,
        Err(
            error @ (Error::Forbidden(_) | Error::KeyReused | Error::Replayed | Error::Store(_) | Error::Random(_)),
        ) => Err(error.into()),
    }
}

fn command(
    web: &Web,
    (decision, typed): (Decision, &TypedTexts),
    dossier: Hash,
) -> Result<(Command, Vec<Opening>), Problem> {
    let mut salts = web.desk.random().stream().map_err(Problem::internal)?;
    let mut draw = || salts.bytes32();
    let mut sealer = Sealer::new(&mut draw);
    let command = match decision {
        Decision::Approve => Command::Approve(Box::new(approval(&mut sealer, typed, dossier))),
        Decision::ApproveWithConditions => {
            let lines = typed.conditions.lines().map(str::trim).filter(|line| !line.is_empty());
            let conditions = lines
                .map(|line| ProposedCondition { text: sealer.seal("condition", line), obligation: None })
                .collect();
            Command::Approve(Box::new(Approve { conditions, ..approval(&mut sealer, typed, dossier) }))
        }
        Decision::RequestChanges => {
            Command::RequestChanges { dossier, reason: sealer.seal("reason", typed.reason.trim()) }
        }
        Decision::Reject => Command::Reject { dossier, reason: sealer.seal("reason", typed.reason.trim()) },
    };
    Ok((command, sealer.into_openings()))
}

fn approval(sealer: &mut Sealer<'_>, typed: &TypedTexts, dossier: Hash) -> Approve {
    let departure = Some(typed.departure.trim()).filter(|text| !text.is_empty());
    Approve {
        dossier,
        on_behalf_of: typed.on_behalf_of.parse().ok(),
        delegation: None,
        conditions: Vec::new(),
        departure: departure.map(|text| sealer.seal("departure", text)),
        reason: None,
    }
}
