//! Which words a letter takes: by its kind, and by what happened to which exception. The words themselves
//! stand in `locales/`; that each is there, in each language, and each is said, a test proves.

mod late;
mod life;
mod parts;
mod request;
mod work;

pub(super) use parts::places;

use super::{
    letter::Content,
    matter::{Matter, Part},
};
use crate::{
    domain::letters::{Letter, LetterKind},
    tongue::{self, Said, Tongue},
    words::{Language, Role},
};

/// Points, each list under the name of its heading.
type Lists = Vec<(&'static str, Vec<String>)>;

/// What a letter says.
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
        LetterKind::Delegated
        | LetterKind::EndpointFailed
        | LetterKind::ConcernRaised
        | LetterKind::BatchHeld
        | LetterKind::ScheduledReport => whole(&told_of(matter, "delegated"), Vec::new()),
        LetterKind::Approved => life::approved(matter),
        LetterKind::Effective => life::effective(matter),
        LetterKind::ReReviewOpened => life::re_review_opened(matter),
        LetterKind::ReviewWithdrawn => life::review_withdrawn(matter),
        LetterKind::AttestedNo => life::attested_no(matter),
        LetterKind::Suspended => life::suspended(matter),
        LetterKind::Resumed => life::resumed(matter),
        LetterKind::Extended => life::extended(matter),
        LetterKind::Revoked => life::revoked(matter),
        LetterKind::Expired => life::expired(matter),
    }
}

/// The words of this name.
pub(super) fn named(language: Language, name: &str) -> Said {
    tongue::say(language, format!("letter-{name}"))
}

/// The words of this name, with when it happened, and since when it holds.
fn told_of(matter: &Matter<'_>, name: &str) -> Said {
    let (at, since) = (matter.when(matter.event.at), matter.when(matter.since()));
    named(matter.language, name).with("at", at).with("since", since)
}

/// A letter whose four parts stand under its name.
pub(super) fn whole(said: &Said, lists: Lists) -> Content {
    in_parts(said, ["about", "happened", "means", "next"], lists)
}

/// A letter with parts of these names: what it is about, what happened, what that means, what to do next.
pub(super) fn in_parts(said: &Said, parts: [&str; 4], lists: Lists) -> Content {
    let [about, happened, means, next] = parts.map(|part| said.part(part).to_string());
    Content { about, happened, means, lists, next }
}

/// Why somebody gets it, as a sentence.
pub(super) fn because(part: &Part, tongue: Tongue) -> String {
    let name = match part {
        Part::Approver => "approver",
        Part::AnswersForService => "answers-for-service",
        Part::Requester => "requester",
        Part::Beneficiary => "beneficiary",
        Part::Sponsor => "sponsor",
        Part::Worker => "worker",
        Part::MonitoringOwner => "monitoring-owner",
        Part::ControlOwner => "control-owner",
        Part::Watcher => "watcher",
        Part::Former => "former",
        Part::Role(..) => "role",
        Part::Team(_) => "team",
    };
    let said = tongue.say(format!("letter-because-{name}"));
    let said = match part {
        Part::Role(role, domains) => {
            said.with("role", role_words(*role, tongue)).with("places", places(domains, tongue))
        }
        Part::Team(team) => said.with("team", team),
        Part::Approver
        | Part::AnswersForService
        | Part::Requester
        | Part::Beneficiary
        | Part::Sponsor
        | Part::Worker
        | Part::MonitoringOwner
        | Part::ControlOwner
        | Part::Watcher
        | Part::Former => said,
    };
    said.to_string()
}

/// A role as it is said.
pub(super) fn role_words(role: Role, tongue: Tongue) -> String {
    tongue.name("role", role).to_string()
}
