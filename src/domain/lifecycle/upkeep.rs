//! What the clock does beside the lifecycle: it warns and escalates, tells of ends that are near, gives work back
//! that somebody left behind, notices who has gone, and says when a loop has gone round often enough.

use crate::{
    domain::{
        chores::Chore,
        event::Deed,
        exception::{Cause, State},
        request::Time,
        task::{Task, Work},
        upkeep::{Loop, Part, Rung, Upkeep},
    },
    sop::Hours,
    words::{BatchId, Citation, DomainPath, PersonId, Role, TaskId, Tier},
};

use super::{Ground, Proceeding, proceeding::stamp, re_review, settle, work};

/// Does the first thing that is to be done, if any is.
pub(super) fn turn(p: &mut Proceeding<'_>) {
    if p.now.state.name().is_final() {
        return;
    }
    let before = p.progress();
    for step in [stop_loops, notice_departures, notice_moves, notice_scoring, give_back, chores] {
        step(p);
        if p.progress() > before {
            return;
        }
    }
}

/// So many hours from `from`, counted as the procedure counts for this work.
pub(super) fn hours_after(ground: Ground<'_>, (task_domains, tier): Counted<'_>, (from, hours): (Time, u32)) -> Time {
    let punctuality = ground.sop.document().punctuality.as_ref();
    match punctuality.map_or(Hours::Clock, |punctuality| punctuality.hours_at(tier)) {
        Hours::Working => ground.calendars.of(task_domains).after(from, hours),
        Hours::Clock => from.checked_add_signed(chrono::Duration::hours(i64::from(hours))).unwrap_or(Time::MAX_UTC),
    }
}

/// Whose hours are counted: those of the people in these domains, for work at this tier.
pub(super) type Counted<'a> = (&'a [DomainPath], Option<Tier>);

/// A loop that went round as often as the procedure allows is told of once.
fn stop_loops(p: &mut Proceeding<'_>) {
    let (counts, limits) = (p.now.counts, p.ground.sop.document().limits.clone());
    let loops = [
        (Loop::Returns, counts.returns, limits.returns),
        (Loop::Reopenings, counts.reopenings, limits.reopenings),
        (Loop::Reminders, counts.reminders, limits.reminders),
        (Loop::Escalations, counts.escalations, limits.escalations),
    ];
    let reached = loops.into_iter().find(|(what, count, limit)| count >= limit && !p.now.stopped.contains(what));
    if let Some((what, _, limit)) = reached {
        let citation = p.cite("7", format!("{what}: {limit}, the procedure's limit")).with("limit", limit);
        p.tell(Deed::Upkeep(Upkeep::LimitReached { what, limit }), citation);
    }
}

/// What is in effect is reopened when somebody on whom it rests has left; what is not is decided anew anyway.
fn notice_departures(p: &mut Proceeding<'_>) {
    if !matches!(p.now.state, State::Active { .. }) {
        return;
    }
    let gone = departed(p);
    let Some((part, _)) = gone.first().copied() else { return };
    for (part, person) in gone {
        let citation =
            p.cite("7", format!("its {} has left", part.as_str().replace('_', " "))).with("person", person.to_string());
        p.tell(Deed::Upkeep(Upkeep::PartyLeft { person, part }), citation);
    }
    settle::reopen_or_suspend(p, (Cause::of(part.cause()), None), None);
}

/// What is in effect is reopened when somebody on whom it rests works in another unit or region than when it was
/// decided: whoever decided did not know. Who moved before that is no news. Who moves while it is suspended is known
/// to those who resume it, so that what is asked for that is asked then.
fn notice_moves(p: &mut Proceeding<'_>) {
    let suspended = matches!(p.now.state, State::Suspended { round: None, .. });
    if !suspended && !matches!(p.now.state, State::Active { .. }) {
        return;
    }
    let since = |person: PersonId| p.ground.people.find(person).and_then(|one| one.moved_at);
    let known = |person: PersonId, at: Time| {
        p.now.decided_at.is_some_and(|decided| at <= decided)
            || p.now.moved.get(&person).is_some_and(|last| at <= *last)
    };
    let moved = parties(p).filter_map(|(part, person)| Some((part, person, since(person)?)));
    let asks = |part: Part| !suspended || re_review::asked(p, part.moved()).is_some();
    let moved = moved.filter(|(part, person, at)| !known(*person, *at) && asks(*part));
    let moved: Vec<(Part, PersonId, Time)> = moved.collect();
    let Some((first, ..)) = moved.first().copied() else { return };
    for (part, person, at) in moved {
        let citation = p
            .cite("7", format!("its {} works in another unit or region", part.as_str().replace('_', " ")))
            .with("person", person.to_string())
            .with("moved_at", stamp(at));
        p.tell(Deed::Upkeep(Upkeep::PartyMoved { person, part, at }), citation);
        if suspended {
            re_review::widen(p, part.moved(), None);
        }
    }
    if !suspended {
        settle::reopen_or_suspend(p, (Cause::of(first.moved()), None), None);
    }
}

