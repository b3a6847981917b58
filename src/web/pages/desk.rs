//! The desk: what needs whoever looks, what waits for others, what was decided, what is being mended; and taking
//! work or giving it back.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use askama::Template;

use super::{
    concerns,
    due::{due, tone, urgency, weight},
    enter::Local,
    layout::{page, see},
    names::Names,
    sheet::Sheet,
    shell::Shell,
    text::Tongue,
    together::TOGETHER,
    visit::{Sent, Visit},
};
use crate::{
    desk::{Asked, AskedTasks, Desk, Error, Mine, Novelty},
    domain::{
        command::Command,
        exception::{Exception, State},
        person::{By, Person},
        request::Time,
        task::{Task, Work},
    },
    store::{
        listing::{Direction, Facet, Filter, Page as Rows, Sort, SortBy},
        open_tasks::{TaskFilter, TaskPage},
        queries::Cursor,
    },
    web::{api::concerns::ConcernView, hand_over, page as paging, problem::Problem},
    words::{ExceptionId, Hash, PersonId, Role, StateName, TaskId, Verb, words},
};

/// Rows of a page.
const ROWS: i64 = 25;
/// What an order of tasks is called in its cursors.
const ORDER: &str = "desk";

words! {
    /// The parts of the desk.
    Tab, "part of the desk" { Mine = "mine", Waiting = "waiting", Decided = "decided", Fix = "fix" }
}

#[derive(Template)]
#[template(path = "desk.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    here: String,
    heading: String,
    /// That whoever looks is away, or will be.
    away: Option<String>,
    tabs: Vec<TabLink>,
    concerns: Vec<concerns::Row>,
    rows: Vec<Row>,
    /// What may be asked of several tasks at once: of those with a box to tick.
    together: Vec<Verb>,
    first: Option<String>,
    next: Option<String>,
}

struct TabLink {
    tab: Tab,
    current: bool,
}

#[derive(Default)]
struct Row {
    number: String,
    title: String,
    work: String,
    who: String,
    since: String,
    due: String,
    tone: &'static str,
    state: String,
    state_tone: &'static str,
    tier: String,
    weight: &'static str,
    reasons: Vec<String>,
    task: String,
    go: Option<String>,
    claim: bool,
    release: bool,
    together: Vec<Verb>,
}

/// What the rows are told with.
struct Told<'a> {
    tongue: Tongue,
    now: Time,
    me: &'a Person,
    names: Names,
    titles: BTreeMap<Hash, String>,
    offered: BTreeMap<ExceptionId, Vec<Verb>>,
}

struct Read {
    tasks: Vec<(Exception, Task)>,
    decided: Vec<Exception>,
    concerns: Vec<ConcernView>,
    names: Names,
    titles: BTreeMap<Hash, String>,
    offered: BTreeMap<ExceptionId, Vec<Verb>>,
    next: Option<Cursor>,
}

/// Shows a part of it.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let tab = visit.parameter("tab").and_then(|tab| tab.parse().ok()).unwrap_or(Tab::Mine);
    let after = visit.parameter("cursor").filter(|cursor| !cursor.is_empty());
    let binding = paging::binding(ORDER, &tab);
    let cursor = after.as_deref().and_then(|text| paging::opened(&binding, text).ok());
    let lost = after.is_some() && cursor.is_none();
    let read = visit.read(move |desk, by| Read::of(desk, by, (tab, cursor))).await?;
    let tongue = visit.tongue();
    let said = lost.then(|| tongue.say("list-lost").to_string());
    let sheet = Sheet { said, ..visit.sheet()? };
    let person = visit.person.clone();
    let (now, names, titles) = (visit.web.desk.clock().now(), read.names.told_in(tongue), read.titles);
    let told = Told { tongue, now, me: &person, names, titles, offered: read.offered };
    let rows: Vec<Row> = match tab {
        Tab::Decided => read.decided.iter().map(|one| told.decided(one)).collect(),
        Tab::Mine | Tab::Waiting | Tab::Fix => read.tasks.iter().map(|(of, task)| told.task(of, task)).collect(),
    };
    let concerns = read.concerns.iter().map(|view| concerns::row(tongue, view)).collect();
    let absence = person.absence.as_ref();
    let away = absence.map(|absence| {
        let known = tongue.say("absence-known").with("from", tongue.moment(&absence.starts));
        known.with("until", tongue.moment(&absence.ends)).to_string()
    });
    let tabs = Tab::ALL.iter().map(|one| TabLink { tab: *one, current: *one == tab });
    let shown = Page {
        here: Local::of(&visit.request).as_str().to_owned(),
        heading: tongue.name("desk", tab).to_string(),
        away,
        tabs: tabs.collect(),
        concerns,
        together: TOGETHER.into_iter().filter(|verb| rows.iter().any(|row| row.together.contains(verb))).collect(),
        rows,
        first: after.filter(|_| !lost).map(|_| format!("/desk?tab={tab}")),
        next: read.next.map(|next| format!("/desk?tab={tab}&cursor={}", paging::sealed(&binding, &next))),
        sheet,
        shell: visit.shell,
    };
    page(if lost { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() }, &shown)
}

