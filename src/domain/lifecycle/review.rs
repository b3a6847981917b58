//! Steps 2 to 4 from the side of those who look at a request: reviewer, assessors, advisers.

use crate::{
    domain::{
        command::Assess,
        event::Deed,
        exception::{Advice, Assessment, Rating, Reason, Waiver},
        refusal::{Refusal, Refused},
    },
    sop::Sop,
    words::{Citation, Facts, PersonId, Recommendation, Role, Sealed, Step, Tier},
};

use super::{Proceeding, proceeding::codes, re_review, submission::sort_gates};

/// Passes: the gates of step 2 hold, and no gap is open.
pub(super) fn pass(p: &mut Proceeding<'_>, note: Option<Sealed>) -> Result<(), Refused> {
    require_reviewer(p)?;
    if !p.now.gaps.is_empty() {
        let gaps: Vec<String> = p.now.gaps.keys().cloned().collect();
        let citation =
            p.cite("2", "a rule that could not be evaluated is settled by governance first").with("gaps", gaps.clone());
        return Err(Refusal::GapOpen { gaps }.citing(citation));
    }
    let facts = p.facts();
    let results = p.ground.sop.gates(Step::Completeness, &facts);
    let (reasons, gaps) = sort_gates(p, &results);
    if !reasons.is_empty() {
        let citation = p.cite_failed("2", &reasons);
        return Err(Refusal::GateFailed { reasons }.citing(citation));
    }
    if !gaps.is_empty() {
        let citation = p.cite_gaps("2", &gaps);
        let gaps = gaps.into_iter().map(|gap| gap.rule).collect();
        return Err(Refusal::GapOpen { gaps }.citing(citation));
    }
    let looked_at = results.iter().map(|result| &result.looked_at);
    let citation = p.cite("2", "found complete").with("gates", results.len()).with_all(looked_at);
    p.tell(Deed::Passed { note }, citation);
    Ok(())
}

/// Sends back with the SOP's reason codes, as often as the SOP allows.
pub(super) fn send_back(p: &mut Proceeding<'_>, codes: &[String], note: Option<Sealed>) -> Result<(), Refused> {
    require_reviewer(p)?;
    let document = p.ground.sop.document();
    let known = &document.steps.completeness.reasons;
    let limit = document.limits.returns;
    if p.now.counts.returns >= limit {
        let citation = p
            .cite("2", format!("returned {limit} times: pass it, or let its requester withdraw it"))
            .with("limit", limit);
        return Err(Refusal::LimitReached { what: "returns", limit }.citing(citation));
    }
    let reason = |code: &String| {
        let text = known
            .get(code)
            .ok_or_else(|| Refusal::UnknownReason { code: code.clone(), known: known.keys().cloned().collect() })?;
        Ok(Reason {
            code: code.clone(),
            gate: None,
            pointer: None,
            looked_at: Facts::new(),
            text: text.clone(),
            remedy: "mend it and submit again".to_owned(),
        })
    };
    let reasons = codes.iter().map(reason).collect::<Result<Vec<_>, Refusal>>()?;
    let citation = p.cite("2", format!("returned: {}", codes.join(", "))).with("codes", codes.to_vec());
    p.tell(Deed::Returned { reasons, note }, citation);
    Ok(())
}

fn require_reviewer(p: &Proceeding<'_>) -> Result<(), Refused> {
    p.require_role(&[p.ground.sop.document().steps.completeness.role], "2")?;
    p.require_outsider("nobody reviews their own request")
}

/// Assesses one dimension; with the last one, the tier may be overridden with a reason.
pub(super) fn assess(p: &mut Proceeding<'_>, assess: Assess) -> Result<(), Refused> {
    if p.now.is_questioned() {
        return re_review::rescore(p, assess);
    }
    let wanted = dimensions(p)?;
    let Some(role) = wanted.iter().find(|(dimension, _)| *dimension == assess.dimension).map(|(_, role)| *role) else {
        let known: Vec<&str> = wanted.iter().map(|(dimension, _)| dimension.as_str()).collect();
        return Err(unknown_dimension(&known));
    };
    let by = p.require_role(&[role], "3")?.id;
    p.require_outsider("nobody assesses their own request")?;
    let (assessment, citation) = scored(p, (p.ground.sop, by), &assess)?;
    p.tell(Deed::Assessed { dimension: assess.dimension, assessment }, citation);
    match assess.override_tier {
        Some((tier, reason)) => override_tier(p, tier, Waiver { by, reason }),
        None => Ok(()),
    }
}

