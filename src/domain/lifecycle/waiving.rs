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
};

/// Waives a gate, or settles a gap; where it is the scoring that could not be evaluated, `tier` counts.
pub(super) fn waive(p: &mut Proceeding<'_>, gate: String, tier: Option<Tier>, reason: Sealed) -> Result<(), Refused> {
    let is_gap = is_gap(p, &gate);
    let by_role = waived_by(p, &gate, is_gap)?;
    let by = p.require_role(&[by_role], &gate)?.id;
    p.require_outsider("the requester and the beneficiary waive nothing for themselves")?;
    let waiver = Waiver { by, reason };
    let citation = p.cite(&gate, format!("waived by {by_role}"));
    let scoring = is_gap && p.ground.sop.gate(&gate).is_none() && matches!(p.now.state, State::Assessment);
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
            p.tell(Deed::Rated { rating }, Some(citation));
            Ok(())
        }
        (false, None) => tell_waived(p, &gate, waiver, citation),
    }
}

/// The role that may: governance for a gap, else the role that the gate names.
fn waived_by(p: &Proceeding<'_>, gate: &str, is_gap: bool) -> Result<Role, Refused> {
    let refused = |why: &'static str| {
        Refusal::NotWaivable { gate: gate.to_owned(), why }
            .citing(p.cite(gate, "the seven rules and all gates but those that name a role stand"))
    };
    if is_gap {
        return Ok(Role::Governance);
    }
    let rule = p.ground.sop.gate(gate).ok_or_else(|| refused("the procedure has no such gate"))?;
    rule.waivable_by.ok_or_else(|| refused("the procedure names no role that may waive it"))
}

/// Does it wait for governance, or would it if it were asked now?
fn is_gap(p: &Proceeding<'_>, gate: &str) -> bool {
    let step = match &p.now.state {
        State::CompletenessReview => Step::Completeness,
        State::Implementation { .. } => Step::Implementation,
        State::Decision { .. } | State::Active { .. } | State::ReReview { .. } | State::Suspended { .. } => {
            Step::Decision
        }
        State::Draft
        | State::Returned { .. }
        | State::Assessment
        | State::StakeholderInput
        | State::Rejected
        | State::Withdrawn
        | State::Expired { .. }
        | State::Revoked { .. }
        | State::Closed { .. } => return p.now.gaps.contains(gate),
    };
    let results = p.ground.sop.gates(step, &p.facts());
    let fails = |verdict: &Verdict| matches!(verdict, Verdict::NotEvaluable(_));
    p.now.gaps.contains(gate) || results.iter().any(|result| result.gate.id == gate && fails(&result.verdict))
}

fn tell_waived(p: &mut Proceeding<'_>, gate: &str, waiver: Waiver, citation: Citation) -> Result<(), Refused> {
    let dossier = match p.now.state.round() {
        Some(_) => Some(refrozen(p, gate, &waiver)?),
        None => None,
    };
    p.tell(Deed::GateWaived { gate: gate.to_owned(), waiver, dossier }, Some(citation));
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
