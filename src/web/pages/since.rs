//! What whoever looks has to know besides what there is: what changed since they last looked, fact by fact in the
//! words of the dossier, and which approvals a change made void. Nothing is judged here.

use std::collections::BTreeMap;

use super::{
    dossier::{self, Section, name_of},
    text::{Said, Tongue},
};
use crate::{
    desk::{Before, Looked},
    domain::exception::Exception,
};

/// What changed since a look.
pub(super) struct Since {
    tongue: Tongue,
    pub(super) at: String,
    pub(super) changes: Vec<Changed>,
}

/// A fact that says something else now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) label: String,
    pub(super) from: String,
    pub(super) to: String,
}

impl Since {
    /// What changed, where anything did that people read.
    pub(super) fn of(looked: &Looked, now: &Exception, tongue: Tongue) -> Option<Self> {
        let (texts, names) = (&looked.then.texts, &looked.names);
        let then = dossier::content(&looked.then.what, (texts, names), tongue);
        let changes = differ(&then, &dossier::content(now, (texts, names), tongue));
        (!changes.is_empty()).then(|| Self { tongue, at: tongue.moment(&looked.at), changes })
    }

    /// The message of this key.
    pub(super) fn say(&self, key: &str) -> Said {
        self.tongue.say(key)
    }
}

/// Approvals that count no more, each with why.
pub(super) fn void(before: &Before, tongue: Tongue) -> Vec<String> {
    let said = before.voided.iter().map(|one| {
        let given = &one.approval;
        let said = tongue.say("decision-void").with("who", name_of(before, given.by, tongue));
        said.with("at", tongue.moment(&given.at)).with("why", why(&one.why, tongue)).to_string()
    });
    said.collect()
}

/// Why an approval counts no more.
pub(super) fn why(code: &str, tongue: Tongue) -> String {
    tongue.name("void", code).known().unwrap_or_else(|| tongue.say("void-other")).to_string()
}

/// Facts under the same heading and label are one.
fn facts(sections: &[Section]) -> Vec<((String, String), String)> {
    let mut found: Vec<((String, String), String)> = Vec::new();
    for (section, fact) in sections.iter().flat_map(|section| section.facts.iter().map(move |fact| (section, fact))) {
        let (key, said) = ((section.heading.clone(), fact.label.clone()), fact.said.join("\n"));
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some((_, before)) => *before = format!("{before}\n{said}"),
            None => found.push((key, said)),
        }
    }
    found
}

/// The facts that differ, in the order of what there is now, then those that are gone.
fn differ(then: &[Section], now: &[Section]) -> Vec<Changed> {
    let (then, now) = (facts(then), facts(now));
    let (before, after): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (then.iter().cloned().collect(), now.iter().cloned().collect());
    let gone = then.iter().filter(|(key, _)| !after.contains_key(key));
    let changed = now.iter().chain(gone).map(|(key, _)| {
        let side = |facts: &BTreeMap<(String, String), String>| facts.get(key).cloned().unwrap_or_default();
        Changed { label: format!("{}: {}", key.0, key.1), from: side(&before), to: side(&after) }
    });
    changed.filter(|one| one.from != one.to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::dossier::Fact;

    fn section(heading: &str, facts: &[(&str, &str)]) -> Section {
        let fact = |(label, said): &(&str, &str)| Fact { label: (*label).to_owned(), said: vec![(*said).to_owned()] };
        Section { heading: heading.to_owned(), facts: facts.iter().map(fact).collect() }
    }

    #[test]
    fn what_changed_came_or_went_is_told_and_nothing_else() {
        let then = [section("Risk", &[("Tier", "low"), ("Gates", "none")]), section("Advice", &[("Lea", "object")])];
        let now = [section("Risk", &[("Tier", "high"), ("Gates", "none"), ("Privacy", "3 points")])];
        let told: Vec<String> =
            differ(&then, &now).into_iter().map(|one| format!("{} | {} | {}", one.label, one.from, one.to)).collect();
        assert_eq!(told, ["Risk: Tier | low | high", "Risk: Privacy |  | 3 points", "Advice: Lea | object | "]);
        assert!(differ(&now, &now).is_empty());
    }

    #[test]
    fn facts_of_one_name_are_held_against_each_other_together() {
        let one = [section("Advice", &[("Lea", "object"), ("Lea", "yes")])];
        let other = [section("Advice", &[("Lea", "object")])];
        assert_eq!(differ(&one, &other)[0].from, "object\nyes");
    }
}
