//! What is to be said of a procedure before anybody runs it: everything that keeps it from loading, and what loads
//! and still misleads. It knows the text and who holds which role, and no request.

mod staffed;
mod tried;
mod vague;

use std::collections::{BTreeMap, BTreeSet};

use super::{Sop, SopError, check, document::Document};
use crate::{
    words::{Role, words},
    yaml::Place,
};

words! {
    /// How much a finding weighs.
    LintSeverity, "severity" { Error = "error", Warning = "warning" }
}

words! {
    /// What a finding is about.
    FindingSort, "sort of finding" {
        NotLoadable = "not_loadable", IncludeChanged = "include_changed", TierWithoutQuorum = "tier_without_quorum",
        ClashWithRules = "clash_with_rules", VagueWord = "vague_word", NeverFails = "never_fails",
        NeverHolds = "never_holds", RoleNotHeld = "role_not_held",
    }
}

/// Something to be mended, or looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub severity: LintSeverity,
    /// What it is about.
    pub sort: FindingSort,
    /// Where it stands, what it says, and how to mend it.
    pub told: SopError,
}

/// A procedure as far as it could be read, and all that is to be said of it, in the order of its lines.
#[derive(Debug)]
pub struct Lint {
    /// The procedure, if it loads.
    pub sop: Option<Sop>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Lint {
    /// The procedure, if nothing keeps it from being published.
    pub fn publishable(&self) -> Option<&Sop> {
        let sound = self.findings.iter().all(|finding| finding.severity != LintSeverity::Error);
        self.sop.as_ref().filter(|_| sound)
    }
}

/// Looks at a procedure with the fragments it may include, by name, and the roles that somebody holds; `None` where
/// nobody knows who holds any.
pub fn lint(text: &str, fragments: &BTreeMap<String, String>, held: Option<&BTreeSet<Role>>) -> Lint {
    let (sop, places) = match Sop::placed(text, fragments) {
        Ok(read) => read,
        Err(errors) => return Lint { sop: None, findings: errors.into_iter().map(unloadable).collect() },
    };
    let mut notes = Notes { places, found: Vec::new() };
    rules(sop.document(), &mut notes);
    tiers(sop.document(), &mut notes);
    vague::look(sop.document(), &mut notes);
    tried::look(&sop, &mut notes);
    if let Some(held) = held {
        staffed::look(sop.document(), held, &mut notes);
    }
    let mut findings = notes.found;
    let place = |one: &Finding| (one.told.fragment.clone(), one.told.line, one.told.column);
    findings.sort_by_key(place);
    Lint { sop: Some(sop), findings }
}

/// What was noted so far, and where things stand.
struct Notes {
    places: Place,
    found: Vec<Finding>,
}

impl Notes {
    fn add(&mut self, (severity, sort): (LintSeverity, FindingSort), pointer: &str, (what, hint): (String, &str)) {
        let told = self.places.error(pointer, what, hint.to_owned());
        self.found.push(Finding { severity, sort, told });
    }

