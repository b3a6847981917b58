//! Letters about work: what is wanted of whom and by when, what is late, and what no longer counts.

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
    let due = if task.due_at <= matter.event.at { "It was due by" } else { "Due by" };
    format!("{} {due} {}.", plain::sentence(&order(task)), matter.when(task.due_at))
}

/// “by …”, or “now” where that has passed.
fn in_time(tasks: &[&Task], matter: &Matter<'_>) -> String {
    let due = tasks.iter().map(|task| task.due_at).min();
    if due.is_some_and(|due| due <= matter.event.at) { " now, since it is overdue".to_owned() } else { by(matter, due) }
}

pub(super) fn task_assigned(letter: &Letter, matter: &Matter<'_>) -> Content {
    let (tasks, now) =
        (matter.work(letter, &[Work::Review, Work::Assess, Work::Advise, Work::FillQuorum]), matter.event.at);
    let means = if tasks.iter().any(|task| task.assignee.is_some()) {
        "The task is yours. The exception waits for it, unless the procedure lets the step lapse."
    } else {
        "Everyone who holds the role received this letter, and one of you does the work: claim it, so that the others \
         know."
    };
    Content {
        about: tasks.first().map_or_else(|| "a task for you".to_owned(), |task| format!("please {}", order(task))),
        happened: format!("Work on this exception came to you on {}.", matter.when(now)),
        means: means.to_owned(),
        lists: vec![("The work", tasks.iter().map(|task| described(task, matter)).collect())],
        next: format!(
            "Open the exception and do the work{}, or release it for somebody else.",
            in_time(&tasks, matter)
        ),
    }
}

pub(super) fn decision_wanted(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::Decide]);
    let mut facts = asked(matter);
    let asked_as = tasks.iter().map(|task| roles(task)).filter(|roles| !roles.is_empty());
    facts.extend(asked_as.map(|roles| format!("You are asked as {roles}.")));
    Content {
        about: "your decision is wanted".to_owned(),
        happened: if matter.asks_again() {
            format!(
                "On {} the dossier that you were asked to decide on changed. Earlier links to it decide nothing any more.",
                matter.when(matter.event.at)
            )
        } else {
            format!("On {} you were asked to take part in a decision on this exception.", matter.when(matter.event.at))
        },
        means: "The decision stands only when every place of the quorum is filled, each by a different person. You \
                decide on exactly the dossier that you read: any change makes a new dossier and voids the approvals of \
                the old one. Those who requested the exception, benefit from it, edited it or assessed it cannot take \
                part."
            .to_owned(),
        lists: vec![
            ("What is decided", facts),
            ("Why it should end later", matter.reason_of_round()),
            ("Conditions so far", matter.conditions()),
        ],
        next: format!(
            "Read the dossier, then approve, approve with conditions, ask for changes, or reject with a reason{}.",
            in_time(&tasks, matter)
        ),
    }
}

fn asked(matter: &Matter<'_>) -> Vec<String> {
    let Some(round) = matter.exception.state.round() else { return Vec::new() };
    let request = &matter.exception.request;
    let mut facts =
        vec![format!("Round {}: {}.", round.number, subject(round, matter)), format!("Tier: {}.", round.tier)];
    let clauses: Vec<String> = request.clauses.iter().map(|clause| plain::line(clause, plain::TITLE)).collect();
    if !clauses.is_empty() {
        facts.push(format!("It deviates from {}.", clauses.join(", ")));
    }
    facts.push(format!("Dossier: {}.", round.dossier));
    facts.push(format!("An approval counts for {} days while the round is open.", round.approval_days));
    facts
}

