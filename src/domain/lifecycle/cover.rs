//! Work while people are away: what somebody had who is away goes back to its role where others may do it, and of
//! what nobody may do who is there governance is told. Whoever is away may still act; nothing here forbids it.

use std::collections::BTreeSet;

use crate::{
    domain::{
        event::Deed,
        exception::Exception,
        person::{Absence, Person},
        quorum::{Candidate, Capacity},
        task::{Task, Work},
        upkeep::Upkeep,
    },
    words::{PersonId, Role},
};

use super::{
    Proceeding, exclusions, feasibility,
    proceeding::{codes, stamp},
    work,
};

/// The roles whose holders could do what is open on `exception`: whom the clock has to know.
pub fn seats(exception: &Exception) -> BTreeSet<Role> {
    exception.tasks.iter().flat_map(roles).copied().collect()
}

/// Gives back what people had who are away, and tells of what nobody does meanwhile, where that is news.
pub(super) fn note(p: &mut Proceeding<'_>) {
    if p.now.state.name().is_final() {
        return;
    }
    // What was settled on the way here may have made some of it superfluous. The task of a control whose owner is
    // away is only in other hands.
    let closed = work::changes(&p.now, p.now.seq, p.ground).closed;
    let open: Vec<Task> = p
        .now
        .tasks
        .iter()
        .filter(|task| (task.work.stand_in().is_some() && is_left_behind(p, task)) || !closed.contains(&task.id))
        .cloned()
        .collect();
    give_back(p, &open);
    let uncovered = uncovered(p, &open);
    if uncovered == p.now.uncovered {
        return;
    }
    if uncovered.is_empty() {
        let citation = p.cite("7", "somebody is there again for everything that is open");
        p.tell(Deed::Upkeep(Upkeep::Covered), citation.with("was_uncovered", keys(&p.now.uncovered)));
        return;
    }
    let away: Vec<String> =
        p.ground.people.iter().filter(|one| is_gone(p, one)).map(|one| one.id.to_string()).collect();
    let citation = p
        .cite("7", "whoever may do it is away: governance sees to it that somebody can")
        .with("seats", keys(&uncovered))
        .with("away", away);
    p.tell(Deed::Upkeep(Upkeep::Uncovered { seats: uncovered.into_iter().collect() }), citation);
}

fn keys(uncovered: &BTreeSet<String>) -> Vec<String> {
    uncovered.iter().cloned().collect()
}

/// The roles that may do a task. What only its requester can do is nobody else's, whoever is away.
fn roles(task: &Task) -> &[Role] {
    match task.work {
        Work::Fix | Work::AcceptConditions | Work::FindCover => &[],
        Work::ConfirmControl => &[Role::ControlOwner],
        Work::Attest => &[Role::Governance],
        Work::Review | Work::Assess | Work::Advise | Work::Decide | Work::SettleGap | Work::FillQuorum => &task.roles,
    }
}

/// What somebody took before they went goes back to its role, if somebody of it is there; what they take while they
/// are away stays theirs.
fn give_back(p: &mut Proceeding<'_>, open: &[Task]) {
    for task in open {
        if !is_left_behind(p, task) {
            continue;
        }
        let others = able(p, task).any(|one| Some(one.id) != task.assignee && one.is_there(p.ground.now));
        let absence = task.assignee.and_then(|id| p.ground.people.find(id)).and_then(|one| one.absence.as_ref());
        let Some(absence) = absence.filter(|_| others) else { continue };
        let citation = p
            .cite("7", "whoever has the task is away: it is everyone's of its role")
            .with("task", task.id.to_string())
            .with("assignee", task.assignee.map(|person| person.to_string()))
            .with("away_until", stamp(absence.ends))
            .with("roles", codes(roles(task).iter().copied()));
        p.tell(Deed::Assigned { task: task.id, to: None }, citation);
    }
}

fn is_left_behind(p: &Proceeding<'_>, task: &Task) -> bool {
    let now = p.ground.now;
    let absence = task.assignee.and_then(|id| p.ground.people.find(id)).and_then(|one| one.absence.as_ref());
    // What was given to them when it was opened they did not take.
    let before = |absence: &Absence| task.taken_at.is_none_or(|taken| taken <= absence.starts);
    !roles(task).is_empty() && absence.is_some_and(|absence| absence.holds_at(now) && before(absence))
}

