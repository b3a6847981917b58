//! The dossier: the frozen content that approvers decide on, identified by the SHA-256 of its
//! leaf-safe canonical form, so that it survives erasure and leaks nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    domain::{
        control::Condition,
        exception::{Advice, Assessment, Exception, Proposal, Rating, Waiver},
        import::Provenance,
        request::Request,
        review::Review,
    },
    words::{Dimension, ExceptionId, Hash, RoundKind, SopRef, Tier, canonical},
};

/// What an approval names. Round and kind are part of it, so no approval of one serves another.
#[derive(Debug, Serialize)]
pub struct Dossier<'e> {
    /// The form's version.
    pub v: u8,
    /// Which exception.
    pub exception: ExceptionId,
    /// Which round.
    pub round: u32,
    /// What the round is about.
    pub kind: RoundKind,
    /// What it would change.
    pub proposal: &'e Proposal,
    /// At which tier.
    pub tier: Tier,
    /// Under which procedure.
    pub sop: &'e SopRef,
    /// What is asked for.
    pub request: &'e Request,
    /// How it was scored.
    pub assessments: &'e BTreeMap<Dimension, Assessment>,
    /// How the tier came about.
    pub rating: Option<&'e Rating>,
    /// What advisers and stakeholders said.
    pub advice: &'e [Advice],
    /// What it is bound to.
    pub conditions: &'e [Condition],
    /// The gates that were waived.
    pub waived: &'e BTreeMap<String, Waiver>,
    /// What was asked and answered before, in a re-review that asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<&'e Review>,
    /// Which register it came from, so that whoever decides knows that nobody assessed it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<&'e Provenance>,
}

/// What a round is about: its number, its kind and what it would change.
#[derive(Debug, Clone, Copy)]
pub struct About<'p> {
    /// The round's number.
    pub round: u32,
    /// Its kind.
    pub kind: RoundKind,
    /// What it would change.
    pub proposal: &'p Proposal,
    /// What it asks for before.
    pub review: Option<&'p Review>,
}

impl<'e> Dossier<'e> {
    /// The dossier of `exception` for a round; `None` while there is no tier to decide on.
    pub fn of(exception: &'e Exception, about: About<'e>) -> Option<Self> {
        Some(Self {
            v: 1,
            exception: exception.id,
            round: about.round,
            kind: about.kind,
            proposal: about.proposal,
            tier: exception.tier()?,
            sop: &exception.sop,
            request: &exception.request,
            assessments: &exception.assessments,
            rating: exception.rating.as_ref(),
            advice: &exception.advice,
            conditions: &exception.conditions,
            waived: &exception.waived,
            review: about.review,
            imported: exception.imported.as_ref().map(|imported| &imported.from),
        })
    }

    /// The dossier of the round that is open.
    pub fn open(exception: &'e Exception) -> Option<Self> {
        let round = exception.state.round()?;
        let (number, proposal, review) = (round.number, &round.proposal, round.review.as_ref());
        Self::of(exception, About { round: number, kind: round.kind, proposal, review })
    }

    /// SHA-256 of its canonical JSON (RFC 8785).
    pub fn hash(&self) -> Hash {
        // A number beyond 2^53 has no canonical form and is refused on submission; a hash that stood for all
        // such dossiers would let an approval of one serve another, so each has its own all the same.
        let text = canonical(self).unwrap_or_else(|_| format!("{self:?}"));
        Hash::of(text.as_bytes())
    }
}
