//! One account: who it is, what it may where, who acts for whom, its tokens without their texts, and a button for each
//! command that whoever looks may ask for.

mod act;
pub(super) mod erasure;

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

pub(super) use self::act::{ask, submit};
use super::{
    delegations::{self, Side},
    door::{self, Link},
    people, tokens,
};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::By,
        request::Time,
        roster::{Change, GrantRecord},
    },
    store::roster::{After, delegations_of, grants_of},
    web::{
        api::{
            administer::allowed,
            changes::{ChangeView, listed, shown},
            delegations::{DelegationView, view as delegation},
            people::{
                require_details,
                view::{DetailsView, PasswordView, PersonView, Sight, one},
            },
            tokens::{TokenView, held, require_reach},
        },
        pages::{layout::page, names::Names, sheet::Sheet, shell::Shell, text::Tongue, visit::Visit},
        problem::Problem,
    },
    words::{AdminVerb, ChangeId, ChangeState, GrantId, PersonId, ReadVerb},
};

/// Changes that are looked through for those about somebody.
const MOST_CHANGES: i64 = 200;

/// The commands about an account, in the order of their buttons.
const VERBS: [AdminVerb; 10] = [
    AdminVerb::GrantRole,
    AdminVerb::RemoveRole,
    AdminVerb::UpdatePerson,
    AdminVerb::MovePerson,
    AdminVerb::SetAbsence,
    AdminVerb::EndAbsence,
    AdminVerb::SetPassword,
    AdminVerb::MergePerson,
    AdminVerb::ReturnPerson,
    AdminVerb::LeavePerson,
];

/// An account and what belongs to it, as far as whoever asks may see it.
struct Known {
    one: PersonView,
    version: u64,
    grants: Vec<(GrantId, GrantRecord)>,
    delegations: Vec<DelegationView>,
    /// Nothing to those who look after none of them.
    tokens: Option<Vec<TokenView>>,
    changes: Vec<ChangeView>,
    names: Names,
    may: BTreeSet<AdminVerb>,
    reads: bool,
    /// May they read what an erasure would take?
    erases: bool,
}

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    ways: Vec<Link>,
    id: PersonId,
    name: String,
    state: people::Standing,
    tone: &'static str,
    own: bool,
    done: Option<String>,
    waits: Option<ChangeId>,
    facts: Vec<(String, String)>,
    changes: Vec<(ChangeId, String)>,
    roles: Vec<Held>,
    past: Vec<Held>,
    given: Vec<delegations::Row>,
    received: Vec<delegations::Row>,
    tokens: Option<Vec<tokens::Row>>,
    offers: Vec<Offer>,
    erases: bool,
}

/// A role that is or was held.
struct Held {
    id: GrantId,
    role: String,
    domain: String,
    since: String,
    until: String,
    /// May whoever looks take it away?
    takes: bool,
}

struct Offer {
    verb: AdminVerb,
    label: String,
    grave: bool,
}

/// Whoever may not read an account is not told that there is one.
fn require(desk: &Desk, by: &By, id: PersonId) -> Result<(), Error> {
    if allowed(require_details(desk, by, id))? { Ok(()) } else { Err(Error::NotFound("person")) }
}

fn read(desk: &Desk, by: &By, (id, now): (PersonId, Time)) -> Result<Known, Error> {
    require(desk, by, id)?;
    let (one, version) = one(desk, id, Sight::Everything)?;
    let (grants, delegations) =
        desk.store().read(|conn| Ok::<_, Error>((grants_of(conn, id)?, delegations_of(conn, id)?)))?;
    let delegations: Vec<_> = delegations.into_iter().map(|given| delegation(given, now)).collect();
    let tokens = match require_reach(desk, by, id) {
        Ok(()) => Some(held(desk, id, now)?),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    let verbs: Vec<AdminVerb> = VERBS.into_iter().chain([AdminVerb::EndDelegation]).collect();
    let sides = delegations.iter().flat_map(|given| [given.from, given.to]);
    let named = one.details.iter().flat_map(|details| [Some(details.human), details.responsible]);
    let stands_in = one.absence.as_ref().and_then(|away| away.stand_in);
    let people = sides.chain(named.flatten()).chain(stands_in).chain([id]).collect();
    Ok(Known {
        names: Names::read(desk, &people)?,
        changes: waiting(desk, by, id)?,
        may: door::may(desk, by, &verbs)?,
        reads: door::reads(desk, by)?,
        erases: allowed(desk.may_read(by, ReadVerb::ReadErasures))?,
        one,
        version,
        grants,
        delegations,
        tokens,
    })
}

/// The changes about somebody that wait for a second person, to those who may read changes.
fn waiting(desk: &Desk, by: &By, id: PersonId) -> Result<Vec<ChangeView>, Error> {
    let mut found: Vec<Change> = Vec::new();
    let asked = (Some(ChangeState::Open), After { last: None, limit: MOST_CHANGES });
    allowed(listed(desk, by, asked).map(|open| found = open))?;
    found.retain(|change| change.action.subject() == Some(id));
    shown(desk, found)
}

fn target(visit: &Visit) -> Result<PersonId, Problem> {
    visit.call().id("id", "person")
}

/// Shows it.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let (id, now) = (target(&visit)?, visit.web.desk.clock().now());
    let mut known = visit.read(move |desk, by| read(desk, by, (id, now))).await?;
    known.names = known.names.told_in(visit.tongue());
    let sheet = visit.sheet()?;
    page(HttpResponse::Ok(), &told(visit, sheet, &known, now))
}

