//! Tasks: what each state asks of whom and by when, derived from the exception alone, and the commands
//! that move them between people.

use std::collections::BTreeSet;

use crate::{
    domain::{
        control::{Control, ControlStatus},
        event::{Deed, TaskChanges},
        exception::{Approval, Exception, Round, State},
        person::{By, Person},
        quorum::{self, Candidate},
        refusal::{Refusal, Refused},
        request::Time,
        task::{Task, Work},
        upkeep::Late,
    },
    sop::{Ask, DimensionRules, ReReview},
    words::{Dimension, PersonId, Role, Step, TaskId},
};

use super::{Ground, Proceeding, proceeding::codes, re_review, review, settle, upkeep::hours_after};

/// What a state asks for.
struct Wanted {
    key: String,
    step: Step,
    work: Work,
    roles: Vec<Role>,
    person: Option<PersonId>,
    due_at: Time,
}

impl Wanted {
    /// Work for whoever holds one of `roles`.
    fn of(key: impl Into<String>, (step, work): (Step, Work), roles: Vec<Role>, due_at: Time) -> Self {
        Self { key: key.into(), step, work, roles, person: None, due_at }
    }

    /// The same for one person.
    fn by(self, person: PersonId) -> Self {
        Self { person: Some(person), ..self }
    }
}

/// The difference between the work that is open and the work that is wanted, as of event `seq`.
pub(super) fn changes(now: &Exception, seq: u64, ground: Ground<'_>) -> TaskChanges {
    let wanted = wanted(now, ground);
    let closed = now
        .tasks
        .iter()
        .filter(|task| !wanted.iter().any(|wanted| wanted.key == task.key))
        .map(|task| task.id)
        .collect();
    let fresh = wanted.into_iter().filter(|wanted| !now.tasks.iter().any(|task| task.key == wanted.key));
    let domains = now.request.domains();
    let opened = fresh.map(|wanted| Task {
        warn_at: warning(now, wanted.due_at, ground),
        late: born_late(now, wanted.due_at, ground),
        id: TaskId::derive(now.id, seq, &wanted.key),
        key: wanted.key,
        step: wanted.step,
        work: wanted.work,
        roles: wanted.roles,
        domains: domains.clone(),
        assignee: wanted.person,
        taken_at: None,
        opened_at: ground.now,
        due_at: wanted.due_at,
    });
    TaskChanges { opened: opened.collect(), closed }
}

fn wanted(now: &Exception, ground: Ground<'_>) -> Vec<Wanted> {
    if now.state.name().is_final() {
        return Vec::new();
    }
    let mut tasks = preparation(now, ground);
    tasks.extend(answers(now, ground));
    tasks.extend(decision(now, ground));
    tasks.extend(controls(now, ground));
    let due = in_hours(now, ground, ground.sop.document().steps.completeness.due_hours);
    let gap = |rule: &String| {
        Wanted::of(format!("gap:{rule}"), (Step::Completeness, Work::SettleGap), vec![Role::Governance], due)
    };
    tasks.extend(now.gaps.keys().map(gap));
    let staff = || Wanted::of("staff", (Step::Decision, Work::FillQuorum), vec![Role::Governance], due);
    tasks.extend((!now.missing.is_empty()).then(staff));
    let bare = tasks.iter().any(|wanted| now.uncovered.contains(&wanted.key));
    let cover = || Wanted::of("cover", (Step::Monitoring, Work::FindCover), vec![Role::Governance], due);
    tasks.extend(bare.then(cover));
    tasks
}

fn in_hours(now: &Exception, ground: Ground<'_>, hours: u32) -> Time {
    hours_after(ground, (&now.request.domains(), now.tier()), (ground.now, hours))
}

/// Work that was due before it was opened, such as a control that lapsed: that is told already.
fn born_late(now: &Exception, due: Time, ground: Ground<'_>) -> Option<Late> {
    let punctuality = ground.sop.document().punctuality.as_ref().filter(|_| due <= ground.now)?;
    Some(Late { told: 0, next: Some(in_hours(now, ground, punctuality.escalate_hours)) })
}

