//! What runs by itself, as the database has it: who keeps time, what is stopped, and the runs of jobs. Which
//! job is due when, and what it does, is not known here.

mod runs;

use chrono::{DateTime, Duration, TimeDelta};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use uuid::Uuid;

pub use runs::{Asked, Beginning, Outcome, Run, Tick, last_runs, runs};

use super::{backend::Conn, batches, error::StoreError, ledger::ClockTrust, sql::Sql, tx::Tx};
use crate::{
    domain::{
        request::Time,
        roster::{AutomationDeed, RosterEvent},
    },
    words::{Channel, Halt, Hash, PersonId},
};

/// The lease under which somebody keeps time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Who: one value for each process that runs.
    pub owner: Uuid,
    /// Which holder in the order of all; the fence of everything that is done under it.
    pub fence: i64,
}

/// By what right something is done automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// As which job.
    pub job: &'static str,
    /// Under which lease; none where no other could do the same.
    pub hold: Option<Hold>,
}

impl Right {
    /// As a job that needs no lease.
    pub const fn unleased(job: &'static str) -> Self {
        Self { job, hold: None }
    }
}

/// Whether an automatic command may be carried out in this transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// It may.
    Granted,
    /// The kill switch stops it.
    Halted,
    /// Somebody else keeps time by now.
    Lost,
}

/// What every automatic command of a batch asks for, read once in its transaction.
#[derive(Debug, Clone)]
pub(super) struct Brakes {
    halts: Vec<Halt>,
    lease: LeaseRow,
}

/// What is stopped, since when and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halted {
    /// What.
    pub scope: Halt,
    /// Why.
    pub reason: Hash,
    /// By whom; absent for the service itself.
    pub by: Option<PersonId>,
    /// When.
    pub at: Time,
}

/// Who keeps time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeper {
    /// The lease.
    pub hold: Hold,
    /// Until when, by the database's clock.
    pub until: Time,
}

/// How the automation stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What time it is by the database's clock.
    pub now: Time,
    /// Who keeps time, or did last.
    pub keeper: Option<Keeper>,
    /// What is stopped.
    pub halts: Vec<Halt>,
    /// Runs that were asked for or begun, and have not ended.
    pub open: Vec<(String, Tick)>,
}

impl Standing {
    /// Does somebody keep time?
    pub fn is_kept(&self) -> bool {
        self.keeper.is_some_and(|keeper| self.now < keeper.until)
    }
}

#[derive(Debug, Clone, QueryableByName)]
struct LeaseRow {
    #[diesel(sql_type = Nullable<Text>)]
    owner: Option<String>,
    #[diesel(sql_type = BigInt)]
    fence: i64,
    #[diesel(sql_type = BigInt)]
    lease_until: i64,
}

impl LeaseRow {
    fn is_of(&self, hold: &Hold) -> bool {
        self.fence == hold.fence && self.owner.as_deref() == Some(hold.owner.to_string().as_str())
    }

    fn keeper(&self) -> Option<Keeper> {
        let owner = self.owner.as_deref()?.parse().ok()?;
        Some(Keeper { hold: Hold { owner, fence: self.fence }, until: instant(self.lease_until) })
    }
}

#[derive(QueryableByName)]
struct HaltRow {
    #[diesel(sql_type = Text)]
    scope: String,
    #[diesel(sql_type = Text)]
    reason_c: String,
    #[diesel(sql_type = Nullable<Text>)]
    person: Option<String>,
    #[diesel(sql_type = BigInt)]
    halted_at: i64,
}

