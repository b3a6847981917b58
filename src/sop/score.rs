//! From an assessor's scores to a percentage, and from percentages to a tier. A case that no rule
//! foresaw is a gap, never a low tier.

use std::collections::BTreeMap;

use super::{
    condition::Verdict,
    document::{Criterion, DimensionRules, ScoringRule},
    load::Sop,
};
use crate::words::{Dimension, Facts, Tier};

/// A rule that could not be evaluated: a person has to look.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("step {rule} cannot be evaluated: {why}")]
pub struct Gap {
    /// The rule's id.
    pub rule: String,
    /// What stood in the way.
    pub why: String,
    /// What it looked at.
    pub looked_at: Facts,
}

/// Scores that do not fit the criteria.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// The SOP does not assess this dimension.
    #[error("this SOP does not assess {0}")]
    UnknownDimension(Dimension),
    /// A criterion has no score.
    #[error("the criterion `{0}` is not scored")]
    Unscored(String),
    /// There is no such criterion.
    #[error("there is no criterion `{0}`")]
    UnknownCriterion(String),
    /// A score is above the criterion's highest.
    #[error("the criterion `{criterion}` is scored {score}; at most {max}")]
    TooHigh {
        /// Which.
        criterion: String,
        /// What was given.
        score: u32,
        /// The highest.
        max: u32,
    },
}

/// A tier and the rule that gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The tier.
    pub tier: Tier,
    /// The id of the rule; `3` when none held.
    pub rule: String,
    /// What the rule says, in words.
    pub text: String,
    /// What it looked at; when none held, what all of them looked at.
    pub looked_at: Facts,
}

impl Sop {
    /// The dimensions that a request needs assessed, in the order of the document.
    pub fn dimensions(&self, facts: &Facts) -> Result<Vec<&DimensionRules>, Gap> {
        let rules = &self.document().steps.assessment.dimensions;
        let ground = self.ground(facts, rules.iter().filter_map(|rules| rules.when.as_deref()));
        let mut needed = Vec::new();
        let mut seen = Facts::new();
        for rules in rules {
            let Some(when) = &rules.when else {
                needed.push(rules);
                continue;
            };
            let (verdict, looked_at) = self.judge(when, &ground);
            match verdict {
                Verdict::Holds => needed.push(rules),
                Verdict::Fails => seen.extend(looked_at),
                Verdict::NotEvaluable(why) => {
                    let rule = format!("3.{}", rules.dimension);
                    return Err(Gap { rule, why, looked_at });
                }
            }
        }
        if needed.is_empty() {
            return Err(Gap {
                rule: "3".to_owned(),
                why: "no dimension applies to this request".to_owned(),
                looked_at: seen,
            });
        }
        Ok(needed)
    }

    /// The dimension's score in percent, 0 to 100: the weighted sum over its greatest possible
    /// value, halves rounded up. Every criterion is scored, and nothing else.
    pub fn score_dimension(&self, dimension: Dimension, scores: &BTreeMap<String, u32>) -> Result<u32, ScoreError> {
        let all = &self.document().steps.assessment.dimensions;
        let rules =
            all.iter().find(|rules| rules.dimension == dimension).ok_or(ScoreError::UnknownDimension(dimension))?;
        let known = |id: &String| rules.criteria.iter().any(|criterion| criterion.id == *id);
        if let Some(id) = scores.keys().find(|id| !known(id)) {
            return Err(ScoreError::UnknownCriterion(id.clone()));
        }
        let (mut sum, mut greatest) = (0_u64, 0_u64);
        for criterion in &rules.criteria {
            let score = checked_score(criterion, scores)?;
            let weight = u64::from(criterion.weight);
            sum = sum.saturating_add(weight * u64::from(score));
            greatest = greatest.saturating_add(weight * u64::from(criterion.max));
        }
        let percent = (200 * sum + greatest).checked_div(2 * greatest);
        Ok(percent.and_then(|p| u32::try_from(p).ok()).unwrap_or(100))
    }

