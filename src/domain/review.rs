//! What a re-review asks for before anybody confirms it, and who answered what. Whether somebody may answer is the
//! lifecycle's to judge.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        exception::{Assessment, Exception, Rating, State},
        person::{People, Person},
        request::Time,
    },
    sop::Quorum,
    words::{Dimension, Hash, PersonId, Role, Sealed, Tier},
};

/// What a re-review asks for, as the procedure did when it was opened, and the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The tier that it was opened at.
    pub tier: Tier,
    /// The quorums that it was opened with: those of a higher tier take their place, and nothing else does.
    pub quorums: Vec<Quorum>,
    /// The causes whose questions it asks.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub causes: BTreeSet<String>,
    /// Is the monitoring owner asked to attest?
    pub attests: bool,
    /// The dimensions whose assessors are asked to confirm them or to score them anew.
    pub assesses: BTreeSet<Dimension>,
    /// What the monitoring owner attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
    /// What was attested before that as not as it should be: a no stays one, whatever is attested after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<Attestation>,
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
        /// The dossier it makes, where a round is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<Hash>,
    },
    /// An assessor confirmed what was scored.
    AssessmentConfirmed {
        /// Which dimension.
        dimension: Dimension,
        /// Who looked.
        looked: Looked,
        /// The dossier it makes, where a round is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<Hash>,
    },
    /// An assessor scored a dimension anew.
    Reassessed {
        /// Which dimension.
        dimension: Dimension,
        /// How.
        assessment: Assessment,
        /// The dossier it makes, where a round is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<Hash>,
    },
    /// What was found gives another rating; the round goes on at its tier.
    Rerated {
        /// What it is and why.
        rating: Rating,
        /// The quorums that must be filled by now: those of the tier it was opened at, and those of this one.
        quorums: Vec<Quorum>,
        /// The dossier it makes, where a round is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<Hash>,
    },
    /// Another cause asks as well: what was answered before it is asked anew, as far as it asks for that.
    #[serde(rename = "review_asked")]
    Asked {
        /// The cause, by its code.
        cause: String,
        /// What is asked by now, with the answers that stand.
        review: Box<Review>,
        /// The dossier it makes, where a round is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<Hash>,
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
            Self::Asked { .. } => "review_asked",
        }
    }

    /// The dossier that it makes, where a round is open.
    pub const fn dossier(&self) -> Option<Hash> {
        match self {
            Self::Attested { dossier, .. }
            | Self::AssessmentConfirmed { dossier, .. }
            | Self::Reassessed { dossier, .. }
            | Self::Rerated { dossier, .. }
            | Self::Asked { dossier, .. } => *dossier,
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
    /// Those who attested.
    pub fn attesters(&self) -> impl Iterator<Item = PersonId> {
        self.attested().map(|given| given.by)
    }

    /// What was attested, and every no before that.
    pub fn attested(&self) -> impl Iterator<Item = &Attestation> {
        self.attestation.iter().chain(&self.denials)
    }

    /// A no that was attested, whatever was attested after it: whoever confirms it all the same says why.
    pub fn denial(&self) -> Option<&Attestation> {
        self.attested().find(|given| given.is_no())
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

    /// Takes an attestation in the place of the one before.
    pub fn attest(&mut self, given: Attestation) {
        let before = self.attestation.replace(given);
        self.denials.extend(before.filter(Attestation::is_no));
    }

    /// With the questions of another cause as well. Whoever answered before it did not know of it, so what it asks
    /// for is asked anew.
    #[must_use]
    pub fn and(mut self, more: &Self) -> Self {
        self.causes.extend(more.causes.iter().cloned());
        if more.attests {
            self.attests = true;
            let before = self.attestation.take();
            self.denials.extend(before.filter(Attestation::is_no));
        }
        self.looked.retain(|dimension, _| !more.assesses.contains(dimension));
        self.assesses.extend(more.assesses.iter().copied());
        self
    }
}

impl Exception {
    /// What is asked before the open re-review is confirmed, or before it is resumed, if anything is.
    pub fn review(&self) -> Option<&Review> {
        match &self.state {
            State::ReReview { round, .. } | State::Suspended { round: Some(round), .. } => round.review.as_ref(),
            State::Suspended { review, round: None, .. } => review.as_deref(),
            State::Draft
            | State::CompletenessReview
            | State::Returned { .. }
            | State::Assessment
            | State::StakeholderInput
            | State::Decision { .. }
            | State::Implementation { .. }
            | State::Active { .. }
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => None,
        }
    }

    /// The same, to be changed by an event.
    pub fn review_mut(&mut self) -> Option<&mut Review> {
        if !self.is_questioned() {
            return None;
        }
        if matches!(self.state, State::Suspended { round: None, .. }) {
            let State::Suspended { review, .. } = &mut self.state else { return None };
            return review.as_deref_mut();
        }
        self.state.round_mut()?.review.as_mut()
    }

    /// Asks this from now on.
    pub fn put_review(&mut self, asked: Review) {
        if let State::Suspended { review, round: None, .. } = &mut self.state {
            *review = Some(Box::new(asked));
        } else if self.is_questioned()
            && let Some(round) = self.state.round_mut()
        {
            round.review = Some(asked);
        }
    }

    /// Is it looked at again?
    pub const fn is_reopened(&self) -> bool {
        matches!(self.state, State::ReReview { .. })
    }

    /// Is it looked at again, or without effect until it is: does each cause that arrives have its questions?
    pub const fn is_questioned(&self) -> bool {
        matches!(self.state, State::ReReview { .. } | State::Suspended { .. })
    }

    /// May it be decided on: is there all that its re-review asks for, and a tier by it?
    pub fn is_looked_at(&self) -> bool {
        self.review().is_none_or(|review| review.awaits().is_empty() && self.gaps.is_empty())
    }

    /// Its monitoring owner, if they may attest: a person who has not left and is no party to it. The one predicate of
    /// the door, of the tasks and of the verifier.
    pub fn attester<'p>(&self, people: &'p People) -> Option<&'p Person> {
        let owner = people.find(self.request.monitoring_owner?)?;
        self.is_outsider(people, owner).then_some(owner)
    }

    /// May they attest at `now`: as the human who was named to watch it, or as one who governs while nobody who was
    /// named may and is there?
    pub fn may_attest(&self, people: &People, acts: &Person, now: Time) -> bool {
        let owner = self.attester(people);
        let watches = self.request.monitoring_owner.is_some_and(|owner| people.human(owner) == acts.human);
        let stands_in =
            !owner.is_some_and(|owner| owner.is_there(now)) && acts.holds(Role::Governance, &self.request.domains());
        self.is_outsider(people, acts) && (watches || stands_in)
    }

    fn is_outsider(&self, people: &People, one: &Person) -> bool {
        let parties = people.humans([Some(self.requester), self.request.beneficiary].into_iter().flatten());
        one.active && !one.is_service() && !parties.contains(&one.human)
    }
}

impl Looked {
    /// That a dimension was scored anew.
    pub fn scored(assessment: &Assessment) -> Self {
        Self { by: assessment.by, rescored: true, note: None, at: assessment.at }
    }
}
