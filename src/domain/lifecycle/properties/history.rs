//! What the events alone say happened: who had a hand in it, who approved what, and whether it has effect.
//! Written apart from the fold and from the rules, so that one mistake is not made twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Approval, Authority, Proposal, Round},
        import::Brought,
        request::{Attachment, Request},
        review::ReviewDeed,
    },
    words::{Arm, AttachmentId, Dimension, Hash, PersonId, RoundKind},
};

#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) requester: Option<PersonId>,
    pub(super) writers: BTreeSet<PersonId>,
    pub(super) content: Request,
    pub(super) scored: BTreeMap<Dimension, PersonId>,
    pub(super) rated_by: Option<PersonId>,
    /// Who confirmed a score in the open round.
    pub(super) confirmed: BTreeSet<PersonId>,
    /// The open round, and who asked for the change that it is about.
    pub(super) round: Option<Round>,
    pub(super) asked_by: Option<PersonId>,
    pub(super) dossier: Option<Hash>,
    pub(super) approvals: Vec<Approval>,
    pub(super) authority: Option<Authority>,
    pub(super) effective: bool,
    pub(super) over: bool,
    /// Approvals that were given, that were voided, and that stood when their round ended: each is accounted for.
    pub(super) given: usize,
    pub(super) voided: usize,
    pub(super) ended: usize,
    pub(super) rounds: u32,
    /// The version under which it was last submitted.
    pub(super) under: Option<u32>,
}

