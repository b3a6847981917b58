//! Letters about work, in German: what is wanted of whom and by when, what is late, and what no longer counts.

use super::{Content, by, controls, order, places, role_words, roles};
use crate::{
    domain::{
        event::Deed,
        exception::{Proposal, Round},
        letters::Letter,
        request::Term,
        task::{Task, Work},
    },
    notify::{
        delegated::{Delegated, below},
        matter::Matter,
        plain,
    },
    words::RoundKind,
};

/// The work with its due time, as a point of a list.
pub(super) fn described(task: &Task, matter: &Matter<'_>) -> String {
    let due = if task.due_at <= matter.event.at { "Es war fällig bis" } else { "Fällig bis" };
    format!("{} {due} {}.", plain::sentence(&order(task)), matter.when(task.due_at))
}

/// “ bis …”, or “ jetzt” where that has passed.
fn in_time(tasks: &[&Task], matter: &Matter<'_>) -> String {
    let due = tasks.iter().map(|task| task.due_at).min();
    if due.is_some_and(|due| due <= matter.event.at) {
        " jetzt, denn es ist überfällig".to_owned()
    } else {
        by(matter, due)
    }
}

pub(super) fn task_assigned(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::Review, Work::Assess, Work::Advise, Work::FillQuorum]);
    let means = if tasks.iter().any(|task| task.assignee.is_some()) {
        "Die Aufgabe gehört Ihnen. Die Ausnahme wartet darauf, sofern das Verfahren den Schritt nicht verfallen lässt."
    } else {
        "Alle, die die Rolle haben, erhielten diese Nachricht, und eine Person tut die Arbeit: Nehmen Sie sie an, damit \
         die anderen es wissen."
    };
    Content {
        about: tasks.first().map_or_else(|| "eine Aufgabe für Sie".to_owned(), |task| format!("bitte {}", order(task))),
        happened: format!("Am {} kam Arbeit an dieser Ausnahme zu Ihnen.", matter.when(matter.event.at)),
        means: means.to_owned(),
        lists: vec![("Die Arbeit", tasks.iter().map(|task| described(task, matter)).collect())],
        next: format!(
            "Öffnen Sie die Ausnahme und tun Sie die Arbeit{}, oder geben Sie sie für andere frei.",
            in_time(&tasks, matter)
        ),
    }
}

pub(super) fn decision_wanted(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::Decide]);
    let mut facts = asked(matter);
    let asked_as = tasks.iter().map(|task| roles(task)).filter(|roles| !roles.is_empty());
    facts.extend(asked_as.map(|roles| format!("Sie sind gefragt als {roles}.")));
    Content {
        about: "Ihre Entscheidung ist gefragt".to_owned(),
        happened: if matter.asks_again() {
            format!(
                "Am {} hat sich das Dossier geändert, über das Sie entscheiden sollen. Frühere Links dazu entscheiden nichts \
                 mehr.",
                matter.when(matter.event.at)
            )
        } else {
            format!("Am {} wurden Sie gebeten, über diese Ausnahme mitzuentscheiden.", matter.when(matter.event.at))
        },
        means:
            "Die Entscheidung steht erst, wenn jeder Platz des Quorums besetzt ist, jeder mit einem anderen Menschen. \
                Sie entscheiden über genau das Dossier, das Sie lesen: Jede Änderung macht ein neues und hebt die \
                Genehmigungen des alten auf. Wer die Ausnahme beantragt hat, von ihr profitiert, sie bearbeitet oder \
                bewertet hat, kann nicht mitentscheiden."
                .to_owned(),
        lists: vec![
            ("Worüber entschieden wird", facts),
            ("Warum sie später enden soll", matter.reason_of_round()),
            ("Bisherige Bedingungen", matter.conditions()),
        ],
        next: format!(
            "Lesen Sie das Dossier und genehmigen Sie, genehmigen Sie mit Bedingungen, bitten Sie um Änderungen oder \
             lehnen Sie mit Begründung ab{}.",
            in_time(&tasks, matter)
        ),
    }
}

