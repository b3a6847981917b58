//! Steps 1 and 2 from the requester's side: drafting, submitting, attaching, reverting, waiving.

use crate::{
    domain::{
        dossier::{About, Dossier},
        event::{Deed, Event, TaskChanges},
        exception::{Exception, Rating, Reason, State, Waiver},
        facts::facts,
        person::People,
        quorum::{self, Candidate, Capacity, Vacancy},
        refusal::{Refusal, Refused},
        request::{Attachment, Request, Term},
    },
    sop::{Gate, GateResult, Quorum, Verdict},
    words::{AttachmentId, Citation, DomainPath, Kind, Role, RoundKind, Sealed, Step, Tier},
};

use super::{Ground, Proceeding, decision};

/// A request about to become a draft.
#[derive(Debug, Clone)]
pub struct Drafting {
    /// The number it gets.
    pub number: String,
    /// On whose account; for a service, the human who answers for it may be the beneficiary.
    pub requester: crate::words::PersonId,
    /// Its content.
    pub request: Request,
}

/// The event that begins a draft.
pub fn draft(drafting: Drafting, ground: Ground<'_>) -> Event {
    let filed_by_agent = ground.people.find(drafting.requester).is_some_and(crate::domain::person::Person::is_service);
    let deed = Deed::Drafted {
        number: drafting.number,
        requester: drafting.requester,
        filed_by_agent,
        request: Box::new(drafting.request),
        sop: ground.newest.reference(),
    };
    Event {
        deed,
        by: ground.by.clone(),
        at: ground.now,
        effective_at: None,
        citation: None,
        tasks: TaskChanges::default(),
    }
}

/// Submits: refuses what no procedure can mend, sends the rest through the automatic gates.
pub(super) fn submit(p: &mut Proceeding<'_>) -> Result<(), Refused> {
    refuse_clauses(p)?;
    refuse_roles(p)?;
    refuse_period(p)?;
    let missing = infeasible(&p.now, p.ground.newest, p.ground.people);
    if let Some((tier, missing)) = missing.into_iter().next() {
        let citation = Citation::rule(1, "a request that nobody could approve is not taken");
        return Err(Refusal::QuorumInfeasible { tier, missing }.citing(citation));
    }
    let (reasons, gaps) = automatic_gates(p);
    let limit = p.ground.newest.document().limits.returns;
    if !reasons.is_empty() && p.now.counts.returns >= limit {
        let citation = p.cite("1", format!("returned {limit} times, the procedure's limit"));
        return Err(Refusal::GateFailed { reasons }.citing(citation));
    }
    let sop = p.ground.newest.reference();
    p.tell(
        Deed::Submitted { sop, gaps },
        Some(Citation::sop(&p.ground.newest.reference(), "1", "submitted; the automatic gates were run")),
    );
    if !reasons.is_empty() {
        let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
        let citation = p.cite("1", format!("returned: {}", codes.join(", ")));
        p.tell(Deed::Returned { reasons, note: None }, Some(citation));
    }
    Ok(())
}

fn refuse_clauses(p: &Proceeding<'_>) -> Result<(), Refused> {
    let (request, register) = (&p.now.request, p.ground.register);
    let unknown: Vec<String> = request.clauses.iter().filter(|id| register.clause(id).is_none()).cloned().collect();
    if !unknown.is_empty() {
        return Err(Refusal::UnknownClause { clauses: unknown }.into());
    }
    let yes = |code: &String| request.screening.get(code) == Some(&true);
    let screened = register.screening().into_iter().filter(|(_, asked)| yes(&asked.code)).map(|(clause, _)| clause);
    let chosen = request.clauses.iter().filter_map(|id| register.clause(id));
    let mut clauses: Vec<String> = chosen
        .chain(screened)
        .filter_map(|clause| clause.non_waivable.as_ref().map(|source| format!("{} ({source})", clause.id)))
        .collect();
    clauses.sort();
    clauses.dedup();
    if clauses.is_empty() {
        return Ok(());
    }
    let citation = Citation::rule(3, format!("{} cannot be waived", clauses.join(", ")));
    Err(Refusal::NonWaivable { clauses }.citing(citation))
}

/// The monitoring owner is neither requester nor beneficiary.
fn refuse_roles(p: &Proceeding<'_>) -> Result<(), Refused> {
    let request = &p.now.request;
    let parties = p.ground.people.humans([Some(p.now.requester), request.beneficiary].into_iter().flatten());
    match request.monitoring_owner {
        Some(owner) if parties.contains(&p.ground.people.human(owner)) => Err(Refusal::Invalid {
            pointer: "/monitoring_owner".to_owned(),
            code: "monitoring_owner_is_party",
            detail: "the monitoring owner must be neither the requester nor the beneficiary; name another person"
                .to_owned(),
        }
        .citing(Citation::rule(1, "nobody watches their own exception"))),
        Some(_) | None => Ok(()),
    }
}

