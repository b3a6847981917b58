//! Steps 1 and 2 from the requester's side: drafting, submitting, files, reverting.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde_json::Value;

use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        exception::{Exception, Proposal, Reason},
        facts::UsedUp,
        person::Person,
        refusal::{Refusal, Refused},
        request::{Attachment, Extra, Request, Term, days_after},
        roster::Lot,
    },
    sop::{FlawSort, Gap, Gate, GateResult, Sop, TierRules, Verdict},
    words::{Arm, AttachmentId, Citation, Facts, Kind, PersonId, RoundKind, StateName, Step},
};

use super::{
    Ground, Proceeding, clauses, decision, feasibility::infeasible, grant::tell_gap, import, monitoring, registered,
};

/// A request about to become a draft.
#[derive(Debug, Clone)]
pub struct Drafting {
    /// The number it gets.
    pub number: String,
    /// On whose account; for a service, the human who answers for it may be the beneficiary.
    pub requester: PersonId,
    /// Its content.
    pub request: Request,
}

/// The event that begins a draft.
pub fn draft(drafting: Drafting, ground: Ground<'_>) -> Event {
    let service = ground.people.find(drafting.requester).is_some_and(Person::is_service);
    let filed_by_agent = service || ground.by.person().is_none();
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
        citation: ground.by.freely(),
        tasks: TaskChanges::default(),
    }
}

/// Submits: refuses what no procedure can mend, sends the rest through the automatic gates.
pub(super) fn submit(p: &mut Proceeding<'_>) -> Result<(), Refused> {
    let prior = p.ground.prior;
    p.now.prior = prior;
    registered::refuse_unknown(p)?;
    registered::waivable_clauses(p)?;
    registered::require_answers(p)?;
    clauses::require_kept(p, &p.now.request, "/clauses")?;
    refuse_roles(p)?;
    refuse_numbers(p)?;
    refuse_period(p)?;
    refuse_infeasible(p)?;
    let (reasons, gaps) = automatic_gates(p);
    let limit = p.ground.newest.document().limits.returns;
    if !reasons.is_empty() && p.now.counts.returns >= limit {
        let citation = p.cite("1", format!("returned {limit} times, the procedure's limit")).with("limit", limit);
        let citation = citation.with_all(reasons.iter().map(|reason| &reason.looked_at));
        return Err(Refusal::GateFailed { reasons }.citing(citation));
    }
    let (under, split) = entering(p);
    let sop = under.reference();
    let rules = gaps.iter().map(|gap| gap.rule.clone()).collect();
    let citation = Citation::sop(&sop, "1", "submitted; the automatic gates were run")
        .with("failed", reasons.len())
        .with("not_evaluated", gaps.len())
        .with("prior.similar", prior.similar);
    let (used_up, citation) = (p.ground.used_up.to_vec(), noting(citation, p.ground.used_up));
    let citation = drawn(citation, split);
    p.tell(Deed::Submitted { sop, gaps: rules, prior, used_up, split }, citation);
    // From here on that version is the one that it runs on.
    p.ground.sop = under;
    for gap in gaps {
        tell_gap(p, gap);
    }
    if !reasons.is_empty() {
        let citation = p.cite_failed("1", &reasons);
        p.tell(Deed::Returned { reasons, note: None }, citation);
    }
    Ok(())
}

/// A request that nobody could approve.
fn refuse_infeasible(p: &Proceeding<'_>) -> Result<(), Refused> {
    let missing = infeasible(&p.now, p.ground.newest, p.ground.people);
    let Some((tier, missing)) = missing.into_iter().next() else { return Ok(()) };
    let citation = Citation::rule(1, "a request that nobody could approve is not taken")
        .with("tier", tier.as_str())
        .with("missing", serde_json::json!(missing));
    Err(Refusal::QuorumInfeasible { tier, missing }.citing(citation))
}

/// The version under which it is submitted, and by which lot: the newest, or at first, while a share runs on another,
/// perhaps that. What ran on a version beside the newest stays there until a later one is published.
fn entering<'a>(p: &Proceeding<'a>) -> (&'a Sop, Option<Lot>) {
    let (running, newest) = (p.ground.sop, p.ground.newest);
    if p.now.submitted_at.is_some() {
        let later = running.document().version > newest.document().version;
        return (if later { running } else { newest }, None);
    }
    let Some(split) = p.ground.split else { return (newest, None) };
    let lot = Lot::drawn((split.id, split.percent), p.now.id);
    (if lot.arm == Arm::Variant { split.variant } else { newest }, Some(lot))
}