fn asked(matter: &Matter<'_>) -> Vec<String> {
    let Some(round) = matter.exception.state.round() else { return Vec::new() };
    let mut facts =
        vec![format!("Runde {}: {}.", round.number, subject(round, matter)), format!("Stufe: {}.", round.tier)];
    let clauses = matter.exception.request.clauses.iter();
    let clauses: Vec<String> = clauses.map(|clause| plain::line(clause, plain::TITLE)).collect();
    if !clauses.is_empty() {
        facts.push(format!("Sie weicht ab von {}.", clauses.join(", ")));
    }
    facts.push(format!("Dossier: {}.", round.dossier));
    facts.push(format!("Eine Genehmigung zählt {} Tage lang, solange die Runde offen ist.", round.approval_days));
    facts
}

fn subject(round: &Round, matter: &Matter<'_>) -> String {
    match (&round.kind, &round.proposal) {
        (_, Proposal::End { end, .. }) => format!("ein späteres Ende, {}", matter.when(*end)),
        (_, Proposal::Content(_)) => "ein neuer Inhalt, den der Vorgang neben dem jetzigen zeigt".to_owned(),
        (RoundKind::Initial, Proposal::AsRequested | Proposal::Reaffirm) => {
            format!("die Ausnahme wie beantragt{}", term(matter))
        }
        (RoundKind::ReReview, Proposal::AsRequested | Proposal::Reaffirm) => {
            "ob sie nach der erneuten Prüfung weiter gilt".to_owned()
        }
        (RoundKind::Resume, Proposal::AsRequested | Proposal::Reaffirm) => "ob sie wieder gilt".to_owned(),
        (RoundKind::Extension | RoundKind::Amendment, Proposal::AsRequested | Proposal::Reaffirm) => {
            "ob ihre letzte Entscheidung bestätigt wird".to_owned()
        }
    }
}

fn term(matter: &Matter<'_>) -> String {
    match &matter.exception.request.term {
        Some(Term::Until(end)) => format!(", bis {}", matter.when(*end)),
        Some(Term::Days(days)) => format!(", für {days} Tage"),
        Some(Term::Permanent(_)) => ", ohne geplantes Ende".to_owned(),
        None => String::new(),
    }
}

pub(super) fn control_due(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::ConfirmControl]);
    let named = tasks.iter().map(|task| {
        let id = task.key.split(':').nth(1).and_then(|id| id.parse().ok());
        let control = id.map_or_else(|| plain::sentence(&order(task)), |id| matter.control(id));
        format!("{control} Fällig bis {}.", matter.when(task.due_at))
    });
    Content {
        about: "eine Kontrolle zu bestätigen".to_owned(),
        happened: format!(
            "Am {} wurden Sie gebeten, eine Kontrolle dieser Ausnahme zu bestätigen.",
            matter.when(matter.event.at)
        ),
        means: "Die Ausnahme ruht auf ihren Kontrollen. Eine, die vorher bestehen muss, hält ihren Beginn auf; eine, die \
                verfällt oder unwirksam ist, führt zu einer erneuten Prüfung oder zur Aussetzung, wie das Verfahren sagt."
            .to_owned(),
        lists: vec![("Kontrollen", named.collect())],
        next: format!(
            "Prüfen Sie, dass sie besteht, und bestätigen Sie sie mit Nachweis{}, oder melden Sie sie als unwirksam. Wer \
             den Antrag gestellt hat oder davon profitiert, kann das nicht.",
            in_time(&tasks, matter)
        ),
    }
}

pub(super) fn reminder(matter: &Matter<'_>) -> Content {
    let Some(task) = matter.named_task() else { return end_is_near(matter) };
    Content {
        about: format!("Erinnerung: bitte {}", order(task)),
        happened: "Arbeit an dieser Ausnahme ist noch offen.".to_owned(),
        means: "Die Ausnahme wartet darauf.".to_owned(),
        lists: vec![("Die Arbeit", vec![described(task, matter)])],
        next: format!("Tun Sie die Arbeit{}, oder geben Sie sie für andere frei.", in_time(&[task], matter)),
    }
}

