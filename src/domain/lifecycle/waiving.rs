//! Waiving: a failed gate by the role that it names, or a gap of the procedure by governance. A waiver is
//! part of the dossier, so where a round is open it makes a new one.

use crate::{
    domain::{
        event::Deed,
        exception::{Exception, Rating, State, Waiver},
        refusal::{Refusal, Refused},
    },
    sop::Verdict,
    words::{Citation, Hash, Role, Sealed, Step, Tier},
};

use super::{
    Proceeding,
    decision::{self, void_all},
    re_review,
};

/// Waives a gate, or settles a gap; where it is the scoring that could not be evaluated, `tier` counts.
pub(super) fn waive(p: &mut Proceeding<'_>, gate: String, tier: Option<Tier>, reason: Sealed) -> Result<(), Refused> {
    let by_role = waived_by(p, &gate)?;
    let by = p.require_role(&[by_role], &gate)?.id;
    p.require_outsider("the requester and the beneficiary waive nothing for themselves")?;
    let waiver = Waiver { by, reason };
    let citation = p.cite(&gate, format!("waived by {by_role}")).with("role", by_role.as_str());
    let rates = matches!(p.now.state, State::Assessment) || p.now.review().is_some();
    let scoring = rates && p.ground.sop.gate(&gate).is_none();
    match (scoring, tier) {
        (true, None) => {
            Err(invalid_tier("tier_required", "the scoring could not be evaluated: name the `tier` that is to count"))
        }
        (false, Some(_)) => Err(invalid_tier(
            "tier_not_expected",
            "a tier is named only where the scoring could not be evaluated; leave it out",
        )),
        (true, Some(tier)) => {
            tell_waived(p, &gate, waiver.clone(), citation.clone())?;
            let rating = Rating { tier, computed: None, rule: gate, override_by: Some(waiver) };
            if p.now.review().is_some() {
                return re_review::rate(p, rating, citation);
            }
            p.tell(Deed::Rated { rating }, citation);
            Ok(())
        }
        (false, None) => tell_waived(p, &gate, waiver, citation),
    }
}

/// The role that may: governance for a gap, else the role that the gate names.
fn waived_by(p: &Proceeding<'_>, gate: &str) -> Result<Role, Refused> {
    let refused = |why: &'static str| {
        let citation = p
            .cite(gate, "only a gate that names a role is waived, and only where it stands in the way")
            .with("state", p.now.state.name().as_str())
            .with("found", why);
        Refusal::NotWaivable { gate: gate.to_owned(), why }.citing(citation)
    };
    match verdict(p, gate) {
        Some(Verdict::NotEvaluable(_)) => Ok(Role::Governance),
        Some(Verdict::Holds) => Err(refused("it holds")),
        Some(Verdict::Fails) => {
            let named = p.ground.sop.gate(gate).and_then(|rule| rule.waivable_by);
            named.ok_or_else(|| refused("the procedure names no role that may waive it"))
        }
        None if p.ground.sop.gate(gate).is_some() => Err(refused("it is no gate of this step")),
        None => Err(refused("the procedure has no such gate")),
    }
}

/// What the gate says here and now; what was recorded as a gap is one until it is settled.
fn verdict(p: &Proceeding<'_>, gate: &str) -> Option<Verdict> {
    if p.now.gaps.contains_key(gate) {
        return Some(Verdict::NotEvaluable("recorded as a gap".to_owned()));
    }
    let steps: &[Step] = match &p.now.state {
        State::Returned { .. } | State::CompletenessReview => &[Step::Submission, Step::Completeness],
        State::Implementation { .. } => &[Step::Implementation],
        State::Decision { .. } | State::Active { .. } | State::ReReview { .. } | State::Suspended { .. } => {
            &[Step::Decision]
        }
        State::Draft
        | State::Assessment
        | State::StakeholderInput
        | State::Rejected
        | State::Withdrawn
        | State::Expired { .. }
        | State::Revoked { .. }
        | State::Closed { .. } => &[],
    };
    let facts = p.facts();
    let mut results = steps.iter().flat_map(|step| p.ground.sop.gates(*step, &facts));
    results.find(|result| result.gate.id == gate).map(|result| result.verdict)
}

fn tell_waived(p: &mut Proceeding<'_>, gate: &str, waiver: Waiver, citation: Citation) -> Result<(), Refused> {
    let dossier = match p.now.state.round() {
        Some(_) => Some(refrozen(p, gate, &waiver)?),
        None => None,
    };
    p.tell(Deed::GateWaived { gate: gate.to_owned(), waiver, dossier }, citation);
    Ok(())
}

/// The dossier with the waiver in it. Nobody has approved that one.
fn refrozen(p: &mut Proceeding<'_>, gate: &str, waiver: &Waiver) -> Result<Hash, Refused> {
    void_all(p, "dossier_changed", None);
    let mut changed: Exception = p.now.clone();
    changed.waived.insert(gate.to_owned(), waiver.clone());
    decision::reopened(&changed)
}

fn invalid_tier(code: &'static str, detail: &str) -> Refused {
    Refusal::Invalid { pointer: "/tier".to_owned(), code, detail: detail.to_owned() }.into()
}