/// The keys of the open tasks that nobody does who is there, and that somebody would who is not.
fn uncovered(p: &Proceeding<'_>, open: &[Task]) -> BTreeSet<String> {
    let lost = !p.now.missing.is_empty();
    let bare = |task: &&Task| match task.work {
        // Nobody at all could fill the quorum: that is told, and those seats with it.
        Work::Assess if lost => false,
        Work::Decide | Work::Fix | Work::AcceptConditions | Work::FindCover => false,
        Work::Review
        | Work::Assess
        | Work::Advise
        | Work::ConfirmControl
        | Work::Attest
        | Work::SettleGap
        | Work::FillQuorum => is_bare(p, task),
    };
    let mut keys: BTreeSet<String> = open.iter().filter(bare).map(|task| task.key.clone()).collect();
    if !lost {
        keys.extend(undecided(p, open));
    }
    keys
}

fn is_bare(p: &Proceeding<'_>, task: &Task) -> bool {
    let now = p.ground.now;
    let holder = task.assignee.and_then(|id| p.ground.people.find(id));
    if holder.is_some_and(|one| one.is_there(now)) || able(p, task).any(|one| one.is_there(now)) {
        return false;
    }
    holder.into_iter().chain(able(p, task)).any(|one| is_gone(p, one))
}

fn is_gone(p: &Proceeding<'_>, person: &Person) -> bool {
    !person.is_service() && !person.is_there(p.ground.now)
}

/// Everyone with a role for a task who is no party to the request, also those who are away or have left.
fn able<'p>(p: &'p Proceeding<'_>, task: &'p Task) -> impl Iterator<Item = &'p Person> {
    let parties = p.ground.people.humans([Some(p.now.requester), p.now.request.beneficiary].into_iter().flatten());
    let may = move |one: &&Person| {
        let held = one.grants.iter().filter(|held| roles(task).contains(&held.role));
        let here = held.filter(|held| task.domains.iter().any(|domain| held.domain.covers(domain))).count() > 0;
        here && !one.is_service() && !parties.contains(&one.human)
    };
    p.ground.people.iter().filter(may)
}

/// The seats of the open round that stay empty although everybody decides who is there and may.
fn undecided(p: &Proceeding<'_>, open: &[Task]) -> BTreeSet<String> {
    let open: Vec<&Task> = open.iter().filter(|task| task.work == Work::Decide).collect();
    let somebody_gone = open.iter().any(|task| able(p, task).any(|one| is_gone(p, one)));
    if open.is_empty() || !somebody_gone {
        return BTreeSet::new();
    }
    let empty = work::empty_seats(&p.now, p.ground, &there(p));
    let (named, known): (BTreeSet<String>, BTreeSet<String>) =
        (empty, open.iter().map(|task| task.key.clone()).collect());
    let both: BTreeSet<String> = named.intersection(&known).cloned().collect();
    // A seat of a further quorum is no task yet; what is open leads to it.
    if both.is_empty() && !named.is_empty() { known } else { both }
}

/// Everyone who may decide and is there, for themselves or for somebody who is away and let them.
fn there(p: &Proceeding<'_>) -> Vec<Candidate> {
    let (now, people) = (p.ground.now, p.ground.people);
    let mut out = exclusions(&p.now, people);
    let kept_out = out.clone();
    let away: BTreeSet<PersonId> = people.iter().filter(|one| one.is_away(now)).map(|one| one.human).collect();
    out.extend(away.iter().copied());
    let mut all = feasibility::able(people, &out);
    let mut lent: BTreeSet<PersonId> = BTreeSet::new();
    for given in people.delegations(now) {
        let (Some(from), Some(to)) = (people.find(given.from), people.find(given.to)) else { continue };
        let stands = from.active && away.contains(&from.human) && !kept_out.contains(&from.human);
        if !stands || !to.is_there(now) || out.contains(&to.human) || to.is_service() || !lent.insert(from.human) {
            continue;
        }
        let held = from.grants.iter();
        let capacities = held.map(|held| Capacity { role: held.role, domain: held.domain.clone(), grant: held.leaf });
        match all.iter_mut().find(|one| one.human == to.human) {
            Some(known) => known.capacities.extend(capacities),
            None => all.push(Candidate { human: to.human, principal: to.human, capacities: capacities.collect() }),
        }
    }
    all
}