pub(super) fn end_is_near(matter: &Matter<'_>) -> Content {
    let until = matter.exception.effective_until();
    let happened = match until {
        Some(until) => format!("Wenn niemand handelt, gilt diese Ausnahme ab {} nicht mehr.", matter.when(until)),
        None => "Diese Ausnahme gilt zurzeit nicht.".to_owned(),
    };
    Content {
        about: "ihr Ende ist nahe".to_owned(),
        happened,
        means: "Ab dann ist nicht mehr erlaubt, was sie erlaubt. Niemand muss sie beenden; das geschieht von selbst."
            .to_owned(),
        lists: vec![("Kontrollen", controls(matter))],
        next: format!(
            "Wird sie noch gebraucht, beantragen Sie eine Verlängerung oder sorgen Sie dafür, dass ihre Prüfung \
             abgeschlossen wird: Beides braucht ein volles Quorum und Zeit. Sonst stellen Sie sich darauf ein, \
             aufzuhören{}.",
            by(matter, until)
        ),
    }
}

pub(super) fn escalation(matter: &Matter<'_>) -> Content {
    let task = matter.named_task();
    let late = task.is_some_and(|task| task.due_at <= matter.event.at);
    Content {
        about: if late { "überfällige Arbeit wurde eskaliert" } else { "Arbeit wurde eskaliert" }.to_owned(),
        happened: format!("Am {} wurde Arbeit an dieser Ausnahme eskaliert.", matter.when(matter.event.at)),
        means: "Sie ist zu lange offen, und die Ausnahme wartet darauf. Ihre Rolle steht auf dem Eskalationsweg des \
                Verfahrens."
            .to_owned(),
        lists: vec![("Die Arbeit", task.into_iter().map(|task| described(task, matter)).collect())],
        next: "Gehört die Arbeit Ihnen, tun Sie sie jetzt oder geben Sie sie frei. Stehen Sie für das Verfahren ein, \
               sorgen Sie dafür, dass jemand sie tut."
            .to_owned(),
    }
}

pub(super) fn approval_voided(matter: &Matter<'_>) -> Content {
    let (round, why) = if let Deed::ApprovalVoided { round, why, .. } = &matter.event.deed {
        (*round, why.as_str())
    } else {
        (matter.exception.rounds, "")
    };
    let (because, next) = voided(why);
    Content {
        about: "Ihre Genehmigung zählt nicht mehr".to_owned(),
        happened: format!(
            "Am {} wurde Ihre Genehmigung in Runde {round} aufgehoben, weil {because}.",
            matter.when(matter.event.at)
        ),
        means: "Sie bleibt im Vorgang, zählt aber nicht zum Quorum.".to_owned(),
        lists: Vec::new(),
        next: next.to_owned(),
    }
}

fn voided(why: &str) -> (&'static str, &'static str) {
    match why {
        "dossier_changed" => {
            ("sich das Dossier danach geändert hat", "Lesen Sie das neue Dossier und entscheiden Sie erneut.")
        }
        "approval_lapsed" => (
            "die Runde länger offen blieb, als eine Genehmigung zählt",
            "Genehmigen Sie weiterhin, dann genehmigen Sie erneut.",
        ),
        "review_overdue" => (
            "ihre Prüfung fällig wurde, bevor sie galt",
            "Lesen Sie das Dossier noch einmal; genehmigen Sie weiterhin, dann genehmigen Sie erneut.",
        ),
        "round_ended" => (
            "diese Runde endete",
            "Öffnen Sie die Ausnahme, um zu sehen, wie sie endete. Wird erneut entschieden, werden Sie gefragt.",
        ),
        "same_person" => (
            "sich zeigte, dass eine andere Genehmigung der Runde vom selben Menschen kam",
            "Nichts. Ist das ein Irrtum, fragen Sie die, die Konten verwalten.",
        ),
        "role_lost" => (
            "Sie die Rolle nicht mehr haben, mit der Sie sie gaben, oder an dieser Entscheidung nicht mehr mitwirken \
             dürfen",
            "Nichts. Ist das ein Irrtum, fragen Sie die, die Rollen verwalten.",
        ),
        "incident" => (
            "danach ein Vorfall mit etwas gemeldet wurde, das sie nennt",
            "Lesen Sie, was geschah; genehmigen Sie weiterhin, dann genehmigen Sie erneut.",
        ),
        "rules_changed" => (
            "eine strengere Fassung des Verfahrens veröffentlicht wurde, bevor sie galt",
            "Lesen Sie das Dossier noch einmal; genehmigen Sie weiterhin, dann genehmigen Sie erneut.",
        ),
        "changes_requested" => (
            "jemand anderes um Änderungen gebeten hat",
            "Vorerst nichts. Kommt der Antrag zurück, werden Sie erneut gefragt.",
        ),
        _ => (
            "sie nicht mehr zu dem passt, worüber entschieden wird",
            "Öffnen Sie die Ausnahme, um zu sehen, wie die Entscheidung steht.",
        ),
    }
}