fn subject(round: &Round, matter: &Matter<'_>) -> String {
    match (&round.kind, &round.proposal) {
        (_, Proposal::End { end, .. }) => format!("a later end, {}", matter.when(*end)),
        (_, Proposal::Content(_)) => "new content, which the record shows beside the present one".to_owned(),
        (RoundKind::Initial, Proposal::AsRequested | Proposal::Reaffirm) => {
            format!("the exception as requested{}", term(matter))
        }
        (RoundKind::ReReview, Proposal::AsRequested | Proposal::Reaffirm) => {
            "whether it still holds, after a re-review".to_owned()
        }
        (RoundKind::Resume, Proposal::AsRequested | Proposal::Reaffirm) => "whether it takes effect again".to_owned(),
        (RoundKind::Extension | RoundKind::Amendment, Proposal::AsRequested | Proposal::Reaffirm) => {
            "whether its last decision is confirmed".to_owned()
        }
    }
}

fn term(matter: &Matter<'_>) -> String {
    match &matter.exception.request.term {
        Some(Term::Until(end)) => format!(", until {}", matter.when(*end)),
        Some(Term::Days(days)) => format!(", for {days} days"),
        Some(Term::Permanent(_)) => ", without a planned end".to_owned(),
        None => String::new(),
    }
}

pub(super) fn control_due(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::ConfirmControl]);
    let named = tasks.iter().map(|task| {
        let id = task.key.split(':').nth(1).and_then(|id| id.parse().ok());
        let control = id.map_or_else(|| plain::sentence(&order(task)), |id| matter.control(id));
        format!("{control} Due by {}.", matter.when(task.due_at))
    });
    Content {
        about: "a control to confirm".to_owned(),
        happened: format!("On {} you were asked to confirm a control of this exception.", matter.when(matter.event.at)),
        means:
            "The exception rests on its controls. One that must stand first holds back its start; one that lapses or \
                fails leads to a re-review or a suspension, as the procedure says."
                .to_owned(),
        lists: vec![("Controls", named.collect())],
        next: format!(
            "Check that it is in place and confirm it with evidence{}, or report it as failed. The requester and the \
             beneficiary cannot do this.",
            in_time(&tasks, matter)
        ),
    }
}

pub(super) fn reminder(matter: &Matter<'_>) -> Content {
    let Some(task) = matter.named_task() else { return end_is_near(matter) };
    Content {
        about: format!("reminder: please {}", order(task)),
        happened: "Work on this exception is still open.".to_owned(),
        means: "The exception waits for it.".to_owned(),
        lists: vec![("The work", vec![described(task, matter)])],
        next: format!("Do the work{}, or release it for somebody else.", in_time(&[task], matter)),
    }
}

pub(super) fn end_is_near(matter: &Matter<'_>) -> Content {
    let until = matter.exception.effective_until();
    let happened = match until {
        Some(until) => format!("Unless somebody acts, this exception loses its effect on {}.", matter.when(until)),
        None => "This exception has no effect at present.".to_owned(),
    };
    Content {
        about: "its end is near".to_owned(),
        happened,
        means: "From then on what it allows is no longer allowed. Nobody has to end it; that happens by itself."
            .to_owned(),
        lists: vec![("Controls", controls(matter))],
        next: format!(
            "If it is still needed, ask for an extension or see that its re-review is completed: both need a full \
             quorum, and that takes time. Otherwise be ready to stop{}.",
            by(matter, until)
        ),
    }
}

pub(super) fn escalation(matter: &Matter<'_>) -> Content {
    let task = matter.named_task();
    let late = task.is_some_and(|task| task.due_at <= matter.event.at);
    Content {
        about: if late { "overdue work was escalated" } else { "work was escalated" }.to_owned(),
        happened: format!("Work on this exception was escalated on {}.", matter.when(matter.event.at)),
        means: "It has been open for too long, and the exception waits for it. Your role is on the procedure's \
                escalation route."
            .to_owned(),
        lists: vec![("The work", task.into_iter().map(|task| described(task, matter)).collect())],
        next:
            "If the work is yours, do it now or release it. If you answer for the procedure, see that somebody does it."
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
        about: "your approval no longer counts".to_owned(),
        happened: format!(
            "On {} your approval in round {round} was voided, because {because}.",
            matter.when(matter.event.at)
        ),
        means: "It stays in the record but does not count towards the quorum.".to_owned(),
        lists: Vec::new(),
        next: next.to_owned(),
    }
}

