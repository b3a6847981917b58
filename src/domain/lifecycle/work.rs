//! Tasks: what each state asks of whom and by when, derived from the exception alone, and the commands
//! that move them between people.

use chrono::Duration;

use crate::{
    domain::{
        control::{Control, ControlStatus},
        event::{Deed, TaskChanges},
        exception::{Exception, Round, State},
        quorum,
        refusal::{Refusal, Refused},
        request::Time,
        task::{Task, Work},
    },
    words::{PersonId, Role, Step, TaskId},
};

use super::{Ground, Proceeding, settle};

/// What a state asks for.
struct Wanted {
    key: String,
    step: Step,
    work: Work,
    roles: Vec<Role>,
    person: Option<PersonId>,
    due_at: Time,
}

/// The difference between the work that is open and the work that is wanted.
pub(super) fn changes(now: &Exception, ground: Ground<'_>) -> TaskChanges {
    let wanted = wanted(now, ground);
    let closed = now
        .tasks
        .iter()
        .filter(|task| !wanted.iter().any(|wanted| wanted.key == task.key))
        .map(|task| task.id)
        .collect();
    let fresh = wanted.into_iter().filter(|wanted| !now.tasks.iter().any(|task| task.key == wanted.key));
    let opened = fresh.map(|wanted| Task {
        id: TaskId::derive(now.id, now.seq, &wanted.key),
        key: wanted.key,
        step: wanted.step,
        work: wanted.work,
        roles: wanted.roles,
        domains: now.request.domains(),
        assignee: wanted.person,
        opened_at: ground.now,
        due_at: wanted.due_at,
    });
    TaskChanges { opened: opened.collect(), closed }
}

fn wanted(now: &Exception, ground: Ground<'_>) -> Vec<Wanted> {
    let steps = &ground.sop.document().steps;
    let hours = |hours: u32| ground.now + Duration::hours(i64::from(hours));
    let role = |key: &str, step, work, roles, due| Wanted {
        key: key.to_owned(),
        step,
        work,
        roles,
        person: None,
        due_at: hours(due),
    };
    let mut tasks = match &now.state {
        State::CompletenessReview => vec![role(
            "review",
            Step::Completeness,
            Work::Review,
            vec![steps.completeness.role],
            steps.completeness.due_hours,
        )],
        State::Returned { .. } => {
            let due_at = hours(steps.completeness.fix_due_hours);
            vec![Wanted {
                key: "fix".to_owned(),
                step: Step::Submission,
                work: Work::Fix,
                roles: Vec::new(),
                person: Some(now.requester),
                due_at,
            }]
        }
        State::Assessment => assessments(now, ground)
            .into_iter()
            .map(|(key, assessor)| {
                role(&key, Step::Assessment, Work::Assess, vec![assessor], steps.assessment.due_hours)
            })
            .collect(),
        State::StakeholderInput => advice(now, ground)
            .into_iter()
            .map(|adviser| {
                role(
                    &format!("advise:{adviser}"),
                    Step::StakeholderInput,
                    Work::Advise,
                    vec![adviser],
                    steps.stakeholder_input.due_hours,
                )
            })
            .collect(),
        State::Decision { awaiting: Some(_), .. } => {
            let due_at = hours(steps.decision.due_hours);
            vec![Wanted {
                key: "accept".to_owned(),
                step: Step::Decision,
                work: Work::AcceptConditions,
                roles: Vec::new(),
                person: Some(now.requester),
                due_at,
            }]
        }
        State::Decision { .. }
        | State::Implementation { .. }
        | State::Active { .. }
        | State::ReReview { .. }
        | State::Suspended { .. }
        | State::Draft
        | State::Rejected
        | State::Withdrawn
        | State::Expired { .. }
        | State::Revoked { .. }
        | State::Closed { .. } => Vec::new(),
    };
    let deciding = !matches!(&now.state, State::Implementation { .. } | State::Decision { awaiting: Some(_), .. });
    if let Some(round) = now.state.round().filter(|_| deciding) {
        tasks.extend(
            slots(round)
                .into_iter()
                .map(|(key, roles)| role(&key, Step::Decision, Work::Decide, roles, steps.decision.due_hours)),
        );
    }
    if now.state.authority().is_some() && !matches!(now.state, State::Decision { .. }) {
        tasks.extend(
            now.controls
                .iter()
                .filter(|control| open(control))
                .map(|control| confirmation(control, hours(steps.implementation.due_hours))),
        );
    }
    tasks.extend(now.gaps.iter().map(|gap| {
        role(
            &format!("gap:{gap}"),
            Step::Completeness,
            Work::SettleGap,
            vec![Role::Governance],
            steps.completeness.due_hours,
        )
    }));
    tasks
}

