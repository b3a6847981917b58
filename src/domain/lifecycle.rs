//! The lifecycle. `decide` first settles what is already due, judges the command on the state that
//! makes, and carries on what follows of itself. Which command exists in which state stands in
//! [`possible`]; everything else is refused there, in one place that fails closed.

mod batch;
mod clauses;
mod cover;
mod decision;
mod eligibility;
mod feasibility;
mod following;
mod grant;
mod import;
mod incident;
mod monitoring;
mod proceeding;
mod re_review;
mod registered;
mod review;
mod settle;
mod submission;
mod upkeep;
mod waiving;
mod work;

#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod table;

pub use batch::{outcomes_of, withdrawn};
pub use cover::seats;
pub use eligibility::{CODE_MINUTES, exclusions, principals, standing_capacities, takes_code};
pub use feasibility::{infeasible, is_undecided, unfillable};
pub use following::reads_internal;
pub use import::imported;
pub use incident::struck;
pub use re_review::scored_by;
pub use submission::{Drafting, draft, lacks};

use std::collections::BTreeSet;

use proceeding::Proceeding;

use crate::{
    domain::{
        calendar::Calendars,
        command::Command,
        event::{Deed, Event},
        exception::Exception,
        facts::{Prior, UsedUp},
        person::{By, People},
        refusal::{Refusal, Refused},
        request::Time,
    },
    register::Register,
    sop::Sop,
    words::{BatchId, Citation, EntryRef, ExceptionId, PersonId, SplitId, StateName, Verb},
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
    /// The split that what is submitted first takes part in, if one takes new requests.
    pub split: Option<Splitting<'a>>,
    /// The policy register.
    pub register: &'a Register,
    /// Everyone whose role or presence a rule looks at; at submission also everyone who could fill a slot.
    pub people: &'a People,
    /// Earlier requests for the same thing.
    pub prior: Prior,
    /// The budgets that are used up of what is submitted.
    pub used_up: &'a [UsedUp],
    /// For how many minutes after signing in a session may give effect at tiers high and critical.
    pub step_up_minutes: u32,
    /// When people work.
    pub calendars: &'a Calendars,
    /// The batches that were stopped, or taken back: none of them does anything.
    pub resting: &'a BTreeSet<BatchId>,
}

/// A version that a share of what is submitted runs on, beside the newest.
#[derive(Debug, Clone, Copy)]
pub struct Splitting<'a> {
    /// The split.
    pub id: SplitId,
    /// How many of a hundred run on it.
    pub percent: u8,
    /// The version.
    pub variant: &'a Sop,
}

/// The most minutes that a service may allow: what can be told of a record without its settings.
pub const LONGEST_STEP_UP_MINUTES: i64 = 60;

/// The minutes of [`Ground::step_up_minutes`] that the tests go by.
#[cfg(test)]
pub(crate) const STEP_UP_MINUTES: u32 = 10;

/// What happens to `before` when `command` is asked of it: events, or one refusal.
pub fn decide(before: &Exception, command: Command, ground: Ground<'_>) -> Result<Vec<Event>, Refused> {
    let mut proceeding = Proceeding::settled(before, ground);
    proceeding.attribute_to(ground.by.clone());
    judge(&mut proceeding, command)?;
    settle::settle(&mut proceeding);
    Ok(proceeding.close())
}

/// What is already due on `before`, without any command: what the clock asks for. Of what is undecided it also
/// says whether anybody can still fill the quorum, and of what is open whether somebody is there for it, if that is
/// news; `ground.people` are then also all those who could fill a slot or assess, or do what is open.
pub fn due(before: &Exception, ground: Ground<'_>) -> Vec<Event> {
    let mut proceeding = Proceeding::settled(before, ground);
    if is_undecided(&proceeding.now) {
        feasibility::note(&mut proceeding);
    }
    cover::note(&mut proceeding);
    proceeding.close()
}

/// Voids the approvals that `lost`, who is no longer eligible, gave before the exception started.
pub fn void_approvals(before: &Exception, lost: PersonId, ground: Ground<'_>) -> Vec<Event> {
    let mut proceeding = Proceeding::settled(before, ground);
    decision::void_of(&mut proceeding, lost);
    settle::settle(&mut proceeding);
    proceeding.close()
}

/// Reopens `before`, if it is in effect, because what it rests on got a new version; suspends it where it
/// was reopened too often. What is looked at again, or suspended, is asked for that as well; the rest is judged by
/// the new version anyway.
pub fn made_stale(before: &Exception, (cause, fact): (&str, &EntryRef), ground: Ground<'_>) -> Vec<Event> {
    let mut proceeding = Proceeding::settled(before, ground);
    if possible(Verb::Reopen, proceeding.now.state.name()) {
        monitoring::stale(&mut proceeding, cause, fact);
        settle::settle(&mut proceeding);
    } else if proceeding.now.is_questioned() {
        re_review::widen(&mut proceeding, cause, None);
        settle::settle(&mut proceeding);
    }
    proceeding.close()
}

/// Ends `before` because `by`, which renews it, came into effect. What never had effect stays as it is.
pub fn supersede(before: &Exception, by: ExceptionId, ground: Ground<'_>) -> Vec<Event> {
    let mut proceeding = Proceeding::settled(before, ground);
    if possible(Verb::Close, proceeding.now.state.name()) {
        let citation = Citation::rule(4, "the exception that renews it is in effect").with("by", by.to_string());
        proceeding.tell(Deed::Superseded { by }, citation.clone());
        proceeding.tell(Deed::Closed { reason: None }, citation);
    }
    proceeding.close()
}

