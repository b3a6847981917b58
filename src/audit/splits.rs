//! Whether a split could be begun, held, released or ended as an event says, and whether what was submitted ran on the
//! version that it had to: derived from the log and the procedures' texts. It uses none of the code that decided. What
//! was counted is not told by the log at one place, so that it is believed.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{agreed, story::Story};
use crate::{
    domain::{
        event::{Deed, Event},
        exception::Exception,
        person::{By, Door},
        roster::{Beginning, Compared, Lot, RosterAction, RosterEvent, SPLITS_JOB, Split, SplitAction, SplitDeed},
    },
    sop::{Document, Gate, SplitLimits},
    words::{Arm, ExceptionId, Measured, SopRef, SplitEnd, SplitId},
};

type Verdict = Result<(), String>;

/// Judges what happened to a split, before it is folded.
pub(super) fn judge(story: &Story, deed: &SplitDeed, event: &RosterEvent) -> Verdict {
    match deed {
        SplitDeed::SplitBegun { begins } => {
            begun(story, begins)?;
            agreed::two_people(story, &RosterAction::Split(SplitAction::BeginSplit { begins: begins.clone() }), event)
        }
        SplitDeed::SplitHeld { split, sop, figures } => {
            let standing = open(story, (*split, sop))?;
            if standing.held.is_some() {
                return Err("a split is held twice".to_owned());
            }
            held(&standing.begins.limits, figures, &event.by)
        }
        SplitDeed::SplitReleased { split, sop } => {
            if open(story, (*split, sop))?.held.is_none() {
                return Err("a split is released that is not held".to_owned());
            }
            agreed::two_people(
                story,
                &RosterAction::Split(SplitAction::ReleaseSplit { split: *split, sop: sop.clone() }),
                event,
            )
        }
        SplitDeed::SplitEnded { split, sop, why } => {
            open(story, (*split, sop))?;
            let newest = story.published.last().map(|(newest, _)| newest);
            match (why, &event.by) {
                (SplitEnd::Ended, By::Person { .. }) => Ok(()),
                (SplitEnd::Published, _) if newest.is_some_and(|newest| newest.id == sop.id) => Ok(()),
                (SplitEnd::Retired, _) if story.is_retired(&sop.id) => Ok(()),
                (SplitEnd::Ended | SplitEnd::Published | SplitEnd::Retired, _) => {
                    Err("a split ends for a reason that there is not".to_owned())
                }
            }
        }
    }
}

fn open<'s>(story: &'s Story, (split, sop): (SplitId, &SopRef)) -> Result<&'s Split, String> {
    let found = story.roster.splits.get(&split).filter(|known| known.ended.is_none() && known.begins.sop == *sop);
    found.ok_or_else(|| "it is about a split that is not open".to_owned())
}

fn begun(story: &Story, begins: &Beginning) -> Verdict {
    let Beginning { split, over, sop, text_hash, percent, limits } = begins;
    let text = story.texts.get(text_hash).map(|text| text.document());
    let text = text.ok_or_else(|| format!("the text of {sop} is not in the export"))?;
    if story.newest_reference(&sop.id) != Some(over) || story.is_retired(&sop.id) {
        return Err("a version is split off from one that is not in use".to_owned());
    }
    if (&text.id, text.version) != (&sop.id, sop.version) || sop.version <= over.version {
        return Err("a version is split off that is not newer than the published one".to_owned());
    }
    if story.roster.splits.contains_key(split) || story.roster.open_split(&sop.id).is_some() {
        return Err("a procedure is split twice at once".to_owned());
    }
    let named = |known: &Split| known.begins.sop.id == sop.id && known.begins.sop.version >= sop.version;
    if story.roster.splits.values().any(|known| named(known) && known.begins.sop != *sop) {
        return Err("a version is split off whose number another text has, or an earlier one".to_owned());
    }
    let running = story.procedure(over).ok_or("a split of an unknown procedure")?;
    let tolerated = running.split_limits.unwrap_or(SplitLimits::COMPILED);
    let sooner = [
        (limits.after, tolerated.after),
        (limits.failed_gates, tolerated.failed_gates),
        (limits.escalations, tolerated.escalations),
    ];
    if !(1..100).contains(percent) || sooner.iter().any(|(own, most)| own > most) {
        return Err("a split has a share or limits that its procedure does not allow".to_owned());
    }
    let by = |id: &str| gates(running).find(|own| own.id == id).and_then(|own| own.waivable_by);
    let is_waived_alike = |gate: &Gate| by(&gate.id) == gate.waivable_by;
    let due_hours = |sop: &Document| sop.steps.stakeholder_input.due_hours;
    let in_time = due_hours(text) >= due_hours(running);
    if demands(running) == demands(text) && gates(text).all(is_waived_alike) && in_time {
        return Ok(());
    }
    Err("a version is split off that demands other things".to_owned())
}

