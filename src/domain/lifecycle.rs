//! The lifecycle. `decide` first settles what is already due, judges the command on the state that
//! makes, and carries on what follows of itself. Which command exists in which state stands in
//! [`possible`]; everything else is refused there, in one place that fails closed.

mod decision;
mod monitoring;
mod review;
mod settle;
mod submission;
mod work;

pub use decision::{exclusions, standing_capacities};
pub use submission::{Drafting, draft, infeasible};

use crate::{
    domain::{
        command::Command,
        event::{Deed, Event, TaskChanges},
        exception::Exception,
        person::{By, Door, People, Person},
        refusal::{Refusal, Refused},
        request::Time,
    },
    register::Register,
    sop::Sop,
    words::{Citation, PersonId, Role, StateName, Verb},
};

/// What a decision stands on, all read in the deciding transaction.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Who acts.
    pub by: &'a By,
    /// When.
    pub now: Time,
    /// The procedure version the exception runs on.
    pub sop: &'a Sop,
    /// The newest published version of that procedure.
    pub newest: &'a Sop,
    /// The policy register.
    pub register: &'a Register,
    /// Everyone whose role or presence a rule looks at; at submission also everyone who could fill a slot.
    pub people: &'a People,
}

/// How many minutes after signing in a session may give effect at tiers high and critical.
pub const STEP_UP_MINUTES: i64 = 10;

/// What happens to `before` when `command` is asked of it: events, or one refusal.
pub fn decide(before: &Exception, command: Command, ground: Ground<'_>) -> Result<Vec<Event>, Refused> {
    let mut proceeding = Proceeding::new(before.clone(), ground);
    settle::settle(&mut proceeding);
    proceeding.judge(command)?;
    settle::settle(&mut proceeding);
    Ok(proceeding.close())
}

/// What is already due on `before`, without any command: what the clock asks for.
pub fn due(before: &Exception, ground: Ground<'_>) -> Vec<Event> {
    let mut proceeding = Proceeding::new(before.clone(), ground);
    settle::settle(&mut proceeding);
    proceeding.close()
}

/// Voids the approvals that `lost`, who is no longer eligible, gave before the exception started.
pub fn void_approvals(before: &Exception, lost: PersonId, ground: Ground<'_>) -> Vec<Event> {
    let mut proceeding = Proceeding::new(before.clone(), ground);
    decision::void_of(&mut proceeding, lost);
    settle::settle(&mut proceeding);
    proceeding.close()
}

/// Ends `before` because `by`, which renews it, came into effect.
pub fn supersede(before: &Exception, by: crate::words::ExceptionId, ground: Ground<'_>) -> Vec<Event> {
    let mut proceeding = Proceeding::new(before.clone(), ground);
    if !before.state.name().is_final() {
        proceeding.tell(Deed::Superseded { by }, None);
        proceeding
            .tell(Deed::Closed { reason: None }, Some(Citation::rule(4, "the exception that renews it is in effect")));
    }
    proceeding.close()
}

/// Does the command exist in this state? The whole lifecycle at a glance; a new command does not
/// compile until it stands here.
pub const fn possible(verb: Verb, state: StateName) -> bool {
    use StateName as S;
    match verb {
        Verb::Draft | Verb::Expire | Verb::Activate | Verb::Comment | Verb::Watch | Verb::Link => !matches!(
            (verb, state),
            (Verb::Draft, _)
                | (
                    Verb::Watch | Verb::Expire | Verb::Activate,
                    S::Rejected | S::Withdrawn | S::Expired | S::Revoked | S::Closed
                )
                | (
                    Verb::Expire | Verb::Activate,
                    S::Draft | S::CompletenessReview | S::Returned | S::Assessment | S::StakeholderInput
                )
                | (Verb::Activate, S::Active | S::ReReview | S::Suspended | S::Decision)
        ),
        Verb::Submit | Verb::Amend | Verb::Attach => matches!(state, S::Draft | S::Returned),
        Verb::Withdraw => matches!(
            state,
            S::Draft
                | S::CompletenessReview
                | S::Returned
                | S::Assessment
                | S::StakeholderInput
                | S::Decision
                | S::Implementation
        ),
        Verb::Pass | Verb::Return => matches!(state, S::CompletenessReview),
        Verb::Assess => matches!(state, S::Assessment),
        Verb::Recommend => matches!(state, S::StakeholderInput),
        Verb::Approve | Verb::Reject => matches!(state, S::Decision | S::Active | S::ReReview | S::Suspended),
        Verb::RequestChanges | Verb::AcceptConditions => matches!(state, S::Decision),
        Verb::ProposeCondition => matches!(state, S::Decision | S::ReReview),
        Verb::WaiveGate => matches!(state, S::Returned | S::CompletenessReview | S::Assessment),
        Verb::ConfirmControl | Verb::FailControl => {
            matches!(state, S::Implementation | S::Active | S::ReReview | S::Suspended)
        }
        Verb::RequestExtension | Verb::Reopen => matches!(state, S::Active),
        Verb::Suspend => matches!(state, S::Active | S::ReReview),
        Verb::Resume => matches!(state, S::Suspended),
        Verb::Revoke | Verb::Close => matches!(state, S::Implementation | S::Active | S::ReReview | S::Suspended),
        Verb::Assign | Verb::Escalate | Verb::Remind => !state.is_final() && !matches!(state, S::Draft),
        Verb::Revert => matches!(
            state,
            S::Draft
                | S::CompletenessReview
                | S::Returned
                | S::Assessment
                | S::StakeholderInput
                | S::Decision
                | S::Active
        ),
    }
}

/// An exception under decision: what it is so far, and the events that made it so.
#[derive(Debug)]
pub(crate) struct Proceeding<'a> {
    now: Exception,
    ground: Ground<'a>,
    events: Vec<Event>,
}

