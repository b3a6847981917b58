//! Who acts in whose place, and how long: everybody's to those who may read people, to others their own. An approver
//! gives one; either side or an administrator ends it.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::door::{self, Form, Link, Listed};
use crate::{
    desk::{Desk, Error},
    domain::{person::By, request::Time, roster::RosterAction},
    store::{
        queries::Cursor,
        roster::{After, Stage, delegations_at, sides},
    },
    web::{
        api::{
            administer::{Outcome, Question as Asking},
            delegations::{Delegate, DelegationView, to_delegate, view},
        },
        json::checked,
        page as paging,
        pages::{
            absence,
            layout::{page, see},
            names::Names,
            sheet::{Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
        query::word,
    },
    words::{AdminVerb, DelegationId, PersonId, Role},
};

/// Rows of a page.
const ROWS: i64 = 25;
/// What the order is called in its cursors.
const ORDER: &str = "delegations";
/// The fields of the form that gives one.
const FIELDS: [&str; 3] = ["to", "starts", "ends"];

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    #[serde(deserialize_with = "word")]
    state: Option<Stage>,
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "delegations.html")]
struct List {
    shell: Shell,
    sheet: Sheet,
    ways: Vec<Link>,
    heading: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    reads: bool,
    gives: bool,
    first: Option<String>,
    next: Option<String>,
}

struct Tab {
    state: Stage,
    current: bool,
}

/// A delegation in a list.
pub(super) struct Row {
    pub(super) id: DelegationId,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) starts: String,
    pub(super) ends: String,
    pub(super) state: Stage,
    pub(super) tone: &'static str,
    /// May whoever looks end it?
    pub(super) endable: bool,
}

/// A side of a delegation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    /// Whose slot is filled.
    From,
    /// Who acts.
    To,
}

impl Side {
    /// Who is on this side.
    pub(super) const fn of(self, given: &DelegationView) -> PersonId {
        match self {
            Self::From => given.from,
            Self::To => given.to,
        }
    }
}

/// Which delegations whoever looks may end: those with a part of theirs, or any.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) me: PersonId,
    pub(super) any: bool,
}

/// A delegation in one line.
pub(super) fn row(t: Tongue, given: &DelegationView, (names, now, ends): (&Names, Time, Ends)) -> Row {
    let (state, tone) = match (given.in_force, given.ended_at.is_none() && now < given.starts.0) {
        (true, _) => (Stage::Running, "ok"),
        (false, true) => (Stage::Coming, "info"),
        (false, false) => (Stage::Over, ""),
    };
    Row {
        id: given.id,
        from: names.of(&given.from),
        to: names.of(&given.to),
        starts: t.moment(&given.starts.0),
        ends: t.moment(&given.ended_at.unwrap_or(given.ends).0),
        state,
        tone,
        endable: state != Stage::Over && (ends.any || [given.from, given.to].contains(&ends.me)),
    }
}

/// Shows a page of them.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let listed = Listed::<Asked>::of(&visit, "/admin/delegations");
    shown(visit, listed).await
}

async fn shown(visit: Visit, mut listed: Listed<Asked>) -> Result<HttpResponse, Problem> {
    let stage = listed.asked.state.unwrap_or(Stage::Running);
    let binding = paging::binding(ORDER, &stage);
    let cursor = listed.asked.cursor.clone();
    let last = door::place(&binding, cursor.as_deref(), (&mut listed.sheet, &visit)).map(|place| place.value);
    let (me, now) = (visit.me(), visit.web.desk.clock().now());
    let page_of = After { last, limit: ROWS.saturating_add(1) };
    let read = visit.read(move |desk, by| found(desk, by, ((stage, now), me, page_of)));
    let (found, names, reads, ends) = read.await?;
    let names = names.told_in(visit.tongue());
    let (found, next) = paging::part(found, ROWS, |given| Cursor {
        value: i64::try_from(given.leaf).unwrap_or(0),
        id: given.id.to_string(),
    });
    let t = visit.tongue();
    let ends = Ends { me, any: ends };
    let status = if listed.sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let token = visit.sheet()?;
    let shown = List {
        ways: door::ways(reads, &visit.roles(), "/admin/delegations"),
        heading: t.name("delegation", stage).to_string(),
        tabs: Stage::ALL.iter().map(|one| Tab { state: *one, current: *one == stage }).collect(),
        rows: found.iter().map(|given| row(t, given, (&names, now, ends))).collect(),
        reads,
        gives: visit.roles().iter().any(|role: &Role| role.approves()),
        first: last.map(|_| listed.first()),
        next: next.map(|place| listed.after(&paging::sealed(&binding, &place))),
        sheet: Sheet { token: token.token, once: token.once, ..listed.sheet },
        shell: visit.shell,
    };
    page(status, &shown)
}