fn assessments(now: &Exception, ground: Ground<'_>) -> Vec<(String, Role)> {
    let facts = crate::domain::facts::facts(now, ground.now);
    let wanted = ground.sop.dimensions(&facts).unwrap_or_default();
    let open = wanted.into_iter().filter(|rules| !now.assessments.contains_key(&rules.dimension));
    open.map(|rules| (format!("assess:{}", rules.dimension), rules.assessor())).collect()
}

fn advice(now: &Exception, ground: Ground<'_>) -> Vec<Role> {
    let proceeding = Proceeding::new(now.clone(), ground);
    let asked = settle::stakeholders(&proceeding);
    asked.into_iter().filter(|role| !now.advice.iter().any(|advice| advice.role == *role)).collect()
}

/// One task for each slot that still wants somebody.
fn slots(round: &Round) -> Vec<(String, Vec<Role>)> {
    let slots = round.quorums.first().map(quorum::slots).unwrap_or_default();
    let still = slots.len().saturating_sub(round.approvals.len());
    let named = slots.into_iter().enumerate().filter(|(_, roles)| {
        roles.len() > 1
            || !round.approvals.iter().any(|given| given.capacities.iter().any(|held| roles.contains(&held.role)))
    });
    named.map(|(at, roles)| (format!("decide:{}:{at}", round.number), roles)).take(still).collect()
}

fn open(control: &Control) -> bool {
    control.due.is_some() || !matches!(control.status, ControlStatus::Confirmed { .. })
}

fn confirmation(control: &Control, soon: Time) -> Wanted {
    let due_at = control.due.unwrap_or(soon);
    let roles = if control.owner.is_some() { Vec::new() } else { vec![Role::ControlOwner] };
    let key = format!("control:{}:{}", control.id, control.due.map_or(0, |due| due.timestamp()));
    Wanted { key, step: Step::Implementation, work: Work::ConfirmControl, roles, person: control.owner, due_at }
}

/// Gives a task to somebody who may do it, or back to its role.
pub(super) fn assign(p: &mut Proceeding<'_>, id: TaskId, to: Option<PersonId>) -> Result<(), Refused> {
    let task = find(p, id)?;
    let may = |person: &crate::domain::person::Person| {
        task.roles.is_empty() || task.roles.iter().any(|role| person.holds(*role, &task.domains))
    };
    if let Some(to) = to {
        let able = p.ground.people.find(to).is_some_and(|person| person.active && may(person));
        if !able {
            let roles = task.roles.clone();
            return Err(Refusal::RoleMissing { roles }.into());
        }
    }
    let actor = p.actor();
    let mine = actor.is_some_and(|person| task.assignee == Some(person.id));
    let claims = actor.is_some_and(|person| to == Some(person.id) && task.assignee.is_none());
    if !mine && !claims {
        p.require_role(&[Role::Governance], "7")?;
    }
    p.tell(Deed::Assigned { task: id, to }, None);
    Ok(())
}

fn find<'p>(p: &'p Proceeding<'_>, id: TaskId) -> Result<&'p Task, Refused> {
    p.now.tasks.iter().find(|task| task.id == id).ok_or_else(|| Refusal::NoSuch { what: "open task" }.into())
}

/// Tells the SOP's escalation route, as often as the SOP allows.
pub(super) fn escalate(p: &mut Proceeding<'_>, task: TaskId) -> Result<(), Refused> {
    find(p, task)?;
    bound(p, "escalations", p.now.counts.escalations, p.ground.sop.document().limits.escalations)?;
    let route: Vec<&str> = p.ground.sop.document().escalation.iter().map(|role| role.as_str()).collect();
    let citation = p.cite("7", format!("escalated to {}", route.join(", ")));
    p.tell(Deed::Escalated { task }, Some(citation));
    Ok(())
}

/// Reminds those who have a task, as often as the SOP allows.
pub(super) fn remind(p: &mut Proceeding<'_>, task: Option<TaskId>) -> Result<(), Refused> {
    if let Some(task) = task {
        find(p, task)?;
    }
    bound(p, "reminders", p.now.counts.reminders, p.ground.sop.document().limits.reminders)?;
    p.tell(Deed::Reminded { task }, None);
    Ok(())
}

fn bound(p: &Proceeding<'_>, what: &'static str, count: u32, limit: u32) -> Result<(), Refused> {
    if count < limit {
        return Ok(());
    }
    Err(Refusal::LimitReached { what, limit }.citing(p.cite("7", format!("{what}: {limit}, the procedure's limit"))))
}
