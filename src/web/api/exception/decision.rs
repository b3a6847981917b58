//! Rounds, approvals and what they gave, as they are shown.

use chrono::Duration;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answers::ReviewView,
    request::RequestBody,
    show::{self, Texts},
};
use crate::{
    domain::{
        exception::{Approval, Authority, Exception, Proposal, Round},
        quorum::Seat,
        request::Time,
    },
    sop::Quorum,
    web::api::text::{Instant, PeriodView},
    words::{Hash, PersonId, Role, RoundKind, Tier},
};

/// A round of decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Round)]
pub struct RoundView {
    /// Its number within the exception, from 1.
    pub number: u32,
    /// What it is about.
    pub kind: RoundKind,
    /// The later end it proposes, if it is about one.
    pub proposed_end: Option<Instant>,
    /// The content it proposes, if it is about one.
    pub proposed_request: Option<RequestBody>,
    /// The tier decided on.
    pub tier: Tier,
    /// Every one of these must be filled.
    pub quorums: Vec<QuorumView>,
    /// The hash of the dossier as it stands: what `approve` and `reject` name.
    pub dossier: Hash,
    /// When it was opened.
    pub opened_at: Instant,
    /// The approvals given in this round that were not voided.
    pub approvals: Vec<ApprovalView>,
    /// What a re-review asks for before anybody approves; `null` where it asks for nothing.
    pub review: Option<ReviewView>,
}

/// Who must approve.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Quorum)]
pub struct QuorumView {
    /// How many different people; never fewer than two.
    #[schema(minimum = 2)]
    pub people: u32,
    /// Roles that must each be filled, each by a different person.
    pub all_of: Vec<Role>,
    /// Roles from which the others may come; empty: those of `all_of`.
    pub any_of: Vec<Role>,
}

/// One approval of one dossier.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Approval)]
pub struct ApprovalView {
    /// The account that acted.
    pub by: PersonId,
    /// The account it acted for, by delegation.
    pub on_behalf_of: Option<PersonId>,
    /// By which roles.
    pub roles: Vec<Role>,
    /// The hash of the dossier that was approved.
    pub dossier: Hash,
    /// When.
    pub at: Instant,
    /// When it lapses unless the round is settled.
    pub lapses_at: Option<Instant>,
    /// Does it count now: for this very dossier, and not lapsed?
    pub stands: bool,
}

/// What a full quorum gave.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Authority)]
pub struct AuthorityView {
    /// The round that gave it.
    pub round: u32,
    /// The dossier it was given for.
    pub dossier: Hash,
    /// The tier it was given at.
    pub tier: Tier,
    /// Who gave it.
    pub seats: Vec<SeatView>,
    /// From when to when.
    pub period: PeriodView,
    /// When it must be looked at again.
    pub review_due: Instant,
    /// When it is suspended unless that was done.
    pub suspend_at: Instant,
}

/// A slot of a quorum that was filled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Seat)]
pub struct SeatView {
    /// In which of the exception's domains.
    pub domain: String,
    /// The role that fills it.
    pub role: Role,
    /// The human who acted.
    pub human: PersonId,
    /// The human whose slot it is.
    pub principal: PersonId,
    /// The ledger's leaf that granted the role.
    pub grant: u64,
}

impl RoundView {
    pub(super) fn of(round: &Round, of: &Exception, texts: Texts<'_>, now: Time) -> Self {
        let (proposed_end, proposed_request) = match &round.proposal {
            Proposal::AsRequested | Proposal::Reaffirm => (None, None),
            Proposal::End { end, .. } => (Some((*end).into()), None),
            Proposal::Content(content) => (None, Some(show::request(content, &of.sop, texts).0)),
        };
        Self {
            number: round.number,
            kind: round.kind,
            proposed_end,
            proposed_request,
            tier: round.tier,
            quorums: round.quorums.iter().map(QuorumView::of).collect(),
            dossier: round.dossier,
            opened_at: round.opened_at.into(),
            approvals: round.approvals.iter().map(|given| ApprovalView::of(given, round, now)).collect(),
            review: round.review.as_ref().map(|review| ReviewView::of(review, texts)),
        }
    }
}

impl QuorumView {
    fn of(quorum: &Quorum) -> Self {
        Self { people: quorum.people(), all_of: quorum.all_of.clone(), any_of: quorum.any_of.clone() }
    }
}

impl ApprovalView {
    fn of(given: &Approval, round: &Round, now: Time) -> Self {
        let lapses_at = given.at.checked_add_signed(Duration::days(i64::from(round.approval_days)));
        Self {
            by: given.by,
            on_behalf_of: given.on_behalf_of,
            roles: given.capacities.iter().map(|held| held.role).collect(),
            dossier: given.dossier,
            at: given.at.into(),
            lapses_at: lapses_at.map(Into::into),
            stands: given.dossier == round.dossier && lapses_at.is_none_or(|lapses| now < lapses),
        }
    }
}

impl AuthorityView {
    pub(super) fn of(given: &Authority) -> Self {
        let seat = |seat: &Seat| SeatView {
            domain: seat.domain.to_string(),
            role: seat.role,
            human: seat.human,
            principal: seat.principal,
            grant: seat.grant,
        };
        Self {
            round: given.round,
            dossier: given.dossier,
            tier: given.tier,
            seats: given.two.seats().iter().map(seat).collect(),
            period: given.period.into(),
            review_due: given.review_due.into(),
            suspend_at: given.suspend_at.into(),
        }
    }
}
