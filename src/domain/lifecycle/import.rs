//! What was kept in another register enters the procedure. What lives goes before its quorum with what a request
//! has to say; what lacks something of that goes to the fix queue, and from there the way of every request; what
//! had ended is history. No approval of elsewhere counts.

use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        exception::{Rating, Reason},
        import::{Brought, Provenance},
    },
    sop::Gap,
    words::{Citation, Facts, Step, Tier},
};

use super::{
    Ground, Proceeding, grant,
    proceeding::stamp,
    submission::{Drafting, draft, flaws, lacks, sort_gates},
};

/// The events that begin what was kept elsewhere: a draft, and where it was.
pub fn imported(drafting: Drafting, from: Provenance, ground: Ground<'_>) -> [Event; 2] {
    let begun = draft(drafting, ground);
    let citation = Citation::rule(1, "no approval of another register counts here")
        .with("source", from.source.as_str())
        .with("reference", from.reference.as_str())
        .with("standing", from.standing.as_str());
    let deed = Deed::Brought(Brought::Imported { from: Box::new(from) });
    let marked = Event {
        deed,
        by: ground.by.clone(),
        at: ground.now,
        effective_at: None,
        citation: Some(citation),
        tasks: TaskChanges::default(),
    };
    [begun, marked]
}

/// Who has to say whose it is, where the register named nobody.
pub(super) fn owner_missing(p: &Proceeding<'_>) -> Option<Reason> {
    p.now.lacks_owner().then(|| {
        let text = "the register that it comes from names nobody as its owner who is known and active here";
        reason(("owner_missing", Some("/beneficiary")), text, "name the person who owns it as the beneficiary")
    })
}

fn reason((code, pointer): (&str, Option<&str>), text: &str, remedy: &str) -> Reason {
    Reason {
        code: code.to_owned(),
        gate: None,
        pointer: pointer.map(ToOwned::to_owned),
        looked_at: Facts::new(),
        text: text.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// Takes what is as it was imported where it belongs.
pub(super) fn enter(p: &mut Proceeding<'_>) {
    let Some(from) = p.now.imported.as_ref().map(|imported| imported.from.clone()) else { return };
    // A lot is drawn by what is submitted here; an import runs on the version that is published.
    p.ground.split = None;
    if from.is_history() {
        return archive(p, &from);
    }
    let reasons = lacking(p, from.tier);
    if !reasons.is_empty() {
        return send_to_fix(p, reasons);
    }
    rate(p, from.tier);
    let (failed, _) = sort_gates(p, &p.ground.sop.gates(Step::Decision, &p.facts()));
    if failed.is_empty() {
        grant::open_initial(p, None);
    } else {
        send_to_fix(p, failed);
    }
}

fn archive(p: &mut Proceeding<'_>, from: &Provenance) {
    let ended_at = from.ended_at.map(stamp);
    let citation = Citation::rule(1, "it had ended before it came here, and is history")
        .with("standing", from.standing.as_str())
        .with("ended_at", ended_at);
    p.tell(Deed::Brought(Brought::Archived), citation);
}

fn send_to_fix(p: &mut Proceeding<'_>, reasons: Vec<Reason>) {
    let lacks: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    let citation = p.cite_failed("1", &reasons).with("lacks", lacks);
    p.tell(Deed::Returned { reasons, note: None }, citation);
}

/// What a new request would be refused or sent back for, and a tier: the next step would find it out.
fn lacking(p: &Proceeding<'_>, stated: Option<Tier>) -> Vec<Reason> {
    let untiered = || {
        let text = "the register that it comes from names no tier, and nobody assessed it here";
        reason(("tier_missing", None), text, "submit it: it is assessed as every request is")
    };
    let of = |gap: &Gap| {
        let text = format!("could not be evaluated ({}): governance settles it", gap.why);
        let looked_at = gap.looked_at.clone();
        Reason { looked_at, ..reason(("sop_gap", None), &text, "submit it: it is assessed as every request is") }
    };
    let mut found = lacks(&p.now, p.ground);
    let flaws = flaws(p);
    // A period that cannot be is one thing to mend, whichever rule says so.
    found.retain(|known| known.pointer.is_none() || !flaws.iter().any(|flaw| flaw.pointer == known.pointer));
    found.extend(flaws);
    let facts = p.facts();
    for step in [Step::Submission, Step::Completeness] {
        let (failed, gaps) = sort_gates(p, &p.ground.sop.gates(step, &facts));
        found.extend(failed.into_iter().filter(|_| step == Step::Completeness));
        found.extend(gaps.iter().map(of));
    }
    found.extend(stated.is_none().then(untiered));
    found
}

/// The tier that the register names, or a higher one that the procedure gives by what is known.
fn rate(p: &mut Proceeding<'_>, stated: Option<Tier>) {
    let highest = p.ground.sop.document().tiers.keys().max().copied();
    let (computed, rule, looked_at) = match p.ground.sop.tier(&p.facts()) {
        Ok(scored) => (Some(scored.tier), scored.rule, scored.looked_at),
        Err(gap) => (None, gap.rule, gap.looked_at),
    };
    let Some(tier) = stated.max(computed.or(highest)) else { return };
    let citation = p
        .cite(&rule, format!("imported at tier {tier}: nobody assessed it here"))
        .with("stated", stated.map(Tier::as_str))
        .with("computed", computed.map(Tier::as_str))
        .with_all([&looked_at]);
    p.tell(Deed::Rated { rating: Rating { tier, computed, rule, override_by: None } }, citation);
}
