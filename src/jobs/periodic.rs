//! The jobs that post what the calendar says people are told: of each tick once, to each reader a letter of their own.
//! What it says is put together when it leaves.

use chrono::{Datelike, Months, NaiveDate, NaiveTime};

use super::{JobError, Jobs, Worked};
use crate::{
    domain::{letters::Periodic, request::Time},
    store::{
        automation::Permit,
        outbox::{Issue, readers_of},
    },
    words::Zone,
};

/// The job that posts the figures of a month.
pub(super) const MONTHLY: &str = "monthly_pack";
/// The job that posts the open exceptions of high risk.
pub(super) const QUARTERLY: &str = "risk_list";

impl Jobs {
    /// Posts the figures of the month before.
    pub(super) fn post_pack(&mut self, now: Time) -> Result<Worked, JobError> {
        self.post_issue((MONTHLY, Periodic::MonthlyPack), now)
    }

    /// Posts the open exceptions of high risk.
    pub(super) fn post_risks(&mut self, now: Time) -> Result<Worked, JobError> {
        self.post_issue((QUARTERLY, Periodic::RiskList), now)
    }

    fn post_issue(&mut self, (job, report): (&'static str, Periodic), now: Time) -> Result<Worked, JobError> {
        let schedule = self.turns.iter().find(|turn| turn.job.name == job).and_then(|turn| turn.schedule.as_ref());
        let tick = schedule.and_then(|schedule| Some((schedule.last_until(now)?, schedule.zone())));
        let Some((tick, zone)) = tick else { return Ok(Worked::whole(0)) };
        let (from, to) = months_before(tick, zone, report.months());
        let issue = Issue { report, tick, from, to };
        let readers = self.desk.store().read(|conn| readers_of(conn, &issue))?;
        let Some(right) = self.right(job) else { return Ok(Worked::cut_short(0)) };
        let posted = self.write(move |tx| match tx.permit(&right)? {
            Permit::Granted => tx.post_issue(&issue, &readers).map(|()| Some(readers.len())),
            Permit::Halted | Permit::Lost => Ok(None),
        })?;
        Ok(posted.map_or(Worked::cut_short(0), Worked::whole))
    }
}

/// So many whole months of a zone's calendar, until the one of this instant.
fn months_before(tick: Time, zone: Zone, months: u32) -> (Time, Time) {
    let today = tick.with_timezone(&zone.tz()).date_naive();
    let end = today.with_day(1).unwrap_or(today);
    let begin = end.checked_sub_months(Months::new(months)).unwrap_or(end);
    let midnight = |day: NaiveDate| zone.instant(day.and_time(NaiveTime::MIN));
    (midnight(begin), midnight(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_that_of_the_zone() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        let berlin = "Europe/Berlin".parse().unwrap();
        let month = months_before(at("2026-04-01T04:00:00Z"), berlin, 1);
        assert_eq!(month, (at("2026-02-28T23:00:00Z"), at("2026-03-31T22:00:00Z")));
        let quarter = months_before(at("2026-01-01T06:00:00Z"), Zone::UTC, 3);
        assert_eq!(quarter, (at("2025-10-01T00:00:00Z"), at("2026-01-01T00:00:00Z")));
    }
}
