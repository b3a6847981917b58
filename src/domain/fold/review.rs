//! What an exception is once somebody answered in its re-review, or once it lost its effect. It judges nothing.

use crate::domain::{
    event::Event,
    exception::{Cause, Exception, State},
    review::{Looked, ReviewDeed},
};

impl Exception {
    /// Without effect, for now: what was asked before is to be answered before anybody resumes it.
    pub(super) fn suspend(&mut self, cause: &Cause, event: &Event) {
        self.missing.clear();
        let Some(authority) = self.state.authority().cloned() else { return };
        let review = self.review().cloned().map(Box::new);
        let since = event.effective_at.unwrap_or(event.at);
        self.state = State::Suspended { authority, cause: cause.clone(), since, round: None, review };
    }

    /// Each answer makes another dossier: what was approved without it is no approval of that.
    pub(super) fn look_again(&mut self, answer: &ReviewDeed) {
        match answer {
            ReviewDeed::Attested { attestation, .. } => {
                if let Some(review) = self.review_mut() {
                    review.attest(attestation.clone());
                }
            }
            ReviewDeed::Asked { review, .. } => self.put_review((**review).clone()),
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
        self.refreeze(answer.dossier());
    }
}