/// When those who have work that is due then are warned: so many hours before, counted as the procedure says.
/// What is due too soon for that needs no warning.
fn warning(now: &Exception, due: Time, ground: Ground<'_>) -> Option<Time> {
    let hours = ground.sop.document().punctuality.as_ref()?.warn_hours;
    // Counted forward, since that is how people work: the last whole hour from which `hours` lead to the due time.
    let (mut early, mut late) = (0, (due - ground.now).num_hours());
    let at = |hour: i64| ground.now.checked_add_signed(chrono::Duration::hours(hour)).unwrap_or(due);
    if in_hours(now, Ground { now: ground.now, ..ground }, hours) >= due {
        return None;
    }
    while late - early > 1 {
        let middle = early.midpoint(late);
        if in_hours(now, Ground { now: at(middle), ..ground }, hours) <= due { early = middle } else { late = middle }
    }
    Some(at(early)).filter(|at| *at > ground.now)
}

/// The work of steps 1 to 4.
fn preparation(now: &Exception, ground: Ground<'_>) -> Vec<Wanted> {
    let steps = &ground.sop.document().steps;
    match &now.state {
        State::CompletenessReview => {
            let due = in_hours(now, ground, steps.completeness.due_hours);
            vec![Wanted::of("review", (Step::Completeness, Work::Review), vec![steps.completeness.role], due)]
        }
        State::Returned { .. } => {
            let due = in_hours(now, ground, steps.completeness.fix_due_hours);
            vec![Wanted::of("fix", (Step::Submission, Work::Fix), Vec::new(), due).by(now.requester)]
        }
        State::Assessment => {
            let due = in_hours(now, ground, steps.assessment.due_hours);
            let wanted = review::dimensions(&Proceeding::new(now.clone(), ground)).unwrap_or_default();
            let open = wanted.into_iter().filter(|(dimension, _)| !now.assessments.contains_key(dimension));
            let task = |(dimension, role)| {
                Wanted::of(format!("assess:{dimension}"), (Step::Assessment, Work::Assess), vec![role], due)
            };
            open.map(task).collect()
        }
        State::StakeholderInput => {
            let due = in_hours(now, ground, steps.stakeholder_input.due_hours);
            let asked = settle::stakeholders(&Proceeding::new(now.clone(), ground)).into_iter();
            let open = asked.filter(|role| !now.advice.iter().any(|advice| advice.role == *role));
            let task =
                |role| Wanted::of(format!("advise:{role}"), (Step::StakeholderInput, Work::Advise), vec![role], due);
            open.map(task).collect()
        }
        State::Draft
        | State::Decision { .. }
        | State::Implementation { .. }
        | State::Active { .. }
        | State::ReReview { .. }
        | State::Suspended { .. }
        | State::Rejected
        | State::Withdrawn
        | State::Expired { .. }
        | State::Revoked { .. }
        | State::Closed { .. } => Vec::new(),
    }
}

/// What a re-review asks of the monitoring owner and of assessors before anybody decides.
fn answers(now: &Exception, ground: Ground<'_>) -> Vec<Wanted> {
    let Some(review) = now.review() else { return Vec::new() };
    let due = |part: fn(&ReReview) -> Option<&Ask>| {
        let asked = [ground.sop, ground.newest].map(|sop| sop.document().steps.monitoring.re_review.as_ref());
        let hours = asked.into_iter().flatten().filter_map(part).map(|ask| ask.due_hours).min();
        in_hours(now, ground, hours.unwrap_or(ground.sop.document().steps.assessment.due_hours))
    };
    let attests = review.awaits_attestation().then(|| {
        let task =
            (format!("attest:{}", now.rounds), (Step::Monitoring, Work::Attest), due(|asks| asks.attestation.as_ref()));
        let able = now.attester(ground.people).map(|owner| owner.id);
        owned((now, now.request.monitoring_owner, able), task, ground)
    });
    let again = due(|asks| asks.assessments.as_ref());
    let assess = |dimension: Dimension| {
        let sop = re_review::scored_by(now, [ground.sop, ground.newest], dimension);
        let rules = sop.document().steps.assessment.dimensions.iter().find(|rules| rules.dimension == dimension);
        let role = rules.map_or_else(|| dimension.assessor(), DimensionRules::assessor);
        Wanted::of(format!("assess:{dimension}"), (Step::Monitoring, Work::Assess), vec![role], again)
    };
    attests.into_iter().chain(review.unlooked().map(assess)).collect()
}

