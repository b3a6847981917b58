//! Who may answer what a re-review asks, judged on the people of that moment.

use super::human;
use crate::{
    domain::{event::Event, exception::Exception, review::ReviewDeed, testkit::Case},
    words::Role,
};

/// Who answers a re-review is no party and no service; who attests was named, or governs while that person is not there.
pub(super) fn who_answers_may(case: &Case, is: &Exception, (event, answer): (&Event, &ReviewDeed)) {
    let people = case.people();
    let asked = is.review().expect("nothing was asked");
    let by = event.by.person().expect("the clock answers nothing");
    let acts = people.find(by).expect("known");
    let parties = [Some(is.requester), is.request.beneficiary].into_iter().flatten().map(|id| human(&people, id));
    assert!(acts.active && acts.responsible.is_none() && !parties.into_iter().any(|party| party == acts.human));
    match answer {
        ReviewDeed::Attested { attestation, .. } => {
            let owner = is.request.monitoring_owner.and_then(|id| people.find(id));
            let named = owner.is_some_and(|owner| owner.human == acts.human);
            let there = owner.is_some_and(|owner| owner.is_there(case.now));
            let governs = acts.grants.iter().any(|held| held.role == Role::Governance);
            assert!(asked.attests && attestation.by == by && (named || (governs && !there)), "{by} attests");
        }
        ReviewDeed::AssessmentConfirmed { dimension, looked, .. } => {
            assert!(asked.assesses.contains(dimension) && looked.by == by && !asked.looked.contains_key(dimension));
        }
        ReviewDeed::Reassessed { dimension, assessment, .. } => {
            assert!(asked.assesses.contains(dimension) && assessment.by == by);
        }
        ReviewDeed::Rerated { rating, quorums, .. } => {
            let both = [case.sop, case.newest].map(|sop| sop.document().tiers.get(&rating.tier));
            assert!(both.into_iter().flatten().all(|rules| quorums.contains(&rules.quorum)), "less than its tier asks");
        }
    }
}
