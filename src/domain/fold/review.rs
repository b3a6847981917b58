//! What an exception is once somebody answered in its re-review. It judges nothing.

use crate::domain::{
    exception::Exception,
    review::{Looked, ReviewDeed},
};

impl Exception {
    /// Each answer makes another dossier: what was approved without it is no approval of that.
    pub(super) fn look_again(&mut self, answer: &ReviewDeed) {
        match answer {
            ReviewDeed::Attested { attestation, .. } => {
                if let Some(review) = self.review_mut() {
                    review.attestation = Some(attestation.clone());
                }
            }
            ReviewDeed::AssessmentConfirmed { dimension, looked, .. } => {
                if let Some(review) = self.review_mut() {
                    review.looked.insert(*dimension, looked.clone());
                }
            }
            ReviewDeed::Reassessed { dimension, assessment, .. } => {
                self.assessments.insert(*dimension, assessment.clone());
                if let Some(review) = self.review_mut() {
                    review.looked.insert(*dimension, Looked::scored(assessment));
                }
            }
            ReviewDeed::Rerated { rating, quorums, .. } => {
                self.rating = Some(rating.clone());
                if let Some(round) = self.state.round_mut() {
                    round.tier = rating.tier;
                    round.quorums.clone_from(quorums);
                }
            }
        }
        self.refreeze(Some(answer.dossier()));
    }
}
