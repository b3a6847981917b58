//! What each kind of letter says, in German.

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
    to_do: "Was zu tun ist",
    open: "Die Ausnahme öffnen",
    decide: "Hier entscheiden",
    service: "Proviso öffnen",
    named: "Sie erhalten diese Nachricht, weil jemand Sie benannt hat.",
    rule: "Die Regel dahinter",
    automatic: "Sie wurde automatisch versandt; Antworten liest niemand.",
    confidential: "(vertraulich)",
    confidential_text: "(vertraulich: der Text steht im Vorgang)",
    erased: "(gelöscht)",
    untitled: "(ohne Titel)",
    ends: "endet",
    review: "erneute Prüfung fällig",
};

pub(super) const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

pub(super) fn because(part: &Part) -> String {
    let part = match part {
        Part::Approver => "Sie diesen Antrag genehmigt haben".to_owned(),
        Part::AnswersForService => "Sie für den Dienst einstehen, der diesen Antrag gestellt hat".to_owned(),
        Part::Requester => "Sie diesen Antrag gestellt haben".to_owned(),
        Part::Beneficiary => "dieser Antrag für Sie gestellt wurde".to_owned(),
        Part::Sponsor => "Sie ihn fördern".to_owned(),
        Part::Worker => "eine Aufgabe darin Ihnen gehört".to_owned(),
        Part::MonitoringOwner => "Sie die Ausnahme überwachen".to_owned(),
        Part::ControlOwner => "Sie für eine ihrer Kontrollen verantwortlich sind".to_owned(),
        Part::Watcher => "Sie ihr folgen".to_owned(),
        Part::Former => "Sie daran mitgewirkt haben".to_owned(),
        Part::Role(role, domains) => format!("Sie die Rolle {}{} haben", role_words(*role), places(domains)),
        Part::Team(team) => format!("Ihr Team {team} betroffen ist"),
    };
    format!("Sie erhalten diese Nachricht, weil {part}.")
}

fn role_words(role: Role) -> &'static str {
    match role {
        Role::Requester => "Antrag",
        Role::CompletenessReviewer => "Prüfung der Vollständigkeit",
        Role::PrivacyAssessor => "Bewertung Datenschutz",
        Role::SecurityAssessor => "Bewertung Sicherheit",
        Role::EthicsAssessor => "Bewertung Ethik",
        Role::RegulatoryAssessor => "Bewertung Regulierung",
        Role::Adviser => "Beratung",
        Role::Stakeholder => "beteiligte Stelle",
        Role::BusinessOwner => "Fachverantwortung",
        Role::Ciso => "Informationssicherheit (CISO)",
        Role::Cro => "Risiko (CRO)",
        Role::EthicsBoard => "Ethikrat",
        Role::Legal => "Recht",
        Role::ControlOwner => "Kontrollverantwortung",
        Role::Governance => "Governance",
        Role::Auditor => "Revision",
        Role::Admin => "Administration",
        Role::Service => "Dienst",
    }
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

/// “ bis 3. März 2026 um 12:00 UTC”, or nothing where no time is set.
fn by(matter: &Matter<'_>, due: Option<Time>) -> String {
    due.map_or_else(String::new, |due| format!(" bis {}", matter.when(due)))
}

/// Its start while that is to come, its end, and its next re-review.
fn period(matter: &Matter<'_>) -> Vec<String> {
    let Some(authority) = matter.exception.state.authority() else { return Vec::new() };
    let to_come = matter.exception.effective_until().is_none();
    let start = to_come.then(|| format!("Sie gilt frühestens ab {}.", matter.when(authority.period.start)));
    let end = if matter.exception.request.is_permanent() {
        format!(
            "Sie muss vor dem {} bestätigt werden, sonst wird sie dann ausgesetzt.",
            matter.when(authority.period.end)
        )
    } else {
        format!("Sie endet von selbst am {}.", matter.when(authority.period.end))
    };
    let (due, suspended) = (matter.when(authority.review_due), matter.when(authority.suspend_at));
    let review = format!(
        "Ihre nächste Prüfung ist bis {due} fällig; bleibt sie aus, wird die Ausnahme am {suspended} ausgesetzt."
    );
    start.into_iter().chain([end, review]).collect()
}

