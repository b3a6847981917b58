//! What each kind of letter says, in English.

mod late;
mod life;
mod request;
mod work;

pub(super) use work::delegated;

use super::Frame;
use crate::{
    domain::{
        control::ControlStatus,
        letters::{Letter, LetterKind},
        request::Time,
        task::{Task, Work},
    },
    notify::{
        letter::Content,
        matter::{Matter, Part},
        plain,
    },
    words::{DomainPath, Role},
};

pub(super) const FRAME: Frame = Frame {
    to_do: "What to do",
    open: "Open the exception",
    decide: "Decide here",
    service: "Open Proviso",
    named: "You receive this because somebody named you.",
    rule: "The rule behind it",
    automatic: "It was sent automatically; replies are not read.",
    confidential: "(confidential)",
    confidential_text: "(confidential: the text is in the record)",
    erased: "(erased)",
    untitled: "(untitled)",
    ends: "ends",
    review: "re-review due",
};

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn because(part: &Part) -> String {
    let part = match part {
        Part::Approver => "you approved this request".to_owned(),
        Part::AnswersForService => "you answer for the service that made this request".to_owned(),
        Part::Requester => "you made this request".to_owned(),
        Part::Beneficiary => "this request was made on your behalf".to_owned(),
        Part::Sponsor => "you are its sponsor".to_owned(),
        Part::Worker => "there is work on it that is yours".to_owned(),
        Part::MonitoringOwner => "you are its monitoring owner".to_owned(),
        Part::ControlOwner => "you own one of its controls".to_owned(),
        Part::Watcher => "you follow it".to_owned(),
        Part::Former => "you took part in it".to_owned(),
        Part::Role(role, domains) => format!("you hold the role {}{}", role_words(*role), places(domains)),
        Part::Team(team) => format!("your team {team} is affected"),
    };
    format!("You receive this because {part}.")
}

/// A role as it is said.
fn role_words(role: Role) -> String {
    role.as_str().replace('_', " ")
}

fn places(domains: &[DomainPath]) -> String {
    if domains.is_empty() {
        return String::new();
    }
    format!(" in {}", domains.iter().map(DomainPath::as_str).collect::<Vec<_>>().join(", "))
}

pub(super) fn content(letter: &Letter, matter: &Matter<'_>) -> Content {
    match letter.kind {
        LetterKind::Received => request::received(matter),
        LetterKind::Returned => request::returned(matter),
        LetterKind::ChangesRequested => request::changes_requested(matter),
        LetterKind::AcceptanceWanted => request::acceptance_wanted(matter),
        LetterKind::Rejected => request::rejected(matter),
        LetterKind::Closed => request::closed(matter),
        LetterKind::Commented => request::commented(matter),
        LetterKind::ClausesAdded => request::clauses_added(matter),
        LetterKind::TaskAssigned => work::task_assigned(letter, matter),
        LetterKind::DecisionWanted => work::decision_wanted(letter, matter),
        LetterKind::ControlDue => work::control_due(letter, matter),
        LetterKind::Reminder => work::reminder(matter),
        LetterKind::ExpiringSoon => work::end_is_near(matter),
        LetterKind::Escalation => work::escalation(matter),
        LetterKind::ApprovalVoided => work::approval_voided(matter),
        LetterKind::GapFound => work::gap_found(letter, matter),
        LetterKind::OneBrowser => work::one_browser(matter),
        LetterKind::Overdue => late::overdue(matter),
        LetterKind::LapsesSoon => late::lapses_soon(matter),
        LetterKind::LimitReached => late::limit_reached(matter),
        LetterKind::Delegated | LetterKind::EndpointFailed => work::stands_in(),
        LetterKind::Approved => life::approved(matter),
        LetterKind::Effective => life::effective(matter),
        LetterKind::ReReviewOpened => life::re_review_opened(matter),
        LetterKind::Suspended => life::suspended(matter),
        LetterKind::Resumed => life::resumed(matter),
        LetterKind::Extended => life::extended(matter),
        LetterKind::Revoked => life::revoked(matter),
        LetterKind::Expired => life::expired(matter),
    }
}

/// “by 3 March 2026 at 12:00 UTC”, or nothing where no time is set.
fn by(matter: &Matter<'_>, due: Option<Time>) -> String {
    due.map_or_else(String::new, |due| format!(" by {}", matter.when(due)))
}

