//! The life of an exception in figures: its stays in states, its tasks, its approvals and its milestones, folded
//! from its events as the exception itself is. What is counted of them, and for whom, is not known here.

use chrono::Datelike;

use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Exception, State},
        import::Brought,
        request::Time,
        task::Task,
    },
    words::{ExceptionId, PersonId, StateName, Step, Tier, words},
};

pub use crate::domain::exception::Authority;

words! {
    /// What became of an exception.
    Outcome, "outcome" {
        Open = "open", Granted = "granted", Rejected = "rejected", Withdrawn = "withdrawn",
        Lapsed = "lapsed", Ended = "ended", Revoked = "revoked",
    }
}

impl Outcome {
    /// What became of an exception by now.
    pub const fn of(exception: &Exception) -> Self {
        match &exception.state {
            State::Draft
            | State::CompletenessReview
            | State::Returned { .. }
            | State::Assessment
            | State::StakeholderInput
            | State::Decision { .. } => Self::Open,
            State::Implementation { .. } | State::Active { .. } | State::ReReview { .. } | State::Suspended { .. } => {
                Self::Granted
            }
            State::Rejected => Self::Rejected,
            State::Withdrawn => Self::Withdrawn,
            State::Revoked { .. } => Self::Revoked,
            // What was never granted has no end that was approved.
            State::Expired { .. } | State::Closed { .. } if exception.original_end.is_none() => Self::Lapsed,
            State::Expired { .. } | State::Closed { .. } => Self::Ended,
        }
    }
}

/// The month of an instant (UTC), such as 202603.
pub fn month(at: Time) -> i32 {
    at.year().saturating_mul(100).saturating_add(i32::try_from(at.month()).unwrap_or(0))
}

/// The step that a state belongs to; final ones belong to none.
pub const fn step(state: &State) -> Option<Step> {
    match state {
        State::Draft => Some(Step::Submission),
        State::CompletenessReview | State::Returned { .. } => Some(Step::Completeness),
        State::Assessment => Some(Step::Assessment),
        State::StakeholderInput => Some(Step::StakeholderInput),
        State::Decision { .. } => Some(Step::Decision),
        State::Implementation { .. } => Some(Step::Implementation),
        State::Active { .. } | State::ReReview { .. } | State::Suspended { .. } => Some(Step::Monitoring),
        State::Rejected | State::Withdrawn | State::Expired { .. } | State::Revoked { .. } | State::Closed { .. } => {
            None
        }
    }
}

/// A stay in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The state's code.
    pub state: &'static str,
    /// The step it belongs to.
    pub step: Option<Step>,
    /// The tier while it lasted, as it was known at its end.
    pub tier: Option<Tier>,
    /// Had it effect?
    pub effective: bool,
    /// From when.
    pub entered: Time,
    /// Until when; absent while it lasts.
    pub left: Option<Time>,
    /// When the effect ends if nothing happens; after the stay, when it did.
    pub until: Option<Time>,
}

/// A task and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The task as it was last.
    pub task: Task,
    /// When it was closed.
    pub closed: Option<Time>,
    /// By whose action; absent where the clock did.
    pub by: Option<PersonId>,
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// Its round.
    pub round: u32,
    /// The human who acted.
    pub human: PersonId,
    /// The human whose slot it was.
    pub principal: PersonId,
    /// When.
    pub at: Time,
    /// How many seconds after its round was opened.
    pub seconds: i64,
    /// Was it one of the quorum that decided?
    pub counted: bool,
}

/// The life of an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// What it is now.
    pub is: Exception,
    /// Its stays, in order.
    pub stays: Vec<Stay>,
    /// Its tasks, in the order in which they were opened.
    pub work: Vec<Done>,
    /// Its approvals, in order.
    pub votes: Vec<Vote>,
    /// When it was first submitted.
    pub submitted: Option<Time>,
    /// When it was first decided, either way.
    pub decided: Option<Time>,
    /// Was that decision a yes?
    pub granted: bool,
    /// When it first came into effect or ended without: what the requester waited for.
    pub resolved: Option<Time>,
    /// When it ended.
    pub ended: Option<Time>,
    /// How often it was submitted.
    pub submissions: u32,
    /// Gates that did not hold, over all submissions.
    pub failed_gates: u32,
    /// Was the first submission found complete? Absent until that is known.
    pub first_pass: Option<bool>,
    round_opened: Option<Time>,
}

