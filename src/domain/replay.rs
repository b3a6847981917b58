//! What a version of a procedure would have said of an exception that went through another: its fields, gates, tier,
//! quorum and period. Nothing comes of it.

use std::collections::BTreeMap;

use crate::{
    domain::{
        exception::{Authority, Exception},
        facts::facts,
        quorum::{Candidate, Capacity, fill},
        request::days_after,
    },
    sop::{GateResult, Sop, TierRules, Verdict},
    words::{Citation, Facts, PersonId, Role, Step, Tier, words},
};

words! {
    /// In what two versions of a procedure differ on an exception.
    Divergence, "divergence" {
        FieldMissing = "field_missing", GateFails = "gate_fails", GateHolds = "gate_holds", GateGap = "gate_gap",
        Tier = "tier", TierGap = "tier_gap", Quorum = "quorum", Period = "period",
    }
}

/// One thing that would have gone differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In what.
    pub what: Divergence,
    /// What the version that it ran by said; none where that has no such rule.
    pub was: Option<String>,
    /// What the other would have said.
    pub would: String,
    /// The rule of the other, with what it looked at.
    pub citation: Citation,
}

/// The same exception under two versions.
struct Twice<'a> {
    exception: &'a Exception,
    ran: &'a Sop,
    other: &'a Sop,
    facts: Facts,
}

/// All that would have gone differently with `exception` if `other` had been in force when it was submitted, and
/// nobody had acted otherwise. Of one that was never submitted nothing is said.
pub fn replayed(exception: &Exception, (ran, other): (&Sop, &Sop)) -> Vec<Difference> {
    let Some(at) = exception.submitted_at else { return Vec::new() };
    let twice = Twice { exception, ran, other, facts: facts(&again(exception, other), at) };
    let mut found = twice.fields();
    found.extend([Step::Submission, Step::Completeness].into_iter().flat_map(|step| twice.gates(step)));
    if exception.rating.is_some() {
        found.extend(twice.tier());
        found.extend(twice.gates(Step::Decision));
    }
    if let Some(authority) = exception.state.authority() {
        found.extend(twice.quorum(authority));
        found.extend(twice.period(authority));
        found.extend(twice.gates(Step::Implementation));
    }
    found
}

/// The exception with its points scored as `other` weighs them, as far as it knows them.
fn again(exception: &Exception, other: &Sop) -> Exception {
    let mut again = exception.clone();
    for (dimension, given) in &mut again.assessments {
        if let Ok(score) = other.score_dimension(*dimension, &given.points) {
            given.score = score;
        }
    }
    again
}

fn said(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Fails => "fails",
        Verdict::NotEvaluable(_) => "not evaluable",
    }
}

impl Twice<'_> {
    fn cite(&self, rule: &str, text: impl Into<String>, facts: Facts) -> Citation {
        Citation { facts, ..Citation::sop(&self.other.reference(), rule, text) }
    }

    fn fields(&self) -> Vec<Difference> {
        let Some(kind) = self.exception.request.kind else { return Vec::new() };
        let known = self.ran.missing_fields(kind, &self.facts);
        let missing = self.other.missing_fields(kind, &self.facts).into_iter().filter(|field| !known.contains(field));
        let difference = |field: &str| Difference {
            what: Divergence::FieldMissing,
            was: None,
            would: field.to_owned(),
            citation: self
                .cite("1", "requires a field that the request leaves out", Facts::new())
                .with("field", field.to_owned()),
        };
        missing.map(difference).collect()
    }

    /// The gates of a step that say something else than those of the same id said, or that are new and do not hold.
    fn gates(&self, step: Step) -> Vec<Difference> {
        let ran = self.ran.gates(step, &self.facts);
        let before: BTreeMap<&str, &Verdict> =
            ran.iter().map(|result| (result.gate.id.as_str(), &result.verdict)).collect();
        let compared = |result: GateResult<'_>| {
            let was = before.get(result.gate.id.as_str()).map(|verdict| said(verdict));
            let would = said(&result.verdict);
            let what = match result.verdict {
                Verdict::Holds => Divergence::GateHolds,
                Verdict::Fails => Divergence::GateFails,
                Verdict::NotEvaluable(_) => Divergence::GateGap,
            };
            let differs = was.map_or(what != Divergence::GateHolds, |was| was != would);
            let waived = self.exception.waived.contains_key(&result.gate.id);
            (differs && !waived).then(|| Difference {
                what,
                was: was.map(ToOwned::to_owned),
                would: would.to_owned(),
                citation: self.cite(&result.gate.id, result.gate.text.clone(), result.looked_at),
            })
        };
        self.other.gates(step, &self.facts).into_iter().filter_map(compared).collect()
    }

    /// The tier that the other scores, where that is not what was computed.
    fn tier(&self) -> Option<Difference> {
        let computed = self.exception.rating.as_ref()?.computed;
        let was = computed.map(|tier| tier.to_string());
        match self.other.tier(&self.facts) {
            Ok(scored) if Some(scored.tier) == computed => None,
            Ok(scored) => Some(Difference {
                what: Divergence::Tier,
                was,
                would: scored.tier.to_string(),
                citation: self.cite(&scored.rule, scored.text, scored.looked_at),
            }),
            Err(gap) => Some(Difference {
                what: Divergence::TierGap,
                was,
                would: "not evaluable".to_owned(),
                citation: self.cite(&gap.rule, gap.why, gap.looked_at),
            }),
        }
    }

    /// The tier that would count: what somebody put in the place of the computed one stays.
    fn counts(&self, authority: &Authority) -> Tier {
        let overridden = self.exception.rating.as_ref().is_some_and(|rating| rating.override_by.is_some());
        let scored = self.other.tier(&self.facts).ok().filter(|_| !overridden);
        scored.map_or(authority.tier, |scored| scored.tier)
    }

    fn rules(&self, authority: &Authority) -> (Tier, Option<&TierRules>) {
        let tier = self.counts(authority);
        (tier, self.other.document().tier_rules(tier))
    }

    /// Would those who approved, by the roles that they approved with, have been enough?
    fn quorum(&self, authority: &Authority) -> Option<Difference> {
        let (tier, rules) = self.rules(authority);
        let citation = |text: &str| self.cite("5", text, Facts::new()).with("tier", tier.as_str());
        let difference = |would: String, citation| {
            Some(Difference { what: Divergence::Quorum, was: Some("enough".to_owned()), would, citation })
        };
        let Some(rules) = rules else {
            return difference("nobody".to_owned(), citation("a tier that it does not name cannot be approved"));
        };
        let missing = fill(&rules.quorum, &self.exception.request.domains(), &seated(authority)).err()?;
        let wanted = |roles: &[Role]| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ");
        let who: Vec<String> = missing.iter().map(|one| format!("{} in {}", wanted(&one.roles), one.domain)).collect();
        difference(format!("also {}", who.join(", ")), citation("asks for more than those who approved"))
    }

    fn period(&self, authority: &Authority) -> Option<Difference> {
        let (tier, rules) = self.rules(authority);
        let permanent = self.exception.request.is_permanent();
        let most = if permanent { rules?.permanent_days } else { Some(rules?.max_days) };
        let (start, end) = (authority.period.start, authority.period.end);
        if most.is_some_and(|most| end <= days_after(start, most)) {
            return None;
        }
        let days = (end - start).num_days();
        let would = most.map_or_else(|| "nothing permanent".to_owned(), |most| format!("{most} days"));
        let facts = self.cite("5", "the longest period of a tier", Facts::new()).with("tier", tier.as_str());
        let citation = facts.with("days", days);
        Some(Difference { what: Divergence::Period, was: Some(format!("{days} days")), would, citation })
    }
}