/// One task for each slot of the open round that still wants somebody, or the requester's acceptance.
fn decision(now: &Exception, ground: Ground<'_>) -> Vec<Wanted> {
    let due = in_hours(now, ground, ground.sop.document().steps.decision.due_hours);
    if matches!(now.state, State::Decision { awaiting: Some(_), .. }) {
        return vec![Wanted::of("accept", (Step::Decision, Work::AcceptConditions), Vec::new(), due).by(now.requester)];
    }
    let decidable = now.is_looked_at() && !matches!(now.state, State::Implementation { .. });
    let open = now.state.round().filter(|_| decidable);
    let Some(round) = open else { return Vec::new() };
    let task = |(key, roles): (String, Vec<Role>)| Wanted::of(key, (Step::Decision, Work::Decide), roles, due);
    seats(round.number, vacant(now, round, (ground, &[]))).map(task).collect()
}

/// What distinguishes the seats of a quorum. A slot of another quorum is another task, whatever its place.
fn seats(round: u32, (quorum, slots): Vacant) -> impl Iterator<Item = (String, Vec<Role>)> {
    let of = if quorum == 0 { String::new() } else { format!("{quorum}:") };
    slots.into_iter().map(move |(at, roles)| (format!("decide:{round}:{of}{at}"), roles))
}

/// The seats of the open round that stay empty if all of these decide as well, by the keys of their tasks.
pub(super) fn empty_seats(now: &Exception, ground: Ground<'_>, all: &[Candidate]) -> BTreeSet<String> {
    let round = now.state.round();
    let empty = round.map(|round| seats(round.number, vacant(now, round, (ground, all))));
    empty.into_iter().flatten().map(|(key, _)| key).collect()
}

/// Which quorum, and its slots that want somebody, by their place.
type Vacant = (usize, Vec<(usize, Vec<Role>)>);

