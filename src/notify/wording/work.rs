//! Letters about work: what is wanted of whom and by when, and what no longer counts.

use super::{
    in_parts,
    parts::{by, controls, described, in_time, order, roles},
    told_of, whole,
};
use crate::{
    domain::{
        event::Deed,
        exception::{Proposal, Round},
        letters::Letter,
        request::Term,
        task::{Task, Work},
    },
    notify::{letter::Content, matter::Matter, plain},
    words::RoundKind,
};

pub(super) fn task_assigned(letter: &Letter, matter: &Matter<'_>) -> Content {
    let asked = [Work::Review, Work::Assess, Work::Advise, Work::Attest, Work::FillQuorum, Work::FindCover];
    let tasks = matter.work(letter, &asked);
    let first = tasks.first().map_or_else(String::new, |task| order(task, matter.tongue()));
    let said = told_of(matter, "task-assigned").with("order", first).with("by", in_time(&tasks, matter));
    let about = if tasks.is_empty() { "about" } else { "about-order" };
    let yours = tasks.iter().any(|task| task.assignee.is_some());
    let means = if yours { "means-yours" } else { "means-shared" };
    in_parts(&said, [about, "happened", means, "next"], vec![("work", all(&tasks, matter))])
}

fn all(tasks: &[&Task], matter: &Matter<'_>) -> Vec<String> {
    tasks.iter().map(|task| described(task, matter)).collect()
}

pub(super) fn decision_wanted(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::Decide]);
    let mut facts = asked(matter);
    let asked_as = tasks.iter().map(|task| roles(task, matter.tongue())).filter(|roles| !roles.is_empty());
    // Two seats that the same people may fill are one thing to them.
    let mut asked_as: Vec<String> = asked_as.collect();
    asked_as.dedup();
    facts.extend(asked_as.into_iter().map(|roles| matter.say("letter-asked-as").with("roles", roles).to_string()));
    let lists =
        vec![("decided", facts), ("later-end", matter.reason_of_round()), ("conditions-so-far", matter.conditions())];
    let happened = if matter.asks_again() { "happened-again" } else { "happened" };
    let said = told_of(matter, "decision-wanted").with("by", in_time(&tasks, matter));
    in_parts(&said, ["about", happened, "means", "next"], lists)
}

fn asked(matter: &Matter<'_>) -> Vec<String> {
    let Some(round) = matter.exception.state.round() else { return Vec::new() };
    let clauses = matter.exception.request.clauses.iter();
    let clauses: Vec<String> = clauses.map(|clause| plain::line(clause, plain::TITLE)).collect();
    let deviates = matter.say("letter-asked-clauses").with("clauses", clauses.join(", "));
    let facts = [
        Some(matter.say("letter-asked-round").with("number", round.number).with("subject", subject(round, matter))),
        Some(matter.say("letter-asked-tier").with("tier", matter.tongue().name("tier", round.tier))),
        (!clauses.is_empty()).then_some(deviates),
        Some(matter.say("letter-asked-dossier").with("dossier", round.dossier)),
        Some(matter.say("letter-asked-days").count("days", round.approval_days)),
    ];
    facts.into_iter().flatten().map(|said| said.to_string()).collect()
}

fn subject(round: &Round, matter: &Matter<'_>) -> String {
    let said = match (&round.kind, &round.proposal) {
        (_, Proposal::End { end, .. }) => matter.say("letter-subject-end").with("at", matter.when(*end)),
        (_, Proposal::Content(_)) => matter.say("letter-subject-content"),
        (RoundKind::Initial, Proposal::AsRequested | Proposal::Reaffirm) => {
            matter.say("letter-subject-initial").with("term", term(matter))
        }
        (RoundKind::ReReview, Proposal::AsRequested | Proposal::Reaffirm) => matter.say("letter-subject-re_review"),
        (RoundKind::Resume, Proposal::AsRequested | Proposal::Reaffirm) => matter.say("letter-subject-resume"),
        (RoundKind::Extension | RoundKind::Amendment, Proposal::AsRequested | Proposal::Reaffirm) => {
            matter.say("letter-subject-confirmed")
        }
    };
    said.to_string()
}

fn term(matter: &Matter<'_>) -> String {
    let said = match &matter.exception.request.term {
        Some(Term::Until(end)) => matter.say("letter-term-until").with("at", matter.when(*end)),
        Some(Term::Days(days)) => matter.say("letter-term-days").count("days", days),
        Some(Term::Permanent(_)) => matter.say("letter-term-permanent"),
        None => return String::new(),
    };
    said.to_string()
}

pub(super) fn control_due(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::ConfirmControl]);
    let named = tasks.iter().map(|task| {
        let id = task.key.split(':').nth(1).and_then(|id| id.parse().ok());
        let ordered = || plain::sentence(&order(task, matter.tongue()));
        let control = id.map_or_else(ordered, |id| matter.control(id));
        matter.say("letter-control-due").with("control", control).with("at", matter.when(task.due_at)).to_string()
    });
    let said = told_of(matter, "control-due").with("by", in_time(&tasks, matter));
    whole(&said, vec![("controls", named.collect())])
}

pub(super) fn reminder(matter: &Matter<'_>) -> Content {
    let Some(task) = matter.named_task() else { return end_is_near(matter) };
    let said = told_of(matter, "reminder").with("order", order(task, matter.tongue()));
    whole(&said.with("by", in_time(&[task], matter)), vec![("work", vec![described(task, matter)])])
}

pub(super) fn end_is_near(matter: &Matter<'_>) -> Content {
    let until = matter.exception.effective_until();
    let happened = if until.is_some() { "happened" } else { "happened-no-effect" };
    let said = told_of(matter, "expiring")
        .with("until", until.map_or_else(String::new, |until| matter.when(until)))
        .with("by", by(matter, until));
    in_parts(&said, ["about", happened, "means", "next"], vec![("controls", controls(matter))])
}

pub(super) fn escalation(matter: &Matter<'_>) -> Content {
    let task = matter.named_task();
    let late = task.is_some_and(|task| task.due_at <= matter.event.at);
    let about = if late { "about-late" } else { "about" };
    let work = task.into_iter().map(|task| described(task, matter)).collect();
    in_parts(&told_of(matter, "escalation"), [about, "happened", "means", "next"], vec![("work", work)])
}

pub(super) fn approval_voided(matter: &Matter<'_>) -> Content {
    let (round, why) = if let Deed::ApprovalVoided { round, why, .. } = &matter.event.deed {
        (*round, why.as_str())
    } else {
        (matter.exception.rounds, "other")
    };
    let said = told_of(matter, "approval-voided").with("round", round);
    let because = said.part(&format!("because-{why}")).known();
    let next = format!("next-{}", because.as_ref().map_or("other", |_| why));
    let said = said.clone().with("because", because.unwrap_or_else(|| said.part("because-other")));
    in_parts(&said, ["about", "happened", "means", &next], Vec::new())
}

pub(super) fn gap_found(letter: &Letter, matter: &Matter<'_>) -> Content {
    let tasks = matter.work(letter, &[Work::SettleGap]);
    let said = told_of(matter, "gap-found").with("sop", &matter.exception.sop).with("by", in_time(&tasks, matter));
    whole(&said, vec![("work", all(&tasks, matter))])
}

pub(super) fn one_browser(matter: &Matter<'_>) -> Content {
    whole(&told_of(matter, "one-browser"), Vec::new())
}