/// The longest any tier allows bounds what may be submitted at all; the tier's own bound follows.
fn refuse_period(p: &Proceeding<'_>) -> Result<(), Refused> {
    let document = p.ground.newest.document();
    let longest = document.tiers.values().map(|rules| rules.max_days).max().unwrap_or(0);
    let not_allowed = |detail: String| {
        let citation = Citation::sop(&p.ground.newest.reference(), "5", "the tiers' maximum durations");
        Err(Refusal::PeriodNotAllowed { detail }.citing(citation))
    };
    let request = &p.now.request;
    if request.start.is_some_and(|start| start < p.now.drafted_at) {
        return not_allowed(
            "the start lies before the request was drafted; choose a later `start` or leave it out".to_owned(),
        );
    }
    match &request.term {
        None => Ok(()),
        Some(Term::Permanent(_)) if document.tiers.values().all(|rules| rules.permanent_days.is_none()) => {
            not_allowed("this procedure has no permanent exceptions; give an `end`".to_owned())
        }
        Some(Term::Permanent(_)) => Ok(()),
        Some(Term::Until(_) | Term::Days(_)) => match request.period(p.ground.now, None) {
            None => not_allowed("the `end` is not after the start (or has passed); choose a later `end`".to_owned()),
            Some(period) if (period.end - period.start).num_days() > i64::from(longest) => {
                not_allowed(format!("the longest exception any tier allows is {longest} days; choose an earlier `end`"))
            }
            Some(_) => Ok(()),
        },
    }
}

/// Runs the required fields and the gates of step 1: what failed, and what could not be evaluated.
fn automatic_gates(p: &Proceeding<'_>) -> (Vec<Reason>, Vec<String>) {
    let sop = p.ground.newest;
    let facts = facts(&p.now, p.ground.now);
    // Without a kind, `/kind` itself is among what is missing; the rest is asked as for any kind.
    let kind = p.now.request.kind.unwrap_or(Kind::AiUsage);
    let missing = sop.missing_fields(kind, &facts).into_iter().map(|pointer| Reason {
        code: "field_missing".to_owned(),
        gate: None,
        text: format!("the procedure asks for `{pointer}`"),
        remedy: format!("fill in `{pointer}`"),
        pointer: Some(pointer.to_owned()),
    });
    let results = sop.gates(Step::Submission, &facts);
    let (failed, gaps) = sort_gates(p, &results);
    (missing.chain(failed).collect(), gaps)
}

/// Splits gate results into what fails and what waits for governance; a waived gate does neither.
pub(super) fn sort_gates(p: &Proceeding<'_>, results: &[GateResult<'_>]) -> (Vec<Reason>, Vec<String>) {
    let open = || results.iter().filter(|result| !p.now.waived.contains_key(&result.gate.id));
    let failed =
        open().filter(|result| matches!(result.verdict, Verdict::Fails)).map(|result| reason(result.gate)).collect();
    let gaps = open()
        .filter(|result| matches!(result.verdict, Verdict::NotEvaluable(_)))
        .map(|result| result.gate.id.clone())
        .collect();
    (failed, gaps)
}

fn reason(gate: &Gate) -> Reason {
    Reason {
        code: gate.code.clone(),
        gate: Some(gate.id.clone()),
        pointer: gate.pointer.clone(),
        text: gate.text.clone(),
        remedy: gate.remedy.clone(),
    }
}

/// The tiers of `sop` at which nobody could approve `exception`, and who is missing: the requester, the
/// beneficiary and the editors are out, and every dimension takes an assessor who then cannot approve.
pub fn infeasible(exception: &Exception, sop: &crate::sop::Sop, people: &People) -> Vec<(Tier, Vec<Vacancy>)> {
    let domains = exception.request.domains();
    let out = decision::exclusions(exception, people);
    let free = || people.iter().filter(|person| person.active && !person.is_service() && !out.contains(&person.human));
    let tiers = sop.document().tiers.iter();
    tiers
        .filter_map(|(tier, rules)| {
            let assessor_roles: Vec<Role> =
                sop.document().steps.assessment.dimensions.iter().map(crate::sop::DimensionRules::assessor).collect();
            let candidates: Vec<Candidate> = free()
                .map(|person| Candidate {
                    human: person.human,
                    principal: person.human,
                    capacities: person
                        .grants
                        .iter()
                        .map(|grant| Capacity { role: grant.role, domain: grant.domain.clone(), grant: grant.leaf })
                        .collect(),
                })
                .collect();
            Pool { quorum: &rules.quorum, domains: &domains, candidates }
                .without_assessors(&assessor_roles)
                .err()
                .map(|missing| (*tier, missing))
        })
        .collect()
}

/// People who could approve, while some of them are needed as assessors.
struct Pool<'q> {
    quorum: &'q Quorum,
    domains: &'q [DomainPath],
    candidates: Vec<Candidate>,
}

