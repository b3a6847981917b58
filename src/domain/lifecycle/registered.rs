//! What a request has to do with the register: everything it names stands there, nothing of it is beyond
//! waiving, and every screening question is answered, so that not ticking a clause does not dodge it.

use crate::{
    domain::refusal::{Refusal, Refused},
    register::Clause,
    words::Citation,
};

use super::Proceeding;

/// Every clause, regulation and system that it names stands in the register.
pub(super) fn refuse_unknown(p: &Proceeding<'_>) -> Result<(), Refused> {
    let (request, register) = (&p.now.request, p.ground.register);
    let unknown: Vec<String> = request.clauses.iter().filter(|id| register.clause(id).is_none()).cloned().collect();
    if !unknown.is_empty() {
        return Err(Refusal::UnknownClause { clauses: unknown }.into());
    }
    let laws: Vec<&str> =
        request.regulations.iter().map(String::as_str).filter(|id| register.regulation(id).is_none()).collect();
    if !laws.is_empty() {
        let detail = format!("the register has no regulation {}; see GET /v1/regulations", laws.join(", "));
        return Err(invalid("/regulations".to_owned(), "unknown_regulation", detail));
    }
    refuse_systems(p)
}

fn refuse_systems(p: &Proceeding<'_>) -> Result<(), Refused> {
    for (at, system) in p.now.request.scope.systems.iter().enumerate() {
        let Some(id) = &system.id else { continue };
        let pointer = format!("/scope/systems/{at}/id");
        match p.ground.register.system(id) {
            None => {
                let detail = format!("the register has no system {id}; leave `id` out or see GET /v1/systems");
                return Err(invalid(pointer, "unknown_system", detail));
            }
            Some(known) if known.retired => {
                return Err(invalid(pointer, "system_retired", format!("{id} is retired; name another system")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// None of the clauses deviated from, nor any that a screening question found, is beyond waiving.
pub(super) fn waivable_clauses(p: &Proceeding<'_>) -> Result<(), Refused> {
    let (request, register) = (&p.now.request, p.ground.register);
    let yes = |code: &String| request.screening.get(code) == Some(&true);
    let screened = register.screening().into_iter().filter(|(_, asked)| yes(&asked.code)).map(|(clause, _)| clause);
    let chosen = request.clauses.iter().filter_map(|id| register.clause(id));
    let mut found: Vec<&Clause> = chosen.chain(screened).filter(|clause| clause.non_waivable.is_some()).collect();
    if found.is_empty() {
        return Ok(());
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup();
    let source = |clause: &Clause| clause.non_waivable.clone().unwrap_or_default();
    let clauses: Vec<String> = found.iter().map(|clause| format!("{} ({})", clause.id, source(clause))).collect();
    let mut citation = Citation::rule(3, format!("{} cannot be waived", clauses.join(", ")));
    for (policy, version) in register.versions(&found) {
        citation = citation.with(&policy, version);
    }
    Err(Refusal::NonWaivable { clauses }.citing(citation))
}

/// Every screening question of the register is answered.
pub(super) fn require_answers(p: &Proceeding<'_>) -> Result<(), Refused> {
    let answers = &p.now.request.screening;
    let open: Vec<_> =
        p.ground.register.screening().into_iter().filter(|(_, asked)| !answers.contains_key(&asked.code)).collect();
    let Some((_, first)) = open.first() else { return Ok(()) };
    let asked: Vec<String> = open.iter().map(|(_, asked)| format!("`{}`: {}", asked.code, asked.question)).collect();
    let codes: Vec<&str> = open.iter().map(|(_, asked)| asked.code.as_str()).collect();
    let citation = Citation::rule(3, "the screening questions are asked of every request").with("unanswered", codes);
    let detail = format!("answer in `screening` with true or false. {}", asked.join(" "));
    let pointer = format!("/screening/{}", first.code);
    Err(Refusal::Invalid { pointer, code: "screening_unanswered", detail }.citing(citation))
}

fn invalid(pointer: String, code: &'static str, detail: String) -> Refused {
    Refusal::Invalid { pointer, code, detail }.into()
}
