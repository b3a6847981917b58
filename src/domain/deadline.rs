//! Deadlines: every instant at which time alone changes an exception, in one list. Settling carries out
//! those that have passed, and the clock wakes at the next. What each leads to is the lifecycle's.

use chrono::Duration;

use crate::{
    domain::{
        exception::{Authority, Cause, Exception, Round, State},
        request::{Term, Time, days_after},
        task::Work,
    },
    sop::{ControlFailure, Document},
    words::{ControlId, PersonId},
};

/// What is due; of two at the same instant the earlier in this list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// The period is over before anything came into effect.
    PeriodPassed,
    /// The period is over.
    End,
    /// A permanent exception was not reaffirmed in time.
    ReaffirmationOverdue,
    /// A control was not confirmed in time.
    ControlLapses(ControlId),
    /// A re-review was not settled in time.
    ReviewOverdue,
    /// A suspension was not settled in time.
    SuspensionUnsettled,
    /// A decision is to be looked at again before it came into effect.
    DecisionStale,
    /// The approval of this human no longer counts.
    ApprovalLapses(PersonId),
    /// Those who were asked did not answer in time.
    InputLapses,
    /// A draft, or a returned request, was not touched for long.
    Lapses,
    /// The re-review opens.
    ReviewOpens,
    /// The start has come.
    Start,
}

impl Exception {
    /// Every deadline of the present state, the earliest first.
    pub(crate) fn deadlines(&self, sop: &Document) -> Vec<(Time, Deadline)> {
        let mut all = match &self.state {
            State::Draft | State::Returned { .. } => {
                self.lapses_untouched(sop).map(|at| (at, Deadline::Lapses)).into_iter().collect()
            }
            State::StakeholderInput => self.input_lapses(sop).into_iter().collect(),
            State::Decision { round, .. } => {
                self.asked_end().map(|end| (end, Deadline::PeriodPassed)).into_iter().chain(lapses(round)).collect()
            }
            State::Implementation { authority, .. } => vec![
                (authority.period.end, Deadline::PeriodPassed),
                (authority.suspend_at, Deadline::DecisionStale),
                (authority.period.start, Deadline::Start),
            ],
            State::Active { authority, round } => {
                let beside = round.iter().flat_map(lapses);
                let opens = round.is_none().then(|| self.review_opens(authority, sop)).flatten();
                self.living(authority, authority.suspend_at).into_iter().chain(beside).chain(opens).collect()
            }
            State::ReReview { authority, settle_by, round, .. } => {
                let living = self.living(authority, authority.suspend_at.min(*settle_by));
                living.into_iter().chain(lapses(round)).chain(self.review_asks(authority, sop)).collect()
            }
            State::Suspended { authority, since, round, .. } => {
                let patience = days_after(*since, sop.steps.monitoring.revoke_after_days);
                let end = (!self.request.is_permanent()).then_some((authority.period.end, Deadline::End));
                let beside = round.iter().flat_map(lapses);
                let asks = self.review_asks(authority, sop);
                end.into_iter().chain([(patience, Deadline::SuspensionUnsettled)]).chain(beside).chain(asks).collect()
            }
            State::CompletenessReview
            | State::Assessment
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => Vec::new(),
        };
        all.extend(self.control_lapses());
        all.sort_unstable();
        all
    }

    /// When the clock should look at it next: the first deadline after `after`, at which it was last settled.
    pub fn wake_after(&self, sop: &Document, after: Time) -> Option<Time> {
        let deadlines = self.deadlines(sop).into_iter().map(|(at, _)| at);
        let chores = self.chores(sop).into_iter().map(|(at, _)| at);
        deadlines.chain(chores).filter(|at| *at > after).chain(self.retried(after)).min()
    }

    /// When the clock should look at it next, once everything due at its last change was settled.
    pub fn wake_at(&self, sop: &Document) -> Option<Time> {
        self.wake_after(sop, self.changed_at)
    }