impl History {
    /// The accounts that may not decide.
    pub(super) fn kept_out(&self) -> BTreeSet<PersonId> {
        let proposed = match self.round.as_ref().map(|round| &round.proposal) {
            Some(Proposal::Content(content)) => content.beneficiary,
            _ => None,
        };
        let one = [self.requester, self.content.beneficiary, proposed, self.rated_by, self.asked_by];
        let wrote = self.writers.iter().chain(&self.confirmed).copied();
        one.into_iter().flatten().chain(wrote).chain(self.scored.values().copied()).collect()
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
    pub(super) fn add(&mut self, event: &Event) {
        let by = event.by.person();
        match &event.deed {
            Deed::Drafted { requester, request, .. } => {
                self.requester = Some(*requester);
                self.writers.insert(*requester);
                self.wrote(by, request);
            }
            Deed::Amended { request } => self.wrote(by, request),
            Deed::Attached { id, attachment } => self.files(by, |files| drop(files.insert(*id, attachment.clone()))),
            Deed::Detached { id } => self.files(by, |files| drop(files.remove(id))),
            Deed::Reverted { request, dossier, .. } => match dossier {
                Some(dossier) => {
                    self.refrozen(*dossier);
                    self.content = (**request).clone();
                    self.writers.extend(by);
                }
                None => self.wrote(by, request),
            },
            Deed::Submitted { sop, split, .. } => {
                assert!(self.under.is_none() || split.is_none(), "a lot is drawn once");
                assert!(self.under.is_none_or(|under| sop.version >= under), "it stays on its version, or a later one");
                let variant = split.is_some_and(|lot| lot.arm == Arm::Variant);
                assert_eq!(variant, split.is_some() && sop.version == 2, "its side is its version");
                self.under = Some(sop.version);
                self.forget();
            }
            Deed::Assessed { dimension, assessment } => {
                self.scored.insert(*dimension, assessment.by);
                self.rated_by = None;
            }
            Deed::Review(answer) => self.looked_again(answer),
            Deed::Rated { rating } => self.rated_by = rating.override_by.as_ref().map(|waiver| waiver.by),
            _ => self.add_later(event),
        }
    }

    /// Somebody wrote its files anew.
    fn files(&mut self, by: Option<PersonId>, change: impl FnOnce(&mut BTreeMap<AttachmentId, Attachment>)) {
        let mut request = self.content.clone();
        change(&mut request.attachments);
        self.wrote(by, &request);
    }

    /// From the decision on.
    #[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
    #[expect(clippy::too_many_lines, reason = "one story told in one go")]
    fn add_later(&mut self, event: &Event) {
        match &event.deed {
            Deed::RoundOpened { round } | Deed::Reopened { round, .. } => {
                let asks = matches!(round.kind, RoundKind::Extension | RoundKind::Amendment);
                self.opened(round, event.by.person().filter(|_| asks));
            }
            Deed::ClausesAdded { clauses, dossier, reassess, .. } => {
                if let Some(dossier) = dossier {
                    self.refrozen(*dossier);
                }
                self.content.clauses.extend(clauses.iter().cloned());
                if *reassess {
                    self.rated_by = None;
                    self.closed();
                }
            }
            Deed::ConditionProposed { dossier, .. } | Deed::GateWaived { dossier: Some(dossier), .. } => {
                self.refrozen(*dossier);
            }
            Deed::Approved { approval, .. } => {
                self.given += 1;
                self.approvals.push(approval.clone());
            }
            Deed::ApprovalVoided { human, .. } => {
                let before = self.approvals.len();
                self.approvals.retain(|approval| approval.human != *human);
                assert_eq!(before, self.approvals.len() + 1, "one approval was voided");
                self.voided += 1;
            }
            Deed::Granted { authority } | Deed::AcceptanceAsked { authority } => {
                self.authority = Some((**authority).clone());
            }
            Deed::Activated { .. } | Deed::ReviewWithdrawn { .. } => self.lives(None),
            Deed::Extended { authority, .. } | Deed::Reaffirmed { authority } | Deed::Resumed { authority } => {
                self.lives(Some(authority));
            }
            Deed::ContentReplaced { authority, request } => {
                self.writers.extend(self.asked_by);
                self.content = (**request).clone();
                self.lives(Some(authority));
            }
            Deed::Rejected { .. } => {
                let beside = self.round.as_ref().is_some_and(|round| round.kind != RoundKind::Initial);
                let review = self.round.as_ref().is_some_and(|round| round.kind == RoundKind::ReReview);
                self.effective &= beside && !review;
                self.over |= !beside;
                self.closed();
            }
            Deed::Suspended { .. } => {
                assert!(self.approvals.is_empty(), "what was given in a round that is cut short is voided");
                self.effective = false;
                self.closed();
            }
            Deed::Returned { .. } => {
                assert!(self.approvals.is_empty(), "approvals of what is sent back are voided");
                self.closed();
            }
            Deed::Withdrawn { .. }
            | Deed::Expired
            | Deed::Revoked { .. }
            | Deed::Closed { .. }
            | Deed::Brought(Brought::Archived) => {
                self.effective = false;
                self.over = true;
                self.closed();
            }
            _ => {}
        }
    }

    /// An answer is another dossier, unless it is the very same as before.
    fn looked_again(&mut self, answer: &ReviewDeed) {
        assert!(self.approvals.is_empty(), "approvals of the old dossier are voided first");
        self.dossier = answer.dossier();
        match answer {
            ReviewDeed::Attested { .. } => {}
            ReviewDeed::Asked { review, .. } => self.confirmed = review.looked.values().map(|given| given.by).collect(),
            ReviewDeed::AssessmentConfirmed { looked, .. } => _ = self.confirmed.insert(looked.by),
            ReviewDeed::Reassessed { dimension, assessment, .. } => {
                self.scored.insert(*dimension, assessment.by);
                self.confirmed.insert(assessment.by);
            }
            ReviewDeed::Rerated { rating, quorums, .. } => {
                self.rated_by = rating.override_by.as_ref().map(|waiver| waiver.by);
                if let Some(round) = &mut self.round {
                    (round.tier, round.quorums) = (rating.tier, quorums.clone());
                }
            }
        }
    }

    fn wrote(&mut self, by: Option<PersonId>, request: &Request) {
        self.content = request.clone();
        self.writers.extend(by);
        self.forget();
    }

    fn forget(&mut self) {
        self.scored.clear();
        self.rated_by = None;
    }

    fn opened(&mut self, round: &Round, asked_by: Option<PersonId>) {
        assert!(self.approvals.is_empty(), "no approval is carried into another round");
        assert_eq!(round.number, self.rounds + 1, "rounds are numbered without a gap");
        self.rounds = round.number;
        self.dossier = Some(round.dossier);
        self.round = Some(round.clone());
        self.confirmed = round.review.iter().flat_map(|asked| asked.looked.values()).map(|given| given.by).collect();
        self.asked_by = asked_by;
    }

    fn refrozen(&mut self, dossier: Hash) {
        assert!(self.approvals.is_empty(), "approvals of the old dossier are voided first");
        assert_ne!(self.dossier, Some(dossier), "another content has another hash");
        self.dossier = Some(dossier);
    }

    fn lives(&mut self, authority: Option<&Authority>) {
        if let Some(authority) = authority {
            self.authority = Some(authority.clone());
        }
        self.effective = true;
        self.closed();
    }

    fn closed(&mut self) {
        self.ended += self.approvals.len();
        self.approvals.clear();
        self.round = None;
        self.asked_by = None;
        self.confirmed.clear();
        self.dossier = None;
    }
}