/// Its start while that is to come, its end, and its next re-review.
fn period(matter: &Matter<'_>) -> Vec<String> {
    let Some(authority) = matter.exception.state.authority() else { return Vec::new() };
    let to_come = matter.exception.effective_until().is_none();
    let start = to_come.then(|| format!("It takes effect on {} at the earliest.", matter.when(authority.period.start)));
    let end = if matter.exception.request.is_permanent() {
        format!("It must be reaffirmed before {}, or it is suspended then.", matter.when(authority.period.end))
    } else {
        format!("It ends by itself on {}.", matter.when(authority.period.end))
    };
    let (due, suspended) = (matter.when(authority.review_due), matter.when(authority.suspend_at));
    let review = format!("Its next re-review is due by {due}; without one it is suspended on {suspended}.");
    start.into_iter().chain([end, review]).collect()
}

/// Its controls, each with how it stands.
fn controls(matter: &Matter<'_>) -> Vec<String> {
    let stands = |status: &ControlStatus, due: Option<Time>| match (status, due) {
        (ControlStatus::Pending, None) => "To be confirmed before the exception takes effect.".to_owned(),
        (ControlStatus::Pending, Some(due)) => format!("To be confirmed by {}.", matter.when(due)),
        (ControlStatus::Confirmed { .. }, None) => "Confirmed.".to_owned(),
        (ControlStatus::Confirmed { .. }, Some(due)) => format!("Confirmed; due again by {}.", matter.when(due)),
        (ControlStatus::Lapsed { .. }, _) => "Not confirmed in time.".to_owned(),
        (ControlStatus::Failed { .. }, _) => "Reported as failed.".to_owned(),
    };
    let listed = matter.exception.controls.iter();
    listed.map(|control| format!("{} {}", matter.control(control.id), stands(&control.status, control.due))).collect()
}

/// Why it was reopened, suspended or revoked: the rest of a sentence that tells so.
fn cause(matter: &Matter<'_>) -> String {
    let Some(cause) = matter.cause() else { return String::new() };
    match cause.code.as_str() {
        "review_due" => ", because its re-review is due".to_owned(),
        "non_waivable" => ", because it deviates from a clause that nobody may waive".to_owned(),
        "review_overdue" => ", because its re-review is overdue".to_owned(),
        "reaffirmation_overdue" => ", because it was not reaffirmed in time".to_owned(),
        "policy_changed" => ", because a clause that it deviates from reads otherwise now".to_owned(),
        "regulation_changed" => ", because a regulation that it touches changed".to_owned(),
        "system_changed" => ", because a system that it covers got a new version".to_owned(),
        "system_retired" => ", because a system that it covers is retired".to_owned(),
        "clause_added" => ", because it deviates from more clauses than were decided on".to_owned(),
        "control_lapsed" => ", because a control was not confirmed in time".to_owned(),
        "control_failed" => ", because a control failed".to_owned(),
        "incident" => ", because of an incident with something that it names".to_owned(),
        "suspension_not_settled" => ", because its suspension was not settled in time".to_owned(),
        other => format!(". The cause: {}", plain::line(&other.replace('_', " "), plain::TITLE)),
    }
}

/// What a task asks for, as an order.
fn order(task: &Task) -> String {
    let (_, detail) = task.key.split_once(':').unwrap_or_default();
    let detail = plain::line(&detail.replace('_', " "), plain::TITLE);
    match task.work {
        Work::Fix => "put right the request and submit it again".to_owned(),
        Work::Review => "check that the request is complete".to_owned(),
        Work::Assess => format!("assess {detail}"),
        Work::Advise => format!("give your advice as {detail}"),
        Work::Decide => "take part in the decision".to_owned(),
        Work::AcceptConditions => "accept its conditions, or withdraw it".to_owned(),
        Work::ConfirmControl => "confirm a control, with evidence".to_owned(),
        Work::FillQuorum => {
            "find people who can take part in the decision: without them nobody can fill the quorum".to_owned()
        }
        Work::SettleGap => format!("settle the rule {detail}, which could not be evaluated"),
    }
}

/// The roles that a task is open to, as they are said.
fn roles(task: &Task) -> String {
    task.roles.iter().map(|role| role_words(*role)).collect::<Vec<_>>().join(" or ")
}