impl Read {
    fn of(desk: &Desk, by: &By, (tab, after): (Tab, Option<Cursor>)) -> Result<Self, Error> {
        let (tasks, next) = match tab {
            Tab::Decided => (Vec::new(), None),
            Tab::Mine => tasks(desk, by, (Mine::Only, Vec::new(), after))?,
            Tab::Fix => tasks(desk, by, (Mine::All, vec![StateName::Returned], after))?,
            Tab::Waiting => {
                let (all, next) = tasks(desk, by, (Mine::All, Vec::new(), after))?;
                let wanted = AskedTasks { mine: Mine::Only, filter: TaskFilter::default() };
                let mine = desk.tasks(by, &wanted, &TaskPage { after: None, limit: paging::MAX_LIMIT })?;
                let mine: BTreeSet<TaskId> = mine.iter().map(|(_, task)| task.id).collect();
                (all.into_iter().filter(|(_, task)| !mine.contains(&task.id)).collect(), next)
            }
        };
        let decided = if tab == Tab::Decided { decided(desk, by)? } else { Vec::new() };
        let people = tasks.iter().filter_map(|(_, task)| task.assignee);
        let people: BTreeSet<PersonId> = people.chain(decided.iter().map(|one| one.requester)).collect();
        let shown: Vec<&Exception> = tasks.iter().map(|(of, _)| of).chain(&decided).collect();
        let (names, titles) = (Names::read(desk, &people)?, desk.titles(&shown)?);
        let concerns = if tab == Tab::Mine { concerns::open(desk, by)? } else { Vec::new() };
        let of: Vec<&Exception> = tasks.iter().map(|(of, _)| of).collect();
        let offered = of.iter().map(|of| of.id).zip(desk.offers_of(by, &of, &TOGETHER)?).collect();
        Ok(Self { tasks, decided, concerns, names, titles, offered, next })
    }
}

type Found = (Vec<(Exception, Task)>, Option<Cursor>);

fn tasks(desk: &Desk, by: &By, (mine, states, after): (Mine, Vec<StateName>, Option<Cursor>)) -> Result<Found, Error> {
    let asked = AskedTasks { mine, filter: TaskFilter { states, ..TaskFilter::default() } };
    let found = desk.tasks(by, &asked, &TaskPage { after, limit: ROWS + 1 })?;
    let place =
        |(_, task): &(Exception, Task)| Cursor { value: task.due_at.timestamp_micros(), id: task.id.to_string() };
    Ok(paging::part(found, ROWS, place))
}

fn decided(desk: &Desk, by: &By) -> Result<Vec<Exception>, Error> {
    let states = [StateName::Implementation, StateName::Active, StateName::Rejected, StateName::Revoked];
    let any_of = vec![(Facet::State, states.iter().map(|state| state.as_str().to_owned()).collect())];
    let sort = Sort { by: SortBy::ChangedAt, direction: Direction::Descending };
    let found = desk.list(by, &Filter { any_of, ..Filter::default() }, &Rows { sort, after: None, limit: ROWS })?;
    Ok(found.what.into_iter().map(|(one, _)| one).collect())
}

