//! `after`: what an exception is once an event happened. Total, and without a judgement: whether
//! something may happen is decided in [`lifecycle`](super::lifecycle).

mod import;
mod review;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        control::{Control, ControlStatus},
        event::{Deed, Event},
        exception::{Authority, Cause, Counts, Exception, Gap, Round, State},
        facts::Prior,
        request::Request,
        upkeep::Late,
    },
    words::{ControlId, ExceptionId, Hash, PersonId, RoundKind},
};

impl Exception {
    /// The fold of its events from the first on; `None` where they do not begin with a draft.
    pub fn folded(id: ExceptionId, events: &[Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let begun = Self::begin(id, first)?;
        Some(rest.iter().fold(begun, Self::after))
    }

    /// The exception that a `drafted` event begins; `None` for any other event.
    #[expect(clippy::too_many_lines, reason = "a table: one line a member")]
    pub fn begin(id: ExceptionId, event: &Event) -> Option<Self> {
        let Deed::Drafted { number, requester, filed_by_agent, request, sop } = &event.deed else { return None };
        Some(Self {
            id,
            number: number.clone(),
            seq: 1,
            version: 1,
            requester: *requester,
            filed_by_agent: *filed_by_agent,
            drafted_at: event.at,
            changed_at: event.at,
            submitted_at: None,
            request: (**request).clone(),
            added_clauses: BTreeSet::new(),
            pending_clauses: BTreeSet::new(),
            editors: event.by.person().into_iter().chain([*requester]).collect(),
            sop: sop.clone(),
            state: State::Draft,
            rounds: 0,
            tasks: event.tasks.opened.clone(),
            waived: BTreeMap::new(),
            gaps: BTreeMap::new(),
            missing: Vec::new(),
            assessments: BTreeMap::new(),
            rating: None,
            advice: Vec::new(),
            conditions: Vec::new(),
            controls: Vec::new(),
            evidence: BTreeMap::new(),
            extensions: Vec::new(),
            original_end: None,
            superseded_by: None,
            prior: Prior::default(),
            used_up: Vec::new(),
            split: None,
            watchers: BTreeSet::new(),
            links: Vec::new(),
            counts: Counts::default(),
            stopped: BTreeSet::new(),
            warned: None,
            departed: BTreeSet::new(),
            scored_higher: None,
            decided_at: None,
            moved: BTreeMap::new(),
            uncovered: BTreeSet::new(),
            imported: None,
        })
    }

    /// The exception after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event) -> Self {
        self.seq += 1;
        if event.deed.is_note() {
            return self;
        }
        if !event.is_upkeep() {
            self.version += 1;
            self.changed_at = event.at;
        }
        if event.deed.decides() {
            // Whoever decided knew what was so when they were asked.
            let asked = self.state.round().map(|round| round.opened_at);
            self.decided_at = asked.or(self.decided_at).or(Some(event.at));
        }
        self.apply(event);
        self.tasks.retain(|task| {
            !event.tasks.closed.contains(&task.id) && !event.tasks.opened.iter().any(|opened| opened.id == task.id)
        });
        self.tasks.extend(event.tasks.opened.iter().cloned());
        self.uncovered.retain(|key| self.tasks.iter().any(|open| open.key == *key));
        self
    }

