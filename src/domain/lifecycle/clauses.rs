//! Clauses that a reviewer or an assessor adds (rule 3): the request deviates from them whoever wrote it, so
//! they change what is decided on and nobody takes them out. Adding is not editing: it only ever narrows.

use std::collections::BTreeSet;

use crate::{
    domain::{
        event::Deed,
        exception::{Cause, Exception},
        facts::facts,
        refusal::{Refusal, Refused},
        request::Request,
    },
    sop::DimensionRules,
    words::{Citation, Role, Sealed, StateName},
};

use super::{
    Proceeding,
    decision::{self, void_all},
    re_review,
    registered::waivable_clauses,
    settle,
};

/// Adds clauses: approvals given without them are void, the tier is looked at again, and what is in effect is
/// reopened. What nobody may waive ends or suspends it when it is settled, at once.
pub(super) fn add(p: &mut Proceeding<'_>, named: &BTreeSet<String>, reason: Sealed) -> Result<(), Refused> {
    p.require_role(&adders(p), "2")?;
    p.require_outsider("a party amends the request instead")?;
    let unknown: Vec<String> = named.iter().filter(|id| p.ground.register.clause(id).is_none()).cloned().collect();
    if !unknown.is_empty() {
        return Err(Refusal::UnknownClause { clauses: unknown }.into());
    }
    let clauses: BTreeSet<String> = named.difference(&p.now.request.clauses).cloned().collect();
    if clauses.is_empty() {
        return Err(invalid("/clauses", "clauses_named_already", "the request names these clauses already".to_owned()));
    }
    void_all(p, "dossier_changed", None);
    let mut changed = p.now.clone();
    changed.request.clauses.extend(clauses.iter().cloned());
    let reassess = asks_for_more(p, &changed);
    let goes_on = p.now.state.round().is_some() && !reassess;
    let dossier = goes_on.then(|| decision::reopened(&changed)).transpose()?;
    let named: Vec<String> = clauses.iter().cloned().collect();
    let citation = Citation::rule(3, format!("it deviates from {} as well", named.join(", "))).with("clauses", named);
    p.tell(Deed::ClausesAdded { clauses, reason, dossier, reassess }, citation.clone());
    if p.now.state.name() == StateName::Active && waivable_clauses(p).is_ok() {
        settle::reopen_or_suspend(p, (Cause::of(Cause::CLAUSE_ADDED), Some(citation)), None);
    } else {
        re_review::widen(p, Cause::CLAUSE_ADDED, None);
    }
    Ok(())
}

/// Those who look at requests in steps 2 and 3 of the procedure.
fn adders(p: &Proceeding<'_>) -> Vec<Role> {
    let steps = &p.ground.sop.document().steps;
    let assessors = steps.assessment.dimensions.iter().map(DimensionRules::assessor);
    let all: BTreeSet<Role> = assessors.chain([steps.completeness.role]).collect();
    all.into_iter().collect()
}

/// Would the procedure ask for another assessment, or give a higher tier, now that it was rated? What cannot
/// be told is asked.
fn asks_for_more(p: &Proceeding<'_>, changed: &Exception) -> bool {
    let rated = matches!(changed.state.name(), StateName::StakeholderInput | StateName::Decision);
    let Some(tier) = changed.tier().filter(|_| rated) else { return false };
    let facts = facts(changed, p.ground.now);
    let assessed = |rules: &&DimensionRules| changed.assessments.contains_key(&rules.dimension);
    let whole = p.ground.sop.dimensions(&facts).is_ok_and(|wanted| wanted.iter().all(assessed));
    let no_higher = p.ground.sop.tier(&facts).is_ok_and(|scored| scored.tier <= tier);
    !(whole && no_higher)
}

/// Did somebody add a clause that nobody may waive?
pub(super) fn forbidden(p: &Proceeding<'_>) -> bool {
    let waivable = |id: &String| p.ground.register.clause(id).is_none_or(|clause| clause.non_waivable.is_none());
    !p.now.added_clauses.iter().all(waivable)
}

/// `content` still names every clause that was added.
pub(super) fn require_kept(p: &Proceeding<'_>, content: &Request, pointer: &str) -> Result<(), Refused> {
    let lost: Vec<String> = p.now.added_clauses.difference(&content.clauses).cloned().collect();
    if lost.is_empty() {
        return Ok(());
    }
    let detail = format!("{} was added by a reviewer or an assessor: name it too, or withdraw", lost.join(", "));
    let citation = Citation::rule(3, "what a reviewer or an assessor added stays").with("clauses", lost);
    Err(Refused { citation: Some(Box::new(citation)), ..invalid(pointer, "added_clause_missing", detail) })
}

fn invalid(pointer: &str, code: &'static str, detail: String) -> Refused {
    Refusal::Invalid { pointer: pointer.to_owned(), code, detail }.into()
}
