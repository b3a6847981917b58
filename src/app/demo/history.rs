//! A year of exceptions, lived day by day through the door with a clock that is moved: people do the
//! tasks they are given, some sooner, some later, and the clock does what is due. Nothing writes past it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    Company,
    cases::{Case, DAYS, Dice, Fate, year},
    paper,
};
use crate::{
    app::StartError,
    desk::{self, Answer, Asked, Pending, Ran},
    domain::{
        command::{Approve, Assess, Command},
        exception::{Exception, Finding, State},
        task::{Task, Work},
    },
    store::{automation::Right, exceptions::exception},
    words::{ControlId, Dimension, ExceptionId, Hash, Opening, PersonId, Recommendation, Sealed, StateName, Tier},
};

const DAY: Duration = Duration::from_hours(24);

/// How long the history is: the clock of an empty demonstration begins so far back.
pub const HISTORY: Duration = Duration::from_hours(24 * DAYS);

/// An exception under way.
struct Course {
    case: Case,
    now: Exception,
    fate: Fate,
}

/// How many exceptions are in each state.
struct Peopled(BTreeMap<StateName, usize>);

impl Peopled {
    fn of(courses: &[Course]) -> Self {
        let mut counts = BTreeMap::new();
        for course in courses {
            *counts.entry(course.now.state.name()).or_default() += 1;
        }
        Self(counts)
    }

    /// Is it the only one in its state?
    fn is_last(&self, course: &Course) -> bool {
        self.0.get(&course.now.state.name()).is_some_and(|count| *count == 1)
    }

    /// Something happens to one, and it may go elsewhere.
    fn leaves(&mut self, course: &Course) {
        self.0.entry(course.now.state.name()).and_modify(|count| *count -= 1);
    }
}

/// Who does what to which exception.
struct Step {
    at: usize,
    who: PersonId,
    command: Command,
    openings: Vec<Opening>,
}

/// Lives the year; the clock ends where it was when the service was opened, a year later.
pub(super) fn live(company: &Company<'_>) -> Result<(), StartError> {
    let mut dice = Dice::new()?;
    let mut waiting = year(&mut dice).into_iter().peekable();
    let mut courses: Vec<Course> = Vec::new();
    let mut rested = BTreeSet::new();
    for day in 0..DAYS {
        let mut today = Vec::new();
        while let Some(case) = waiting.next_if(|case| case.day <= day) {
            today.push(case);
        }
        let due: BTreeSet<ExceptionId> = company.desk.due(company.desk.clock().now(), 500)?.into_iter().collect();
        let steps = steps(company, &mut courses, (&mut dice, day), |id| !due.contains(&id))?;
        go_on(company, &mut courses, (today, &due, steps))?;
        // What the clock had to do with is left alone for a day, and not for two.
        let late =
            self::steps(company, &mut courses, (&mut dice, day), |id| due.contains(&id) && rested.contains(&id))?;
        let late_ones: BTreeSet<usize> = late.iter().map(|step| step.at).collect();
        let acted = act(company, &courses, late)?;
        answer(&mut courses, acted)?;
        let is_late =
            |id: &ExceptionId| late_ones.iter().any(|at| courses.get(*at).is_some_and(|one| one.now.id == *id));
        rested = due.into_iter().filter(|id| !is_late(id)).collect();
        company.desk.clock().advance(DAY);
    }
    Ok(())
}