impl<'a> Proceeding<'a> {
    fn new(before: Exception, ground: Ground<'a>) -> Self {
        Self { now: before, ground, events: Vec::new() }
    }

    /// Records that something happened, and looks at what the exception is then.
    fn tell(&mut self, deed: Deed, citation: Option<Citation>) {
        self.tell_since(deed, citation, None);
    }

    /// The same for a deadline that passed at `effective_at`.
    fn tell_since(&mut self, deed: Deed, citation: Option<Citation>, effective_at: Option<Time>) {
        let by = match effective_at {
            Some(_) => By::System { job: "settle".to_owned() },
            None => self.ground.by.clone(),
        };
        let event = Event { deed, by, at: self.ground.now, effective_at, citation, tasks: TaskChanges::default() };
        self.now = self.now.clone().after(&event);
        self.events.push(event);
    }

    /// The events; the last of them carries the work that they opened and closed together.
    fn close(mut self) -> Vec<Event> {
        let changes = work::changes(&self.now, self.ground);
        if let Some(last) = self.events.last_mut() {
            last.tasks = changes;
        }
        self.events
    }

    fn judge(&mut self, command: Command) -> Result<(), Refused> {
        let (verb, state) = (command.verb(), self.now.state.name());
        if !possible(verb, state) {
            return Err(Refusal::WrongState { command: verb.as_str(), state }.into());
        }
        match command {
            Command::Submit => submission::submit(self),
            Command::Withdraw { reason } => self.told(Deed::Withdrawn { reason }),
            Command::Amend { request } => self.told(Deed::Amended { request }),
            Command::Attach { id, attachment } => submission::attach(self, id, attachment),
            Command::Revert { to_version, content } => submission::revert(self, to_version, content),
            Command::WaiveGate { gate, tier, reason } => submission::waive(self, gate, tier, reason),
            Command::Pass { note } => review::pass(self, note),
            Command::Return { codes, note } => review::send_back(self, &codes, note),
            Command::Assess(assess) => review::assess(self, *assess),
            Command::Recommend { role, recommendation, text } => review::recommend(self, role, recommendation, text),
            Command::Approve(approve) => decision::approve(self, *approve),
            Command::Resume(approve) => decision::resume(self, *approve),
            Command::Reject { dossier, reason } => decision::reject(self, dossier, reason),
            Command::RequestChanges { dossier, reason } => decision::request_changes(self, dossier, reason),
            Command::ProposeCondition { dossier, condition } => decision::propose(self, dossier, condition),
            Command::AcceptConditions => decision::accept(self),
            Command::ConfirmControl { control, evidence } => monitoring::confirm(self, control, evidence),
            Command::FailControl { control, reason } => monitoring::fail(self, control, reason),
            Command::RequestExtension { end, reason } => monitoring::request_extension(self, end, reason),
            Command::Reopen { cause, note } => monitoring::reopen(self, cause, note),
            Command::Suspend { cause, note } => monitoring::suspend(self, cause, note),
            Command::Revoke { cause, note } => monitoring::revoke(self, cause, note),
            Command::Close { reason } => self.told(Deed::Closed { reason }),
            Command::Activate => monitoring::was_due(self, "the start, its controls and its gates"),
            Command::Expire => monitoring::was_due(self, "the end of its period"),
            Command::Assign { task, to } => work::assign(self, task, to),
            Command::Escalate { task } => work::escalate(self, task),
            Command::Remind { task } => work::remind(self, task),
            Command::Comment { text, internal } => self.told(Deed::Commented { text, internal }),
            Command::Link { link } => self.told(Deed::Linked { link }),
            Command::Watch { person } => self.told(Deed::Watched { person }),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the arms of the dispatch have one type")]
    fn told(&mut self, deed: Deed) -> Result<(), Refused> {
        self.tell(deed, None);
        Ok(())
    }

    /// The account that acts; the service itself has none.
    fn actor(&self) -> Option<&'a Person> {
        self.ground.by.person().and_then(|id| self.ground.people.find(id))
    }

    /// Does whoever acts hold one of `roles` where the exception is? The service itself does.
    fn require_role(&self, roles: &[Role], rule: &str) -> Result<(), Refused> {
        let domains = self.now.request.domains();
        let holds = |person: &Person| roles.iter().any(|role| person.holds(*role, &domains));
        if matches!(self.ground.by, By::System { .. }) || self.actor().is_some_and(holds) {
            return Ok(());
        }
        let citation = self.cite(rule, "this is for the role that the procedure names");
        Err(Refusal::RoleMissing { roles: roles.to_vec() }.citing(citation))
    }

    /// A human in an interactive session; no token, no service, no job.
    fn require_person(&self) -> Result<(&'a Person, Time), Refused> {
        let refused = || Refusal::NeedsPerson.citing(Citation::rule(6, "machines prepare, people decide"));
        match (self.ground.by, self.actor()) {
            (By::Person { door: Door::Session(since), .. }, Some(person)) if person.active && !person.is_service() => {
                Ok((person, *since))
            }
            _ => Err(refused()),
        }
    }

    /// Keeps the requester and the beneficiary out.
    fn require_outsider(&self, why: &'static str) -> Result<(), Refused> {
        let parties =
            self.ground.people.humans([Some(self.now.requester), self.now.request.beneficiary].into_iter().flatten());
        match self.actor() {
            Some(person) if parties.contains(&person.human) => {
                Err(Refusal::Excluded { who: "the person who acts", why }
                    .citing(Citation::rule(1, "neither requester nor beneficiary")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn cite(&self, rule: &str, text: impl Into<String>) -> Citation {
        Citation::sop(&self.now.sop, rule, text)
    }
}