fn told(visit: Visit, sheet: Sheet, known: &Known, now: Time) -> Page {
    let (t, me) = (visit.tongue(), visit.me());
    let (state, tone) = people::stands(&known.one, now);
    let done = visit.parameter("done").and_then(|verb| verb.parse::<AdminVerb>().ok());
    let waits: Option<ChangeId> = visit.parameter("waits").and_then(|change| change.parse().ok());
    let takes = known.may.contains(&AdminVerb::RemoveRole);
    let (past, roles): (Vec<_>, Vec<_>) = known.grants.iter().partition(|(_, grant)| grant.removed.is_some());
    let held =
        |grants: Vec<&(GrantId, GrantRecord)>| grants.into_iter().map(|grant| held_as(t, grant, takes)).collect();
    let ends = delegations::Ends { me, any: known.may.contains(&AdminVerb::EndDelegation) };
    let rows = |side: Side| {
        let of_it = known.delegations.iter().filter(|given| side.of(given) == known.one.id);
        of_it.map(|given| delegations::row(t, given, (&known.names, now, ends))).collect()
    };
    Page {
        ways: door::ways(known.reads, &visit.roles(), ""),
        id: known.one.id,
        name: known.names.of(&known.one.id),
        state,
        tone,
        own: known.one.id == me,
        done: done.map(|verb| t.name("verb", verb).to_string()),
        waits: waits.filter(|waits| known.changes.iter().any(|change| change.id == *waits)),
        facts: facts(t, known, now),
        changes: known.changes.iter().map(|change| (change.id, t.as_told(&change.text))).collect(),
        roles: held(roles),
        past: held(past),
        given: rows(Side::From),
        received: rows(Side::To),
        tokens: known.tokens.as_ref().map(|held| held.iter().map(|token| tokens::row(t, token)).collect()),
        offers: offers(t, known, me),
        erases: known.erases,
        sheet,
        shell: visit.shell,
    }
}

fn held_as(t: Tongue, (id, grant): &(GrantId, GrantRecord), takes: bool) -> Held {
    Held {
        id: *id,
        role: t.name("role", grant.role).to_string(),
        domain: domain(t, &grant.domain),
        since: t.day(&grant.granted_at),
        until: grant.removed.map(|removal| t.day(&removal.at)).unwrap_or_default(),
        takes,
    }
}

/// A domain in words.
pub(super) fn domain(t: Tongue, domain: &crate::words::DomainPath) -> String {
    if *domain == crate::words::DomainPath::root() {
        return t.say("roles-everywhere").to_string();
    }
    domain.to_string()
}

fn facts(t: Tongue, known: &Known, now: Time) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |key: &str, text: Option<String>| facts.extend(text.map(|text| (t.say(key).to_string(), text)));
    if let Some(details) = &known.one.details {
        let DetailsView { email, human, responsible, password, unit, region, added_at, changed_at, .. } = details;
        fact("person-email", email.clone());
        fact("person-responsible", known.names.maybe(responsible.as_ref()));
        fact("person-merged", Some(known.names.of(human)).filter(|_| *human != known.one.id));
        fact("person-unit", unit.clone());
        fact("person-region", region.clone());
        let password = Some(password).filter(|_| !known.one.service);
        fact("person-password", password.map(|password| t.name("password", status(*password)).to_string()));
        fact("person-added", Some(t.moment(&added_at.0)));
        fact("person-changed", Some(t.moment(&changed_at.0)).filter(|_| changed_at != added_at));
    }
    fact(
        "person-absence",
        known.one.absence.as_ref().filter(|away| now < away.ends.0).map(|away| {
            let said =
                t.say("person-away-said").with("from", t.moment(&away.starts.0)).with("until", t.moment(&away.ends.0));
            let stands_in = known.names.maybe(away.stand_in.as_ref());
            let stands_in = stands_in.map(|name| t.say("person-stands-in").with("name", name).to_string());
            [Some(said.to_string()), stands_in].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }),
    );
    facts
}

/// What a password is, as its words are named.
const fn status(password: PasswordView) -> &'static str {
    match password {
        PasswordView::Unset => "unset",
        PasswordView::Temporary => "temporary",
        PasswordView::Chosen => "chosen",
    }
}

fn offers(t: Tongue, known: &Known, me: PersonId) -> Vec<Offer> {
    // A role is taken away where it stands.
    let buttons = VERBS.into_iter().filter(|verb| *verb != AdminVerb::RemoveRole);
    let sensible = buttons.filter(|verb| known.may.contains(verb) && makes_sense(*verb, &known.one, me));
    sensible.map(|verb| Offer { verb, label: t.name("verb", verb).to_string(), grave: is_grave(verb) }).collect()
}

const fn is_grave(verb: AdminVerb) -> bool {
    matches!(verb, AdminVerb::LeavePerson | AdminVerb::MergePerson | AdminVerb::RemoveRole)
}

/// Would it do anything for this account? What somebody may do, the door says.
#[expect(clippy::wildcard_enum_match_arm, reason = "those about accounts are named, and the rest are on other pages")]
fn makes_sense(verb: AdminVerb, one: &PersonView, me: PersonId) -> bool {
    let (human, other) = (!one.service, one.id != me);
    // Whoever was erased is called nothing any more.
    let there = one.name.is_some();
    match verb {
        AdminVerb::GrantRole => one.active && other,
        AdminVerb::RemoveRole => one.details.as_ref().is_some_and(|details| !details.roles.is_empty()),
        AdminVerb::MovePerson | AdminVerb::SetAbsence => one.active && human,
        AdminVerb::EndAbsence => one.active && one.absence.is_some(),
        AdminVerb::SetPassword => one.active && human && other,
        AdminVerb::MergePerson => human && there,
        AdminVerb::UpdatePerson | AdminVerb::LeavePerson => one.active,
        AdminVerb::ReturnPerson => !one.active && there,
        _ => false,
    }
}