type Found = (Vec<DelegationView>, Names, bool, bool);

/// Everybody's to those who may read people, else one's own; and whether whoever asks may end any of them.
fn found(desk: &Desk, by: &By, (at, me, asked): ((Stage, Time), PersonId, After<i64>)) -> Result<Found, Error> {
    let reads = door::reads(desk, by)?;
    let whose = (!reads).then_some(me);
    let found = desk.store().read(|conn| Ok::<_, Error>(delegations_at(conn, at, whose, asked)?))?;
    let found: Vec<_> = found.into_iter().map(|given| view(given, at.1)).collect();
    let people: BTreeSet<PersonId> = found.iter().flat_map(|given| [given.from, given.to]).collect();
    let ends = !door::may(desk, by, &[AdminVerb::EndDelegation])?.is_empty();
    Ok((found, Names::read(desk, &people)?, reads, ends))
}

/// Only an approver has something to pass on.
fn require_approver(visit: &Visit) -> Result<(), Problem> {
    if visit.roles().iter().any(|role| role.approves()) { Ok(()) } else { Err(Problem::not_found("page")) }
}

/// Asks to whom, and how long.
pub(super) async fn ask(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    asked(visit, sheet).await
}

async fn asked(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    require_approver(&visit)?;
    let everybody = visit.read(|desk, _| Names::everybody(desk)).await?;
    let t = visit.tongue();
    let questions = vec![
        Question::select("to", t.say("delegation-to"), door::others(&everybody, visit.me())),
        Question::date("starts", t.say("delegation-starts")).hinted(t.say("delegation-starts-hint")).optional(),
        Question::date("ends", t.say("delegation-ends")).hinted(t.say("delegation-ends-hint")),
    ];
    let told = (AdminVerb::Delegate, t.say("delegations-title").to_string(), t.say("delegation-means").to_string());
    Form::below("/admin/delegations", told, (questions, sheet), visit).shown()
}

/// Gives one.
pub(super) async fn give(sent: Sent) -> Result<HttpResponse, Problem> {
    require_approver(&sent.visit)?;
    match given(&sent).await {
        Ok((Outcome::Waits(change), _)) => Ok(see(&format!("/changes/{}", change.id)).finish()),
        Ok((Outcome::Done(_), coming)) => {
            let stage = if coming { Stage::Coming } else { Stage::Running };
            Ok(see(&format!("/admin/delegations?state={stage}")).finish())
        }
        Err(problem) => {
            let sheet = door::refused(&sent, problem, &FIELDS)?;
            asked(sent.visit, sheet).await
        }
    }
}

/// What became of it, and whether it begins later.
async fn given(sent: &Sent) -> Result<(Outcome, bool), Problem> {
    let (zone, now) = (sent.visit.tongue().zone, sent.visit.web.desk.clock().now());
    let (starts, ends) = absence::span(&sent.fields, zone, now);
    let coming = starts.is_some();
    let mut object = sent.fields.object(&["to"]);
    object.insert("starts".to_owned(), json!(starts));
    object.insert("ends".to_owned(), json!(ends));
    let body: Delegate = checked(serde_json::Value::Object(object))?;
    let question = to_delegate(&sent.visit.call(), body, sent.fields.hash()).await?;
    Ok((door::ask(sent, question).await?, coming))
}

/// Ends one before its time, and leads back to where the button was.
pub(super) async fn end(sent: Sent) -> Result<HttpResponse, Problem> {
    let delegation: DelegationId = sent.visit.call().id("id", "delegation")?;
    sent.visit.read(move |desk, by| require_seen(desk, by, delegation)).await?;
    let action = RosterAction::EndDelegation { delegation };
    let question = Asking::plain(&sent.visit.call(), action, sent.fields.hash())?;
    match door::ask(&sent, question).await {
        Ok(_) => Ok(see("/admin/delegations?state=over").finish()),
        Err(problem) => {
            let mut listed = Listed::of(&sent.visit, "/admin/delegations");
            listed.sheet = door::refused(&sent, problem, &[])?;
            shown(sent.visit, listed).await
        }
    }
}

/// Whoever may not see a delegation is not told that there is one.
fn require_seen(desk: &Desk, by: &By, delegation: DelegationId) -> Result<(), Error> {
    let missing = || Error::NotFound("delegation");
    let found = desk.store().read(|conn| Ok::<_, Error>(sides(conn, delegation)?))?;
    let (from, to) = found.ok_or_else(missing)?;
    let own = by.person().is_some_and(|me| [from, to].contains(&me));
    if own || door::reads(desk, by)? { Ok(()) } else { Err(missing()) }
}
