//! Chores: what the clock does without changing a state, each with the instant from which it is to be done.
//! A clock that comes late does the last of those that say the same, not all. It knows no calendar: times in
//! working hours were counted when the task was opened.

use chrono::Duration;

use crate::{
    domain::{
        exception::{Exception, State},
        request::{Time, days_after},
        task::Task,
    },
    sop::Document,
    words::TaskId,
};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chore {
    /// Those who have a task are warned.
    Warn(TaskId),
    /// A task is late.
    Overdue(TaskId),
    /// The next role of the escalation route is told.
    Escalate(TaskId),
    /// The end of its period is near: so many days, of this end.
    EndNear(u32, Time),
    /// It lapses soon: so many days, at this instant.
    LapseNear(u32, Time),
}

impl Chore {
    /// The task that it is about, if it is about one.
    pub(crate) const fn task(self) -> Option<TaskId> {
        match self {
            Self::Warn(task) | Self::Overdue(task) | Self::Escalate(task) => Some(task),
            Self::EndNear(..) | Self::LapseNear(..) => None,
        }
    }
}

impl Exception {
    /// Every chore of the present state.
    pub(crate) fn chores(&self, sop: &Document) -> Vec<(Time, Chore)> {
        if self.state.name().is_final() {
            return Vec::new();
        }
        let mut all: Vec<(Time, Chore)> = Vec::new();
        if sop.punctuality.is_some() {
            all.extend(self.of_tasks(sop));
        }
        all.extend(self.ends(sop));
        all
    }

    /// When it lapses because nobody touches it.
    pub(crate) fn lapses_untouched(&self, sop: &Document) -> Option<Time> {
        let days = match &self.state {
            State::Draft => Some(sop.steps.submission.draft_lapse_days),
            State::Returned { .. } => sop.steps.completeness.fix_lapse_days,
            State::CompletenessReview
            | State::Assessment
            | State::StakeholderInput
            | State::Decision { .. }
            | State::Implementation { .. }
            | State::Active { .. }
            | State::ReReview { .. }
            | State::Suspended { .. }
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => None,
        };
        days.map(|days| days_after(self.changed_at, days))
    }

    /// Of those that are one to whoever has them the first that is due.
    fn of_tasks(&self, sop: &Document) -> impl Iterator<Item = (Time, Chore)> + use<> {
        let mut told: Vec<(&Task, (Time, Chore))> = Vec::new();
        for task in &self.tasks {
            let Some(due) = self.of_task(task, sop) else { continue };
            match told.iter_mut().find(|(other, _)| other.is_one_with(task)) {
                Some(known) if due.0 < known.1.0 => *known = (task, due),
                Some(_) => {}
                None => told.push((task, due)),
            }
        }
        told.into_iter().map(|(_, due)| due).collect::<Vec<_>>().into_iter()
    }

    fn of_task(&self, task: &Task, sop: &Document) -> Option<(Time, Chore)> {
        let Some(late) = task.late else {
            let warned = self.counts.reminders >= sop.limits.reminders;
            let warning = task.warn_at.filter(|_| !warned).map(|at| (at, Chore::Warn(task.id)));
            return warning.or(Some((task.due_at, Chore::Overdue(task.id))));
        };
        let bounded = self.counts.escalations >= sop.limits.escalations;
        late.next.filter(|_| !bounded).map(|at| (at, Chore::Escalate(task.id)))
    }

    /// The rungs of the ladder before its end, or before it lapses, on which nobody was told yet.
    fn ends(&self, sop: &Document) -> Vec<(Time, Chore)> {
        if let Some(end) = self.lapses_untouched(sop) {
            let rungs = self.rungs(&sop.notifications.before_lapse_days, (self.changed_at, end));
            return rungs.map(|(at, days)| (at, Chore::LapseNear(days, end))).collect();
        }
        let living = match &self.state {
            State::Active { authority, .. } | State::ReReview { authority, .. } => authority.period,
            State::Draft
            | State::CompletenessReview
            | State::Returned { .. }
            | State::Assessment
            | State::StakeholderInput
            | State::Decision { .. }
            | State::Implementation { .. }
            | State::Suspended { .. }
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => return Vec::new(),
        };
        if self.request.is_permanent() {
            return Vec::new();
        }
        let rungs = self.rungs(&sop.notifications.before_end_days, (living.start, living.end));
        rungs.map(|(at, days)| (at, Chore::EndNear(days, living.end))).collect()
    }

    fn rungs<'a>(&self, days: &'a [u32], (start, end): (Time, Time)) -> impl Iterator<Item = (Time, u32)> + use<'a> {
        let told = self.warned.filter(|warned| warned.end == end).map(|warned| warned.days);
        let open = days.iter().copied().filter(move |days| told.is_none_or(|told| *days < told));
        let at = move |days: u32| end.checked_sub_signed(Duration::days(i64::from(days)));
        open.filter_map(move |days| Some((at(days)?, days))).filter(move |(at, _)| *at > start)
    }
}