    #[expect(clippy::too_many_lines, reason = "a table of all deeds: one line or block each, and nothing decided")]
    fn apply(&mut self, event: &Event) {
        match &event.deed {
            Deed::Drafted { .. }
            | Deed::Commented { .. }
            | Deed::AttemptRefused { .. }
            | Deed::Read
            | Deed::EvidenceTaken
            | Deed::OneBrowser { .. } => {}
            Deed::Amended { request } => self.rewrite(request, event.by.person()),
            Deed::Submitted { sop, gaps, prior, used_up, split } => {
                self.split = self.split.or(*split);
                self.used_up.clone_from(used_up);
                self.prior = *prior;
                self.sop = sop.clone();
                self.gaps = gaps.iter().map(|rule| (rule.clone(), Gap::default())).collect();
                self.submitted_at = Some(event.at);
                self.missing.clear();
                self.forget_findings();
                self.state = State::CompletenessReview;
            }
            Deed::Returned { reasons, note } => {
                self.counts.returns += 1;
                self.gaps.clear();
                self.state = State::Returned { reasons: reasons.clone(), note: note.clone() };
            }
            Deed::GateWaived { gate, waiver, dossier } => {
                self.gaps.remove(gate);
                self.waived.insert(gate.clone(), waiver.clone());
                self.refreeze(*dossier);
            }
            Deed::Passed { .. } => self.state = State::Assessment,
            Deed::Assessed { dimension, assessment } => {
                self.rating = None;
                self.assessments.insert(*dimension, assessment.clone());
            }
            Deed::Rated { rating } => self.rating = Some(rating.clone()),
            Deed::GapFound { rule, gap } => {
                self.gaps.insert(rule.clone(), gap.clone());
            }
            Deed::InputAsked => self.state = State::StakeholderInput,
            Deed::Advised { advice } => {
                self.advice.retain(|given| (given.by, given.role) != (advice.by, advice.role));
                self.advice.push(advice.clone());
            }
            Deed::RoundOpened { round } => self.open_round(round),
            Deed::QuorumLost { missing, .. } => self.missing.clone_from(missing),
            Deed::QuorumFound => self.missing.clear(),
            Deed::ConditionProposed { condition, dossier } => {
                self.conditions.push(condition.clone());
                self.refreeze(Some(*dossier));
            }
            Deed::ClausesAdded { clauses, dossier, reassess, .. } => {
                self.request.clauses.extend(clauses.iter().cloned());
                self.added_clauses.extend(clauses.iter().cloned());
                if self.state.authority().is_some() {
                    self.pending_clauses.extend(clauses.iter().cloned());
                }
                self.refreeze(*dossier);
                if *reassess {
                    self.rating = None;
                    self.state = State::Assessment;
                }
            }
            Deed::Approved { approval, .. } => {
                if let Some(round) = self.state.round_mut() {
                    round.approvals.push(approval.clone());
                }
            }
            Deed::ApprovalVoided { human, .. } => self.void_approval(*human),
            Deed::AcceptanceAsked { authority } => {
                if let State::Decision { awaiting, .. } = &mut self.state {
                    *awaiting = Some((**authority).clone());
                }
            }
            Deed::Granted { authority } => self.grant(authority),
            Deed::Rejected { .. } => self.reject(event),
            Deed::Activated { period } => {
                if let Some(authority) = self.state.authority().cloned() {
                    self.live(&Authority { period: *period, ..authority });
                }
            }
            Deed::ControlConfirmed { control, evidence, due, expires } => {
                if let (Some(control), Some(by)) = (self.control_mut(*control), event.by.person()) {
                    control.status = ControlStatus::Confirmed { by, at: event.at, evidence: evidence.clone() };
                    (control.due, control.evidence_until) = (*due, *expires);
                }
            }
            Deed::ControlLapsed { control } => {
                if let Some(control) = self.control_mut(*control) {
                    control.status = ControlStatus::Lapsed { at: event.effective_at.unwrap_or(event.at) };
                }
            }
            Deed::ControlFailed { control, reason } => {
                if let (Some(control), Some(by)) = (self.control_mut(*control), event.by.person()) {
                    control.status = ControlStatus::Failed { by, at: event.at, reason: reason.clone() };
                }
            }
            Deed::Extended { authority, days } => {
                self.extensions.push(*days);
                self.live(authority);
            }
            Deed::Reopened { cause, settle_by, round } => {
                if let Some(authority) = self.state.authority().cloned() {
                    self.rounds = round.number;
                    self.counts.reopenings += u32::from(cause.code != Cause::REVIEW_DUE);
                    self.state = State::ReReview {
                        authority,
                        cause: cause.clone(),
                        settle_by: *settle_by,
                        round: (**round).clone(),
                    };
                }
            }
            Deed::ReviewWithdrawn { batch } => self.withdraw_review(batch),
            Deed::Reaffirmed { authority } | Deed::Resumed { authority } => self.live(authority),
            Deed::ContentReplaced { authority, request } => {
                let asked_by = self.state.round().and_then(|round| round.asked_by);
                self.editors.extend(asked_by);
                self.request = (**request).clone();
                self.live(authority);
            }
            Deed::Suspended { cause } => self.suspend(cause, event),
            Deed::Reverted { request, dossier, .. } => self.revert(request, *dossier, event.by.person()),
            Deed::Withdrawn { .. } => self.state = State::Withdrawn,
            Deed::Expired => self.state = State::Expired { at: event.effective_at.unwrap_or(event.at) },
            Deed::Revoked { .. } => self.state = State::Revoked { at: event.effective_at.unwrap_or(event.at) },
            Deed::Closed { .. } => self.state = State::Closed { at: event.effective_at.unwrap_or(event.at) },
            Deed::Superseded { by } => self.superseded_by = Some(*by),
            Deed::Assigned { task, to } => {
                if let Some(task) = self.tasks.iter_mut().find(|open| open.id == *task) {
                    (task.assignee, task.taken_at) = (*to, to.map(|_| event.at));
                }
            }
            Deed::Escalated { task, rung, .. } => {
                self.counts.escalations += 1;
                if let Some(rung) = rung {
                    let late = Late { told: rung.told, next: rung.next };
                    self.tell_of(*task, |open| open.late = Some(late));
                }
            }
            Deed::Review(answer) => self.look_again(answer),
            Deed::Upkeep(done) => self.keep_up(done),
            Deed::Brought(came) => self.bring(came, event),
            Deed::Reminded { .. } => self.counts.reminders += 1,
            Deed::Attached { id, attachment } => {
                let mut request = self.request.clone();
                request.attachments.insert(*id, attachment.clone());
                self.rewrite(&request, event.by.person());
            }
            Deed::Detached { id } => {
                let mut request = self.request.clone();
                request.attachments.remove(id);
                self.rewrite(&request, event.by.person());
            }
            Deed::EvidenceAttached { id, attachment } => {
                self.evidence.insert(*id, attachment.clone());
            }
            Deed::Linked { link } => self.links.push(link.clone()),
            Deed::Watched { person } => {
                self.watchers.insert(*person);
            }
            Deed::Unwatched { person } => {
                self.watchers.remove(person);
            }
        }
    }