/// The same with the split and the side of it, where one takes part in one.
fn drawn(citation: Citation, split: Option<Lot>) -> Citation {
    let Some(Lot { split, arm }) = split else { return citation };
    citation.with("split", split.to_string()).with("arm", arm.as_str())
}

/// The same with the budgets that are used up, where there are any: a note, which blocks nothing.
fn noting(citation: Citation, used_up: &[UsedUp]) -> Citation {
    if used_up.is_empty() { citation } else { citation.with("used_up", serde_json::json!(used_up)) }
}

/// Numbers that canonical JSON cannot carry would give different requests one dossier.
fn refuse_numbers(p: &Proceeding<'_>) -> Result<(), Refused> {
    const MOST: u64 = (1 << 53) - 1;
    let inexact = |value: &Extra| matches!(value, Extra::Number(number) if number.unsigned_abs() > MOST);
    match p.now.request.extra.iter().find(|(_, value)| inexact(value)) {
        Some((name, _)) => Err(Refusal::Invalid {
            pointer: format!("/extra/{name}"),
            code: "number_too_large",
            detail: format!("`{name}` must lie between -{MOST} and {MOST}"),
        }
        .into()),
        None => Ok(()),
    }
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
        .citing(Citation::rule(1, "nobody watches their own exception").with("monitoring_owner", owner.to_string()))),
        Some(_) | None => Ok(()),
    }
}

/// The longest any tier allows bounds what may be submitted at all; the tier's own bound follows.
fn refuse_period(p: &Proceeding<'_>) -> Result<(), Refused> {
    match period_flaw(p) {
        None => Ok(()),
        Some((pointer, detail)) => {
            let tiers = &p.ground.newest.document().tiers;
            let most = |rules: &TierRules| Value::from(rules.max_days);
            let longest: serde_json::Map<String, Value> =
                tiers.iter().map(|(tier, rules)| (tier.to_string(), most(rules))).collect();
            let citation = Citation::sop(&p.ground.newest.reference(), "5", "the tiers' maximum durations")
                .with("max_days", longest);
            Err(Refusal::PeriodNotAllowed { pointer, detail }.citing(citation))
        }
    }
}

fn period_flaw(p: &Proceeding<'_>) -> Option<(&'static str, String)> {
    /// The last year that RFC 3339 can write.
    const LAST_YEAR: i32 = 9999;
    let tiers = &p.ground.newest.document().tiers;
    let longest = tiers.values().map(|rules| rules.max_days).max().unwrap_or(0);
    let request = &p.now.request;
    if request.start.is_some_and(|start| start < p.now.drafted_at) {
        let detail = "the start lies before the request was drafted; choose a later `start` or leave it out";
        return Some(("/start", detail.to_owned()));
    }
    let permanent = match &request.term {
        None => return None,
        Some(Term::Permanent(_)) => true,
        Some(Term::Until(_) | Term::Days(_)) => false,
    };
    if permanent && tiers.values().all(|rules| rules.permanent_days.is_none()) {
        return Some(("/permanent_reason", "this procedure has no permanent exceptions; give an `end`".to_owned()));
    }
    let detail = match request.period(p.ground.now, permanent.then_some(longest)) {
        None => Some("the `end` is not after the start (or has passed); choose a later `end`".to_owned()),
        Some(period) if period.end.year() > LAST_YEAR => Some(format!("nothing ends after the year {LAST_YEAR}")),
        Some(period) if period.end > days_after(period.start, longest) => {
            Some(format!("the longest exception any tier allows is {longest} days; choose an earlier `end`"))
        }
        Some(_) => None,
    };
    // A term is given by its end or by its length; the one that was given is the one to mend.
    let pointer = if matches!(request.term, Some(Term::Days(_))) { "/duration_days" } else { "/end" };
    detail.map(|detail| (pointer, detail))
}