/// Does the command exist in this state? The whole lifecycle at a glance; a new command does not
/// compile until it stands here.
pub const fn possible(verb: Verb, state: StateName) -> bool {
    use StateName as S;
    match verb {
        Verb::Draft => false,
        Verb::Comment | Verb::Link | Verb::Unwatch => true,
        Verb::Watch => !state.is_final(),
        Verb::Assign | Verb::Escalate | Verb::Remind | Verb::AddClauses => {
            !state.is_final() && !matches!(state, S::Draft)
        }
        Verb::Submit | Verb::Amend | Verb::Detach => matches!(state, S::Draft | S::Returned),
        Verb::Attach => matches!(state, S::Draft | S::Returned) || is_granted(state),
        Verb::Withdraw => is_preparation(state) || matches!(state, S::Decision | S::Implementation),
        Verb::Pass | Verb::Return => matches!(state, S::CompletenessReview),
        Verb::Assess => matches!(state, S::Assessment | S::ReReview | S::Suspended),
        Verb::Attest | Verb::ConfirmAssessment => matches!(state, S::ReReview | S::Suspended),
        Verb::Recommend => matches!(state, S::StakeholderInput),
        Verb::Approve | Verb::Reject => matches!(state, S::Decision | S::Active | S::ReReview | S::Suspended),
        Verb::RequestChanges | Verb::AcceptConditions => matches!(state, S::Decision),
        Verb::ProposeCondition => matches!(state, S::Decision | S::ReReview),
        Verb::WaiveGate => !state.is_final() && !matches!(state, S::Draft | S::StakeholderInput),
        Verb::Activate => matches!(state, S::Implementation),
        Verb::Expire => matches!(state, S::Decision) || is_granted(state),
        Verb::ConfirmControl | Verb::FailControl | Verb::Revoke | Verb::Close => is_granted(state),
        Verb::RequestExtension | Verb::Reopen => matches!(state, S::Active),
        Verb::Suspend => matches!(state, S::Active | S::ReReview),
        Verb::Resume => matches!(state, S::Suspended),
        Verb::Revert => is_preparation(state) || matches!(state, S::Decision | S::Active),
    }
}

/// Nobody has been asked to decide yet.
const fn is_preparation(state: StateName) -> bool {
    use StateName as S;
    matches!(state, S::Draft | S::CompletenessReview | S::Returned | S::Assessment | S::StakeholderInput)
}

/// A quorum has decided that it may have effect.
const fn is_granted(state: StateName) -> bool {
    use StateName as S;
    matches!(state, S::Implementation | S::Active | S::ReReview | S::Suspended)
}

#[expect(clippy::too_many_lines, reason = "a table of all commands, one line each")]
fn judge(p: &mut Proceeding<'_>, command: Command) -> Result<(), Refused> {
    let (verb, state) = (command.verb(), p.now.state.name());
    if p.has_just_done(verb) {
        return Ok(());
    }
    if !possible(verb, state) {
        return Err(Refusal::WrongState { command: verb.as_str(), state }.into());
    }
    match command {
        Command::Submit if p.now.is_as_imported() => {
            import::enter(p);
            Ok(())
        }
        Command::Submit => submission::submit(p),
        Command::Withdraw { reason } => p.told(Deed::Withdrawn { reason }),
        Command::Amend { request } => p.told(Deed::Amended { request }),
        Command::Attach { id, attachment } => submission::attach(p, id, attachment),
        Command::Detach { attachment } => submission::detach(p, attachment),
        Command::Revert { to_version, content } => submission::revert(p, to_version, content),
        Command::WaiveGate { gate, tier, reason } => waiving::waive(p, gate, tier, reason),
        Command::Pass { note } => review::pass(p, note),
        Command::Return { codes, note } => review::send_back(p, &codes, note),
        Command::AddClauses { clauses, reason } => clauses::add(p, &clauses, reason),
        Command::Assess(assess) => review::assess(p, *assess),
        Command::Attest { needed, kept, statement } => re_review::attest(p, (needed, kept), statement),
        Command::ConfirmAssessment { dimension, note } => re_review::confirm(p, dimension, note),
        Command::Recommend { role, recommendation, text } => review::recommend(p, role, recommendation, text),
        Command::Approve(approve) => decision::approve(p, *approve),
        Command::Resume(approve) => decision::resume(p, *approve),
        Command::Reject { dossier, reason } => decision::reject(p, dossier, reason),
        Command::RequestChanges { dossier, reason } => decision::request_changes(p, dossier, reason),
        Command::ProposeCondition { dossier, condition } => decision::propose(p, dossier, condition),
        Command::AcceptConditions => decision::accept(p),
        Command::ConfirmControl { control, evidence, expires } => monitoring::confirm(p, control, (evidence, expires)),
        Command::FailControl { control, reason } => monitoring::fail(p, control, reason),
        Command::RequestExtension { end, reason } => monitoring::request_extension(p, end, reason),
        Command::Reopen { cause, note } => monitoring::reopen(p, cause, note),
        Command::Suspend { cause, note } => monitoring::suspend(p, cause, note),
        Command::Revoke { cause, note } => monitoring::revoke(p, cause, note),
        Command::Close { reason } => p.told(Deed::Closed { reason }),
        Command::Activate => Err(monitoring::not_due(p, "the start, its controls and its gates")),
        Command::Expire => Err(monitoring::not_due(p, "the end of its period")),
        Command::Assign { task, to } => work::assign(p, task, to),
        Command::Escalate { task } => work::escalate(p, task),
        Command::Remind { task } => work::remind(p, task),
        Command::Comment { text, internal } => following::comment(p, text, internal),
        Command::Link { link } => following::link(p, link),
        Command::Watch { person } => following::watch(p, person),
        Command::Unwatch { person } => following::unwatch(p, person),
    }
}