    fn warn(&mut self, sort: FindingSort, pointer: &str, what: (String, &str)) {
        self.add((LintSeverity::Warning, sort), pointer, what);
    }
}

/// An error of the loader, by the place that it is about.
fn unloadable(told: SopError) -> Finding {
    let parts: Vec<&str> = told.pointer.split('/').skip(1).collect();
    let sort = match parts.as_slice() {
        ["include", _, "hash"] => FindingSort::IncludeChanged,
        ["tiers"] | ["tiers", _, "quorum"] => FindingSort::TierWithoutQuorum,
        ["tiers", _, "permanent_days"] => FindingSort::ClashWithRules,
        _ => FindingSort::NotLoadable,
    };
    Finding { severity: LintSeverity::Error, sort, told }
}

/// What the seven rules say otherwise, whatever is written.
fn rules(document: &Document, notes: &mut Notes) {
    for (tier, asked) in &document.tiers {
        if asked.quorum.min < 2 {
            let what = format!("rule 1 asks for two different people, and {} stands here", asked.quorum.min);
            let hint = "write at least 2: what stands here would not be what runs";
            let clash = (LintSeverity::Error, FindingSort::ClashWithRules);
            notes.add(clash, &format!("/tiers/{tier}/quorum/min"), (what, hint));
        }
    }
    for (_, at, gate) in check::gates(document) {
        if gate.waivable_by.is_some() && gate.when.contains("request.screening") {
            let what = "rule 3 lets nobody waive a prohibited practice, and this gate asks for one".to_owned();
            let hint = "leave waivable_by out, or ask for something else";
            notes.warn(FindingSort::ClashWithRules, &format!("{at}/waivable_by"), (what, hint));
        }
    }
}

/// Tiers that the scoring gives and nobody can approve.
fn tiers(document: &Document, notes: &mut Notes) {
    let at = "/steps/assessment/scoring";
    let scoring = &document.steps.assessment.scoring;
    let rules = scoring.rules.iter().enumerate().map(|(index, rule)| (format!("{at}/rules/{index}/tier"), rule.tier));
    for (pointer, tier) in rules.chain([(format!("{at}/otherwise"), scoring.otherwise)]) {
        if document.tier_rules(tier).is_none() {
            let what = format!("the tier {tier} has no quorum: what is scored so can never be approved");
            notes.warn(
                FindingSort::TierWithoutQuorum,
                &pointer,
                (what, "say under /tiers who approves it, if anybody"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples::STANDARD, *};

    fn found(text: &str, held: Option<&BTreeSet<Role>>) -> Vec<(LintSeverity, FindingSort, String)> {
        let lint = lint(text, &Sop::builtin_fragments(), held);
        lint.findings.into_iter().map(|one| (one.severity, one.sort, one.told.pointer)).collect()
    }

    /// What is found in the standard procedure with one text replaced.
    fn with(from: &str, to: &str) -> Vec<(LintSeverity, FindingSort, String)> {
        assert!(STANDARD.contains(from), "{from}");
        found(&STANDARD.replacen(from, to, 1), None)
    }

    #[test]
    fn nothing_is_to_be_said_of_what_ships() {
        let everybody: BTreeSet<Role> = Role::ALL.iter().copied().collect();
        for sop in Sop::builtin().expect("they load") {
            let text = sop.canonical().expect("a text");
            let lint = lint(&text, &BTreeMap::new(), Some(&everybody));
            assert_eq!(lint.findings, [], "{}", sop.reference());
            assert_eq!(lint.publishable().map(Sop::reference), Some(sop.reference()));
        }
        assert_eq!(found(STANDARD, None), []);
    }

    #[test]
    fn whatever_keeps_it_from_loading_is_an_error_with_its_place() {
        for (from, to, sort, pointer) in [
            ("max_days: 90", "max_days: 9000", FindingSort::NotLoadable, "/tiers/critical/max_days"),
            ("{min: 2, all_of: [ciso, cro]}", "{min: 2}", FindingSort::TierWithoutQuorum, "/tiers/high/quorum"),
            ("hash: ", "hash: 0000#", FindingSort::NotLoadable, ""),
        ] {
            let found = with(from, to);
            assert!(found.contains(&(LintSeverity::Error, sort, pointer.to_owned())), "{from}: {found:?}");
        }
        let hash = STANDARD.split("hash: ").nth(1).expect("a hash").get(..64).expect("it");
        let other = STANDARD.replacen(hash, &"0".repeat(64), 1);
        let lint = lint(&other, &Sop::builtin_fragments(), None);
        assert_eq!(lint.findings[0].sort, FindingSort::IncludeChanged);
        assert!(lint.findings[0].told.line > 1 && lint.findings[0].told.hint.contains(hash), "{:?}", lint.findings);
        assert!(lint.sop.is_none() && lint.publishable().is_none());
    }

    #[test]
    fn what_clashes_with_the_rules_keeps_it_from_being_published() {
        let one = STANDARD.replacen("quorum: {min: 2,", "quorum: {min: 1,", 1);
        let lint = lint(&one, &Sop::builtin_fragments(), None);
        let clash = &lint.findings[0];
        assert_eq!((clash.severity, clash.sort), (LintSeverity::Error, FindingSort::ClashWithRules));
        assert!(clash.told.message.contains("two different people"), "{clash:?}");
        assert!(lint.sop.is_some() && lint.publishable().is_none());
        let waived = with(
            "when: prior.rejected == 0 || request.attachments > 0",
            "when: request.screening.emotion_inference == false",
        );
        assert_eq!(waived.len(), 1, "{waived:?}");
        assert_eq!((waived[0].0, waived[0].1), (LintSeverity::Warning, FindingSort::ClashWithRules));
    }

    #[test]
    fn a_tier_that_the_scoring_gives_and_nobody_approves_is_told() {
        let from = STANDARD.find("  critical:\n").expect("it has it");
        let until = STANDARD[from..].find("\nsteps:").expect("they follow") + from;
        let without = format!("{}{}", &STANDARD[..from], &STANDARD[until..]);
        let found = found(&without, None);
        assert!(found.iter().all(|(severity, sort, _)| {
            (*severity, *sort) == (LintSeverity::Warning, FindingSort::TierWithoutQuorum)
        }));
        assert_eq!(found.first().map(|(_, _, at)| at.as_str()), Some("/steps/assessment/scoring/rules/0/tier"));
    }

    #[test]
    fn roles_that_nobody_holds_are_told_once_each() {
        let held: BTreeSet<Role> = Role::ALL.iter().copied().filter(|role| *role != Role::Cro).collect();
        let found = found(STANDARD, Some(&held));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].1, found[0].2.as_str()), (FindingSort::RoleNotHeld, "/escalation/2"));
    }
}