/// What a draft still lacks to be submitted: what the register, the required fields, the procedure's own and
/// the gates of step 1 would say of it.
pub fn lacks(draft: &Exception, ground: Ground<'_>) -> Vec<Reason> {
    let mut p = Proceeding::new(draft.clone(), ground);
    p.now.prior = ground.prior;
    let register = [
        registered::refuse_unknown(&p),
        registered::waivable_clauses(&p),
        registered::require_answers(&p),
        clauses::require_kept(&p, &p.now.request, "/clauses"),
    ];
    refusals(register).chain(automatic_gates(&p).0).collect()
}

/// What is wrong with the people, the numbers and the period of a request.
pub(super) fn flaws(p: &Proceeding<'_>) -> Vec<Reason> {
    refusals([refuse_roles(p), refuse_numbers(p), refuse_period(p), refuse_infeasible(p)]).collect()
}

/// What would be refused, as reasons.
fn refusals(judged: [Result<(), Refused>; 4]) -> impl Iterator<Item = Reason> {
    judged.into_iter().filter_map(Result::err).map(|Refused { refusal, .. }| Reason {
        code: refusal.code().to_owned(),
        gate: None,
        looked_at: Facts::new(),
        pointer: refusal.pointer().map(ToOwned::to_owned),
        text: refusal.to_string(),
        remedy: "mend it before it is submitted".to_owned(),
    })
}

/// Runs the required fields and the gates of step 1: what failed, and what could not be evaluated.
fn automatic_gates(p: &Proceeding<'_>) -> (Vec<Reason>, Vec<Gap>) {
    let (sop, _) = entering(p);
    let facts = p.facts();
    // Without a kind, `/kind` itself is among what is missing; the rest is asked as for any kind.
    let kind = p.now.request.kind.unwrap_or(Kind::AiUsage);
    let missing = sop.missing_fields(kind, &facts).into_iter().map(|pointer| Reason {
        code: "field_missing".to_owned(),
        gate: None,
        looked_at: Facts::new(),
        text: format!("the procedure asks for `{pointer}`"),
        remedy: format!("fill in `{pointer}`"),
        pointer: Some(pointer.to_owned()),
    });
    let results = sop.gates(Step::Submission, &facts);
    let (failed, gaps) = sort_gates(p, &results);
    let owner = import::owner_missing(p);
    (missing.chain(own_fields(p)).chain(failed).chain(owner).collect(), gaps)
}

/// What is wrong with the procedure's own fields. A text is known by its length alone, so its form is
/// judged where it is written; `field_missing` of a field that is required anyway is told once.
fn own_fields(p: &Proceeding<'_>) -> Vec<Reason> {
    let (sop, _) = entering(p);
    let required = &sop.document().steps.submission.required;
    let flaws = sop.extra_flaws(&stand_ins(&p.now.request.extra)).into_iter();
    flaws
        .filter(|flaw| {
            flaw.sort != FlawSort::Form && !(flaw.sort == FlawSort::Missing && required.contains(&flaw.pointer))
        })
        .map(|flaw| Reason {
            code: if flaw.sort == FlawSort::Missing { "field_missing" } else { "field_invalid" }.to_owned(),
            gate: None,
            looked_at: Facts::new(),
            pointer: Some(flaw.pointer),
            text: flaw.message,
            remedy: flaw.remedy,
        })
        .collect()
}

/// The own fields as JSON, with as many characters in the place of each text.
fn stand_ins(extra: &BTreeMap<String, Extra>) -> Value {
    let value = |value: &Extra| match value {
        Extra::Flag(flag) => Value::from(*flag),
        Extra::Number(number) => Value::from(*number),
        Extra::Code(code) => Value::from(code.as_str()),
        Extra::Text(sealed) => Value::from("x".repeat(usize::try_from(sealed.chars).unwrap_or(0))),
    };
    Value::Object(extra.iter().map(|(name, own)| (name.clone(), value(own))).collect())
}

