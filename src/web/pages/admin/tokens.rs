//! API tokens: one's own, those of services that one answers for, and to administrators everybody's. A token's text is
//! shown once, in the answer that issues it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{self, Form, Link, Listed, Once};
use crate::{
    desk::{Desk, Error},
    domain::{person::By, roster::RosterAction},
    store::roster::{After, list_present, records, services_of},
    web::{
        api::{
            administer::{Outcome, Question as Asking, allowed, shown_once},
            people::view::{Sight, people},
            tokens::{IssueToken, Issuing, TokenView, held, require_reach, to_issue},
        },
        json::checked,
        pages::{
            absence,
            layout::{page, see},
            names::Names,
            sheet::{Choice, Fields, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
        query::word,
    },
    words::{AdminVerb, PersonId, Scope, TokenId},
};

/// Most accounts that a choice of one offers.
const MOST: i64 = 500;
/// Most tokens of the page, the newest; the interface has all of them.
const MOST_TOKENS: usize = 100;
/// The fields of the form that issues one.
const FIELDS: [&str; 4] = ["person", "name", "scopes", "expires_at"];

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    #[serde(deserialize_with = "word")]
    person: Option<PersonId>,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct List {
    shell: Shell,
    sheet: Sheet,
    ways: Vec<Link>,
    whose: PersonId,
    own: bool,
    name: String,
    filters: Vec<Question>,
    rows: Vec<Row>,
    issues: bool,
}

/// A token in a list.
pub(super) struct Row {
    pub(super) id: TokenId,
    pub(super) name: String,
    pub(super) scopes: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) issued: String,
    pub(super) expires: String,
    pub(super) used: String,
    pub(super) usable: bool,
}

/// A token in one line, without its text, which nothing keeps.
pub(super) fn row(t: Tongue, token: &TokenView) -> Row {
    let (state, tone) = match (token.revoked_at, token.usable) {
        (Some(_), _) => ("revoked", "bad"),
        (None, true) => ("usable", "ok"),
        (None, false) => ("expired", ""),
    };
    Row {
        id: token.id,
        name: token.name.clone().unwrap_or_else(|| "[erased]".to_owned()),
        scopes: token.scopes.iter().map(|scope| t.name("scope", scope).to_string()).collect::<Vec<_>>().join(", "),
        state,
        tone,
        issued: t.moment(&token.issued_at.0),
        expires: t.moment(&token.expires_at.0),
        used: token.last_used_at.map_or_else(|| t.say("tokens-unused").to_string(), |at| t.moment(&at.0)),
        usable: token.usable,
    }
}

/// An account whose tokens somebody looks after.
struct Account {
    name: String,
    /// May whoever looks issue a token for it?
    issues: bool,
}

/// The accounts whose tokens whoever asks looks after: their own, services that they answer for, and to administrators
/// everybody's. A token for a human is issued by that human alone.
fn accounts(desk: &Desk, by: &By, (me, whose): (PersonId, PersonId)) -> Result<BTreeMap<PersonId, Account>, Error> {
    let all = allowed(desk.may_administer(by, AdminVerb::RevokeToken))?;
    let issues = allowed(desk.may_administer(by, AdminVerb::IssueToken))?;
    desk.store().read(|conn| {
        // Beyond the most that a choice offers there are still those that are asked about.
        let mut found = records(conn, &[me, whose].into())?;
        found.extend(services_of(conn, me)?);
        if all {
            found.extend(list_present(conn, After { last: None, limit: MOST })?);
        }
        let found: Vec<_> = found.into_iter().collect();
        let shown = people(conn, &found, Sight::Names)?;
        let named = found.iter().zip(shown).filter_map(|((id, record), view)| {
            let (own, answers) = (*id == me, record.responsible == Some(me));
            let account = Account {
                name: view.name.unwrap_or_else(|| "[erased]".to_owned()),
                issues: record.active && (own || answers || (issues && record.responsible.is_some())),
            };
            (all || own || answers).then_some((*id, account))
        });
        Ok(named.collect())
    })
}

/// Shows those of one account.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let listed = Listed::<Asked>::of(&visit, "/admin/tokens");
    let whose = listed.asked.person.unwrap_or(visit.me());
    shown(visit, whose, listed.sheet).await
}

async fn shown(visit: Visit, whose: PersonId, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let (me, now) = (visit.me(), visit.web.desk.clock().now());
    let read = visit.read(move |desk, by| {
        require_reach(desk, by, whose)?;
        let name = Names::read(desk, &[whose].into())?.of(&whose);
        Ok((held(desk, whose, now)?, accounts(desk, by, (me, whose))?, name, door::reads(desk, by)?))
    });
    let (found, accounts, name, reads) = read.await?;
    let t = visit.tongue();
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let fresh = visit.sheet()?;
    let fields = Fields::default().set("person", whose.to_string());
    let shown = List {
        ways: door::ways(reads, &visit.roles(), "/admin/tokens"),
        whose,
        own: whose == me,
        name,
        filters: filters(t, &accounts),
        rows: found.iter().take(MOST_TOKENS).map(|token| row(t, token)).collect(),
        issues: accounts.get(&whose).is_some_and(|account| account.issues),
        sheet: Sheet { token: fresh.token, once: fresh.once, ..sheet.filled(fields) },
        shell: visit.shell,
    };
    page(status, &shown)
}