impl Told<'_> {
    fn about(&self, of: &Exception) -> Row {
        let title = of.request.title.as_ref().and_then(|title| self.titles.get(&title.commitment));
        Row {
            number: of.number.clone(),
            title: title.cloned().unwrap_or_else(|| self.tongue.say("untitled").to_string()),
            state: self.tongue.name("state", of.state.name()).to_string(),
            state_tone: tone(of.state.name()),
            tier: of.tier().map(|tier| self.tongue.name("tier", tier).to_string()).unwrap_or_default(),
            weight: of.tier().map(weight).unwrap_or_default(),
            ..Row::default()
        }
    }

    fn decided(&self, one: &Exception) -> Row {
        Row { who: self.names.of(&one.requester), since: self.tongue.day(&one.changed_at), ..self.about(one) }
    }

    fn task(&self, of: &Exception, task: &Task) -> Row {
        let roles = task.roles.iter().map(|role| self.tongue.name("role", role).to_string());
        let who = self.names.maybe(task.assignee.as_ref());
        let able = task.roles.iter().any(|role| self.me.holds(*role, &task.domains));
        let reasons = if let State::Returned { reasons, .. } = &of.state { reasons.as_slice() } else { &[] };
        Row {
            work: self.tongue.name("work", task.work).to_string(),
            who: who.unwrap_or_else(|| roles.collect::<Vec<_>>().join(", ")),
            since: self.tongue.moment(&task.opened_at),
            due: due(self.tongue, &task.due_at, &self.now),
            tone: urgency(&task.due_at, &self.now),
            reasons: reasons.iter().map(|reason| reason.code.clone()).collect(),
            task: task.id.to_string(),
            go: (able || task.assignee == Some(self.me.id)).then(|| go(of, task)),
            claim: able && task.assignee.is_none(),
            together: self.together(of, task),
            release: !task.roles.is_empty() && task.assignee == Some(self.me.id),
            ..self.about(of)
        }
    }
}

impl Told<'_> {
    /// What whoever looks may ask of a task beside others. Work is handed on by those who have it or may take it, and
    /// by governance.
    fn together(&self, of: &Exception, task: &Task) -> Vec<Verb> {
        let takes = task.assignee.is_none() && task.roles.iter().any(|role| self.me.holds(*role, &task.domains));
        let hands_on =
            takes || task.assignee == Some(self.me.id) || self.me.holds(Role::Governance, &of.request.domains());
        let offered = self.offered.get(&of.id).into_iter().flatten().copied();
        offered.filter(|verb| *verb != Verb::Assign || hands_on).collect()
    }
}

/// Where a task is done.
fn go(of: &Exception, task: &Task) -> String {
    match task.work {
        Work::Decide => format!("/exceptions/{}/decide", of.id),
        Work::Assess => {
            let dimension = task.key.strip_prefix("assess:").unwrap_or_default();
            format!("/exceptions/{}/assess?dimension={dimension}", of.number)
        }
        Work::Fix => format!("/request/{}", of.number),
        Work::Attest => format!("/exceptions/{}/do/{}", of.number, Verb::Attest),
        Work::Review
        | Work::Advise
        | Work::AcceptConditions
        | Work::ConfirmControl
        | Work::SettleGap
        | Work::FillQuorum
        | Work::FindCover => {
            format!("/exceptions/{}", of.number)
        }
    }
}

/// Takes a task, or gives it back to its role, and leads back.
pub(super) async fn hand(sent: Sent) -> Result<HttpResponse, Problem> {
    let none = || Problem::not_found("open task");
    let task: TaskId = sent.visit.request.match_info().query("task").parse().map_err(|_| none())?;
    let to = match sent.visit.request.match_info().query("verb") {
        "claim" => Some(sent.visit.me()),
        "release" => None,
        _ => return Err(none()),
    };
    let of = sent.visit.read(move |desk, by| desk.exception_of_task(by, task, Novelty::PerhapsAgain)).await?;
    let key = sent.key(&format!("assign {task} {to:?}"));
    let command = Command::Assign { task, to };
    let asked = Asked { by: sent.visit.by(), key, expected: None, command, openings: Vec::new() };
    hand_over::write(sent.visit.web.desk.act(of, asked)).await?;
    Ok(see(Local::read(&sent.fields.text("return")).as_str()).finish())
}
