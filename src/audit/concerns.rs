//! Whether a concern could be raised, answered or settled as an event says: held against the text of the procedure
//! whose limits it names, and against who held which role then. What the figures were counted from is not told by the
//! log at one place, so that they are believed.

use super::story::Story;
use crate::{
    domain::{
        person::{By, Door},
        roster::{CONCERNS_JOB, Concern, ConcernDeed, Figure, Response, RosterEvent, Topic},
    },
    sop::{Document, OwnFigures},
    words::{ConcernId, Measured, Role, SopRef, SplitId},
};

type Verdict = Result<(), String>;

/// Judges what happened to a concern, and keeps it.
pub(super) fn judge(story: &mut Story, deed: &ConcernDeed, event: &RosterEvent) -> Verdict {
    match deed {
        ConcernDeed::ConcernRaised { concern } => {
            raised(story, concern, event)?;
            story.concerns.insert(concern.id, (concern.clone(), true));
            Ok(())
        }
        ConcernDeed::ConcernAnswered { concern, response, figures, .. } => {
            let asked = open(story, *concern)?.clone();
            answered(story, &asked, (response, event))?;
            limited(story, &asked, figures)?;
            close(story, *concern);
            Ok(())
        }
        ConcernDeed::ConcernSettled { concern, figures } => {
            let asked = open(story, *concern)?.clone();
            by_the_job(event)?;
            limited(story, &asked, figures)?;
            if figures.iter().any(is_beyond) {
                return Err("a concern is settled whose figures are not tolerated".to_owned());
            }
            close(story, *concern);
            Ok(())
        }
    }
}

fn open(story: &Story, id: ConcernId) -> Result<&Concern, String> {
    let found = story.concerns.get(&id).filter(|(_, open)| *open).map(|(concern, _)| concern.as_ref());
    found.ok_or_else(|| "it ends a concern that is not open".to_owned())
}

fn close(story: &mut Story, id: ConcernId) {
    if let Some((_, open)) = story.concerns.get_mut(&id) {
        *open = false;
    }
}

fn by_the_job(event: &RosterEvent) -> Verdict {
    match &event.by {
        By::System { job } if job == CONCERNS_JOB => Ok(()),
        By::System { .. } | By::Person { .. } => Err("a concern is raised and settled by its job alone".to_owned()),
    }
}

fn raised(story: &Story, concern: &Concern, event: &RosterEvent) -> Verdict {
    by_the_job(event)?;
    let about = |other: &Concern| other.topic == concern.topic;
    if story.concerns.contains_key(&concern.id) || story.concerns.values().any(|(other, open)| *open && about(other)) {
        return Err("a concern is raised twice".to_owned());
    }
    if story.newest_reference(concern.topic.sop()) != Some(&concern.sop) {
        return Err("a concern names a version of its procedure that is not the newest".to_owned());
    }
    let document = procedure(story, &concern.sop)?;
    let asks = match concern.topic {
        Topic::OverBudget { .. } | Topic::SplitHeld { .. } => Role::Governance,
        Topic::SopReview { .. } => document.owner,
    };
    if concern.asks != asks {
        return Err(format!("a concern asks {}, and is for {asks}", concern.asks));
    }
    limited(story, concern, &concern.figures)?;
    let again = |id: ConcernId| story.concerns.get(&id).is_some_and(|(other, open)| !open && about(other));
    if concern.again.is_some_and(|id| !again(id)) {
        return Err("a concern asks again what was not asked before".to_owned());
    }
    if concern.figures.iter().any(is_beyond) { Ok(()) } else { Err("a concern is raised about nothing".to_owned()) }
}

fn procedure<'s>(story: &'s Story, sop: &SopRef) -> Result<&'s Document, String> {
    story.procedure(sop).ok_or_else(|| "a concern names an unknown procedure".to_owned())
}

/// The limits are those of the newest version then.
fn limited(story: &Story, asked: &Concern, figures: &[Figure]) -> Verdict {
    let newest = story.newest_reference(asked.topic.sop()).ok_or_else(|| "a concern names no procedure".to_owned())?;
    let known = match &asked.topic {
        Topic::SplitHeld { split, hold, .. } => held(story, (*split, *hold)),
        Topic::OverBudget { .. } | Topic::SopReview { .. } => bounds(procedure(story, newest)?, &asked.topic),
    };
    if figures.iter().all(|figure| known.contains(&bound(figure))) {
        return Ok(());
    }
    Err("a concern names a limit that its procedure does not".to_owned())
}

