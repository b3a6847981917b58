//! What a re-review asks for and who answered, as it is shown.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::show::{Opened, Texts};
use crate::{
    domain::review::{Attestation, Looked, Review},
    web::api::text::Instant,
    words::{Dimension, PersonId, Tier},
};

/// What a re-review asks for before anybody approves it, and the answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewView {
    /// The tier that it was opened at: whatever is found, no fewer than that tier's quorum confirm it.
    pub tier: Tier,
    /// Is the monitoring owner asked to attest?
    pub attests: bool,
    /// The dimensions whose assessors are asked to confirm them or to score them anew.
    pub assesses: Vec<Dimension>,
    /// The causes whose questions it asks.
    #[schema(examples(json!(["review_due", "incident"])))]
    pub causes: Vec<String>,
    /// What the monitoring owner attested.
    pub attestation: Option<AttestationView>,
    /// What was attested before that as not as it should be: a no stays one, whatever is attested after it, and
    /// whoever confirms it all the same says why.
    pub denials: Vec<AttestationView>,
    /// Who looked at which dimension.
    #[schema(value_type = BTreeMap<String, LookedView>)]
    pub looked: BTreeMap<Dimension, LookedView>,
    /// What it still waits for.
    #[schema(examples(json!(["attest", "assess:privacy"])))]
    pub awaits: Vec<String>,
}

/// What the monitoring owner says of an exception that is looked at again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attestation)]
pub struct AttestationView {
    /// Who attests.
    pub by: PersonId,
    /// Is the exception still needed?
    pub needed: bool,
    /// Are its conditions and controls kept?
    pub kept: bool,
    /// What was observed.
    pub statement: Opened,
    /// When.
    pub at: Instant,
}

/// That an assessor looked at a dimension again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Looked)]
pub struct LookedView {
    /// Who.
    pub by: PersonId,
    /// Did they score it anew, and not confirm what stood?
    pub rescored: bool,
    /// What they wrote of what they confirmed.
    pub note: Option<Opened>,
    /// When.
    pub at: Instant,
}

impl ReviewView {
    pub(super) fn of(review: &Review, texts: Texts<'_>) -> Self {
        let attestation = |given: &Attestation| AttestationView {
            by: given.by,
            needed: given.needed,
            kept: given.kept,
            statement: texts.open(&given.statement),
            at: given.at.into(),
        };
        let looked = |given: &Looked| LookedView {
            by: given.by,
            rescored: given.rescored,
            note: given.note.as_ref().map(|note| texts.open(note)),
            at: given.at.into(),
        };
        Self {
            tier: review.tier,
            attests: review.attests,
            assesses: review.assesses.iter().copied().collect(),
            causes: review.causes.iter().cloned().collect(),
            attestation: review.attestation.as_ref().map(attestation),
            denials: review.denials.iter().map(attestation).collect(),
            looked: review.looked.iter().map(|(dimension, given)| (*dimension, looked(given))).collect(),
            awaits: review.awaits(),
        }
    }
}