/// Whose, where there is a choice.
fn filters(t: Tongue, accounts: &BTreeMap<PersonId, Account>) -> Vec<Question> {
    let mut named: Vec<_> = accounts.iter().map(|(id, account)| (&account.name, id)).collect();
    if named.len() < 2 {
        return Vec::new();
    }
    named.sort();
    let choices = named.into_iter().map(|(name, id)| Choice::new(id, name)).collect();
    vec![Question::select("person", t.say("tokens-whose"), choices)]
}

/// Asks what it is for.
pub(super) async fn ask(visit: Visit) -> Result<HttpResponse, Problem> {
    let whose = visit.parameter("person").unwrap_or_else(|| visit.me().to_string());
    let sheet = visit.sheet()?.filled(Fields::default().set("person", whose));
    asked(visit, sheet).await
}

async fn asked(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let me = visit.me();
    let whose = sheet.value("person").parse().unwrap_or(me);
    let mut accounts = visit.read(move |desk, by| accounts(desk, by, (me, whose))).await?;
    accounts.retain(|_, account| account.issues);
    let t = visit.tongue();
    let scopes =
        Scope::ALL.iter().map(|scope| Choice::new(scope, t.name("scope", scope)).hinted(t.name("scope-hint", scope)));
    let mut questions = filters(t, &accounts);
    questions.extend([
        Question::line("name", t.say("tokens-name")).hinted(t.say("tokens-name-hint")),
        Question::checks("scopes", t.say("tokens-for"), scopes.collect()),
        Question::date("expires_at", t.say("tokens-expires")).hinted(t.say("tokens-expires-hint")),
    ]);
    let told = (AdminVerb::IssueToken, t.say("tokens-title").to_string(), t.say("tokens-means").to_string());
    Form::below("/admin/tokens", told, (questions, sheet), visit).shown()
}

/// Issues one, and shows its text in this answer alone.
pub(super) async fn issue(sent: Sent) -> Result<HttpResponse, Problem> {
    match issued(&sent).await {
        Ok((Outcome::Waits(change), _)) => Ok(see(&format!("/changes/{}", change.id)).finish()),
        Ok((Outcome::Done(_), Issued { person, text })) => {
            let names = sent.visit.read(move |desk, _| Names::read(desk, &[person].into())).await?;
            let t = sent.visit.tongue();
            let shown = Once {
                about: names.of(&person),
                heading: t.say("tokens-issued").to_string(),
                means: t.say("tokens-issued-means").to_string(),
                secret: text,
                back: format!("/admin/tokens?person={person}"),
                shell: sent.visit.shell,
            };
            page(HttpResponse::Created(), &shown)
        }
        Err(problem) => {
            let sheet = door::refused(&sent, problem, &FIELDS)?;
            asked(sent.visit, sheet).await
        }
    }
}

struct Issued {
    person: PersonId,
    /// Nothing where the form was sent before.
    text: Option<String>,
}

async fn issued(sent: &Sent) -> Result<(Outcome, Issued), Problem> {
    let (call, zone) = (sent.visit.call(), sent.visit.tongue().zone);
    let mut object = sent.fields.object(&["name", "person"]);
    object.insert("scopes".to_owned(), json!(sent.fields.all("scopes")));
    if let Some((expires_at, _)) = absence::day(&sent.fields, "expires_at", zone) {
        object.insert("expires_at".to_owned(), Value::String(expires_at));
    }
    let body: IssueToken = checked(Value::Object(object))?;
    let Issuing { person, secret, question } = to_issue(&call, body, sent.fields.hash()).await?;
    // Whose tokens one does not look after is nobody to issue one to.
    sent.visit.read(move |desk, by| require_reach(desk, by, person)).await?;
    let outcome = door::ask(sent, question).await?;
    Ok((outcome, Issued { person, text: shown_once(&call, secret.reveal()) }))
}

/// Revokes one, and leads back to those that are left.
pub(super) async fn revoke(sent: Sent) -> Result<HttpResponse, Problem> {
    let token: TokenId = sent.visit.call().id("id", "token")?;
    let now = sent.visit.web.desk.clock().now();
    let whose = sent.fields.text("person").parse().map_err(|_| Problem::not_found("person"))?;
    let seen = sent.visit.read(move |desk, by| {
        require_reach(desk, by, whose)?;
        Ok(held(desk, whose, now)?.iter().any(|one| one.id == token))
    });
    if !seen.await? {
        return Err(Problem::not_found("token"));
    }
    let question = Asking::plain(&sent.visit.call(), RosterAction::RevokeToken { token }, sent.fields.hash())?;
    match door::ask(&sent, question).await {
        Ok(_) => Ok(see(&format!("/admin/tokens?person={whose}")).finish()),
        Err(problem) => {
            let sheet = door::refused(&sent, problem, &[])?;
            shown(sent.visit, whose, sheet).await
        }
    }
}