fn answered(story: &Story, asked: &Concern, (response, event): (&Response, &RosterEvent)) -> Verdict {
    match (response, &event.by) {
        (Response::Published(sop), _) => {
            let about = matches!(asked.topic, Topic::SopReview { .. }) && sop.id == asked.topic.sop();
            let newer = sop.version > asked.sop.version && story.newest_reference(&sop.id) == Some(sop);
            if about && newer { Ok(()) } else { Err("no next version of its procedure answers a concern".to_owned()) }
        }
        (Response::Written(_), By::Person { id, door: Door::Session(_) }) => {
            let person = story.roster.person(*id).filter(|person| person.active && !person.is_service());
            let theirs = |role: Role| role == asked.asks || role == Role::Governance;
            let held = person.is_some_and(|person| person.grants.iter().any(|grant| theirs(grant.role)));
            if held { Ok(()) } else { Err("a concern is answered by somebody whom it does not ask".to_owned()) }
        }
        (Response::Written(_), By::Person { .. } | By::System { .. }) => {
            Err("a concern is answered in writing by nobody in person".to_owned())
        }
    }
}

/// What bounds a figure: its measure, the number, and for a share the percent.
type Bound = (Measured, u64, Option<u64>);

fn bound(figure: &Figure) -> Bound {
    (figure.measure, figure.limit, figure.share.map(|share| share.percent))
}

/// What the clock held a split by, while it is held.
fn held(story: &Story, (split, hold): (SplitId, u32)) -> Vec<Bound> {
    let standing = story.roster.splits.get(&split).filter(|known| known.holds == hold && known.ended.is_none());
    let figures = standing.and_then(|known| known.held.as_ref()).map(|(_, figures)| figures.as_slice());
    figures.unwrap_or_default().iter().map(|one| (one.measure, one.tolerated(), None)).collect()
}

/// What a procedure says of a topic.
fn bounds(document: &Document, topic: &Topic) -> Vec<Bound> {
    match topic {
        Topic::OverBudget { clause, business_unit, .. } => budget(document, (clause, business_unit.as_deref())),
        Topic::SopReview { .. } => {
            let since = (Measured::SinceReview, document.review_every_days.into(), None);
            document.own_figures.iter().flat_map(rises).chain([since]).collect()
        }
        Topic::SplitHeld { .. } => Vec::new(),
    }
}

/// The budget that names most of this clause and this unit.
fn budget(document: &Document, (clause, unit): (&str, Option<&str>)) -> Vec<Bound> {
    let same = |named: Option<&str>, wanted: Option<&str>| named.is_none() || named == wanted;
    let fitting = document
        .budgets
        .iter()
        .filter(|budget| same(budget.clause.as_deref(), Some(clause)) && same(budget.business_unit.as_deref(), unit));
    let chosen = fitting.max_by_key(|budget| (budget.clause.is_some(), budget.business_unit.is_some()));
    let bounds = chosen.map(|budget| [(Measured::Exceptions, budget.exceptions), (Measured::Days, budget.days)]);
    let known = bounds.into_iter().flatten().filter_map(|(measure, most)| Some((measure, most?)));
    known.map(|(measure, most)| (measure, most.into(), None)).collect()
}

fn rises(own: &OwnFigures) -> Vec<Bound> {
    let all = [
        (Measured::FailedGates, own.failed_gates),
        (Measured::Returns, own.returns),
        (Measured::Breaches, own.breaches),
    ];
    let known = all.into_iter().filter_map(|(measure, rise)| Some((measure, rise?)));
    known.map(|(measure, rise)| (measure, rise.more_than.into(), Some(rise.percent.into()))).collect()
}

/// Is it more than is tolerated? Of a share, beyond its number and grown by its percent.
fn is_beyond(figure: &Figure) -> bool {
    let wide = u128::from;
    let grown = figure.share.is_none_or(|share| {
        let (now, then) = (wide(figure.count) * wide(share.before_of), wide(share.before) * wide(share.of));
        now > then && then * (100 + wide(share.percent)) <= now * 100 && share.of > 0 && share.before_of > 0
    });
    grown && figure.count > figure.limit
}
