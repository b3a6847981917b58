//! A condition that stands outside a procedure, such as a connector's: the same expressions, facts and
//! bounds as a gate's.

use std::sync::{Arc, LazyLock};

use cel::Env;
use serde_json::json;

use super::{
    condition::{Condition, Ground, Verdict, environment},
    vocabulary,
};
use crate::words::Facts;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(environment);

/// A condition, read and tried.
#[derive(Debug, Clone)]
pub struct Rule {
    text: String,
    condition: Condition,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Rule {}

impl Rule {
    /// Reads a condition; an error says what is wrong and how to mend it.
    pub fn read(text: &str) -> Result<Self, String> {
        let condition =
            Condition::compile(&ENVIRONMENT, text).map_err(|flaw| format!("{}; {}", flaw.message, flaw.hint))?;
        if condition.paths().iter().any(|path| path.first().is_some_and(|root| root == "sop")) {
            return Err("it stands outside a procedure, so there is no `sop`; name the values themselves".to_owned());
        }
        let facts = vocabulary::sample(&json!({}));
        let tried = condition.trial(&Ground::new(&ENVIRONMENT, &facts));
        tried.map_err(|why| {
            format!("it can never be evaluated: {why}; compare numbers with numbers, codes with codes")
        })?;
        Ok(Self { text: text.to_owned(), condition })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says of these facts.
    pub fn judge(&self, facts: &Facts) -> Verdict {
        self.condition.judge(&Ground::new(&ENVIRONMENT, facts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_once_and_judged_by_the_facts() {
        let rule = Rule::read("exception.tier in ['high', 'critical']").expect("a rule");
        let facts = |tier: &str| Facts::from([("exception".to_owned(), json!({ "tier": tier }))]);
        assert_eq!(rule.judge(&facts("high")), Verdict::Holds);
        assert_eq!(rule.judge(&facts("low")), Verdict::Fails);
        assert!(matches!(rule.judge(&Facts::new()), Verdict::NotEvaluable(_)));
        for (wrong, says) in [
            ("exception.teir == 'high'", "there is no fact `exception.teir`"),
            ("exception.round > 'high'", "it can never be evaluated"),
            ("1 == 1", "it looks at no fact"),
            ("'internal' in sop.permitted_inputs", "there is no `sop`"),
            ("request.kind ==", "not a CEL expression"),
        ] {
            let told = Rule::read(wrong).expect_err(wrong);
            assert!(told.contains(says), "{wrong}: {told}");
        }
    }
}