/// A day: what is filed, what the clock does by itself, and what people do, all asked at once, so that it is few
/// commits.
fn go_on(
    company: &Company<'_>,
    courses: &mut Vec<Course>,
    (today, due, steps): (Vec<Case>, &BTreeSet<ExceptionId>, Vec<Step>),
) -> Result<(), StartError> {
    let mut asked = Vec::new();
    for case in today {
        let (command, openings) = company.sealed(|sealer| paper::request(sealer, &case, company))?;
        let by = company.person(case.requester)?;
        asked.push((case, Asked { by, key: None, expected: None, command, openings }));
    }
    let settling = due.iter().map(|id| Ok((*id, company.desk.settle(*id, Right::unleased("settle"))?)));
    let settling = settling.collect::<Result<Vec<_>, desk::Error>>()?;
    let acted = act(company, courses, steps)?;
    let filed = asked.into_iter().map(|(case, asked)| Ok((company.desk.draft(case.sop, asked)?, case)));
    let filed = filed.collect::<Result<Vec<(Pending<Answer>, Case)>, desk::Error>>()?;
    for (id, settled) in settling {
        if settled.wait()? != Ran::Made(0) {
            look_again(company, courses, id)?;
        }
    }
    answer(courses, acted)?;
    for (pending, case) in filed {
        let now = pending.wait()?.exception;
        courses.push(Course { fate: case.fate, case, now });
    }
    Ok(())
}

/// What the clock made of an exception.
fn look_again(company: &Company<'_>, courses: &mut [Course], id: ExceptionId) -> Result<(), StartError> {
    let Some(course) = courses.iter_mut().find(|course| course.now.id == id) else { return Ok(()) };
    if let Some(now) = company.desk.store().read(|conn| exception(conn, id))? {
        course.now = now;
    }
    Ok(())
}

/// What people do today to those exceptions that `looked_at` says.
fn steps(
    company: &Company<'_>,
    courses: &mut [Course],
    (dice, day): (&mut Dice, u64),
    looked_at: impl Fn(ExceptionId) -> bool,
) -> Result<Vec<Step>, StartError> {
    let mut steps = Vec::new();
    let mut peopled = Peopled::of(courses);
    for (at, course) in courses.iter_mut().enumerate().filter(|(_, course)| looked_at(course.now.id)) {
        if is_ending(day) && peopled.is_last(course) {
            continue;
        }
        if let Some((who, command, openings)) = next(company, course, dice, day)? {
            peopled.leaves(course);
            steps.push(Step { at, who, command, openings });
        }
    }
    Ok(steps)
}

type Asks = Vec<(usize, Pending<Answer>)>;

fn act(company: &Company<'_>, courses: &[Course], steps: Vec<Step>) -> Result<Asks, StartError> {
    let mut asked = Vec::new();
    for Step { at, who, command, openings } in steps {
        let Some(course) = courses.get(at) else { continue };
        let question = Asked { by: company.signed_in(who), key: None, expected: None, command, openings };
        asked.push((at, company.desk.act(course.now.id, question)?));
    }
    Ok(asked)
}