/// Why an approval no longer counts, and what to do then.
fn voided(why: &str) -> (&'static str, &'static str) {
    match why {
        "dossier_changed" => ("the dossier changed after you approved it", "Read the new dossier and decide again."),
        "approval_lapsed" => {
            ("the round stayed open for longer than an approval counts", "If you still approve, approve again.")
        }
        "review_overdue" => (
            "its re-review fell due before it took effect",
            "Read the dossier again; if you still approve, approve again.",
        ),
        "round_ended" => {
            ("that round ended", "Open the exception to see how it ended. If it is decided again, you will be asked.")
        }
        "same_person" => (
            "another approval in that round turned out to be given by the same person",
            "Nothing. If that is a mistake, ask those who administer accounts.",
        ),
        "role_lost" => (
            "you no longer hold the role by which you gave it, or may no longer take part in this decision",
            "Nothing. If that is a mistake, ask those who administer roles.",
        ),
        "incident" => (
            "an incident was reported on something that it names after you approved it",
            "Read about the incident; if you still approve, approve again.",
        ),
        "rules_changed" => (
            "a stricter version of the procedure was published before it took effect",
            "Read the dossier again; if you still approve, approve again.",
        ),
        "changes_requested" => (
            "another approver asked for changes",
            "Nothing for now. When the request comes back, you will be asked again.",
        ),
        _ => ("it no longer fits what is decided", "Open the exception to see where the decision stands."),
    }
}

pub(super) fn gap_found(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::SettleGap]);
    Content {
        about: "a rule could not be evaluated".to_owned(),
        happened: format!(
            "On {} a case came up that {} does not foresee.",
            matter.when(matter.event.at),
            matter.exception.sop
        ),
        means: "Such a case neither passes nor ends. It waits for governance to settle it.".to_owned(),
        lists: vec![("The work", tasks.iter().map(|task| described(task, matter)).collect())],
        next: format!(
            "Settle it{}: give a reason and, where the scoring failed, the tier that is to count. Then correct the \
             procedure for the next case.",
            in_time(&tasks, matter)
        ),
    }
}

pub(super) fn one_browser(matter: &Matter<'_>) -> Content {
    Content {
        about: "one browser for two approvers".to_owned(),
        happened: format!(
            "On {} somebody signed in as one approver of this exception in a browser that was signed in as another.",
            matter.when(matter.event.at)
        ),
        means:
            "Two people may share a computer. It may also be one person who decides for two, which the record cannot \
                tell apart."
                .to_owned(),
        lists: Vec::new(),
        next: "Ask both approvers, each by themselves, whether the decision is their own. If it is not, suspend the \
               exception and end their sessions."
            .to_owned(),
    }
}

/// What a delegation is, whichever it is.
pub(super) fn stands_in() -> Content {
    Content {
        about: "You may act in an approver's place".to_owned(),
        happened: "An approver named you to act in their place.".to_owned(),
        means: "What you decide for them fills their place in a quorum, and you are the person who acts: nobody fills \
                two places of one decision. You cannot pass it on, and what you requested, benefit from or assessed \
                you still cannot decide."
            .to_owned(),
        lists: Vec::new(),
        next: "Nothing now. While it lasts, look at what waits for them, and say for whom you act when you decide."
            .to_owned(),
    }
}

pub(in super::super) fn delegated(told: &Delegated<'_>) -> Content {
    let (starts, ends) = told.period;
    let name = told.name(&super::FRAME);
    let reach = told.reach.iter().map(|(role, domain)| format!("{}{}", role_words(*role), places(below(domain))));
    Content {
        happened: format!("{name} lets you act in their place, from {} until {}.", told.when(starts), told.when(ends)),
        lists: vec![("The places in quorums that they have now", reach.collect())],
        ..stands_in()
    }
}