/// Splits gate results into what fails and what waits for governance; a waived gate does neither, unless it fails and
/// this version of the procedure lets nobody waive it.
pub(super) fn sort_gates(p: &Proceeding<'_>, results: &[GateResult<'_>]) -> (Vec<Reason>, Vec<Gap>) {
    let is_waived = |gate: &Gate| p.now.waived.contains_key(&gate.id);
    let stands = |gate: &Gate| gate.waivable_by.is_some() && is_waived(gate);
    let fails = |result: &&GateResult<'_>| matches!(result.verdict, Verdict::Fails) && !stands(result.gate);
    let failed = results.iter().filter(fails).map(reason).collect();
    (failed, results.iter().filter(|result| !is_waived(result.gate)).filter_map(gap).collect())
}

fn gap(result: &GateResult<'_>) -> Option<Gap> {
    match &result.verdict {
        Verdict::NotEvaluable(why) => {
            Some(Gap { rule: result.gate.id.clone(), why: why.clone(), looked_at: result.looked_at.clone() })
        }
        Verdict::Holds | Verdict::Fails => None,
    }
}

fn reason(GateResult { gate, looked_at, .. }: &GateResult<'_>) -> Reason {
    Reason {
        looked_at: looked_at.clone(),
        code: gate.code.clone(),
        gate: Some(gate.id.clone()),
        pointer: gate.pointer.clone(),
        text: gate.text.clone(),
        remedy: gate.remedy.clone(),
    }
}

/// Attaches a file: to what is still being written, or as evidence of a control once it is decided.
pub(super) fn attach(p: &mut Proceeding<'_>, id: AttachmentId, attachment: Attachment) -> Result<(), Refused> {
    const MOST: u32 = 50;
    if p.now.state.authority().is_some() {
        return monitoring::attach_evidence(p, id, attachment);
    }
    if u32::try_from(p.now.request.attachments.len()).unwrap_or(MOST) >= MOST {
        let citation = p.cite("1", "as many attachments as a request may have").with("attachments", MOST);
        return Err(Refusal::LimitReached { what: "attachments", limit: MOST }.citing(citation));
    }
    p.told(Deed::Attached { id, attachment })
}

/// Takes a file out of what is still being written.
pub(super) fn detach(p: &mut Proceeding<'_>, id: AttachmentId) -> Result<(), Refused> {
    if !p.now.request.attachments.contains_key(&id) {
        return Err(Refusal::NoSuch { what: "attachment" }.into());
    }
    p.told(Deed::Detached { id })
}

/// Sets the content back: up to stakeholder input it is an edit, and what was submitted passes through the
/// submission once more; later it never widens, and once it lives it opens a round.
pub(super) fn revert(p: &mut Proceeding<'_>, to_version: u64, content: Box<Request>) -> Result<(), Refused> {
    if *content == p.now.request {
        return Err(Refusal::Invalid {
            pointer: "/to_version".to_owned(),
            code: "nothing_to_revert",
            detail: format!("version {to_version} has the present content; choose another"),
        }
        .into());
    }
    clauses::require_kept(p, &content, "/to_version")?;
    match p.now.state.name() {
        StateName::Decision => {
            refuse_widening(p, &content)?;
            decision::void_all(p, "dossier_changed", None);
            let mut changed = p.now.clone();
            changed.request = (*content).clone();
            let dossier = decision::reopened(&changed)?;
            p.told(Deed::Reverted { to_version, request: content, dossier: Some(dossier) })
        }
        StateName::Active => {
            refuse_widening(p, &content)?;
            decision::open_beside(p, (RoundKind::Amendment, Proposal::Content(content)), p.ground.by.person())
        }
        StateName::CompletenessReview | StateName::Assessment | StateName::StakeholderInput => {
            p.told(Deed::Reverted { to_version, request: content, dossier: None })?;
            submit(p)
        }
        StateName::Draft
        | StateName::Returned
        | StateName::Implementation
        | StateName::ReReview
        | StateName::Suspended
        | StateName::Rejected
        | StateName::Withdrawn
        | StateName::Expired
        | StateName::Revoked
        | StateName::Closed => p.told(Deed::Reverted { to_version, request: content, dossier: None }),
    }
}

fn refuse_widening(p: &Proceeding<'_>, content: &Request) -> Result<(), Refused> {
    if content.within(&p.now.request) {
        return Ok(());
    }
    let citation = Citation::rule(5, "a revert never enlarges").with("version", p.now.version);
    Err(Refusal::RevertEnlarges.citing(citation.with("state", p.now.state.name().as_str())))
}
