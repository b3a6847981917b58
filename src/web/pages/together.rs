//! Several tasks at once, where that is safe: given to one person, or those who have them reminded. Never a decision.
//! Each task is a command of its own through the door, and the answer says of each what became of it and why.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use askama::Template;

use super::{
    due::due,
    enter::Local,
    layout::page,
    names::Names,
    refused,
    sheet::{Choice, Fields, Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::{Sent, Visit},
};
use crate::{
    desk::{Answer, Asked, Desk, Error, Novelty},
    domain::{
        command::Command,
        exception::Exception,
        person::{By, Person},
        task::Task,
    },
    store::roster,
    web::{
        hand_over,
        problem::{Problem, codes},
    },
    words::{Hash, PersonId, TaskId, Verb},
};

/// What may be asked of several tasks at once.
pub(super) const TOGETHER: [Verb; 2] = [Verb::Assign, Verb::Remind];
/// Of how many at most: what the desk shows twice over.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "together.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    verb: Verb,
    /// The part of the desk that the tasks were ticked on.
    back: Local,
    /// Those that were shown, ticked or not.
    shown: String,
    questions: Vec<Question>,
    outcomes: Vec<Outcome>,
}

/// What became of one task.
struct Outcome {
    number: String,
    title: String,
    work: String,
    done: bool,
    said: String,
}

/// What is known of the tasks that were ticked.
struct Chosen {
    tasks: Vec<(Exception, Task)>,
    titles: BTreeMap<Hash, String>,
    names: Names,
    able: Vec<(PersonId, String)>,
}

impl Chosen {
    fn read(desk: &Desk, by: &By, (verb, ids): (Verb, &[TaskId])) -> Result<Self, Error> {
        let tasks = desk.open_among(by, ids)?;
        let titles = desk.titles(&tasks.iter().map(|(of, _)| of).collect::<Vec<_>>())?;
        let names = Names::read(desk, &tasks.iter().filter_map(|(_, task)| task.assignee).collect())?;
        let able = if verb == Verb::Assign { able(desk, &tasks)? } else { Vec::new() };
        Ok(Self { tasks, titles, names, able })
    }

    fn title(&self, of: &Exception) -> String {
        of.request.title.as_ref().and_then(|title| self.titles.get(&title.commitment)).cloned().unwrap_or_default()
    }
}

/// Who may do at least one of the tasks.
fn able(desk: &Desk, tasks: &[(Exception, Task)]) -> Result<Vec<(PersonId, String)>, Error> {
    let everybody = Names::everybody(desk)?;
    let ids: BTreeSet<PersonId> = everybody.iter().map(|(id, _)| *id).collect();
    let people = desk.store().read(|conn| roster::people(conn, &ids))?;
    let does = |person: &Person, task: &Task| {
        task.roles.is_empty() || task.roles.iter().any(|role| person.holds(*role, &task.domains))
    };
    let able = people.iter().filter(|person| tasks.iter().any(|(_, task)| does(person, task)));
    let able: BTreeSet<PersonId> = able.map(|person| person.id).collect();
    Ok(everybody.into_iter().filter(|(id, _)| able.contains(id)).collect())
}

fn verb_of(sent: &Fields) -> Result<Verb, Problem> {
    let verb = sent.text("do").parse().ok().filter(|verb| TOGETHER.contains(verb));
    verb.ok_or_else(|| Problem::not_found("command for several tasks"))
}

/// The tasks that a field names, each once, in their order.
fn ids(sent: &Fields, name: &str) -> Vec<TaskId> {
    let mut named: Vec<TaskId> = Vec::new();
    for id in sent.all(name).iter().flat_map(|said| said.split(' ')).take(2 * MOST).filter_map(|id| id.parse().ok()) {
        if !named.contains(&id) {
            named.push(id);
        }
    }
    named
}

/// Where whoever ticked them comes from.
fn back(sent: &Fields) -> Local {
    Local::read(&sent.said("return").unwrap_or_else(|| "/desk".to_owned()))
}

/// What keeps what was ticked from being done together.
fn amiss(tongue: Tongue, tasks: &[TaskId]) -> Option<String> {
    match tasks.len() {
        0 => Some(tongue.say("together-none").to_string()),
        1..=MOST => None,
        _ => Some(tongue.say("together-many").count("most", MOST).to_string()),
    }
}

/// Shows what was ticked, and asks what is missing.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let query = visit.typed();
    let (verb, tasks) = (verb_of(&query)?, ids(&query, "task"));
    let sheet = visit.sheet()?.filled(query);
    let sheet = Sheet { said: amiss(visit.tongue(), &tasks), ..sheet };
    let shown = if sheet.is_wrong() { Vec::new() } else { tasks };
    asked(visit, (verb, shown), sheet).await
}

