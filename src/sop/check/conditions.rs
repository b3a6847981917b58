//! Every gate and rule: its id, its words, and its expression, compiled and tried.

use std::{collections::BTreeMap, sync::Arc};

use cel::Env;

use super::{Findings, steps::field};
use crate::{
    sop::{
        condition::{Condition, Ground},
        document::{Document, Gate},
        extra::Extra,
        vocabulary,
    },
    words::Step,
};

/// One expression of the document.
pub(in crate::sop) struct Site<'d> {
    step: Step,
    pub(in crate::sop) pointer: String,
    pub(in crate::sop) when: &'d str,
}

/// Checks gates and rules; their expressions by text.
pub(super) fn check(
    document: &Document,
    extra: &Extra,
    env: &Arc<Env>,
    findings: &mut Findings,
) -> BTreeMap<String, Condition> {
    ids(document, findings);
    for (_, at, gate) in gates(document) {
        findings.code(&format!("{at}/code"), &gate.code);
        findings.text(&format!("{at}/text"), &gate.text);
        findings.text(&format!("{at}/remedy"), &gate.remedy);
        if let Some(pointer) = &gate.pointer {
            field(&format!("{at}/pointer"), pointer, extra, findings);
        }
        if let Some(role) = gate.waivable_by {
            findings.person(&format!("{at}/waivable_by"), role);
        }
    }
    let facts = vocabulary::sample(&extra.sample());
    let ground = Ground::new(env, &facts);
    let mut compiled = BTreeMap::new();
    for site in sites(document) {
        match Condition::compile(env, site.when) {
            Ok(condition) => {
                fits(&site, &condition, extra, findings);
                if let Err(why) = condition.trial(&ground) {
                    findings.add(
                        &site.pointer,
                        format!("it can never be evaluated: {why}"),
                        "compare like with like: numbers with numbers, codes with codes",
                    );
                }
                compiled.insert(site.when.to_owned(), condition);
            }
            Err(flaw) => findings.add(&site.pointer, flaw.message, flaw.hint),
        }
    }
    compiled
}

/// All gates, with their step and place.
pub(in crate::sop) fn gates(document: &Document) -> Vec<(Step, String, &Gate)> {
    let steps = &document.steps;
    [
        (Step::Submission, "submission", &steps.submission.gates),
        (Step::Completeness, "completeness", &steps.completeness.gates),
        (Step::Decision, "decision", &steps.decision.gates),
        (Step::Implementation, "implementation", &steps.implementation.gates),
    ]
    .into_iter()
    .flat_map(|(step, name, gates)| {
        gates.iter().enumerate().map(move |(at, gate)| (step, format!("/steps/{name}/gates/{at}"), gate))
    })
    .collect()
}

fn ids(document: &Document, findings: &mut Findings) {
    let mut ids: Vec<(Step, String, &str)> =
        gates(document).into_iter().map(|(step, at, gate)| (step, format!("{at}/id"), gate.id.as_str())).collect();
    for (at, rule) in document.steps.assessment.scoring.rules.iter().enumerate() {
        let pointer = format!("/steps/assessment/scoring/rules/{at}");
        findings.text(&format!("{pointer}/text"), &rule.text);
        ids.push((Step::Assessment, format!("{pointer}/id"), rule.id.as_str()));
    }
    findings.unique(ids.iter().map(|(_, at, id)| (at.clone(), *id)), "id");
    for (step, pointer, id) in ids {
        let number = id.split_once('.').filter(|(before, after)| {
            *before == step.as_str()
                && !after.starts_with('0')
                && after.len() <= 4
                && after.bytes().all(|b| b.is_ascii_digit())
                && !after.is_empty()
        });
        if number.is_none() {
            findings.add(
                &pointer,
                format!("`{id}` is no id in step {step}"),
                format!("the step's number, a dot, a number, such as {step}.1"),
            );
        }
    }
}

/// All expressions, with their places.
pub(in crate::sop) fn sites(document: &Document) -> Vec<Site<'_>> {
    let mut sites: Vec<Site<'_>> = gates(document)
        .into_iter()
        .map(|(step, at, gate)| Site { step, pointer: format!("{at}/when"), when: &gate.when })
        .collect();
    let assessment = &document.steps.assessment;
    for (at, rules) in assessment.dimensions.iter().enumerate() {
        if let Some(when) = &rules.when {
            // A dimension is chosen before anything is scored.
            sites.push(Site {
                step: Step::Completeness,
                pointer: format!("/steps/assessment/dimensions/{at}/when"),
                when,
            });
        }
    }
    for (at, rule) in assessment.scoring.rules.iter().enumerate() {
        sites.push(Site {
            step: Step::Assessment,
            pointer: format!("/steps/assessment/scoring/rules/{at}/when"),
            when: &rule.when,
        });
    }
    sites
}

/// Does what it mentions exist in this SOP, and already in this step?
fn fits(site: &Site<'_>, condition: &Condition, extra: &Extra, findings: &mut Findings) {
    for path in condition.paths() {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        if let ["request", "extra", name, ..] = parts.as_slice()
            && !extra.has(name)
        {
            findings.add(
                &site.pointer,
                format!("this SOP has no field `{name}` of its own"),
                "add it to the properties of /steps/submission/extra",
            );
        }
        if parts.first() == Some(&"scores") && site.step < Step::Assessment {
            findings.add(
                &site.pointer,
                format!("`{}` is not known before step 3", parts.join(".")),
                "use it in a scoring rule or in a gate of step 5 or 6",
            );
        }
    }
}
