//! Every figure that reports tell, once: its name, its unit, what it is counted from and how.

use super::{
    pool::{Pool, share, tenths},
    table::{Cell, Column, Unit, column},
};
use crate::domain::figures::Measure;

/// A figure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) column: Column,
    pub(super) of: Measure,
    pub(super) value: fn(&Pool) -> Cell,
}

const fn told(name: &'static str, unit: Unit, of: Measure, value: fn(&Pool) -> Cell) -> Told {
    Told { column: column(name, unit), of, value }
}

const fn count(pool: &Pool) -> Cell {
    Cell::Count(pool.count)
}

fn sum<const N: usize>(pool: &Pool) -> Cell {
    Cell::Count(pool.sum::<N>())
}

fn of_all<const N: usize>(pool: &Pool) -> Cell {
    share(pool.sum::<N>(), pool.count)
}

fn median(pool: &Pool) -> Cell {
    pool.percentile(50)
}

fn ninth(pool: &Pool) -> Cell {
    pool.percentile(90)
}

pub(super) const SUBMITTED: Told = told("submitted", Unit::Count, Measure::Submitted, count);
pub(super) const SUBMISSIONS: Told = told("submissions", Unit::Count, Measure::Submitted, sum::<0>);
pub(super) const FAILED_GATES: Told =
    told("failed_gates_per_100_submissions", Unit::Per100, Measure::Submitted, |pool| {
        share(pool.sum::<1>(), pool.sum::<0>())
    });
pub(super) const FIRST_PASS: Told =
    told("first_pass_yield", Unit::Percent, Measure::Submitted, |pool| share(pool.sum::<2>(), pool.sum::<3>()));

pub(super) const DECIDED: Told = told("decided", Unit::Count, Measure::Decided, count);
pub(super) const GRANTED: Told = told("granted", Unit::Count, Measure::Decided, sum::<0>);
pub(super) const REJECTED: Told =
    told("rejected", Unit::Count, Measure::Decided, |pool| Cell::Count(pool.count - pool.sum::<0>()));
pub(super) const GRANT_RATE: Told = told("grant_rate", Unit::Percent, Measure::Decided, of_all::<0>);
pub(super) const CYCLE_MEDIAN: Told = told("cycle_hours_median", Unit::Hours, Measure::Decided, median);
pub(super) const CYCLE_NINTH: Told = told("cycle_hours_p90", Unit::Hours, Measure::Decided, ninth);

pub(super) const RESOLVED: Told = told("resolved", Unit::Count, Measure::Resolved, count);
pub(super) const RESOLUTION_MEDIAN: Told = told("resolution_hours_median", Unit::Hours, Measure::Resolved, median);
pub(super) const RESOLUTION_NINTH: Told = told("resolution_hours_p90", Unit::Hours, Measure::Resolved, ninth);

pub(super) const ENDED: Told = told("ended", Unit::Count, Measure::Ended, count);
pub(super) const REVOKED: Told = told("revoked", Unit::Count, Measure::Ended, sum::<0>);

pub(super) const ACTIVE: Told = told("active", Unit::Count, Measure::Effective, count);
pub(super) const OVERDUE_REVIEWS: Told = told("overdue_re_reviews", Unit::Count, Measure::OverdueReviews, count);
/// Summed in thousandths of a day.
pub(super) const EXPOSURE: Told =
    told("exposure_days", Unit::Days, Measure::Exposure, |pool| Cell::Number(tenths(pool.sum::<0>(), 100)));

pub(super) const DONE: Told = told("tasks_done", Unit::Count, Measure::Done, count);
pub(super) const ON_TIME: Told = told("tasks_on_time", Unit::Count, Measure::Done, sum::<0>);
pub(super) const ADHERENCE: Told = told("sla_adherence", Unit::Percent, Measure::Done, of_all::<0>);
pub(super) const TASK_MEDIAN: Told = told("task_hours_median", Unit::Hours, Measure::Done, median);
pub(super) const TASK_NINTH: Told = told("task_hours_p90", Unit::Hours, Measure::Done, ninth);
pub(super) const TASK_HOURS: Told = told("task_hours", Unit::Hours, Measure::Done, |pool| Cell::Count(pool.hours()));

pub(super) const OPEN: Told = told("tasks_open", Unit::Count, Measure::Waiting, count);
pub(super) const OVERDUE: Told = told("tasks_overdue", Unit::Count, Measure::Waiting, sum::<0>);

pub(super) const ENTERED: Told = told("entered", Unit::Count, Measure::Entered, count);
pub(super) const LEFT: Told = told("went_on", Unit::Count, Measure::Entered, sum::<0>);
pub(super) const STILL: Told =
    told("still_there", Unit::Count, Measure::Entered, |pool| Cell::Count(pool.count - pool.sum::<0>()));
pub(super) const STAY_MEDIAN: Told = told("hours_median", Unit::Hours, Measure::Entered, median);
pub(super) const STAY_NINTH: Told = told("hours_p90", Unit::Hours, Measure::Entered, ninth);

pub(super) const APPROVALS: Told = told("approvals", Unit::Count, Measure::Votes, count);
pub(super) const WITHIN_A_MINUTE: Told = told("within_a_minute", Unit::Count, Measure::Votes, sum::<0>);
pub(super) const BY_DELEGATES: Told = told("for_somebody_else", Unit::Count, Measure::Votes, sum::<1>);
pub(super) const IN_QUORUMS: Told = told("in_quorums", Unit::Count, Measure::Votes, sum::<2>);
