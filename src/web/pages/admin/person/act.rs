//! The commands about an account, each on a page that asks what it needs. They become the bodies of the interface, and
//! what those refuse is refused here, at the same fields.

use actix_web::HttpResponse;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::Validate;

use super::{
    super::door::{self, Form, Once, others},
    Known, VERBS, domain, is_grave, makes_sense, read, target,
};
use crate::{
    domain::roster::{AbsenceAction, RosterAction},
    web::{
        api::{
            absences,
            administer::{Outcome, Question as Asked, shown_once},
            people::asked::{to_merge, to_move, to_set_password, to_update},
            roles::to_grant,
        },
        json::checked,
        pages::{
            absence,
            layout::{page, see},
            names::Names,
            sheet::{Choice, Fields, Question, Sheet},
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::{Problem, codes},
    },
    words::{AdminVerb, PersonId, Role},
};

/// The command that the path names, which there is for those alone who may ask for it.
async fn verb_of(visit: &Visit) -> Result<AdminVerb, Problem> {
    let missing = || Problem::not_found("command");
    let verb: AdminVerb = visit.request.match_info().query("verb").parse().map_err(|_| missing())?;
    if !VERBS.contains(&verb) {
        return Err(missing());
    }
    door::require(visit, verb).await.map(|()| verb)
}

/// Asks what the command needs.
pub(in crate::web::pages::admin) async fn ask(visit: Visit) -> Result<HttpResponse, Problem> {
    let verb = verb_of(&visit).await?;
    let sheet = visit.sheet()?;
    asked(visit, verb, (sheet, true)).await
}

/// A fresh form has what is known already.
async fn asked(visit: Visit, verb: AdminVerb, (sheet, fresh): (Sheet, bool)) -> Result<HttpResponse, Problem> {
    let (id, now, me) = (target(&visit)?, visit.web.desk.clock().now(), visit.me());
    let found = visit.read(move |desk, by| Ok((read(desk, by, (id, now))?, Names::everybody(desk)?)));
    let (known, everybody) = found.await?;
    if fresh && !makes_sense(verb, &known.one, me) {
        return Ok(see(&format!("/admin/people/{id}")).finish());
    }
    let t = visit.tongue();
    let sheet = if fresh { sheet.filled(filled(&visit, verb, &known)) } else { sheet };
    let form = Form {
        about: known.names.of(&id),
        heading: t.name("verb", verb).to_string(),
        means: t.name("person-means", verb).to_string(),
        to: format!("/admin/people/{id}/do/{verb}"),
        back: format!("/admin/people/{id}"),
        version: (verb == AdminVerb::UpdatePerson).then_some(sheet.version.unwrap_or(known.version)),
        questions: questions(t, verb, (&known, &everybody)),
        grave: is_grave(verb),
        sheet,
        shell: visit.shell,
    };
    form.shown()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some begin with what is known, and the rest are empty")]
fn filled(visit: &Visit, verb: AdminVerb, known: &Known) -> Fields {
    let details = known.one.details.as_ref();
    let said = |text: Option<&String>| text.cloned().unwrap_or_default();
    match verb {
        AdminVerb::UpdatePerson => Fields::default()
            .set("name", said(known.one.name.as_ref()))
            .set("email", said(details.and_then(|details| details.email.as_ref()))),
        AdminVerb::MovePerson => Fields::default()
            .set("unit", said(details.and_then(|details| details.unit.as_ref())))
            .set("region", said(details.and_then(|details| details.region.as_ref()))),
        AdminVerb::RemoveRole => Fields::default().set("grant", visit.parameter("grant").unwrap_or_default()),
        _ => Fields::default(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "those with questions are named, and the rest have none")]
fn questions(t: Tongue, verb: AdminVerb, (known, everybody): (&Known, &[(PersonId, String)])) -> Vec<Question> {
    match verb {
        AdminVerb::GrantRole => {
            let roles = Role::ALL.iter().filter(|role| **role != Role::Requester);
            let roles = roles.map(|role| Choice::new(role, t.name("role", role))).collect();
            vec![
                Question::select("role", t.say("roles-role"), roles),
                Question::line("domain", t.say("roles-domain")).hinted(t.say("roles-domain-hint")).optional(),
            ]
        }
        AdminVerb::RemoveRole => {
            let held = known.one.details.iter().flat_map(|details| &details.roles);
            let choice = |one: &crate::web::api::people::view::RoleView| {
                Choice::new(one.id, t.name("role", one.role)).hinted(domain(t, &one.domain))
            };
            vec![Question::radios("grant", t.say("roles-role"), held.map(choice).collect())]
        }
        AdminVerb::UpdatePerson => vec![
            Question::line("name", t.say("person-name")),
            Question::email("email", t.say("person-email")).hinted(t.say("person-email-hint")).filled_by("off"),
        ],
        AdminVerb::MovePerson => vec![
            Question::line("unit", t.say("person-unit")).hinted(t.say("person-unit-hint")),
            Question::line("region", t.say("person-region")).optional(),
        ],
        AdminVerb::SetAbsence => vec![
            Question::date("starts", t.say("absence-starts")).hinted(t.say("person-starts-hint")).optional(),
            Question::date("ends", t.say("absence-ends")).hinted(t.say("person-ends-hint")),
            Question::select("stand_in", t.say("absence-stand-in"), others(everybody, known.one.id)).optional(),
        ],
        AdminVerb::MergePerson => {
            vec![
                Question::select("into", t.say("person-into"), others(everybody, known.one.id))
                    .hinted(t.say("person-into-hint")),
            ]
        }
        _ => Vec::new(),
    }
}

/// The fields of a command.
#[expect(clippy::wildcard_enum_match_arm, reason = "those with fields are named, and the rest have none")]
const fn fields(verb: AdminVerb) -> &'static [&'static str] {
    match verb {
        AdminVerb::GrantRole => &["role", "domain"],
        AdminVerb::RemoveRole => &["grant"],
        AdminVerb::UpdatePerson => &["name", "email"],
        AdminVerb::MovePerson => &["unit", "region"],
        AdminVerb::SetAbsence => &["starts", "ends", "stand_in"],
        AdminVerb::MergePerson => &["into"],
        _ => &[],
    }
}

/// Asks it of the door, and leads back to the account.
pub(in crate::web::pages::admin) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let verb = verb_of(&sent.visit).await?;
    let id = target(&sent.visit)?;
    // Whoever may not see the account does not learn from a refusal that it is there.
    sent.visit.read(move |desk, by| super::require(desk, by, id)).await?;
    let here = format!("/admin/people/{id}");
    match done(&sent, verb, id).await {
        Ok((Outcome::Waits(change), _)) => Ok(see(&format!("{here}?waits={}", change.id)).finish()),
        Ok((Outcome::Done(_), Some(password))) => told(sent, verb, (id, password)).await,
        Ok((Outcome::Done(_), None)) => Ok(see(&format!("{here}?done={verb}")).finish()),
        Err(problem) => {
            let sheet = door::refused(&sent, problem, fields(verb))?;
            asked(sent.visit, verb, (sheet, false)).await
        }
    }
}

/// Shows a password that was set, once.
async fn told(sent: Sent, verb: AdminVerb, (id, password): (PersonId, String)) -> Result<HttpResponse, Problem> {
    let names = sent.visit.read(move |desk, _| Names::read(desk, &[id].into())).await?;
    let t = sent.visit.tongue();
    let shown = Once {
        about: names.of(&id),
        heading: t.say("change-password").to_string(),
        means: t.name("person-told", verb).to_string(),
        secret: shown_once(&sent.visit.call(), password),
        back: format!("/admin/people/{id}"),
        shell: sent.visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

/// What became of it, and the password that it set.
async fn done(sent: &Sent, verb: AdminVerb, id: PersonId) -> Result<(Outcome, Option<String>), Problem> {
    if verb == AdminVerb::SetPassword {
        let (password, question) = to_set_password(&sent.visit.call(), id, sent.fields.hash()).await?;
        return Ok((door::ask(sent, question).await?, Some(password)));
    }
    Ok((door::ask(sent, question(sent, verb, id).await?).await?, None))
}

fn body<T: DeserializeOwned + Validate>(object: Map<String, Value>) -> Result<T, Problem> {
    checked(Value::Object(object))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "those with a page are named; the rest have none")]
async fn question(sent: &Sent, verb: AdminVerb, person: PersonId) -> Result<Asked, Problem> {
    let (call, of, object) = (sent.visit.call(), sent.fields.hash(), sent.fields.object(fields(verb)));
    let plain = |action| Asked::plain(&call, action, of);
    match verb {
        AdminVerb::GrantRole => to_grant(&call, (person, body(object)?), of),
        AdminVerb::RemoveRole => {
            let chosen = sent.fields.text("grant").parse();
            let missing = |_| Problem::field(codes::REQUIRED, "/grant", "choose a role");
            plain(RosterAction::RemoveRole { person, grant: chosen.map_err(missing)? })
        }
        AdminVerb::UpdatePerson => changed(sent, (person, object)).await,
        AdminVerb::MovePerson => to_move(&call, (person, body(object)?), of),
        AdminVerb::MergePerson => to_merge(&call, (person, body(object)?), of).await,
        AdminVerb::SetAbsence => {
            let (zone, now) = (sent.visit.tongue().zone, sent.visit.web.desk.clock().now());
            let away = checked(absence::body(&sent.fields, zone, now))?;
            absences::to_set(&call, (person, away), of).await
        }
        AdminVerb::EndAbsence => plain(RosterAction::Absence(AbsenceAction::EndAbsence { person })),
        AdminVerb::LeavePerson => plain(RosterAction::Leave { person }),
        AdminVerb::ReturnPerson => plain(RosterAction::Return { person }),
        _ => Err(Problem::not_found("command")),
    }
}

/// What is to be changed of name and address: what differs from what is known, of the version that was shown.
async fn changed(sent: &Sent, (person, mut object): (PersonId, Map<String, Value>)) -> Result<Asked, Problem> {
    let call = sent.visit.call();
    let now = call.web.desk.clock().now();
    let known = sent.visit.read(move |desk, by| read(desk, by, (person, now))).await?.one;
    let email = known.details.and_then(|details| details.email);
    for (field, text) in [("name", known.name), ("email", email)] {
        if !object.contains_key(field) {
            return Err(Problem::field(codes::REQUIRED, format!("/{field}"), "say what it is"));
        }
        if object.get(field).and_then(Value::as_str) == text.as_deref() {
            object.remove(field);
        }
    }
    let question = to_update(&call, (person, body(object)?), sent.fields.hash()).await?;
    let expected = sent.expected().ok_or_else(|| Problem::new(codes::PRECONDITION_REQUIRED, "open the page again"))?;
    Ok(Asked { expected: Some(expected), ..question })
}
