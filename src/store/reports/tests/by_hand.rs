//! The same figures, counted by hand over lives.

use std::collections::BTreeMap;

use crate::{
    domain::{
        exception::Exception,
        figures::{By, Figure, Measure, Span, WEIGHTS, Wanted},
        life::{Life, Outcome, Stay, month},
        request::Time,
    },
    store::{facets::facets, listing::Facet},
};

/// One thing that was counted: its month and its value, its length, and its sums.
type One = (Option<i32>, Option<String>, Option<i64>, [i64; 4]);

fn hours(from: Option<Time>, to: Option<Time>) -> Option<i64> {
    Some((to?.timestamp_micros() - from?.timestamp_micros()) / 3_600_000_000)
}

fn in_span(time: Option<Time>, span: Span) -> bool {
    time.is_some_and(|time| span.from <= time && time < span.to)
}

fn flag(yes: bool) -> i64 {
    i64::from(yes)
}

/// What one life adds to a measure, without its value.
#[expect(clippy::too_many_lines, reason = "a table of all measures, a block each")]
fn by_hand(life: &Life, wanted: &Wanted, now: Time) -> Vec<One> {
    let (span, none) = (wanted.span, [0; 4]);
    let happened = |time: Option<Time>, hours: Option<i64>, sums: [i64; 4]| -> Vec<One> {
        time.filter(|_| in_span(time, span)).map(|time| (Some(month(time)), None, hours, sums)).into_iter().collect()
    };
    let plain = |hours, sums| (None, None, hours, sums);
    let tier = |stay: &Stay| stay.tier.map(|tier| tier.to_string());
    match wanted.measure {
        Measure::Submitted => {
            let gates = [i64::from(life.submissions), i64::from(life.failed_gates)];
            let pass = [flag(life.first_pass == Some(true)), flag(life.first_pass.is_some())];
            happened(life.submitted, None, [gates[0], gates[1], pass[0], pass[1]])
        }
        Measure::Decided => happened(life.decided, hours(life.submitted, life.decided), [flag(life.granted), 0, 0, 0]),
        Measure::Resolved => happened(life.resolved, hours(life.submitted, life.resolved), none),
        Measure::Ended => happened(life.ended, None, [flag(Outcome::of(&life.is) == Outcome::Revoked), 0, 0, 0]),
        Measure::OverdueReviews => {
            let due = life.is.effective_until().and(life.is.state.authority()).map(|authority| authority.review_due);
            due.filter(|due| *due < span.to.min(now)).map(|_| plain(None, none)).into_iter().collect()
        }
        Measure::Effective => {
            let at = span.to.min(now);
            let stands =
                |stay: &&Stay| stay.effective && stay.entered <= at && stay.until.is_some_and(|until| until > at);
            life.stays.iter().filter(stands).map(|stay| (None, tier(stay), None, none)).collect()
        }
        Measure::Exposure => exposure(life, span, now),
        Measure::Entered => {
            let within = life.stays.iter().filter(|stay| in_span(Some(stay.entered), span));
            let left = |stay: &Stay| [flag(stay.left.is_some()), 0, 0, 0];
            within.map(|stay| (None, tier(stay), hours(Some(stay.entered), stay.left), left(stay))).collect()
        }
        Measure::Done => life
            .work
            .iter()
            .flat_map(|done| {
                let sums = [flag(done.closed.is_some_and(|closed| closed <= done.task.due_at)), 0, 0, 0];
                happened(done.closed, hours(Some(done.task.opened_at), done.closed), sums)
            })
            .collect(),
        Measure::Waiting => {
            let open = life.work.iter().filter(|done| done.closed.is_none());
            open.map(|done| plain(None, [flag(done.task.due_at < now), 0, 0, 0])).collect()
        }
        Measure::Votes => life
            .votes
            .iter()
            .flat_map(|vote| {
                let sums = [flag(vote.seconds < 60), flag(vote.human != vote.principal), flag(vote.counted), 0];
                happened(Some(vote.at), None, sums)
            })
            .collect(),
        Measure::Pairs => Vec::new(),
    }
}

fn exposure(life: &Life, span: Span, now: Time) -> Vec<One> {
    let to = span.to.min(now);
    let lasted = life.stays.iter().filter(|stay| stay.effective && stay.entered < to);
    let lasted = lasted.filter_map(|stay| Some((stay, stay.until.filter(|until| *until > span.from)?)));
    let weigh = |stay: &Stay, until: Time| {
        let micros = until.min(to).timestamp_micros() - stay.entered.max(span.from).timestamp_micros();
        let weight = WEIGHTS.iter().find(|(tier, _)| stay.tier.is_some_and(|is| is.as_str() == *tier));
        micros / 86_400_000 * weight.map_or(1, |(_, weight)| *weight)
    };
    let tier = |stay: &Stay| stay.tier.map(|tier| tier.to_string());
    lasted.map(|(stay, until)| (None, tier(stay), None, [weigh(stay, until), 0, 0, 0])).collect()
}

/// The values of a life in a dimension that belongs to the exception.
fn values(is: &Exception, by: By) -> Vec<Option<String>> {
    let of = |facet: Facet| facets(is).into_iter().filter(move |(one, _)| *one == facet).map(|(_, value)| Some(value));
    match by {
        By::Tier => vec![is.tier().map(|tier| tier.to_string())],
        By::Region => of(Facet::Region).collect(),
        By::Clause => of(Facet::Clause).collect(),
        By::Outcome => vec![Some(Outcome::of(is).to_string())],
        By::Sop => vec![Some(is.sop.to_string())],
        By::Nothing
        | By::Kind
        | By::BusinessUnit
        | By::Policy
        | By::Regulation
        | By::Step
        | By::State
        | By::Role
        | By::Person => vec![None],
    }
}

/// What is counted of these lives.
pub(super) fn slowly(lives: &[Life], wanted: &Wanted, now: Time) -> Vec<Figure> {
    type Key = (Option<i32>, Option<String>, Option<i64>);
    let mut found: BTreeMap<Key, (i64, i64, [i64; 4])> = BTreeMap::new();
    for life in lives {
        for (month, tier, hours, sums) in by_hand(life, wanted, now) {
            let of_stays = matches!(wanted.measure, Measure::Effective | Measure::Exposure | Measure::Entered);
            let told = if of_stays && wanted.by == By::Tier { vec![tier] } else { values(&life.is, wanted.by) };
            for value in told {
                let one = found.entry((month.filter(|_| wanted.monthly), value, hours)).or_default();
                one.0 += 1;
                one.1 += flag(life.is.request.confidential);
                one.2.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
            }
        }
    }
    let figure = |((month, value, hours), (count, confidential, sums))| Figure {
        month,
        value,
        hours,
        count,
        confidential,
        sums,
    };
    found.into_iter().map(figure).collect()
}