impl Life {
    /// The life that these events tell, from the first on; `None` where they do not begin with a draft.
    pub fn folded(id: ExceptionId, events: &[Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let mut life = Self::begin(Exception::begin(id, first)?);
        for event in rest {
            life.live(event);
        }
        Some(life)
    }

    fn begin(is: Exception) -> Self {
        let first = stay(&is, is.drafted_at);
        let work = is.tasks.iter().cloned().map(|task| Done { task, closed: None, by: None }).collect();
        Self {
            stays: vec![first],
            work,
            votes: Vec::new(),
            submitted: None,
            decided: None,
            granted: false,
            resolved: None,
            ended: None,
            submissions: 0,
            failed_gates: 0,
            first_pass: None,
            round_opened: None,
            is,
        }
    }

    fn live(&mut self, event: &Event) {
        let before = (self.is.state.name(), self.is.tier(), self.is.effective_until());
        self.is = self.is.clone().after(event);
        let at = event.effective_at.unwrap_or(event.at);
        self.count(event);
        self.vote(event);
        self.labour(event);
        self.stay(before, at);
        let opened = |of: &Exception| of.state.round().map(|round| round.opened_at);
        self.round_opened = opened(&self.is).or(self.round_opened);
        self.settle_in(event);
        if self.is.state.name().is_final() && !self.is.is_history() {
            self.ended.get_or_insert(at);
            self.resolved.get_or_insert(at);
        }
    }

    /// What was done elsewhere took no time here, and what had ended there was never here at all.
    #[expect(clippy::wildcard_enum_match_arm, reason = "two deeds tell of another register, and the rest do not")]
    fn settle_in(&mut self, event: &Event) {
        match &event.deed {
            Deed::Brought(Brought::Imported { .. }) => self.stays.clear(),
            Deed::Brought(Brought::Archived) => {
                self.stays.clear();
                self.work.clear();
            }
            _ => {}
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "milestones are few, and the rest are none")]
    fn count(&mut self, event: &Event) {
        match &event.deed {
            Deed::Submitted { .. } => {
                self.submissions += 1;
                self.submitted.get_or_insert(event.at);
            }
            // What an import lacks failed no gate of a submission.
            Deed::Returned { .. } if self.submissions == 0 => {}
            Deed::Returned { reasons, .. } => {
                let gates = reasons.iter().filter(|reason| reason.gate.is_some()).count();
                self.failed_gates = self.failed_gates.saturating_add(u32::try_from(gates).unwrap_or(u32::MAX));
                self.first_pass.get_or_insert(false);
            }
            Deed::Passed { .. } => _ = self.first_pass.get_or_insert(self.submissions == 1),
            Deed::Rejected { .. } => _ = self.decided.get_or_insert(event.at),
            Deed::Activated { .. } => _ = self.resolved.get_or_insert(event.effective_at.unwrap_or(event.at)),
            Deed::AcceptanceAsked { authority }
            | Deed::Granted { authority }
            | Deed::Extended { authority, .. }
            | Deed::Reaffirmed { authority }
            | Deed::Resumed { authority }
            | Deed::ContentReplaced { authority, .. } => self.granted(event.at, authority),
            _ => {}
        }
    }

    fn granted(&mut self, at: Time, authority: &Authority) {
        self.granted |= self.decided.is_none();
        self.decided.get_or_insert(at);
        let seated: Vec<PersonId> = authority.two.seats().iter().map(|seat| seat.human).collect();
        for vote in self.votes.iter_mut().filter(|vote| vote.round == authority.round) {
            vote.counted = seated.contains(&vote.human);
        }
    }

    /// An approval that was voided is none.
    fn vote(&mut self, event: &Event) {
        if let Deed::ApprovalVoided { round, human, .. } = &event.deed {
            self.votes.retain(|vote| (vote.round, vote.human) != (*round, *human));
        }
        let Deed::Approved { round, approval, .. } = &event.deed else { return };
        let opened = self.is.state.round().map(|open| open.opened_at).or(self.round_opened).unwrap_or(event.at);
        self.votes.push(Vote {
            round: *round,
            human: approval.human,
            principal: approval.principal,
            at: event.at,
            seconds: (event.at - opened).num_seconds().max(0),
            counted: false,
        });
    }

    /// Tasks as they were opened, given away and closed.
    fn labour(&mut self, event: &Event) {
        for open in &event.tasks.opened {
            match self.work.iter_mut().find(|known| known.task.id == open.id) {
                Some(known) => known.task = open.clone(),
                None => self.work.push(Done { task: open.clone(), closed: None, by: None }),
            }
        }
        if let Deed::Assigned { task, to } = &event.deed
            && let Some(known) = self.work.iter_mut().find(|known| known.task.id == *task)
        {
            known.task.assignee = *to;
        }
        for done in self.work.iter_mut().filter(|done| event.tasks.closed.contains(&done.task.id)) {
            done.closed = Some(event.at);
            done.by = event.by.person();
        }
    }

    fn stay(&mut self, (state, tier, until): (StateName, Option<Tier>, Option<Time>), at: Time) {
        let moved = state != self.is.state.name();
        let Some(last) = self.stays.last_mut() else {
            self.stays.extend(moved.then(|| stay(&self.is, at)));
            return;
        };
        // What a deadline ended, ended then, but nothing ends before it began.
        let at = at.max(last.entered);
        last.tier = last.tier.or(tier);
        if moved {
            last.left = Some(at);
            // Nor did its effect, whatever a deadline of before says.
            last.until = last.until.map(|_| until.map_or(at, |until| until.min(at)).max(last.entered));
            self.stays.push(stay(&self.is, at));
        } else {
            last.tier = self.is.tier().or(last.tier);
            let entered = last.entered;
            last.until = last.until.and(self.is.effective_until()).map(|until| until.max(entered));
        }
    }
}

fn stay(is: &Exception, entered: Time) -> Stay {
    let until = is.effective_until();
    Stay {
        state: is.state.name().as_str(),
        step: step(&is.state),
        tier: is.tier(),
        effective: until.is_some(),
        entered,
        left: None,
        until: until.map(|until| until.max(entered)),
    }
}