/// What somebody's points are by the criteria of `sop`, and the rule that says so.
pub(super) fn scored(
    p: &Proceeding<'_>,
    (sop, by): (&Sop, PersonId),
    assess: &Assess,
) -> Result<(Assessment, Citation), Refused> {
    let score = sop.score_dimension(assess.dimension, &assess.points);
    let score = score.map_err(|error| invalid("/points", "points_invalid", error.to_string()))?;
    let (points, findings) = (assess.points.clone(), assess.findings.clone());
    let text = format!("{} scored {score} of 100 by the procedure's criteria", assess.dimension);
    let citation = Citation::sop(&sop.reference(), "3", text).with("points", serde_json::json!(points));
    Ok((Assessment { by, points, score, findings, at: p.ground.now }, citation))
}

pub(super) fn unknown_dimension(known: &[&str]) -> Refused {
    let detail = format!("this request is assessed for: {}", known.join(", "));
    invalid("/dimension", "dimension_not_assessed", detail)
}

/// The dimensions that this request needs, with the role that assesses each.
pub(super) fn dimensions(p: &Proceeding<'_>) -> Result<Vec<(crate::words::Dimension, Role)>, Refused> {
    let facts = p.facts();
    match p.ground.sop.dimensions(&facts) {
        Ok(rules) => Ok(rules.into_iter().map(|rules| (rules.dimension, rules.assessor())).collect()),
        Err(gap) => {
            let citation = p.cite("3", gap.why).with("rule", gap.rule.as_str()).with_all([&gap.looked_at]);
            Err(Refusal::GapOpen { gaps: vec![gap.rule] }.citing(citation))
        }
    }
}

/// May an assessor set a lower tier than the scores give? What is looked at again is held to the newest version too.
fn may_lower(p: &Proceeding<'_>) -> bool {
    let lets = |sop: &Sop| sop.document().steps.assessment.scoring.override_may_lower;
    lets(p.ground.sop) && (!p.now.is_questioned() || lets(p.ground.newest))
}

pub(super) fn override_tier(p: &mut Proceeding<'_>, tier: Tier, reason: Waiver) -> Result<(), Refused> {
    let looked_at = p.now.is_questioned();
    let open = if looked_at {
        p.now.review().is_some_and(|review| review.unlooked().next().is_some())
    } else {
        dimensions(p)?.into_iter().any(|(dimension, _)| !p.now.assessments.contains_key(&dimension))
    };
    if open {
        return Err(invalid(
            "/override",
            "override_too_early",
            "the tier is computed with the last assessment; override it there".to_owned(),
        ));
    }
    let scored = re_review::highest(p, looked_at);
    let Ok((sop, scored)) = scored else {
        return Err(invalid(
            "/override",
            "override_of_gap",
            "the scoring could not be evaluated: governance names the tier".to_owned(),
        ));
    };
    if tier < scored.tier && !may_lower(p) {
        let text = format!("computed {}; an override may raise it only", scored.tier);
        let citation =
            Citation::sop(&sop, &scored.rule, text).with("tier", tier.as_str()).with_all([&scored.looked_at]);
        return Err(Refusal::Invalid {
            pointer: "/override/tier".to_owned(),
            code: "override_lowers",
            detail: format!("the computed tier is {}: an override may raise it, not lower it", scored.tier),
        }
        .citing(citation));
    }
    let text = format!("computed {}, set to {tier} with a written justification", scored.tier);
    let citation = Citation::sop(&sop, &scored.rule, text).with("tier", tier.as_str()).with_all([&scored.looked_at]);
    let rating = Rating { tier, computed: Some(scored.tier), rule: scored.rule, override_by: Some(reason) };
    if looked_at {
        return re_review::rate(p, rating, citation);
    }
    p.tell(Deed::Rated { rating }, citation);
    Ok(())
}

/// Answers as adviser or stakeholder, in a role that the procedure asks at this tier.
pub(super) fn recommend(
    p: &mut Proceeding<'_>,
    role: Role,
    recommendation: Recommendation,
    text: Option<Sealed>,
) -> Result<(), Refused> {
    let asked = super::settle::stakeholders(p);
    if !asked.contains(&role) {
        let known: Vec<&str> = asked.iter().map(|role| role.as_str()).collect();
        return Err(invalid("/role", "role_not_asked", format!("the procedure asks: {}", known.join(", "))));
    }
    let by = p.require_role(&[role], "4")?.id;
    p.require_outsider("nobody advises on their own request")?;
    if recommendation == Recommendation::Object && text.is_none() {
        return Err(invalid("/text", "reason_required", "an objection needs its reason; fill in `text`".to_owned()));
    }
    let citation = p.cite("4", format!("{role} answered: {recommendation}")).with("asked", codes(asked));
    p.tell(Deed::Advised { advice: Advice { by, role, recommendation, text, at: p.ground.now } }, citation);
    Ok(())
}

fn invalid(pointer: &str, code: &'static str, detail: String) -> Refused {
    Refusal::Invalid { pointer: pointer.to_owned(), code, detail }.into()
}
