//! The erasure of an account's human: what would go and what stands in the way, or what came of it; a legal hold, and
//! the proposal itself.

use actix_web::HttpResponse;
use askama::Template;
use serde_json::Value;

use super::target;
use crate::{
    web::{
        api::{
            administer::{Question as Asked, ask_once},
            erasure::{self, ErasePerson, ErasedView, ErasureView, HoldPerson, InTheWayView, ReceiptView, WouldView},
        },
        json::checked,
        pages::{
            layout::page,
            names::Names,
            outcome::{led, may, status},
            sheet::{Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
    },
    words::{AdminVerb, PersonId},
};

#[derive(Template)]
#[template(path = "erasure.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    id: PersonId,
    name: String,
    facts: Vec<(String, String)>,
    /// The legal hold, in words.
    hold: Option<String>,
    would: Option<Would>,
    receipts: Vec<(String, String)>,
    acts: Acts,
    reason: Question,
}

/// What whoever looks may do about it as it stands.
struct Acts {
    erase: bool,
    hold: bool,
    release: bool,
}

struct Would {
    found: String,
    /// What stands in the way, and what to do about it.
    obstacles: Vec<(String, String)>,
    /// Where, and how the text begins, or how long it is.
    naming: Vec<(String, String)>,
    unseen: Option<String>,
    unsought: Vec<(String, String)>,
}

/// Shows it.
pub(in crate::web::pages::admin) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let id = target(&visit)?;
    visit.read(move |desk, by| super::require(desk, by, id)).await?;
    let found = erasure::view(&visit.call(), id).await?;
    let verbs = [AdminVerb::ErasePerson, AdminVerb::HoldPerson, AdminVerb::ReleasePerson];
    let read = visit.read(move |desk, by| Ok((Names::read(desk, &[id].into())?, may(desk, by, &verbs)?)));
    let (names, may) = read.await?;
    let t = visit.tongue();
    let free = found.would.as_ref().is_some_and(|would| would.in_the_way.is_empty());
    let shown = Page {
        id,
        name: names.told_in(t).of(&id),
        facts: facts(t, &found),
        hold: found.hold.as_ref().map(|hold| {
            let said = t.say("erasure-held").with("at", t.moment(&hold.since.0));
            said.with("reason", hold.reason.clone().unwrap_or_default()).to_string()
        }),
        would: found.would.as_ref().map(|seen| would(t, seen)),
        receipts: found.erased.iter().flat_map(|done| &done.receipts).map(|one| receipt(t, one)).collect(),
        acts: Acts {
            erase: free && may.contains(&AdminVerb::ErasePerson),
            hold: found.would.is_some() && found.hold.is_none() && may.contains(&AdminVerb::HoldPerson),
            release: found.hold.is_some() && may.contains(&AdminVerb::ReleasePerson),
        },
        reason: Question::long("reason", t.say("ask-reason")),
        sheet,
        shell: visit.shell,
    };
    page(status(&shown.sheet), &shown)
}

fn facts(t: Tongue, found: &ErasureView) -> Vec<(String, String)> {
    let fact = |key: &str, said: String| (t.say(key).to_string(), said);
    match (&found.erased, &found.would) {
        (Some(ErasedView { at, texts, swept_at, .. }), _) => vec![
            fact("erasure-at", t.moment(&at.0)),
            fact("erasure-texts", texts.to_string()),
            fact(
                "erasure-swept",
                swept_at.as_ref().map_or_else(|| t.say("erasure-unswept").to_string(), |at| t.moment(&at.0)),
            ),
        ],
        (None, Some(WouldView { accounts, texts, naming, exceptions, files, .. })) => vec![
            fact("erasure-accounts", accounts.len().to_string()),
            fact("erasure-texts", texts.to_string()),
            fact("erasure-naming", naming.to_string()),
            fact("erasure-exceptions", exceptions.to_string()),
            fact("erasure-files", files.to_string()),
        ],
        (None, None) => Vec::new(),
    }
}

fn would(t: Tongue, seen: &WouldView) -> Would {
    let named = seen.naming_texts.iter().map(|one| {
        let place = one.exception.iter().cloned().chain([one.field.clone()]).collect::<Vec<_>>();
        let length = || t.say("erasure-length").count("characters", u64::try_from(one.length).unwrap_or(u64::MAX));
        (place.join(": "), one.excerpt.clone().unwrap_or_else(|| length().to_string()))
    });
    Would {
        found: seen.found.to_string(),
        obstacles: seen.in_the_way.iter().map(|one| obstacle(t, one)).collect(),
        naming: named.collect(),
        unseen: (seen.naming_unseen > 0).then(|| {
            t.say("erasure-unseen").count("texts", u64::try_from(seen.naming_unseen).unwrap_or(u64::MAX)).to_string()
        }),
        unsought: seen
            .not_searched
            .iter()
            .map(|one| (one.value.clone(), t.name("erasure-unsought", &one.why).to_string()))
            .collect(),
    }
}

fn obstacle(t: Tongue, one: &InTheWayView) -> (String, String) {
    let roles = one.roles.iter().map(|role| t.name("role", role).to_string());
    let unseen = u64::try_from(one.unseen).unwrap_or(u64::MAX);
    let unseen = (unseen > 0).then(|| t.say("erasure-others").count("others", unseen).to_string());
    let about: Vec<String> = one.exceptions.iter().cloned().chain(roles).chain(unseen).collect();
    let named = t.name("obstacle", one.what).to_string();
    let what = if about.is_empty() { named } else { format!("{named}: {}", about.join(", ")) };
    (what, t.name("obstacle-mend", one.what).to_string())
}

fn receipt(t: Tongue, one: &ReceiptView) -> (String, String) {
    let channel = t.name("erasure-channel", &one.channel).to_string();
    let state = t.name("erasure-receipt", &one.state).to_string();
    let at = one.at.as_ref().map(|at| t.moment(&at.0));
    (format!("{channel} {}", one.name), [Some(state), at].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Proposes it, or holds or lifts it.
pub(in crate::web::pages::admin) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let person = target(&sent.visit)?;
    sent.visit.read(move |desk, by| super::require(desk, by, person)).await?;
    let asked = match question(&sent, person) {
        Ok(question) => {
            let call = sent.visit.call();
            let key = sent.key(&format!("{} {}", question.command.verb(), call.request.path()));
            ask_once(&call, key, question).await
        }
        Err(problem) => Err(problem),
    };
    led(sent, asked, &format!("/admin/people/{person}/erasure"), whole).await
}

fn question(sent: &Sent, person: PersonId) -> Result<Asked, Problem> {
    let (call, hash) = (sent.visit.call(), sent.fields.hash());
    let object = |fields: &[&str]| Value::Object(sent.fields.object(fields));
    match sent.visit.request.match_info().query("verb") {
        "erase" => erasure::to_erase(&call, (person, &checked::<ErasePerson>(object(&["found"]))?), hash),
        "hold" => erasure::to_hold(&call, (person, &checked::<HoldPerson>(object(&["reason"]))?), hash),
        "release" => erasure::to_release(&call, person, hash),
        _ => Err(Problem::not_found("command")),
    }
}