pub(super) fn gap_found(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::SettleGap]);
    Content {
        about: "eine Regel war nicht auszuwerten".to_owned(),
        happened: format!(
            "Am {} trat ein Fall ein, den {} nicht vorsieht.",
            matter.when(matter.event.at),
            matter.exception.sop
        ),
        means: "Ein solcher Fall geht weder durch noch zu Ende. Er wartet darauf, dass Governance ihn klärt."
            .to_owned(),
        lists: vec![("Die Arbeit", tasks.iter().map(|task| described(task, matter)).collect())],
        next: format!(
            "Klären Sie ihn{}: Geben Sie einen Grund an und, wo die Bewertung versagte, die Stufe, die gelten soll. \
             Berichtigen Sie dann das Verfahren für den nächsten Fall.",
            in_time(&tasks, matter)
        ),
    }
}

pub(super) fn one_browser(matter: &Matter<'_>) -> Content {
    Content {
        about: "ein Browser für zwei Genehmigende".to_owned(),
        happened: format!(
            "Am {} meldete sich jemand, der über diese Ausnahme mitentscheidet, in einem Browser an, in dem jemand \
             anderes angemeldet war, der ebenfalls mitentscheidet.",
            matter.when(matter.event.at)
        ),
        means: "Zwei Menschen können sich einen Rechner teilen. Es kann auch ein Mensch sein, der für zwei entscheidet; der \
                Vorgang kann das nicht unterscheiden."
            .to_owned(),
        lists: Vec::new(),
        next: "Fragen Sie beide, jeweils allein, ob die Entscheidung ihre eigene ist. Ist sie das nicht, setzen Sie die \
               Ausnahme aus und beenden Sie ihre Sitzungen."
            .to_owned(),
    }
}

/// Was eine Vertretung ist, welche auch immer.
pub(super) fn stands_in() -> Content {
    Content {
        about: "Sie vertreten eine genehmigende Person".to_owned(),
        happened: "Eine genehmigende Person hat Sie als Vertretung benannt.".to_owned(),
        means:
            "Was Sie für sie entscheiden, füllt ihren Platz im Quorum, und Sie sind der Mensch, der handelt: Niemand \
                füllt in einer Entscheidung zwei Plätze. Weitergeben können Sie die Vertretung nicht, und was Sie \
                beantragt oder bewertet haben oder was Ihnen zugutekommt, können Sie weiterhin nicht entscheiden."
                .to_owned(),
        lists: Vec::new(),
        next:
            "Zurzeit nichts. Sehen Sie während der Vertretung nach, was auf die Person wartet, und geben Sie bei der \
               Entscheidung an, für wen Sie handeln."
                .to_owned(),
    }
}

pub(in super::super) fn delegated(told: &Delegated<'_>) -> Content {
    let (starts, ends) = told.period;
    let name = told.name(&super::FRAME);
    let reach = told.reach.iter().map(|(role, domain)| format!("{}{}", role_words(*role), places(below(domain))));
    Content {
        happened: format!("Sie vertreten {name}, vom {} bis zum {}.", told.when(starts), told.when(ends)),
        lists: vec![("Die Plätze in Quoren, die die Person jetzt hat", reach.collect())],
        ..stands_in()
    }
}
