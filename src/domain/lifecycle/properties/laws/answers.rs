//! Who may answer what a re-review asks, judged on the people of that moment.

use super::human;
use crate::{
    domain::{event::Event, exception::Exception, person::Person, review::ReviewDeed, testkit::Case},
    words::{PersonId, Role},
};

/// Until it is in effect by another decision, whatever becomes of it meanwhile: what was asked is asked, and a no stays
/// a no.
pub(super) fn what_was_asked_stays_asked(is: &Exception, now: &Exception) {
    let Some(before) = is.review().filter(|_| now.is_questioned()) else { return };
    let after = now.review().expect("what was asked is forgotten");
    assert!(after.assesses.is_superset(&before.assesses) && after.attests >= before.attests, "less is asked");
    assert!(after.causes.is_superset(&before.causes) && after.quorums == before.quorums && after.tier == before.tier);
    assert!(before.denial().is_none() || after.denial().is_some(), "a no was overwritten");
}

/// Who answers a re-review is no party and no service; who attests was named, or governs while that person is not there.
pub(super) fn who_answers_may(case: &Case, is: &Exception, (event, answer): (&Event, &ReviewDeed)) {
    if matches!(answer, ReviewDeed::Asked { .. }) {
        return;
    }
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
            let party = |one: PersonId| [Some(is.requester), is.request.beneficiary].contains(&Some(one));
            let barred = |one: &Person| one.is_service() || party(one.id) || party(one.human);
            let there = owner.is_some_and(|owner| owner.is_there(case.now) && !barred(owner));
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
        ReviewDeed::Asked { .. } => {}
    }
}
