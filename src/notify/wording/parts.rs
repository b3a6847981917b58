//! What letters are made of: times, the terms of an exception, causes, and the work that is to be done.

use crate::{
    domain::{
        control::ControlStatus,
        request::Time,
        task::{Task, Work},
    },
    notify::{matter::Matter, plain},
    tongue::Tongue,
    words::DomainPath,
};

/// “ by 3 March 2026 at 12:00 UTC”, or nothing where no time is set.
pub(super) fn by(matter: &Matter<'_>, due: Option<Time>) -> String {
    due.map_or_else(String::new, |due| matter.say("letter-by").with("at", matter.when(due)).to_string())
}

/// The same, or “ now” where that has passed, of what is due first.
pub(super) fn in_time(tasks: &[&Task], matter: &Matter<'_>) -> String {
    let due = tasks.iter().map(|task| task.due_at).min();
    if due.is_some_and(|due| due <= matter.event.at) { matter.say("letter-now").to_string() } else { by(matter, due) }
}

/// “ in eu/retail”, or nothing where it is everywhere.
pub(in crate::notify) fn places(domains: &[DomainPath], tongue: Tongue) -> String {
    if domains.is_empty() {
        return String::new();
    }
    let domains = domains.iter().map(DomainPath::as_str).collect::<Vec<_>>().join(", ");
    tongue.say("letter-places").with("domains", domains).to_string()
}

/// What everyone who uses the exception has to know.
pub(super) fn terms(matter: &Matter<'_>) -> super::Lists {
    vec![
        ("period", period(matter)),
        ("conditions", matter.conditions()),
        ("controls", controls(matter)),
        ("monitor", matter.monitor()),
    ]
}

/// Its start while that is to come, its end, and its next re-review.
fn period(matter: &Matter<'_>) -> Vec<String> {
    let Some(authority) = matter.exception.state.authority() else { return Vec::new() };
    let to_come = matter.exception.effective_until().is_none();
    let start = matter.say("letter-period-start").with("at", matter.when(authority.period.start));
    let end = if matter.exception.request.is_permanent() {
        matter.say("letter-period-permanent")
    } else {
        matter.say("letter-period-end")
    };
    let end = end.with("at", matter.when(authority.period.end));
    let (due, suspended) = (matter.when(authority.review_due), matter.when(authority.suspend_at));
    let review = matter.say("letter-period-review").with("due", due).with("suspended", suspended);
    to_come.then_some(start).into_iter().chain([end, review]).map(|said| said.to_string()).collect()
}

/// Its controls, each with how it stands.
pub(super) fn controls(matter: &Matter<'_>) -> Vec<String> {
    let listed = matter.exception.controls.iter();
    listed
        .map(|control| format!("{} {}", matter.control(control.id), stands(&control.status, control.due, matter)))
        .collect()
}

fn stands(status: &ControlStatus, due: Option<Time>, matter: &Matter<'_>) -> String {
    let said = match (status, due) {
        (ControlStatus::Pending, None) => matter.say("letter-control-pending"),
        (ControlStatus::Pending, Some(due)) => matter.say("letter-control-pending-by").with("at", matter.when(due)),
        (ControlStatus::Confirmed { .. }, None) => matter.say("letter-control-confirmed"),
        (ControlStatus::Confirmed { .. }, Some(due)) => {
            matter.say("letter-control-confirmed-by").with("at", matter.when(due))
        }
        (ControlStatus::Lapsed { .. }, _) => matter.say("letter-control-lapsed"),
        (ControlStatus::Failed { .. }, _) => matter.say("letter-control-failed"),
    };
    said.to_string()
}

/// Why it was reopened, suspended or revoked: the rest of a sentence that tells so. A cause of somebody's own
/// is told as they named it.
pub(super) fn cause(matter: &Matter<'_>) -> String {
    let Some(cause) = matter.cause() else { return String::new() };
    let own = || matter.say("letter-cause").with("cause", plain::line(&cause.code.replace('_', " "), plain::TITLE));
    matter.say(format!("letter-cause-{}", cause.code)).known().unwrap_or_else(own).to_string()
}

/// What a task asks for, as an order.
pub(super) fn order(task: &Task, tongue: Tongue) -> String {
    let (_, detail) = task.key.split_once(':').unwrap_or_default();
    let spoken = || plain::line(&detail.replace('_', " "), plain::TITLE);
    let detail = match task.work {
        Work::Assess => tongue.name("dimension", detail).known().map_or_else(spoken, |said| said.to_string()),
        Work::Advise => tongue.name("role", detail).known().map_or_else(spoken, |said| said.to_string()),
        Work::SettleGap
        | Work::Fix
        | Work::Review
        | Work::Decide
        | Work::AcceptConditions
        | Work::ConfirmControl
        | Work::FillQuorum
        | Work::FindCover
        | Work::Attest => spoken(),
    };
    tongue.name("letter-order", task.work).with("detail", detail).to_string()
}

/// The work with its due time, as a point of a list.
pub(super) fn described(task: &Task, matter: &Matter<'_>) -> String {
    let late = task.due_at <= matter.event.at;
    let said = if late { matter.say("letter-task-late") } else { matter.say("letter-task-due") };
    let order = plain::sentence(&order(task, matter.tongue()));
    said.with("order", order).with("at", matter.when(task.due_at)).to_string()
}

/// The roles that a task is open to, as they are said.
pub(super) fn roles(task: &Task, tongue: Tongue) -> String {
    tongue.any_of(task.roles.iter().copied())
}