/// What is in effect is reopened when a newer version of its procedure would score it higher, once for each; what is
/// looked at again, or suspended, is asked for that as well.
fn notice_scoring(p: &mut Proceeding<'_>) {
    let (questioned, active) = (p.now.is_questioned(), matches!(p.now.state, State::Active { .. }));
    let Some(authority) = p.now.state.authority().filter(|_| active || questioned) else { return };
    let (newest, known) = (p.ground.newest.reference(), p.now.scored_higher);
    if newest.version <= authority.sop.version || known.is_some_and(|known| known.version >= newest.version) {
        return;
    }
    let batch = BatchId::of_sop(&newest);
    if p.ground.resting.contains(&batch) {
        return;
    }
    // What was looked at at this tier before is not looked at again because a version says it once more.
    let tier = known.map_or(authority.tier, |known| known.tier.max(authority.tier));
    let tier = p.now.tier().filter(|_| questioned).map_or(tier, |rated| rated.max(tier));
    if questioned && re_review::asked(p, Cause::SCORED_HIGHER).is_none() {
        return;
    }
    let Some(scored) = p.ground.newest.tier(&p.facts()).ok().filter(|scored| scored.tier > tier) else { return };
    let mut citation = Citation::sop(&newest, &scored.rule, scored.text);
    citation.facts = scored.looked_at;
    p.tell(Deed::Upkeep(Upkeep::Rescored { sop: newest, tier: scored.tier }), citation);
    if questioned {
        return re_review::widen(p, Cause::SCORED_HIGHER, None);
    }
    let cause = Cause::of(Cause::SCORED_HIGHER);
    let why = p.cite("7", format!("reopened: {}", cause.code)).with("cause", cause.code.as_str());
    settle::reopen_or_suspend(p, (cause, Some(why.with("batch", batch.to_string()))), None);
}

/// Those on whom it rests who have left since it was last looked at.
fn departed(p: &Proceeding<'_>) -> Vec<(Part, PersonId)> {
    parties(p).filter(|(_, person)| has_left(p, *person) && !p.now.departed.contains(person)).collect()
}

/// Those on whom it rests, each with what they are to it.
fn parties(p: &Proceeding<'_>) -> impl Iterator<Item = (Part, PersonId)> + use<> {
    let request = &p.now.request;
    let named = [
        (Part::Requester, Some(p.now.requester)),
        (Part::Beneficiary, request.beneficiary),
        (Part::Sponsor, request.sponsor),
        (Part::MonitoringOwner, request.monitoring_owner),
    ];
    named.into_iter().filter_map(|(part, person)| Some((part, person?)))
}

fn has_left(p: &Proceeding<'_>, person: PersonId) -> bool {
    p.ground.people.find(person).is_some_and(|person| !person.active)
}

/// Work that somebody had who has left goes back to its role; that of a control's owner to all control owners.
fn give_back(p: &mut Proceeding<'_>) {
    let left = |task: &&Task| task.assignee.is_some_and(|person| has_left(p, person));
    let shared = |task: &&Task| match task.work {
        // What its owner has to do is no longer wanted of them as it is, and not done all the same.
        Work::ConfirmControl | Work::Attest => true,
        Work::Fix | Work::AcceptConditions => false,
        Work::Review
        | Work::Assess
        | Work::Advise
        | Work::Decide
        | Work::SettleGap
        | Work::FillQuorum
        | Work::FindCover => !is_done(p, task.id),
    };
    let given_back = p.now.tasks.iter().filter(left).find(shared).map(|task| (task.id, task.assignee));
    if let Some((task, assignee)) = given_back {
        let citation = p
            .cite("7", "whoever had the task has left: it is everyone's of its role")
            .with("task", task.to_string())
            .with("assignee", assignee.map(|person| person.to_string()));
        p.tell(Deed::Assigned { task, to: None }, citation);
    }
}

