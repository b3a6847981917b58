//! What an exception is once the clock kept it up. It judges nothing.

use crate::{
    domain::{
        exception::{Exception, State},
        task::Task,
        upkeep::{Higher, Late, Loop, Upkeep, Warned},
    },
    words::{BatchId, TaskId},
};

impl Exception {
    pub(super) fn keep_up(&mut self, done: &Upkeep) {
        match done {
            Upkeep::DueSoon { task } => {
                self.counts.reminders += 1;
                self.tell_of(*task, |open| open.warn_at = None);
            }
            Upkeep::Overdue { task, escalates_at } => {
                let late = Late { told: 0, next: *escalates_at };
                self.tell_of(*task, |open| (open.warn_at, open.late) = (None, Some(late)));
            }
            Upkeep::EndNear { days, end } | Upkeep::LapseNear { days, end } => {
                self.warned = Some(Warned { end: *end, days: *days });
            }
            Upkeep::LimitReached { what, .. } => {
                self.stopped.insert(*what);
            }
            Upkeep::PartyLeft { person, .. } => {
                self.departed.insert(*person);
            }
            Upkeep::PartyMoved { person, at, .. } => {
                self.moved.insert(*person, *at);
            }
            Upkeep::Uncovered { seats } => self.uncovered = seats.iter().cloned().collect(),
            Upkeep::Covered => self.uncovered.clear(),
            Upkeep::Rescored { sop, tier } => {
                self.scored_higher = Some(Higher { version: sop.version, tier: *tier });
            }
            Upkeep::IncidentNoted { .. } => {}
        }
    }

    /// Its effect is what it was before it was reopened, and that it was does not count. The version that scored it
    /// higher counts as seen, and nobody looked at that.
    pub(super) fn withdraw_review(&mut self, batch: &BatchId) {
        let State::ReReview { authority, .. } = &self.state else { return };
        let authority = authority.clone();
        if let BatchId::Sop { version, .. } = batch {
            self.scored_higher = Some(Higher { version: *version, tier: authority.tier });
        }
        self.counts.reopenings = self.counts.reopenings.saturating_sub(1);
        self.stopped.remove(&Loop::Reopenings);
        self.missing.clear();
        self.state = State::Active { authority, round: None };
    }

    /// What was told of a task was told of all that are one with it.
    pub(super) fn tell_of(&mut self, task: TaskId, told: impl Fn(&mut Task)) {
        let Some(named) = self.tasks.iter().find(|open| open.id == task).cloned() else { return };
        self.tasks.iter_mut().filter(|open| open.is_one_with(&named)).for_each(told);
    }
}