fn instant(micros: i64) -> Time {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn lease(conn: &mut Conn) -> Result<LeaseRow, StoreError> {
    Ok(Sql::new("SELECT owner, fence, lease_until FROM scheduler WHERE id = 1").kept().get_result(conn)?)
}

/// Who keeps time, or did last.
pub fn keeper(conn: &mut Conn) -> Result<Option<Keeper>, StoreError> {
    Ok(lease(conn)?.keeper())
}

/// What is stopped, in the order of its names.
pub fn halts(conn: &mut Conn) -> Result<Vec<Halted>, StoreError> {
    let all = Sql::new("SELECT scope, reason_c, person, halted_at FROM halts ORDER BY scope");
    let rows: Vec<HaltRow> = all.kept().load(conn)?;
    let halted = |row: HaltRow| {
        let broken = || StoreError::Corrupt(format!("what is stopped: {}", row.scope));
        Ok(Halted {
            scope: row.scope.parse().map_err(|_| broken())?,
            reason: row.reason_c.parse().map_err(|_| broken())?,
            by: row.person.as_deref().map(str::parse).transpose().map_err(|_| broken())?,
            at: instant(row.halted_at),
        })
    };
    rows.into_iter().map(halted).collect()
}

/// Is exactly this stopped?
pub(super) fn is_halted(conn: &mut Conn, scope: &Halt) -> Result<bool, StoreError> {
    Ok(halts(conn)?.iter().any(|halted| halted.scope == *scope))
}

/// What is stopped, for those who act outside a transaction: look again before every action.
pub fn scopes(conn: &mut Conn) -> Result<Vec<Halt>, StoreError> {
    Ok(halts(conn)?.into_iter().map(|halted| halted.scope).collect())
}

/// Is this channel closed? For those who act outside a transaction: look again before every action.
pub fn is_closed(conn: &mut Conn, channel: Channel) -> Result<bool, StoreError> {
    Ok(scopes(conn)?.iter().any(|halt| halt.stops_channel(channel)))
}

/// How the automation stands when our clock says `now`.
pub fn standing(conn: &mut Conn, (now, trust): (Time, ClockTrust)) -> Result<Standing, StoreError> {
    let ahead = match trust {
        ClockTrust::Checked => conn.clock_offset(now.timestamp_micros())?,
        ClockTrust::Moved => 0,
    };
    Ok(Standing {
        now: now + TimeDelta::microseconds(ahead),
        keeper: lease(conn)?.keeper(),
        halts: scopes(conn)?,
        open: runs::open(conn)?,
    })
}

/// Writes what an event of the kill switch, or a run that was asked for, changes.
pub(super) fn apply(
    conn: &mut Conn,
    deed: &AutomationDeed,
    (leaf, event): (u64, &RosterEvent),
) -> Result<(), StoreError> {
    match deed {
        AutomationDeed::AutomationHalted { scope, reason } => {
            sql_query("INSERT INTO halts (scope, reason_c, person, leaf, halted_at) VALUES ($1, $2, $3, $4, $5)")
                .bind::<Text, _>(scope.to_string())
                .bind::<Text, _>(reason.commitment.to_string())
                .bind::<Nullable<Text>, _>(event.by.person().map(|person| person.to_string()))
                .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
                .bind::<BigInt, _>(event.at.timestamp_micros())
                .execute(conn)?;
        }
        AutomationDeed::AutomationReleased { scope } => {
            sql_query("DELETE FROM halts WHERE scope = $1").bind::<Text, _>(scope.to_string()).execute(conn)?;
        }
        AutomationDeed::JobAsked { job } => runs::ask(conn, job, event.at)?,
        AutomationDeed::SettingsReloaded { .. } => {}
        AutomationDeed::Batch(deed) => batches::apply(conn, deed, event)?,
    }
    Ok(())
}

impl Tx<'_, '_> {
    fn brakes(&mut self) -> Result<Brakes, StoreError> {
        if let Some(brakes) = &self.batch().brakes {
            return Ok(brakes.clone());
        }
        let brakes = Brakes { halts: scopes(self.conn())?, lease: lease(self.conn())? };
        self.batch().brakes = Some(brakes.clone());
        Ok(brakes)
    }

    /// May something be done by this right? Ask it in the very transaction that does it: the kill switch is
    /// thrown, and the lease moves, under the same lock.
    pub fn permit(&mut self, right: &Right) -> Result<Permit, StoreError> {
        let brakes = self.brakes()?;
        if brakes.halts.iter().any(|halt| halt.stops_job(right.job)) {
            return Ok(Permit::Halted);
        }
        let held = right.hold.is_none_or(|hold| brakes.lease.is_of(&hold));
        Ok(if held { Permit::Granted } else { Permit::Lost })
    }

    /// Is this channel closed? Ask it in the transaction that claims what would leave by it.
    pub fn halted(&mut self, channel: Channel) -> Result<bool, StoreError> {
        Ok(self.brakes()?.halts.iter().any(|halt| halt.stops_channel(channel)))
    }

    /// Takes the lease of whoever keeps time, or renews one's own; `None` while another's holds.
    pub fn take_lease(&mut self, owner: Uuid, length: Duration) -> Result<Option<Hold>, StoreError> {
        let (now, row) = (self.now(), lease(self.conn())?);
        let (holds, name) = (now.timestamp_micros() < row.lease_until, owner.to_string());
        let mine = row.owner.as_deref() == Some(name.as_str());
        if holds && !mine {
            return Ok(None);
        }
        // One's own lease that ran out may have been somebody's in between: it counts as a new one.
        let fence = if holds { row.fence } else { row.fence + 1 };
        sql_query("UPDATE scheduler SET owner = $1, fence = $2, lease_until = $3 WHERE id = 1")
            .bind::<Text, _>(name)
            .bind::<BigInt, _>(fence)
            .bind::<BigInt, _>((now + length).timestamp_micros())
            .execute(self.conn())?;
        self.batch().brakes = None;
        Ok(Some(Hold { owner, fence }))
    }

    /// Lets the lease end now, so that another process need not wait for it.
    pub fn give_lease_up(&mut self, hold: &Hold) -> Result<(), StoreError> {
        sql_query("UPDATE scheduler SET lease_until = 0 WHERE id = 1 AND owner = $1 AND fence = $2")
            .bind::<Text, _>(hold.owner.to_string())
            .bind::<BigInt, _>(hold.fence)
            .execute(self.conn())?;
        self.batch().brakes = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