/// Its controls, each with how it stands.
fn controls(matter: &Matter<'_>) -> Vec<String> {
    let stands = |status: &ControlStatus, due: Option<Time>| match (status, due) {
        (ControlStatus::Pending, None) => "Zu bestätigen, bevor die Ausnahme gilt.".to_owned(),
        (ControlStatus::Pending, Some(due)) => format!("Zu bestätigen bis {}.", matter.when(due)),
        (ControlStatus::Confirmed { .. }, None) => "Bestätigt.".to_owned(),
        (ControlStatus::Confirmed { .. }, Some(due)) => format!("Bestätigt; wieder fällig bis {}.", matter.when(due)),
        (ControlStatus::Lapsed { .. }, _) => "Nicht rechtzeitig bestätigt.".to_owned(),
        (ControlStatus::Failed { .. }, _) => "Als unwirksam gemeldet.".to_owned(),
    };
    let listed = matter.exception.controls.iter();
    listed.map(|control| format!("{} {}", matter.control(control.id), stands(&control.status, control.due))).collect()
}

/// Why it was reopened, suspended or revoked: the rest of a sentence that tells so.
fn cause(matter: &Matter<'_>) -> String {
    let Some(cause) = matter.cause() else { return String::new() };
    match cause.code.as_str() {
        "review_due" => ", weil ihre Prüfung fällig ist".to_owned(),
        "non_waivable" => ", weil sie von einer Regel abweicht, von der niemand befreien darf".to_owned(),
        "review_overdue" => ", weil ihre Prüfung überfällig ist".to_owned(),
        "reaffirmation_overdue" => ", weil sie nicht rechtzeitig bestätigt wurde".to_owned(),
        "policy_changed" => ", weil eine Regel, von der sie abweicht, nun anders lautet".to_owned(),
        "regulation_changed" => ", weil sich eine Vorschrift geändert hat, die sie berührt".to_owned(),
        "system_changed" => ", weil ein System, für das sie gilt, eine neue Version bekam".to_owned(),
        "system_retired" => ", weil ein System, für das sie gilt, außer Dienst ist".to_owned(),
        "clause_added" => ", weil sie von mehr Regeln abweicht, als entschieden wurde".to_owned(),
        "control_lapsed" => ", weil eine Kontrolle nicht rechtzeitig bestätigt wurde".to_owned(),
        "control_failed" => ", weil eine Kontrolle unwirksam war".to_owned(),
        "incident" => ", weil es einen Vorfall mit etwas gab, das sie nennt".to_owned(),
        "suspension_not_settled" => ", weil ihre Aussetzung nicht rechtzeitig geklärt wurde".to_owned(),
        other => format!(". Der Grund: {}", plain::line(&other.replace('_', " "), plain::TITLE)),
    }
}

/// What a task asks for, as an order.
fn order(task: &Task) -> String {
    let (_, detail) = task.key.split_once(':').unwrap_or_default();
    let detail = plain::line(&detail.replace('_', " "), plain::TITLE);
    match task.work {
        Work::Fix => "den Antrag berichtigen und erneut einreichen".to_owned(),
        Work::Review => "die Vollständigkeit des Antrags prüfen".to_owned(),
        Work::Assess => format!("die Dimension {detail} bewerten"),
        Work::Advise => format!("als {detail} Stellung nehmen"),
        Work::Decide => "an der Entscheidung mitwirken".to_owned(),
        Work::AcceptConditions => "die Bedingungen annehmen oder den Antrag zurückziehen".to_owned(),
        Work::ConfirmControl => "eine Kontrolle mit Nachweis bestätigen".to_owned(),
        Work::FillQuorum => {
            "Menschen finden, die mitentscheiden können: sonst ist das Quorum nicht zu füllen".to_owned()
        }
        Work::SettleGap => format!("die Regel {detail} klären, die nicht auszuwerten war"),
    }
}

/// The roles that a task is open to, as they are said.
fn roles(task: &Task) -> String {
    task.roles.iter().map(|role| role_words(*role)).collect::<Vec<_>>().join(" oder ")
}