    /// Another content: whoever wrote it is an editor, and what was found of the old one is void.
    fn rewrite(&mut self, request: &Request, editor: Option<PersonId>) {
        self.note_departure(request);
        self.request = request.clone();
        self.editors.extend(editor);
        self.waived.clear();
        self.controls.clear();
        self.forget_findings();
    }

    /// The open round is about another dossier now, and nobody has approved that one.
    fn refreeze(&mut self, dossier: Option<Hash>) {
        let (Some(round), Some(dossier)) = (self.state.round_mut(), dossier) else { return };
        round.dossier = dossier;
        round.approvals.clear();
        if let State::Decision { awaiting, .. } = &mut self.state {
            *awaiting = None;
        }
    }

    fn forget_findings(&mut self) {
        self.assessments.clear();
        self.rating = None;
        self.advice.clear();
        self.conditions.clear();
    }

    fn open_round(&mut self, opened: &Round) {
        self.rounds = opened.number;
        match (&mut self.state, opened.kind) {
            (State::Suspended { round, review, .. }, _) => (*round, *review) = (Some(opened.clone()), None),
            (State::Active { round, .. }, _) => *round = Some(opened.clone()),
            (_, RoundKind::Initial) => self.state = State::Decision { round: opened.clone(), awaiting: None },
            (_, RoundKind::Extension | RoundKind::ReReview | RoundKind::Resume | RoundKind::Amendment) => {}
        }
    }

    /// Takes an approval away; before the start this leads back to the decision.
    fn void_approval(&mut self, human: PersonId) {
        if let Some(round) = self.state.round_mut() {
            round.approvals.retain(|approval| approval.human != human);
        }
        if let State::Implementation { round, .. } | State::Decision { round, .. } = &self.state {
            self.state = State::Decision { round: round.clone(), awaiting: None };
        }
    }

    /// What was confirmed for this content stays confirmed when it is decided once more.
    fn grant(&mut self, authority: &Authority) {
        let Some(round) = self.state.round().cloned() else { return };
        self.pending_clauses.clear();
        self.original_end = Some(authority.period.end);
        let proposed = self.request.controls.iter().filter(|(id, _)| !self.controls.iter().any(|one| one.id == **id));
        let fresh: Vec<Control> = proposed
            .map(|(id, control)| Control {
                id: *id,
                owner: control.owner,
                cadence_days: control.cadence_days,
                status: ControlStatus::Pending,
                due: control.due,
                evidence_until: None,
            })
            .collect();
        self.controls.extend(fresh);
        self.gaps.clear();
        self.missing.clear();
        self.state = State::Implementation { authority: authority.clone(), round };
    }

    fn live(&mut self, authority: &Authority) {
        self.pending_clauses.clear();
        self.gaps.clear();
        self.missing.clear();
        self.state = State::Active { authority: authority.clone(), round: None };
    }

    /// Denied at first, it ends; a round beside a living exception ends alone, save a re-review: what
    /// was not confirmed is suspended.
    fn reject(&mut self, event: &Event) {
        self.missing.clear();
        match &mut self.state {
            State::Active { round, .. } => *round = None,
            State::Suspended { round, review, .. } => {
                *review = round.take().and_then(|round| round.review).map(Box::new);
            }
            State::ReReview { cause, .. } => {
                let cause = cause.clone();
                self.suspend(&cause, event);
            }
            State::Decision { .. }
            | State::Draft
            | State::CompletenessReview
            | State::Returned { .. }
            | State::Assessment
            | State::StakeholderInput
            | State::Implementation { .. }
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => self.state = State::Rejected,
        }
    }

    fn revert(&mut self, request: &Request, dossier: Option<Hash>, editor: Option<PersonId>) {
        if matches!(self.state, State::Decision { .. }) {
            self.request = request.clone();
            self.editors.extend(editor);
            return self.refreeze(dossier);
        }
        self.rewrite(request, editor);
        if matches!(self.state, State::Assessment | State::StakeholderInput) {
            self.state = State::CompletenessReview;
        }
    }

    fn control_mut(&mut self, id: ControlId) -> Option<&mut Control> {
        self.controls.iter_mut().find(|control| control.id == id)
    }
}