fn answer(courses: &mut [Course], asked: Asks) -> Result<(), StartError> {
    for (at, pending) in asked {
        let Some(course) = courses.get_mut(at) else { continue };
        match pending.wait() {
            Ok(answer) => course.now = answer.exception,
            // The procedure wants more than these people have to say, so nothing comes of it: that happens.
            Err(desk::Error::Refused(_)) => course.fate = Fate::Forgotten,
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

type Next = Option<(PersonId, Command, Vec<Opening>)>;

/// What somebody does about this exception today, if anybody does anything.
fn next(company: &Company<'_>, course: &mut Course, dice: &mut Dice, day: u64) -> Result<Next, StartError> {
    if course.now.state.name().is_final() {
        return Ok(None);
    }
    if matches!(course.now.state, State::Draft) {
        let submits = course.fate != Fate::Forgotten && dice.below(2) == 0;
        return Ok(submits.then(|| (course.now.requester, Command::Submit, Vec::new())));
    }
    if course.fate == Fate::Forgotten {
        return Ok(None);
    }
    if let Some(turn) = turn(company, course, dice, day)? {
        course.fate = Fate::Straight;
        return Ok(Some(turn));
    }
    let open: Vec<Task> = course.now.tasks.clone();
    for task in open {
        if dice.below(5) < 3 {
            continue;
        }
        if let Some(done) = done(company, course, &task)? {
            return Ok(Some(done));
        }
    }
    Ok(None)
}

/// The turn that this exception's fate takes, once its time has come.
fn turn(company: &Company<'_>, course: &Course, dice: &mut Dice, day: u64) -> Result<Next, StartError> {
    let requester = course.now.requester;
    match (course.fate, &course.now.state) {
        (Fate::Withdrawn, State::Assessment | State::Decision { .. }) if dice.below(3) == 0 => {
            let (reason, openings) = said(company, "reason", "The team found another way.")?;
            Ok(Some((requester, Command::Withdraw { reason: Some(reason) }, openings)))
        }
        (Fate::Rejected, State::Decision { round, awaiting: None }) if round.approvals.len() < 2 => {
            let decider = course.now.tasks.iter().find_map(|task| company.able(task, &course.now));
            let text = "The approved tools do this by now; the data need not leave the company.";
            let (reason, openings) = said(company, "reason", text)?;
            Ok(decider.map(|who| (who, Command::Reject { dossier: round.dossier, reason }, openings)))
        }
        (Fate::Extended, State::Active { round: None, authority }) if comes(&course.case, dice, day) => {
            let end = authority.period.end + chrono::Duration::days(30);
            let (reason, openings) = said(company, "reason", "The replacement is late.")?;
            Ok(Some((requester, Command::RequestExtension { end, reason }, openings)))
        }
        (fate, State::Active { round: None, .. }) if comes(&course.case, dice, day) => {
            let governance = company.who("Gita")?;
            Ok(governed(fate).map(|command| (governance, command, Vec::new())))
        }
        _ => Ok(None),
    }
}

/// Has the time come? For some it comes in the last days, so that the history ends with something of everything.
fn comes(case: &Case, dice: &mut Dice, day: u64) -> bool {
    let late = case.clause.is_multiple_of(3);
    (!late && dice.below(12) == 0) || (day + 3 >= DAYS && dice.below(2) == 0)
}

/// The last days: the last exception in a state waits there, so that the history ends with something of everything.
const fn is_ending(day: u64) -> bool {
    day + 15 >= DAYS
}

/// What governance does by itself.
fn governed(fate: Fate) -> Option<Command> {
    let cause = |code: &str| code.to_owned();
    match fate {
        Fate::Reopened => Some(Command::Reopen { cause: cause("incident"), note: None }),
        Fate::Suspended => Some(Command::Suspend { cause: cause("vendor_breach"), note: None }),
        Fate::Revoked => Some(Command::Revoke { cause: cause("misuse"), note: None }),
        Fate::Closed => Some(Command::Close { reason: None }),
        Fate::Straight
        | Fate::ReturnedOnce
        | Fate::Forgotten
        | Fate::Withdrawn
        | Fate::Rejected
        | Fate::Extended
        | Fate::Later => None,
    }
}

fn said(company: &Company<'_>, field: &str, text: &str) -> Result<(Sealed, Vec<Opening>), StartError> {
    company.sealed(|sealer| Ok(sealer.seal(field, text)))
}

/// How the one whose task it is does it.
fn done(company: &Company<'_>, course: &Course, task: &Task) -> Result<Next, StartError> {
    let Some(who) = company.able(task, &course.now) else { return Ok(None) };
    let plain = |command| Ok(Some((who, command, Vec::new())));
    match task.work {
        Work::Fix => mended(company, course, who),
        Work::Review => plain(Command::Pass { note: None }),
        Work::Assess if stands(course, task) => {
            Ok(dimension(task).map(|dimension| (who, Command::ConfirmAssessment { dimension, note: None }, Vec::new())))
        }
        Work::Assess => assessed(company, course, (task, who)),
        Work::Advise => {
            let Some(role) = task.roles.first().copied() else { return Ok(None) };
            plain(Command::Recommend { role, recommendation: Recommendation::Support, text: None })
        }
        Work::Decide => {
            let dossier = course.now.state.round().map(|round| round.dossier);
            Ok(dossier.map(|dossier| (who, approval(dossier), Vec::new())))
        }
        Work::AcceptConditions => plain(Command::AcceptConditions),
        Work::ConfirmControl => confirmed(company, task, who),
        Work::Attest => attested(company, who),
        Work::SettleGap | Work::FillQuorum | Work::FindCover => Ok(None),
    }
}

/// The requester says what was missing, or governance lets a gate go that it may; submitting again is for
/// another day.
fn mended(company: &Company<'_>, course: &Course, who: PersonId) -> Result<Next, StartError> {
    if let Some(gate) = waivable(&course.now) {
        let text = "What was turned down then had no control; this one has.";
        let (reason, openings) = company.sealed(|sealer| Ok(sealer.seal("reason", text)))?;
        return Ok(Some((company.who("Gita")?, Command::WaiveGate { gate, tier: None, reason }, openings)));
    }
    let said = course.now.request.justification.as_ref().map_or(0, |text| text.chars);
    if said >= paper::ENOUGH {
        return Ok(Some((who, Command::Submit, Vec::new())));
    }
    let whole = Case { fate: Fate::Straight, ..course.case.clone() };
    let (request, openings) = company.sealed(|sealer| paper::request(sealer, &whole, company))?;
    Ok(Some((who, Command::Amend { request: Box::new(request) }, openings)))
}

/// The gate about what became of earlier ones, where it is what sent the request back.
fn waivable(now: &Exception) -> Option<String> {
    let State::Returned { reasons, .. } = &now.state else { return None };
    let reason = reasons.iter().find(|reason| matches!(reason.code.as_str(), "rejected_before" | "revoked_before"))?;
    reason.gate.clone().filter(|gate| !now.waived.contains_key(gate))
}

fn dimension(task: &Task) -> Option<Dimension> {
    task.key.strip_prefix("assess:")?.parse().ok()
}

/// Is it a re-review that asks whether a score still holds?
fn stands(course: &Course, task: &Task) -> bool {
    let known = dimension(task).is_some_and(|dimension| course.now.assessments.contains_key(&dimension));
    known && course.now.review().is_some()
}

fn attested(company: &Company<'_>, who: PersonId) -> Result<Next, StartError> {
    let text = "Still in daily use; the answers that were drawn had each been edited by a person.";
    let (statement, openings) = said(company, "statement", text)?;
    Ok(Some((who, Command::Attest { needed: true, kept: true, statement }, openings)))
}

fn assessed(company: &Company<'_>, course: &Course, (task, who): (&Task, PersonId)) -> Result<Next, StartError> {
    let Some(dimension) = dimension(task) else { return Ok(None) };
    let sop = company.desk.laws().sops.exactly(&course.now.sop);
    let criteria = sop.iter().flat_map(|sop| &sop.document().steps.assessment.dimensions);
    let criteria = criteria.filter(|rules| rules.dimension == dimension).flat_map(|rules| &rules.criteria);
    let points = criteria.map(|criterion| (criterion.id.clone(), course.case.points.min(criterion.max))).collect();
    let text = "The vendor keeps prompts for thirty days.";
    let (text, openings) = company.sealed(|sealer| Ok(sealer.seal("finding", text)))?;
    let findings = vec![Finding { severity: Tier::Low, text, mitigation: None }];
    Ok(Some((who, Command::Assess(Box::new(Assess { dimension, points, findings, override_tier: None })), openings)))
}

fn confirmed(company: &Company<'_>, task: &Task, who: PersonId) -> Result<Next, StartError> {
    let control = task.key.split(':').nth(1).and_then(|id| id.parse::<ControlId>().ok());
    let soon = company.desk.clock().now() + chrono::Duration::days(3) >= task.due_at;
    let Some(control) = control.filter(|_| soon || task.key.ends_with(":0")) else { return Ok(None) };
    let text = "Ten texts were drawn and read; each had been edited by a person.";
    let (evidence, openings) = company.sealed(|sealer| Ok(sealer.seal("evidence", text)))?;
    Ok(Some((who, Command::ConfirmControl { control, evidence: Some(evidence), expires: None }, openings)))
}

fn approval(dossier: Hash) -> Command {
    Command::Approve(Box::new(Approve {
        dossier,
        on_behalf_of: None,
        delegation: None,
        conditions: Vec::new(),
        acknowledged: BTreeSet::new(),
        departure: None,
        reason: None,
    }))
}
