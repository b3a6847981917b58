//! What a re-review asks for before anybody confirms it, and who answered what. Whether somebody may answer is the
//! lifecycle's to judge.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        exception::{Assessment, Exception, Rating, State},
        request::Time,
    },
    sop::Quorum,
    words::{Dimension, Hash, PersonId, Sealed, Tier},
};

/// What a re-review asks for, as the procedure did when it was opened, and the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The tier that it was opened at.
    pub tier: Tier,
    /// The quorums that it was opened with: those of a higher tier take their place, and nothing else does.
    pub quorums: Vec<Quorum>,
    /// Is the monitoring owner asked to attest?
    pub attests: bool,
    /// The dimensions whose assessors are asked to confirm them or to score them anew.
    pub assesses: BTreeSet<Dimension>,
    /// What the monitoring owner attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
    /// Who looked at which dimension.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub looked: BTreeMap<Dimension, Looked>,
}

/// What the monitoring owner says of an exception that is looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// The account that attests.
    pub by: PersonId,
    /// Is the exception still needed?
    pub needed: bool,
    /// Are its conditions and controls kept?
    pub kept: bool,
    /// What was observed.
    pub statement: Sealed,
    /// When.
    pub at: Time,
}

/// That somebody looked at a dimension again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// The account.
    pub by: PersonId,
    /// Did they score it anew, and not confirm what stood?
    pub rescored: bool,
    /// What they wrote of what they confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
    /// When.
    pub at: Time,
}

/// An answer to what a re-review asks. Each makes the open round another dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReviewDeed {
    /// The monitoring owner said how it stands.
    Attested {
        /// What they said.
        attestation: Attestation,
        /// The dossier it makes.
        dossier: Hash,
    },
    /// An assessor confirmed what was scored.
    AssessmentConfirmed {
        /// Which dimension.
        dimension: Dimension,
        /// Who looked.
        looked: Looked,
        /// The dossier it makes.
        dossier: Hash,
    },
    /// An assessor scored a dimension anew.
    Reassessed {
        /// Which dimension.
        dimension: Dimension,
        /// How.
        assessment: Assessment,
        /// The dossier it makes.
        dossier: Hash,
    },
    /// What was found gives another rating; the round goes on at its tier.
    Rerated {
        /// What it is and why.
        rating: Rating,
        /// The quorums that must be filled by now: those of the tier it was opened at, and those of this one.
        quorums: Vec<Quorum>,
        /// The dossier it makes.
        dossier: Hash,
    },
}

impl ReviewDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Attested { .. } => "attested",
            Self::AssessmentConfirmed { .. } => "assessment_confirmed",
            Self::Reassessed { .. } => "reassessed",
            Self::Rerated { .. } => "rerated",
        }
    }

    /// The dossier that it makes.
    pub const fn dossier(&self) -> Hash {
        match self {
            Self::Attested { dossier, .. }
            | Self::AssessmentConfirmed { dossier, .. }
            | Self::Reassessed { dossier, .. }
            | Self::Rerated { dossier, .. } => *dossier,
        }
    }
}

impl Attestation {
    /// Is either answer a no, so that whoever confirms it all the same says why?
    pub const fn is_no(&self) -> bool {
        !(self.needed && self.kept)
    }
}

impl Review {
    /// Who attested.
    pub fn attester(&self) -> Option<PersonId> {
        self.attestation.as_ref().map(|given| given.by)
    }

    /// Does it wait for the monitoring owner?
    pub const fn awaits_attestation(&self) -> bool {
        self.attests && self.attestation.is_none()
    }

    /// The dimensions at which nobody has looked yet.
    pub fn unlooked(&self) -> impl Iterator<Item = Dimension> {
        self.assesses.iter().filter(|dimension| !self.looked.contains_key(dimension)).copied()
    }

    /// What it still waits for, as the keys of the work: `attest`, `assess:privacy`.
    pub fn awaits(&self) -> Vec<String> {
        let attestation = self.awaits_attestation().then(|| "attest".to_owned());
        attestation.into_iter().chain(self.unlooked().map(|dimension| format!("assess:{dimension}"))).collect()
    }
}

impl Exception {
    /// What the open re-review asks for, if it asks for anything.
    pub const fn review(&self) -> Option<&Review> {
        let State::ReReview { round, .. } = &self.state else { return None };
        round.review.as_ref()
    }

    /// The same, to be changed by an event.
    pub const fn review_mut(&mut self) -> Option<&mut Review> {
        let State::ReReview { round, .. } = &mut self.state else { return None };
        round.review.as_mut()
    }

    /// Is it looked at again?
    pub const fn is_reopened(&self) -> bool {
        matches!(self.state, State::ReReview { .. })
    }

    /// May it be decided on: is there all that its re-review asks for, and a tier by it?
    pub fn is_looked_at(&self) -> bool {
        self.review().is_none_or(|review| review.awaits().is_empty() && self.gaps.is_empty())
    }
}

impl Looked {
    /// That a dimension was scored anew.
    pub fn scored(assessment: &Assessment) -> Self {
        Self { by: assessment.by, rescored: true, note: None, at: assessment.at }
    }
}