/// Those who gave the authority, each with the roles that they gave it by.
fn seated(authority: &Authority) -> Vec<Candidate> {
    let mut found: BTreeMap<(PersonId, PersonId), Vec<Capacity>> = BTreeMap::new();
    for seat in authority.two.seats() {
        let capacity = Capacity { role: seat.role, domain: seat.domain.clone(), grant: seat.grant };
        found.entry((seat.human, seat.principal)).or_default().push(capacity);
    }
    let candidate = |((human, principal), capacities)| Candidate { human, principal, capacities };
    found.into_iter().map(candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testkit::*;

    fn differences(case: &Case, changes: &[(&str, &str)]) -> Vec<(Divergence, Option<String>, String)> {
        let other = altered(standard(), changes);
        let found = replayed(&case.is, (case.sop, other));
        for one in &found {
            assert!(matches!(&one.citation.source, crate::words::Source::Sop(sop) if *sop == other.reference()));
            assert!(!one.citation.facts.is_empty(), "{one:?}");
        }
        found.into_iter().map(|one| (one.what, one.was, one.would)).collect()
    }

    #[test]
    fn the_same_version_says_the_same() {
        let case = Case::active(standard(), request());
        assert_eq!(replayed(&case.is, (case.sop, case.sop)), []);
        let draft = Case::draft(standard(), request());
        let gate = [("request.justification.chars >= 80", "request.justification.chars >= 8000")];
        assert_eq!(differences(&draft, &gate), [], "it was never asked");
    }

    #[test]
    fn a_gate_a_tier_a_quorum_and_a_period_differ_each_with_its_rule() {
        let case = Case::active(standard(), request());
        let gate = [("request.justification.chars >= 80", "request.justification.chars >= 8000")];
        assert_eq!(differences(&case, &gate), [(Divergence::GateFails, Some("holds".to_owned()), "fails".to_owned())]);
        let gap = [("request.justification.chars >= 80", "10 / request.attachments > 0")];
        assert_eq!(
            differences(&case, &gap),
            [(Divergence::GateGap, Some("holds".to_owned()), "not evaluable".to_owned())]
        );
        let scored = differences(&case, &[("scores.max >= 80", "scores.max >= 0")]);
        assert_eq!(scored[0], (Divergence::Tier, Some("low".to_owned()), "critical".to_owned()));
        assert_eq!(scored[1].0, Divergence::Quorum, "{scored:?}");
        let shorter = ["365", "365", "180", "90"].map(|days| format!("\"max_days\":{days}"));
        let shorter: Vec<(&str, &str)> = shorter.iter().map(|days| (days.as_str(), "\"max_days\":1")).collect();
        let other = altered(lightweight(), &shorter);
        let light = Case::active(lightweight(), request());
        let found = replayed(&light.is, (light.sop, other));
        assert_eq!(found.iter().map(|one| one.what).collect::<Vec<_>>(), [Divergence::Period], "{found:?}");
    }

    #[test]
    fn points_are_weighed_as_the_other_weighs_them() {
        let case = Case::draft(standard(), request()).in_decision(2);
        let same = replayed(&case.is, (case.sop, case.sop));
        assert_eq!(same, []);
    }
}