impl Pool<'_> {
    /// Chooses an assessor for each role so that the rest can still fill the quorum, trying first those
    /// who are the least needed as approvers. The search is bounded: four candidates a dimension.
    fn without_assessors(&self, roles: &[Role]) -> Result<(), Vec<Vacancy>> {
        let Some((role, rest)) = roles.split_first() else {
            return quorum::fill(self.quorum, self.domains, &self.candidates).map(|_| ());
        };
        let holds = |who: &&Candidate| {
            who.capacities
                .iter()
                .any(|held| held.role == *role && self.domains.iter().any(|domain| held.domain.covers(domain)))
        };
        let mut able: Vec<&Candidate> = self.candidates.iter().filter(holds).collect();
        able.sort_by_key(|who| who.capacities.iter().filter(|held| held.role.approves()).count());
        let mut missing =
            vec![Vacancy { domain: self.domains.first().cloned().unwrap_or_default(), roles: vec![*role] }];
        for assessor in able.into_iter().take(4) {
            match self.assessed_by(assessor).without_assessors(rest) {
                Ok(()) => return Ok(()),
                Err(vacancies) => missing = vacancies,
            }
        }
        Err(missing)
    }

    /// The pool once `assessor` has scored: still able to score another dimension, no longer to approve.
    fn assessed_by(&self, assessor: &Candidate) -> Self {
        let mut candidates = self.candidates.clone();
        for candidate in candidates.iter_mut().filter(|candidate| candidate.human == assessor.human) {
            candidate.capacities.retain(|held| !held.role.approves());
        }
        Self { quorum: self.quorum, domains: self.domains, candidates }
    }
}

/// Attaches a file to what is still being written.
pub(super) fn attach(p: &mut Proceeding<'_>, id: AttachmentId, attachment: Attachment) -> Result<(), Refused> {
    const MOST: u32 = 50;
    if p.now.request.attachments.len() >= 50 {
        return Err(Refusal::LimitReached { what: "attachments", limit: MOST }.into());
    }
    p.told(Deed::Attached { id, attachment })
}

/// Sets the content back: up to stakeholder input it is an edit, later it opens a round and never widens.
pub(super) fn revert(p: &mut Proceeding<'_>, to_version: u64, content: Box<Request>) -> Result<(), Refused> {
    match &p.now.state {
        State::Decision { round, .. } => {
            let (number, kind, proposal) = (round.number, round.kind, round.proposal.clone());
            refuse_widening(p, &content)?;
            let mut changed = p.now.clone();
            changed.request = (*content).clone();
            let dossier =
                Dossier::of(&changed, About { round: number, kind, proposal: &proposal }).map(|dossier| dossier.hash());
            decision::void_all(p, "dossier_changed");
            p.told(Deed::Reverted { to_version, request: content, dossier })
        }
        State::Active { .. } => {
            refuse_widening(p, &content)?;
            decision::open_beside(p, RoundKind::Amendment, crate::domain::exception::Proposal::Content(content))
        }
        _ => p.told(Deed::Reverted { to_version, request: content, dossier: None }),
    }
}

fn refuse_widening(p: &Proceeding<'_>, content: &Request) -> Result<(), Refused> {
    if content.within(&p.now.request) {
        return Ok(());
    }
    Err(Refusal::RevertEnlarges.citing(Citation::rule(5, "a revert never enlarges")))
}

/// Waives a failed gate by the role that it names, or settles a gap of the procedure by governance.
pub(super) fn waive(p: &mut Proceeding<'_>, gate: String, tier: Option<Tier>, reason: Sealed) -> Result<(), Refused> {
    let is_gap = p.now.gaps.contains(&gate);
    let rule = p.ground.sop.gate(&gate);
    let role = match (is_gap, rule.map(|rule| rule.waivable_by)) {
        (true, _) => Role::Governance,
        (false, Some(Some(role))) => role,
        (false, Some(None)) => {
            return Err(Refusal::NotWaivable { gate, why: "the procedure names no role that may waive it" }.into());
        }
        (false, None) => return Err(Refusal::NotWaivable { gate, why: "the procedure has no such gate" }.into()),
    };
    p.require_role(&[role], &gate)?;
    p.require_outsider("the requester and the beneficiary waive nothing for themselves")?;
    let Some(by) = p.ground.by.person() else { return Err(Refusal::NeedsPerson.into()) };
    let waiver = Waiver { by, reason };
    let citation = p.cite(&gate, format!("waived by {role}"));
    let scoring_gap = is_gap && rule.is_none() && matches!(p.now.state, State::Assessment);
    match (scoring_gap, tier) {
        (true, None) => Err(Refusal::Invalid {
            pointer: "/tier".to_owned(),
            code: "tier_required",
            detail: "the scoring could not be evaluated: name the `tier` that is to count".to_owned(),
        }
        .into()),
        (true, Some(tier)) => {
            p.tell(Deed::GateWaived { gate: gate.clone(), waiver: waiver.clone() }, Some(citation.clone()));
            p.tell(
                Deed::Rated { rating: Rating { tier, computed: None, rule: gate, override_by: Some(waiver) } },
                Some(citation),
            );
            Ok(())
        }
        (false, Some(_)) => Err(Refusal::Invalid {
            pointer: "/tier".to_owned(),
            code: "tier_not_expected",
            detail: "a tier is named only where the scoring could not be evaluated; leave it out".to_owned(),
        }
        .into()),
        (false, None) => {
            p.tell(Deed::GateWaived { gate, waiver }, Some(citation));
            Ok(())
        }
    }
}