/// The slots that are vacant, of the first quorum that is not full, and which that is: those the round was opened
/// with, then the newest, which counts as well.
fn vacant(now: &Exception, round: &Round, (ground, all): (Ground<'_>, &[Candidate])) -> Vacant {
    let newest = ground.newest.document().tiers.get(&round.tier).map(|rules| &rules.quorum);
    let candidates: Vec<Candidate> =
        round.approvals.iter().map(Approval::candidate).chain(all.iter().cloned()).collect();
    let domains = now.request.domains();
    let open = round.quorums.iter().chain(newest).map(|quorum| quorum::vacant(quorum, &domains, &candidates));
    open.enumerate().find(|(_, slots)| !slots.is_empty()).unwrap_or_default()
}

fn controls(now: &Exception, ground: Ground<'_>) -> Vec<Wanted> {
    let binding = now.state.authority().is_some() && !matches!(now.state, State::Decision { .. });
    let soon = in_hours(now, ground, ground.sop.document().steps.implementation.due_hours);
    let wanted = now.controls.iter().filter(|control| binding && open(control));
    wanted.map(|control| confirmation((now, control), soon, ground)).collect()
}

fn open(control: &Control) -> bool {
    control.owed_at().is_some() || !matches!(control.status, ControlStatus::Confirmed { .. })
}

fn confirmation((now, control): (&Exception, &Control), soon: Time, ground: Ground<'_>) -> Wanted {
    let key = format!("control:{}:{}", control.id, control.owed_at().map_or(0, |due| due.timestamp()));
    let due = control.owed_at().unwrap_or(soon);
    let there = |owner: &PersonId| ground.people.find(*owner).is_none_or(|owner| owner.active);
    let able = control.owner.filter(there);
    owned((now, control.owner, able), (key, (Step::Implementation, Work::ConfirmControl), due), ground)
}

/// It is its owner's, if they are `able`; of an owner who has left, or may not do it, it is everyone's of the role that
/// stands in, and of one who is away as well, while somebody else of the role is there.
fn owned(
    (now, owner, able): (&Exception, Option<PersonId>, Option<PersonId>),
    (key, about, due): (String, (Step, Work), Time),
    ground: Ground<'_>,
) -> Wanted {
    let role = about.1.stand_in().unwrap_or(Role::Governance);
    let lent = format!("{key}:away");
    match able {
        Some(owner) if stands_in(now, (&lent, role, owner), ground) => Wanted::of(lent, about, vec![role], due),
        Some(owner) => Wanted::of(key, about, Vec::new(), due).by(owner),
        None if owner.is_some() => Wanted::of(format!("{key}:left"), about, vec![role], due),
        None => Wanted::of(key, about, vec![role], due),
    }
}

/// Is the owner of something away, so that the others of the role have its task, or can have it? Those who acted
/// last may not have known the others, so a task that they have stays with them.
fn stands_in(now: &Exception, (lent, role, owner): (&str, Role, PersonId), ground: Ground<'_>) -> bool {
    let away = ground.people.find(owner).is_some_and(|owner| owner.is_away(ground.now));
    let parties = ground.people.humans([Some(now.requester), now.request.beneficiary].into_iter().flatten());
    let domains = now.request.domains();
    let other = |one: &Person| {
        one.id != owner
            && one.is_there(ground.now)
            && !one.is_service()
            && one.holds(role, &domains)
            && !parties.contains(&one.human)
    };
    away && (now.tasks.iter().any(|open| open.key == lent) || ground.people.iter().any(other))
}

/// Gives a task to somebody who may do it, or back to its role.
pub(super) fn assign(p: &mut Proceeding<'_>, id: TaskId, to: Option<PersonId>) -> Result<(), Refused> {
    let task = find(p, id)?;
    let may =
        |person: &Person| task.roles.is_empty() || task.roles.iter().any(|role| person.holds(*role, &task.domains));
    if let Some(to) = to {
        // Work that belongs to a role is not for those whose request it is.
        let parties = p.ground.people.humans([Some(p.now.requester), p.now.request.beneficiary].into_iter().flatten());
        let outsider = |person: &Person| task.roles.is_empty() || !parties.contains(&person.human);
        let able = p.ground.people.find(to).is_some_and(|person| person.active && may(person) && outsider(person));
        if !able {
            let roles = task.roles.clone();
            let citation = p
                .cite("7", "a task goes to somebody who may do it")
                .with("task", id.to_string())
                .with("to", to.to_string())
                .with("roles", codes(roles.iter().copied()));
            return Err(Refusal::RoleMissing { roles }.citing(citation));
        }
    }
    let actor = p.actor();
    let mine = actor.is_some_and(|person| task.assignee == Some(person.id));
    let claims = actor.is_some_and(|person| to == Some(person.id) && task.assignee.is_none());
    let job = matches!(p.ground.by, By::System { .. });
    if !mine && !claims && !job {
        p.require_role(&[Role::Governance], "7")?;
    }
    p.told(Deed::Assigned { task: id, to })
}

fn find<'p>(p: &'p Proceeding<'_>, id: TaskId) -> Result<&'p Task, Refused> {
    p.now.tasks.iter().find(|task| task.id == id).ok_or_else(|| Refusal::NoSuch { what: "open task" }.into())
}

/// Tells the SOP's escalation route, as often as the SOP allows.
pub(super) fn escalate(p: &mut Proceeding<'_>, task: TaskId) -> Result<(), Refused> {
    find(p, task)?;
    bound(p, "escalations", p.now.counts.escalations, p.ground.sop.document().limits.escalations)?;
    let route = p.ground.sop.document().escalation.clone();
    let names: Vec<&str> = route.iter().map(|role| role.as_str()).collect();
    let citation = p
        .cite("7", format!("escalated to {}", names.join(", ")))
        .with("task", task.to_string())
        .with("escalations", p.now.counts.escalations + 1);
    p.tell(Deed::Escalated { task, route, rung: None }, citation);
    Ok(())
}

/// Reminds those who have a task, as often as the SOP allows.
pub(super) fn remind(p: &mut Proceeding<'_>, task: Option<TaskId>) -> Result<(), Refused> {
    if let Some(task) = task {
        find(p, task)?;
    }
    bound(p, "reminders", p.now.counts.reminders, p.ground.sop.document().limits.reminders)?;
    p.told(Deed::Reminded { task })
}

fn bound(p: &Proceeding<'_>, what: &'static str, count: u32, limit: u32) -> Result<(), Refused> {
    if count < limit {
        return Ok(());
    }
    let citation = p.cite("7", format!("{what}: {limit}, the procedure's limit")).with("limit", limit);
    Err(Refusal::LimitReached { what, limit }.citing(citation))
}