    /// The tier of an assessed request: the first rule that holds, from the highest tier down.
    pub fn tier(&self, facts: &Facts) -> Result<Scored, Gap> {
        let scoring = &self.document().steps.assessment.scoring;
        let mut rules: Vec<&ScoringRule> = scoring.rules.iter().collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.tier));
        let ground = self.ground(facts, rules.iter().map(|rule| rule.when.as_str()));
        let mut seen = Facts::new();
        for rule in rules {
            let (verdict, looked_at) = self.judge(&rule.when, &ground);
            match verdict {
                Verdict::Holds => {
                    return Ok(Scored { tier: rule.tier, rule: rule.id.clone(), text: rule.text.clone(), looked_at });
                }
                Verdict::Fails => seen.extend(looked_at),
                Verdict::NotEvaluable(why) => {
                    let rule = rule.id.clone();
                    return Err(Gap { rule, why, looked_at });
                }
            }
        }
        Ok(Scored {
            tier: scoring.otherwise,
            rule: "3".to_owned(),
            text: format!("no scoring rule holds, so the tier is {}", scoring.otherwise),
            looked_at: seen,
        })
    }
}

fn checked_score(criterion: &Criterion, scores: &BTreeMap<String, u32>) -> Result<u32, ScoreError> {
    let score = *scores.get(&criterion.id).ok_or_else(|| ScoreError::Unscored(criterion.id.clone()))?;
    if score > criterion.max {
        return Err(ScoreError::TooHigh { criterion: criterion.id.clone(), score, max: criterion.max });
    }
    Ok(score)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::samples::{facts, facts_with, scores, standard, standard_with};
    use super::*;

    /// Security in the standard procedure: data_loss weighs 2, the other three 1, each 0 to 5.
    #[test]
    fn percentages_are_right_at_a_hundred_places() {
        let sop = standard();
        let mut cases = 0;
        for data_loss in 0..=5 {
            for exposure in 0..=5 {
                for (integration, vendor) in [(0, 0), (0, 3), (5, 5)] {
                    let given = scores(&[
                        ("exposure", exposure),
                        ("data_loss", data_loss),
                        ("integration", integration),
                        ("vendor_assurance", vendor),
                    ]);
                    let sum = 2 * data_loss + exposure + integration + vendor;
                    // Of 25, so that every point is exactly 4 percent.
                    let score = sop.score_dimension(Dimension::Security, &given);
                    assert_eq!(score, Ok(sum * 4), "{given:?}");
                    cases += 1;
                }
            }
        }
        assert!(cases >= 100);
    }

    /// Ethics has weights 2, 1, 1 of 5 each: of 20. Privacy 2, 1, 2, 1: of 30, with halves.
    #[test]
    fn thirds_and_halves_are_rounded_to_the_nearest() {
        let sop = standard();
        for (sum, percent) in [(0, 0), (1, 3), (2, 7), (10, 33), (14, 47), (20, 67), (29, 97), (30, 100)] {
            let given = privacy(sum);
            let score = sop.score_dimension(Dimension::Privacy, &given);
            assert_eq!(score, Ok(percent), "{sum} of 30");
        }
        let eighths = standard_with(
            "            max: 5\n            weight: 2\n          - id: human_oversight",
            "            max: 1\n            weight: 190\n          - id: human_oversight",
        );
        assert!(eighths.is_err(), "weights are bounded");
        let sop = standard_with(
            "            max: 5\n            weight: 2\n          - id: human_oversight",
            "            max: 10\n            weight: 3\n          - id: human_oversight",
        )
        .expect("of 40");
        for (point, percent) in [(1, 3), (3, 8), (5, 13)] {
            let given = scores(&[("effect_on_people", 0), ("human_oversight", point), ("fairness", 0)]);
            assert_eq!(sop.score_dimension(Dimension::Ethics, &given), Ok(percent));
        }
    }

    /// Scores of the privacy dimension that sum to `sum` of 30.
    fn privacy(sum: u32) -> BTreeMap<String, u32> {
        let mut left = sum;
        let mut take = |weight: u32| {
            let score = (left / weight).min(5);
            left -= score * weight;
            score
        };
        let (sensitivity, legal_basis) = (take(2), take(2));
        let (volume, transfer) = (take(1), take(1));
        assert_eq!(left, 0, "{sum}");
        scores(&[
            ("sensitivity", sensitivity),
            ("volume", volume),
            ("legal_basis", legal_basis),
            ("transfer", transfer),
        ])
    }

    #[test]
    fn every_criterion_is_scored_and_nothing_else() {
        let sop = standard();
        let score = |of: &[(&str, u32)]| sop.score_dimension(Dimension::Ethics, &scores(of));
        let (effect, oversight) = (("effect_on_people", 1), ("human_oversight", 1));
        assert_eq!(score(&[effect, oversight]), Err(ScoreError::Unscored("fairness".to_owned())));
        assert_eq!(
            score(&[effect, oversight, ("fairness", 0), ("charm", 5)]),
            Err(ScoreError::UnknownCriterion("charm".to_owned()))
        );
        let too_high = score(&[effect, oversight, ("fairness", 6)]).expect_err("above 5");
        assert_eq!(too_high.to_string(), "the criterion `fairness` is scored 6; at most 5");
        let sops = Sop::builtin().expect("they load");
        let light = sops.iter().find(|sop| sop.document().id == "lightweight").expect("it ships");
        assert_eq!(
            light.score_dimension(Dimension::Ethics, &scores(&[])),
            Err(ScoreError::UnknownDimension(Dimension::Ethics))
        );
    }

    fn scored(max: u32, mean: u32) -> Facts {
        let mut facts = facts();
        facts.insert("scores".to_owned(), json!({"max": max, "mean": mean}));
        facts
    }

    #[test]
    fn the_highest_rule_that_holds_gives_the_tier() {
        let sop = standard();
        for (max, mean, tier, rule) in [
            (0, 0, Tier::Low, "3"),
            (34, 24, Tier::Low, "3"),
            (35, 0, Tier::Moderate, "3.5"),
            (34, 25, Tier::Moderate, "3.5"),
            (59, 49, Tier::Moderate, "3.5"),
            (59, 50, Tier::High, "3.3"),
            (60, 0, Tier::High, "3.3"),
            (79, 79, Tier::High, "3.3"),
            (80, 0, Tier::Critical, "3.1"),
            (100, 100, Tier::Critical, "3.1"),
        ] {
            let scored = sop.tier(&scored(max, mean)).expect("scored");
            assert_eq!((scored.tier, scored.rule.as_str()), (tier, rule), "{max}, {mean}");
            assert_eq!(scored.looked_at.get("scores.max"), Some(&json!(max)));
        }
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_is_a_gap_unless_a_higher_one_held() {
        let sop = standard();
        let mut facts = scored(60, 0);
        if let Some(Value::Object(request)) = facts.get_mut("request") {
            request.remove("data_classes");
        }
        let gap = sop.tier(&facts).expect_err("rule 3.2 needs the data classes");
        assert_eq!(gap.rule, "3.2");
        assert!(gap.why.contains("data_classes"), "{gap}");
        assert_eq!(gap.looked_at.get("request.data_classes"), Some(&Value::Null));
        facts.insert("scores".to_owned(), json!({"max": 90, "mean": 0}));
        assert_eq!(sop.tier(&facts).map(|scored| scored.tier), Ok(Tier::Critical));
        facts.remove("scores");
        assert!(sop.tier(&facts).is_err());
    }

    #[test]
    fn the_dimensions_follow_the_request() {
        let sop = standard();
        let needed = |facts: &Facts| -> Vec<&str> {
            let rules = sop.dimensions(facts).expect("evaluable");
            rules.iter().map(|rules| rules.dimension.as_str()).collect()
        };
        assert_eq!(needed(&facts()), ["security"]);
        let health = facts_with("request.data_classes", json!(["health"]));
        assert_eq!(needed(&health), ["privacy", "security", "ethics"]);
        let model = facts_with("request.kind", json!("model_deployment"));
        assert_eq!(needed(&model), ["security", "ethics", "regulatory"]);
        let unknown = facts_with("request.regulations", Value::Null);
        assert_eq!(sop.dimensions(&unknown).expect_err("a gap").rule, "3.regulatory");
        assert_eq!(sop.dimensions(&Facts::new()).expect_err("a gap").rule, "3.privacy");
    }

    #[test]
    fn no_dimension_at_all_is_a_gap() {
        let sop = standard_with(
            "      - dimension: security\n",
            "      - dimension: security\n        when: request.permanent\n",
        )
        .expect("loads");
        assert_eq!(sop.dimensions(&facts()).expect_err("none").rule, "3");
    }

    #[test]
    fn one_assessor_serves_all_dimensions_of_the_lightweight_procedure() {
        let sops = Sop::builtin().expect("they load");
        let light = sops.iter().map(Sop::document).find(|sop| sop.id == "lightweight").expect("it ships");
        for rules in &light.steps.assessment.dimensions {
            assert_eq!(rules.assessor(), crate::words::Role::SecurityAssessor);
        }
        for rules in light.tiers.values() {
            assert_eq!(rules.quorum.people(), 2);
            assert!(rules.stakeholders.is_empty() && rules.quorum.all_of.is_empty());
        }
    }
}