    /// Until when it has effect if nothing happens: the earliest of its end, its review's grace and the
    /// deadline of a control that suspends. `None` in states without effect.
    pub fn effective_until(&self) -> Option<Time> {
        let (authority, settle_by) = match &self.state {
            State::Active { authority, .. } => (authority, authority.suspend_at),
            State::ReReview { authority, settle_by, .. } => (authority, authority.suspend_at.min(*settle_by)),
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
            | State::Closed { .. } => return None,
        };
        let controls = self.controls.iter().filter(|_| authority.on_lapse == ControlFailure::Suspend);
        let controls = controls.filter_map(super::control::Control::lapses_at);
        controls.chain([authority.period.end, settle_by]).min()
    }

    /// The one predicate: does it have effect at `now`?
    pub fn is_effective(&self, now: Time) -> bool {
        let started = self.state.authority().is_some_and(|authority| authority.period.start <= now);
        started && self.effective_until().is_some_and(|until| now < until)
    }

    /// The end of what lives, and when it is suspended unless it was looked at again.
    fn living(&self, authority: &Authority, settle_by: Time) -> [(Time, Deadline); 2] {
        let end = if self.request.is_permanent() { Deadline::ReaffirmationOverdue } else { Deadline::End };
        [(authority.period.end, end), (settle_by, Deadline::ReviewOverdue)]
    }

    /// A re-review opens before it is due; what ends first needs none, unless it is permanent.
    fn review_opens(&self, authority: &Authority, sop: &Document) -> Option<(Time, Deadline)> {
        let permanent = self.request.is_permanent();
        if !permanent && authority.period.end <= authority.review_due {
            return None;
        }
        let due = if permanent { authority.review_due.min(authority.period.end) } else { authority.review_due };
        let before = Duration::days(i64::from(sop.steps.monitoring.open_before_days));
        Some((due.checked_sub_signed(before).unwrap_or(due), Deadline::ReviewOpens))
    }

    /// What is looked at for another cause when its re-review would open is asked what that asks, once.
    fn review_asks(&self, authority: &Authority, sop: &Document) -> Option<(Time, Deadline)> {
        let asked = self.review().is_some_and(|review| review.causes.contains(Cause::REVIEW_DUE));
        let planned = matches!(&self.state, State::ReReview { cause, .. } if cause.code == Cause::REVIEW_DUE);
        self.review_opens(authority, sop).filter(|_| !asked && !planned)
    }

    fn control_lapses(&self) -> Vec<(Time, Deadline)> {
        let binding = self.state.authority().is_some() && !matches!(self.state, State::Decision { .. });
        let bound = self.controls.iter().filter(|_| binding);
        bound.filter_map(|control| Some((control.lapses_at()?, Deadline::ControlLapses(control.id)))).collect()
    }

    fn input_lapses(&self, sop: &Document) -> Option<(Time, Deadline)> {
        let asked = self.tasks.iter().filter(|task| task.work == Work::Advise && sop.steps.stakeholder_input.may_lapse);
        asked.map(|task| task.due_at).max().map(|due| (due, Deadline::InputLapses))
    }

    fn asked_end(&self) -> Option<Time> {
        match self.request.term {
            Some(Term::Until(end)) => Some(end),
            Some(Term::Days(_) | Term::Permanent(_)) | None => None,
        }
    }

    /// A start that is held back by a gate of the procedure is tried again every day.
    fn retried(&self, after: Time) -> Option<Time> {
        match &self.state {
            State::Implementation { authority, .. } if authority.period.start <= after => {
                let waits = self.controls.iter().any(super::control::Control::holds_back);
                (!waits).then(|| days_after(after, 1))
            }
            State::Implementation { .. }
            | State::Draft
            | State::CompletenessReview
            | State::Returned { .. }
            | State::Assessment
            | State::StakeholderInput
            | State::Decision { .. }
            | State::Active { .. }
            | State::ReReview { .. }
            | State::Suspended { .. }
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => None,
        }
    }
}

fn lapses(round: &Round) -> Vec<(Time, Deadline)> {
    let lapse = |given: &crate::domain::exception::Approval| {
        (days_after(given.at, round.approval_days), Deadline::ApprovalLapses(given.human))
    };
    round.approvals.iter().map(lapse).collect()
}