/// Of what is to be done by now the most pressing: of several warnings before one end only the last.
fn chores(p: &mut Proceeding<'_>) {
    let due = p.now.chores(p.ground.sop.document()).into_iter().filter(|(at, _)| *at <= p.ground.now);
    let open = due.filter(|(_, chore)| chore.task().is_none_or(|task| !is_done(p, task)));
    if let Some((at, chore)) = open.max_by_key(|(at, _)| *at) {
        carry_out(p, chore, at);
    }
}

/// Has what happened so far made this work superfluous? It is closed with the last event.
fn is_done(p: &Proceeding<'_>, task: TaskId) -> bool {
    work::changes(&p.now, p.now.seq, p.ground).closed.contains(&task)
}

fn carry_out(p: &mut Proceeding<'_>, chore: Chore, at: Time) {
    match chore {
        Chore::Warn(task) => warn(p, task, at),
        Chore::Overdue(task) => overdue(p, task, at),
        Chore::Escalate(task) => escalate(p, task, at),
        Chore::EndNear(days, end) => {
            let citation = p.cite("7", format!("its end is {days} days away, or less")).with("days", days);
            p.tell_since(Deed::Upkeep(Upkeep::EndNear { days, end }), citation, at);
        }
        Chore::LapseNear(days, end) => {
            let citation = p.cite("1", format!("it lapses in {days} days, or fewer")).with("days", days);
            p.tell_since(Deed::Upkeep(Upkeep::LapseNear { days, end }), citation, at);
        }
    }
}

/// Warns those who have the task; where it is late by now, that alone is told.
fn warn(p: &mut Proceeding<'_>, id: TaskId, at: Time) {
    match p.now.tasks.iter().find(|task| task.id == id).map(|task| task.due_at) {
        Some(due) if due <= p.ground.now => overdue(p, id, due),
        Some(_) | None => {
            let citation = p.cite("7", "the task is due soon").with("task", id.to_string());
            p.tell_since(Deed::Upkeep(Upkeep::DueSoon { task: id }), citation, at);
        }
    }
}

fn overdue(p: &mut Proceeding<'_>, task: TaskId, at: Time) {
    let escalates_at = next_escalation(p, task, 0);
    let citation =
        p.cite("7", "the task was not done in time").with("task", task.to_string()).with("due_at", stamp(at));
    p.tell_since(Deed::Upkeep(Upkeep::Overdue { task, escalates_at }), citation, at);
}

/// Tells the next role of the route. Work of a role that one person has is everyone's of that role again.
fn escalate(p: &mut Proceeding<'_>, id: TaskId, at: Time) {
    let Some(task) = p.now.tasks.iter().find(|task| task.id == id).cloned() else { return };
    let told = task.late.map_or(0, |late| late.told);
    let Some(role) = role_at(p, told) else { return };
    if !task.roles.is_empty() && task.assignee.is_some() {
        let citation = p
            .cite("7", "whoever has the task did not do it in time: it is everyone's of its role")
            .with("task", id.to_string());
        p.tell_since(Deed::Assigned { task: id, to: None }, citation, at);
    }
    let rung = Rung { told: told + 1, next: next_escalation(p, id, told + 1) };
    let citation = p.cite("7", format!("escalated to {role}")).with("told", told + 1);
    p.tell_since(Deed::Escalated { task: id, route: vec![role], rung: Some(rung) }, citation, at);
}

fn role_at(p: &Proceeding<'_>, told: u32) -> Option<Role> {
    p.ground.sop.document().escalation.get(usize::try_from(told).unwrap_or(usize::MAX)).copied()
}

/// When the role after those that were told hears of it, if there is one.
fn next_escalation(p: &Proceeding<'_>, task: TaskId, told: u32) -> Option<Time> {
    let hours = p.ground.sop.document().punctuality.as_ref()?.escalate_hours;
    role_at(p, told)?;
    let theirs = |task: &&Task| matches!(task.work, Work::Fix | Work::AcceptConditions);
    // What only its requester can do lapses; nobody else is asked for it.
    let task = p.now.tasks.iter().find(|open| open.id == task).filter(|task| !theirs(task))?;
    Some(hours_after(p.ground, (&task.domains, p.now.tier()), (p.ground.now, hours)))
}