/// What both sides of a split have to demand alike: who decides, for how long, at which tier, and within what bounds.
fn demands(sop: &Document) -> Value {
    let (steps, scoring) = (&sop.steps, &sop.steps.assessment.scoring);
    let rules: Vec<Value> = scoring.rules.iter().map(|rule| json!([rule.id, rule.tier, rule.when])).collect();
    let dimensions = steps.assessment.dimensions.iter().map(|of| {
        let criteria: Vec<Value> = of.criteria.iter().map(|one| json!([one.id, one.max, one.weight])).collect();
        json!([of.dimension, of.when, of.assessor(), criteria])
    });
    json!({
        "tiers": sop.tiers, "extensions": sop.extensions, "limits": sop.limits, "budgets": sop.budgets,
        "owner": sop.owner, "review": sop.review_every_days, "own": sop.own_figures, "split": sop.split_limits,
        "prohibited": sop.prohibited_data_classes, "permitted": sop.permitted_inputs, "tools": sop.approved_tools,
        "excluded": sop.excluded_tasks, "rules": rules, "otherwise": scoring.otherwise,
        "lower": scoring.override_may_lower, "dimensions": dimensions.collect::<Vec<_>>(),
        "required": [json!(steps.submission.required), json!(steps.submission.required_by_kind)],
        "extra": steps.submission.extra, "lapse": [json!(steps.submission.draft_lapse_days), json!(steps.completeness.fix_lapse_days)],
        "may_lapse": steps.stakeholder_input.may_lapse, "approval_days": steps.decision.approval_days,
        "hours": sop.punctuality.as_ref().map(|kept| json!([kept.hours, kept.urgent_tiers])),
        "mail_link": steps.decision.mail_link, "monitoring": steps.monitoring,
    })
}

fn gates(sop: &Document) -> impl Iterator<Item = &Gate> {
    let steps = &sop.steps;
    [&steps.submission.gates, &steps.completeness.gates, &steps.decision.gates, &steps.implementation.gates]
        .into_iter()
        .flatten()
}

/// The clock holds one by what it counted, a person of governance by no more than their word.
fn held(limits: &SplitLimits, figures: &[Compared], by: &By) -> Verdict {
    match by {
        By::Person { door: Door::Session(_) | Door::Token(_), .. } if figures.is_empty() => Ok(()),
        By::System { job } if job == SPLITS_JOB && !figures.is_empty() => {
            let all = figures.iter().all(|one| is_limit(limits, one) && is_beyond(limits, one));
            if all { Ok(()) } else { Err("a split is held whose figures are tolerated".to_owned()) }
        }
        By::Person { .. } | By::System { .. } => Err("a split is held by nobody who may".to_owned()),
    }
}

fn is_limit(limits: &SplitLimits, one: &Compared) -> bool {
    let limit = match one.measure {
        Measured::SplitFailedGates => limits.failed_gates,
        Measured::SplitEscalations => limits.escalations,
        Measured::Exceptions
        | Measured::Days
        | Measured::SinceReview
        | Measured::FailedGates
        | Measured::Returns
        | Measured::Breaches => return false,
    };
    one.limit == u64::from(limit)
}

/// More of a hundred than on the other side, by more than the limit.
fn is_beyond(limits: &SplitLimits, one: &Compared) -> bool {
    // Whatever an export says is counted: figures that no log could tell are beyond nothing.
    let of_hundred = |count: u64, of: u64| i128::from(count).checked_mul(100)?.checked_mul(of.into());
    let beyond = || {
        let whole = one.published_of.max(1);
        let rise = of_hundred(one.variant, whole)?.checked_sub(of_hundred(one.published, one.of)?)?;
        Some(rise > i128::from(one.limit).checked_mul(whole.into())?.checked_mul(one.of.into())?)
    };
    one.of >= limits.after.into() && beyond().unwrap_or(false)
}

/// Does what is submitted run on the version that it has to? At first that which its lot says while its procedure is
/// split, or the newest; later the newest, unless it runs on a later one already.
pub(super) fn submitted(story: &Story, before: &Exception, event: &Event) -> Verdict {
    let Deed::Submitted { sop, split: lot, .. } = &event.deed else { return Ok(()) };
    let newest = story.newest_reference(&before.sop.id).ok_or("it is submitted under no procedure")?;
    let split = story.roster.open_split(&before.sop.id).filter(|_| before.submitted_at.is_none());
    let (under, drawn) = match split.filter(|split| split.held.is_none()) {
        Some(Split { begins, .. }) if begins.over == *newest => {
            let arm = drawn(begins, before.id);
            let under = if arm == Arm::Variant { &begins.sop } else { newest };
            (under, Some(Lot { split: begins.split, arm }))
        }
        Some(_) => return Err("a split outlives the version that it is beside".to_owned()),
        None if before.submitted_at.is_some() && before.sop.version > newest.version => (&before.sop, None),
        None => (newest, None),
    };
    if (under, &drawn) == (sop, lot) {
        Ok(())
    } else {
        Err(format!("it is submitted under {sop}, and runs on {under}"))
    }
}

/// SHA-256 of both ids, of which the first eight bytes are a number: its last two digits are below the share.
fn drawn(begins: &Beginning, exception: ExceptionId) -> Arm {
    let digest = Sha256::new().chain_update(begins.split.0.as_bytes()).chain_update(exception.0.as_bytes()).finalize();
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    if number % 100 < u64::from(begins.percent) { Arm::Variant } else { Arm::Published }
}