async fn asked(visit: Visit, (verb, shown): (Verb, Vec<TaskId>), sheet: Sheet) -> Result<HttpResponse, Problem> {
    let of = shown.clone();
    let chosen = visit.read(move |desk, by| Chosen::read(desk, by, (verb, &of))).await?;
    let (t, now) = (visit.tongue(), visit.web.desk.clock().now());
    let choice = |(of, task): &(Exception, Task)| {
        let roles = task.roles.iter().map(|role| t.name("role", role).to_string()).collect::<Vec<_>>().join(", ");
        let who = chosen.names.maybe(task.assignee.as_ref()).unwrap_or(roles);
        let label = format!("{} {}: {}", of.number, chosen.title(of), t.name("work", task.work));
        Choice::new(task.id, label).hinted(format!("{who}. {}", due(t, &task.due_at, &now)))
    };
    let mut questions = Vec::new();
    if !chosen.tasks.is_empty() {
        questions.push(Question::checks("task", t.say("together-tasks"), chosen.tasks.iter().map(choice).collect()));
    }
    if verb == Verb::Assign && !chosen.tasks.is_empty() {
        let people = chosen.able.iter().map(|(id, name)| Choice::new(id, name)).collect();
        questions.push(Question::select("to", t.say("together-to"), people).hinted(t.say("together-to-hint")));
    }
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let back = back(&sheet.fields);
    let shown: Vec<String> = shown.iter().map(ToString::to_string).collect();
    page(
        status,
        &Page { verb, back, shown: shown.join(" "), questions, outcomes: Vec::new(), sheet, shell: visit.shell },
    )
}

/// Asks it of each task, and says what became of each.
pub(super) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let (verb, tasks, t) = (verb_of(&sent.fields)?, ids(&sent.fields, "task"), sent.visit.tongue());
    let to: Option<PersonId> = sent.fields.text("to").parse().ok();
    let mut sheet = sent.sheet()?;
    if let Some(amiss) = amiss(t, &tasks) {
        sheet = sheet.wrong("task", amiss);
    } else if verb == Verb::Assign && to.is_none() {
        sheet = sheet.wrong("to", t.say("together-nobody").to_string());
    }
    if sheet.is_wrong() {
        let shown = ids(&sent.fields, "of").into_iter().take(MOST).collect();
        return asked(sent.visit, (verb, shown), sheet).await;
    }
    let named = tasks.clone();
    let chosen = sent.visit.read(move |desk, by| Chosen::read(desk, by, (Verb::Remind, &named))).await?;
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push((task, asked_of(&sent, (verb, to), task).await));
    }
    let mut outcomes = Vec::with_capacity(answers.len());
    for (task, answer) in answers {
        let answer = match answer {
            Ok(pending) => hand_over::write(pending).await,
            Err(problem) => Err(problem),
        };
        outcomes.push(outcome((verb, t), (&chosen, task), answer)?);
    }
    let status =
        if outcomes.iter().any(|one| one.done) { HttpResponse::Ok() } else { HttpResponse::UnprocessableEntity() };
    let (back, shown, questions) = (back(&sheet.fields), String::new(), Vec::new());
    let shown = Page { verb, back, shown, questions, outcomes, sheet, shell: sent.visit.shell };
    page(status, &shown)
}

type Queued = Result<crate::desk::Pending<Answer>, Error>;

/// Puts the command of one task before the door. Its key is of this showing of the form and of this task alone: what
/// else was ticked makes it no other command.
async fn asked_of(sent: &Sent, (verb, to): (Verb, Option<PersonId>), task: TaskId) -> Result<Queued, Problem> {
    let visit = &sent.visit;
    let of = visit.read(move |desk, by| desk.exception_of_task(by, task, Novelty::PerhapsAgain)).await?;
    let command =
        if verb == Verb::Assign { Command::Assign { task, to } } else { Command::Remind { task: Some(task) } };
    let said = Hash::of(format!("{verb} {task} {to:?}").as_bytes());
    let key = visit.key(&format!("{verb} {task}"), (sent.fields.said("once"), said));
    let asked = Asked { by: visit.by(), key, expected: None, command, openings: Vec::new() };
    Ok(visit.web.desk.act(of, asked))
}

/// What became of a task, in the reader's words. What failed in here fails the page: sent again, it goes on.
fn outcome(
    (verb, t): (Verb, Tongue),
    (chosen, task): (&Chosen, TaskId),
    answer: Result<Answer, Problem>,
) -> Result<Outcome, Problem> {
    let known = chosen.tasks.iter().find(|(_, one)| one.id == task);
    let answered = answer.as_ref().ok().map(|answer| answer.exception.number.clone());
    let number = known.map(|(of, _)| of.number.clone()).or(answered);
    let (done, said) = match answer {
        Ok(_) => (true, t.name("together-done", verb).to_string()),
        Err(problem) if problem.inside().is_some() => return Err(problem),
        Err(problem) if problem.code() == codes::NOT_FOUND.code => (false, t.say("together-gone").to_string()),
        Err(problem) => (false, refused::told(&problem, t)),
    };
    Ok(Outcome {
        number: number.unwrap_or_default(),
        title: known.map(|(of, _)| chosen.title(of)).unwrap_or_default(),
        work: known.map(|(_, one)| t.name("work", one.work).to_string()).unwrap_or_default(),
        done,
        said,
    })
}
