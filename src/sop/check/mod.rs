//! Whether a document that could be read also makes sense. Every finding has its place and a
//! remedy. It knows the document, never a request.

mod conditions;
mod head;
mod re_review;
mod steps;
#[cfg(test)]
mod tests;
mod tiers;
mod tolerance;

pub(super) use conditions::{gates, sites};

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use cel::Env;

use super::{condition::Condition, document::Document, extra::Extra};
use crate::{
    words::Role,
    yaml::{DocumentError, Place},
};

/// The longest period an SOP may speak of, in days: ten years.
const DAYS: RangeInclusive<u32> = 1..=3_660;
/// The longest due time, in hours: a year.
const HOURS: RangeInclusive<u32> = 1..=8_784;
/// The longest text, in characters.
const TEXT: usize = 2_000;

/// What the checks made on their way.
pub(super) struct Checked {
    /// The compiled expressions by their text.
    pub(super) conditions: BTreeMap<String, Condition>,
    /// The compiled schema of the SOP's own fields.
    pub(super) extra: Extra,
}

/// Checks a document; its findings in the order of its lines.
pub(super) fn check(document: &Document, places: Place, env: &Arc<Env>) -> Result<Checked, Vec<DocumentError>> {
    let mut findings = Findings { places, found: Vec::new() };
    head::check(document, &mut findings);
    tiers::check(document, &mut findings);
    tolerance::check(document, &mut findings);
    re_review::check(document, &mut findings);
    let extra = steps::check(document, &mut findings);
    let conditions = conditions::check(document, &extra, env, &mut findings);
    if findings.found.is_empty() {
        return Ok(Checked { conditions, extra });
    }
    findings.found.sort_by(|a, b| (&a.fragment, a.line, a.column).cmp(&(&b.fragment, b.line, b.column)));
    Err(findings.found)
}

/// What was found so far, and where things stand.
struct Findings {
    places: Place,
    found: Vec<DocumentError>,
}

impl Findings {
    fn add(&mut self, pointer: &str, message: impl Into<String>, hint: impl Into<String>) {
        let error = self.places.error(pointer, message.into(), hint.into());
        self.found.push(error);
    }

    fn range(&mut self, pointer: &str, value: u32, allowed: &RangeInclusive<u32>) {
        if !allowed.contains(&value) {
            let (from, to) = (allowed.start(), allowed.end());
            self.add(pointer, format!("{value} is out of range"), format!("{from} to {to}"));
        }
    }

    fn text(&mut self, pointer: &str, text: &str) {
        let chars = text.trim().chars().count();
        if chars == 0 || chars > TEXT {
            self.add(pointer, format!("a text of {chars} characters"), format!("1 to {TEXT} characters"));
        }
    }

    fn code(&mut self, pointer: &str, code: &str) {
        if !super::is_code(code) {
            self.add(
                pointer,
                format!("`{code}` is no code"),
                "lower-case letters, digits and `_`, a letter first, at most 60",
            );
        }
    }

    /// A role that a person holds to do work.
    fn person(&mut self, pointer: &str, role: Role) {
        if matches!(role, Role::Service | Role::Requester) {
            self.add(
                pointer,
                format!("`{role}` does no work in a procedure"),
                "name a role that people hold, such as completeness_reviewer",
            );
        }
    }

    /// Says so at every value that stood before.
    fn unique<'k>(&mut self, keys: impl Iterator<Item = (String, &'k str)>, what: &str) {
        let mut seen = BTreeMap::new();
        for (pointer, key) in keys {
            if let Some(first) = seen.get(key) {
                self.add(
                    &pointer,
                    format!("the {what} `{key}` stands twice, first at {first}"),
                    format!("give each its own {what}"),
                );
            } else {
                seen.insert(key, pointer);
            }
        }
    }
}
