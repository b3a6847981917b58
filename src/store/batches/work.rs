//! Batches as they go on: begun with all that they touch, counted, stopped, and taken back.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::{CountRow, broken, counted, parsed};
use crate::{
    domain::roster::{BatchDeed, RosterEvent},
    store::{backend::Conn, error::StoreError, register::Touched, sql::Sql, tx::Tx},
    words::{BatchId, BatchOutcome, BatchState, ExceptionId, IncidentId, Reversal, StateName},
};

/// What was counted of a batch since it began or was last let go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dealt {
    /// To how many it came.
    pub dealt: u64,
    /// How many of them were refused.
    pub refused: u64,
    /// Is there more to come, and nothing that stops it?
    pub goes_on: bool,
}

#[derive(QueryableByName)]
struct DealtRow {
    #[diesel(sql_type = BigInt)]
    dealt: i64,
    #[diesel(sql_type = BigInt)]
    refused: i64,
    #[diesel(sql_type = BigInt)]
    goes_on: i64,
}

#[derive(QueryableByName)]
struct Resting {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    reverted_at: Option<i64>,
}

#[derive(QueryableByName)]
struct ToRevert {
    #[diesel(sql_type = Text)]
    batch: String,
    #[diesel(sql_type = Text)]
    exception: String,
}

#[derive(QueryableByName)]
struct Reopened {
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = BigInt)]
    others: i64,
}

/// The batches that are stopped or were taken back.
pub fn resting(conn: &mut Conn) -> Result<BTreeMap<BatchId, BatchState>, StoreError> {
    let text = "SELECT id, reverted_at FROM batches WHERE held_at IS NOT NULL OR reverted_at IS NOT NULL";
    let rows: Vec<Resting> = sql_query(text).load(conn)?;
    let state = |row: Resting| {
        let state = if row.reverted_at.is_some() { BatchState::Reverted } else { BatchState::Held };
        Ok((parsed(&row.id)?, state))
    };
    rows.into_iter().map(state).collect()
}

/// What has still to be taken back of batches, in the order of exceptions, at most `limit`.
pub fn to_revert(conn: &mut Conn, limit: i64) -> Result<Vec<(BatchId, ExceptionId)>, StoreError> {
    let rows: Vec<ToRevert> = sql_query(
        "SELECT m.batch AS batch, m.exception AS exception FROM batches b JOIN batch_members m ON m.batch = b.id \
         WHERE b.reverted_at IS NOT NULL AND m.outcome = 'reopened' AND m.reversal IS NULL \
         ORDER BY m.batch, m.serial LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.iter().map(|row| Ok((parsed(&row.batch)?, parsed(&row.exception)?))).collect()
}

/// How much of it there is.
pub fn count_to_revert(conn: &mut Conn) -> Result<u64, StoreError> {
    let found: CountRow = sql_query(
        "SELECT NULL AS outcome, NULL AS reversal, COUNT(*) AS count FROM batches b \
         JOIN batch_members m ON m.batch = b.id \
         WHERE b.reverted_at IS NOT NULL AND m.outcome = 'reopened' AND m.reversal IS NULL",
    )
    .get_result(conn)?;
    Ok(counted(found.count))
}

/// Writes what happened to a batch.
pub fn apply(conn: &mut Conn, deed: &BatchDeed, event: &RosterEvent) -> Result<(), StoreError> {
    begin(conn, deed.batch(), (event.at.timestamp_micros(), None))?;
    let (id, at) = (deed.batch().to_string(), event.at.timestamp_micros());
    let by = event.by.person().map(|person| person.to_string());
    match deed {
        BatchDeed::BatchHeld { why, .. } => {
            let why = serde_json::to_string(why).map_err(broken)?;
            let sql = "UPDATE batches SET held_at = $1, held_by = $2, hold = $3 WHERE id = $4";
            Sql::of(sql, [at.into(), by.into(), why.into(), id.into()]).query().execute(conn)?;
        }
        BatchDeed::BatchReleased { batch } => {
            let sql =
                "UPDATE batches SET held_at = NULL, held_by = NULL, hold = NULL, dealt = 0, refused = 0 WHERE id = $1";
            Sql::of(sql, [id.as_str().into()]).query().execute(conn)?;
            if let BatchId::Sop { id, version } = batch {
                // What was looked at meanwhile, and left alone, is looked at again.
                let sql = "UPDATE exceptions SET wake_at = $1 WHERE state = 'active' AND sop = $2 AND sop_version < $3";
                let version = i32::try_from(*version).unwrap_or(i32::MAX);
                Sql::of(sql, [at.into(), id.as_str().into(), version.into()]).query().execute(conn)?;
                pass_by(conn, batch, at)?;
            }
        }
        BatchDeed::BatchReverted { batch } => {
            let sql = "UPDATE batches SET reverted_at = $1, reverted_by = $2, held_at = NULL, held_by = NULL, hold = NULL \
                       WHERE id = $3";
            Sql::of(sql, [at.into(), by.into(), id.into()]).query().execute(conn)?;
            cancel(conn, batch, at)?;
        }
    }
    Ok(())
}

/// What is no longer in effect has nothing to do with a version of its procedure.
fn pass_by(conn: &mut Conn, batch: &BatchId, at: i64) -> Result<(), StoreError> {
    sql_query(
        "UPDATE batch_members SET outcome = 'untouched', settled_at = $1 WHERE batch = $2 AND outcome IS NULL \
         AND exception IN (SELECT m.exception FROM batch_members m JOIN exceptions e ON e.id = m.exception \
         WHERE m.batch = $3 AND m.outcome IS NULL AND e.state <> 'active')",
    )
    .bind::<BigInt, _>(at)
    .bind::<Text, _>(batch.to_string())
    .bind::<Text, _>(batch.to_string())
    .execute(conn)?;
    Ok(())
}

/// What is left of it is not done, and what took effect away stays so.
fn cancel(conn: &mut Conn, batch: &BatchId, at: i64) -> Result<(), StoreError> {
    let id = batch.to_string();
    for (why, outcomes) in [("suspended", "'refused', 'suspended'"), ("noted", "'noted'")] {
        let sql = format!("UPDATE batch_members SET reversal = '{why}' WHERE batch = $1 AND outcome IN ({outcomes})");
        sql_query(sql).bind::<Text, _>(&id).execute(conn)?;
    }
    sql_query("UPDATE batch_members SET outcome = 'cancelled', settled_at = $1 WHERE batch = $2 AND outcome IS NULL")
        .bind::<BigInt, _>(at)
        .bind::<Text, _>(&id)
        .execute(conn)?;
    match batch {
        BatchId::Entry { kind, id, version } => {
            let sql = "DELETE FROM stale WHERE kind = $1 AND id = $2 AND version = $3";
            let version = i32::try_from(*version).unwrap_or(i32::MAX);
            Sql::of(sql, [kind.as_str().into(), id.as_str().into(), version.into()]).query().execute(conn)?;
            give_back(conn, batch)?;
        }
        BatchId::Incident(incident) => {
            let sql = "DELETE FROM incident_touches WHERE incident = $1 AND outcome IS NULL";
            sql_query(sql).bind::<Text, _>(incident.to_string()).execute(conn)?;
        }
        BatchId::Sop { .. } => {}
    }
    Ok(())
}

/// What an earlier version had left to one that is taken back is the earlier one's again: of several the newest that
/// was not taken back itself. What a later version took over stays with that.
fn give_back(conn: &mut Conn, batch: &BatchId) -> Result<(), StoreError> {
    const LEFT: &str = "SELECT m.exception AS exception, r.kind AS kind, r.name AS name, MAX(b.version) AS version \
        FROM batches r JOIN batch_members own ON own.batch = r.id AND own.outcome <> 'superseded' \
        JOIN batches b ON b.kind = r.kind AND b.name = r.name AND b.version < r.version AND b.reverted_at IS NULL \
        JOIN batch_members m ON m.batch = b.id AND m.exception = own.exception AND m.outcome = 'superseded' \
        WHERE r.id = $1 GROUP BY m.exception, r.kind, r.name";
    let stale = format!(
        "INSERT INTO stale (exception, kind, id, version) SELECT l.exception, l.kind, l.name, l.version \
         FROM ({LEFT}) l WHERE l.version > 0 ON CONFLICT (exception, kind, id) DO NOTHING"
    );
    let again = format!(
        "UPDATE batch_members SET outcome = NULL, settled_at = NULL WHERE outcome = 'superseded' AND EXISTS \
         (SELECT 1 FROM ({LEFT}) l JOIN batches o ON o.kind = l.kind AND o.name = l.name AND o.version = l.version \
         WHERE l.exception = batch_members.exception AND o.id = batch_members.batch)"
    );
    for text in [stale, again] {
        sql_query(text).bind::<Text, _>(batch.to_string()).execute(conn)?;
    }
    Ok(())
}

/// The row of a batch, if it has none yet.
fn begin(conn: &mut Conn, id: &BatchId, (at, by): (i64, Option<String>)) -> Result<(), StoreError> {
    let version = id.version().map(|version| i32::try_from(version).unwrap_or(i32::MAX));
    sql_query(
        "INSERT INTO batches (id, kind, name, version, begun_at, begun_by) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind::<Text, _>(id.to_string())
    .bind::<Text, _>(id.kind())
    .bind::<Text, _>(id.name())
    .bind::<Nullable<Integer>, _>(version)
    .bind::<BigInt, _>(at)
    .bind::<Nullable<Text>, _>(by)
    .execute(conn)?;
    Ok(())
}

impl Tx<'_, '_> {
    /// Begins the batch whose cause `event` is; it touches nothing yet.
    pub fn begin_batch(&mut self, id: &BatchId, event: &RosterEvent) -> Result<(), StoreError> {
        let by = event.by.person().map(|person| person.to_string());
        begin(self.conn(), id, (event.at.timestamp_micros(), by))
    }

    /// A batch that touches nothing is none.
    pub fn drop_empty_batch(&mut self, id: &BatchId) -> Result<(), StoreError> {
        let sql = "DELETE FROM batches WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM batch_members m WHERE m.batch = batches.id)";
        sql_query(sql).bind::<Text, _>(id.to_string()).execute(self.conn())?;
        Ok(())
    }

    /// A batch touches the exceptions in these states that rest on what was changed. What is looked at already is
    /// judged by the new version, and takes no work.
    pub fn add_touched(&mut self, id: &BatchId, touched: &Touched, states: &[StateName]) -> Result<(), StoreError> {
        let (listed, now) = (super::super::register::listed(states), self.now().timestamp_micros());
        sql_query(format!(
            "INSERT INTO batch_members (batch, exception, serial, state, outcome, settled_at) \
             SELECT $1, e.id, e.serial, e.state, CASE WHEN e.state = 're_review' THEN 'noted' END, \
             CASE WHEN e.state = 're_review' THEN CAST($2 AS BIGINT) END \
             FROM exception_facets f JOIN exceptions e ON e.id = f.exception \
             WHERE f.facet = $3 AND f.value = $4 AND e.state IN ({listed}, 're_review') \
             ON CONFLICT (batch, exception) DO NOTHING"
        ))
        .bind::<Text, _>(id.to_string())
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(touched.facet)
        .bind::<Text, _>(&touched.value)
        .execute(self.conn())?;
        Ok(())
    }

    /// What earlier batches about the same have not come to, and this one touches, is left to this one.
    pub fn supersede(&mut self, id: &BatchId) -> Result<(), StoreError> {
        let (now, batch) = (self.now().timestamp_micros(), id.to_string());
        sql_query(
            "UPDATE batch_members SET outcome = 'superseded', settled_at = $1 WHERE outcome IS NULL AND batch IN \
             (SELECT id FROM batches WHERE kind = $2 AND name = $3 AND id <> $4) AND exception IN \
             (SELECT exception FROM batch_members WHERE batch = $5)",
        )
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(id.kind())
        .bind::<Text, _>(id.name())
        .bind::<Text, _>(&batch)
        .bind::<Text, _>(&batch)
        .execute(self.conn())?;
        Ok(())
    }

    /// A batch touches the exceptions in effect that run by an older version of a procedure.
    pub fn add_older(&mut self, id: &BatchId, (sop, version): (&str, u32)) -> Result<(), StoreError> {
        sql_query(
            "INSERT INTO batch_members (batch, exception, serial, state) SELECT $1, id, serial, state FROM exceptions \
             WHERE state = 'active' AND sop = $2 AND sop_version < $3 ON CONFLICT (batch, exception) DO NOTHING",
        )
        .bind::<Text, _>(id.to_string())
        .bind::<Text, _>(sop)
        .bind::<Integer, _>(i32::try_from(version).unwrap_or(i32::MAX))
        .execute(self.conn())?;
        Ok(())
    }

    /// A batch touches what its incident touches.
    pub fn add_struck(&mut self, id: &BatchId, incident: IncidentId) -> Result<(), StoreError> {
        sql_query(
            "INSERT INTO batch_members (batch, exception, serial, state) SELECT $1, exception, serial, state \
             FROM incident_touches WHERE incident = $2 ON CONFLICT (batch, exception) DO NOTHING",
        )
        .bind::<Text, _>(id.to_string())
        .bind::<Text, _>(incident.to_string())
        .execute(self.conn())?;
        Ok(())
    }

    /// Is it stopped, or was it taken back?
    pub fn is_resting(&mut self, id: &BatchId) -> Result<bool, StoreError> {
        Ok(resting(self.conn())?.contains_key(id))
    }

    /// Keeps what a batch did to an exception that was so before, and which then had `version`; what it did not touch
    /// as it began joins it. What it only noted, or left alone, it may still come to.
    pub fn settle_member(
        &mut self,
        (id, exception): (&BatchId, ExceptionId),
        (outcome, before): (BatchOutcome, StateName),
        version: u64,
    ) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        begin(self.conn(), id, (now, None))?;
        self.join((id, exception), before)?;
        let sql = "UPDATE batch_members SET outcome = $1, settled_at = $2, version = $3 \
                   WHERE batch = $4 AND exception = $5 \
                   AND (outcome IS NULL OR outcome IN ('noted', 'untouched', 'superseded'))";
        let (batch, version) = (id.to_string(), i64::try_from(version).unwrap_or(i64::MAX));
        let cells =
            [outcome.as_str().into(), now.into(), version.into(), batch.as_str().into(), exception.to_string().into()];
        let settled = Sql::of(sql, cells).query().execute(self.conn())?;
        let counts = matches!(outcome, BatchOutcome::Reopened | BatchOutcome::Refused);
        if settled == 1 && counts {
            let refused = i64::from(outcome == BatchOutcome::Refused);
            let sql = "UPDATE batches SET dealt = dealt + 1, refused = refused + $1 WHERE id = $2";
            Sql::of(sql, [refused.into(), batch.into()]).query().execute(self.conn())?;
        }
        Ok(())
    }

    /// An exception that came into effect after a batch began, and that it changes all the same, is of it.
    fn join(&mut self, (id, exception): (&BatchId, ExceptionId), before: StateName) -> Result<(), StoreError> {
        sql_query(
            "INSERT INTO batch_members (batch, exception, serial, state) SELECT $1, e.id, e.serial, $2 \
             FROM exceptions e WHERE e.id = $3 ON CONFLICT (batch, exception) DO NOTHING",
        )
        .bind::<Text, _>(id.to_string())
        .bind::<Text, _>(before.as_str())
        .bind::<Text, _>(exception.to_string())
        .execute(self.conn())?;
        Ok(())
    }

    /// A batch has nothing to do with an exception that it has still to come to.
    pub fn leave_untouched(&mut self, id: &BatchId, exception: ExceptionId) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        let untouched = "UPDATE batch_members SET outcome = 'untouched', settled_at = $1 \
             WHERE batch = $2 AND exception = $3 AND outcome IS NULL";
        let values = [now.into(), id.to_string().into(), exception.to_string().into()];
        Sql::of(untouched, values).kept().execute(self.conn())?;
        Ok(())
    }

    /// What was counted of a batch.
    pub fn dealt(&mut self, id: &BatchId) -> Result<Option<Dealt>, StoreError> {
        let row: Option<DealtRow> = sql_query(
            "SELECT dealt, refused, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM batch_members m \
             WHERE m.batch = b.id AND m.outcome IS NULL LIMIT 1) AS more \
             WHERE b.held_at IS NULL AND b.reverted_at IS NULL) AS goes_on FROM batches b WHERE id = $1",
        )
        .bind::<Text, _>(id.to_string())
        .get_result(self.conn())
        .optional()?;
        let read = |row: DealtRow| Dealt {
            dealt: counted(row.dealt),
            refused: counted(row.refused),
            goes_on: row.goes_on > 0,
        };
        Ok(row.map(read))
    }

    /// The version that an exception had once a batch reopened it, if that is still to be taken back, and whether
    /// another batch that was not taken back concerned it since.
    pub fn reopened(&mut self, (id, exception): (&BatchId, ExceptionId)) -> Result<Option<(u64, bool)>, StoreError> {
        let row: Option<Reopened> = sql_query(
            "SELECT m.version AS version, (SELECT COUNT(*) FROM batch_members o JOIN batches b ON b.id = o.batch \
             WHERE o.exception = m.exception AND o.batch <> m.batch AND o.outcome = 'noted' \
             AND b.reverted_at IS NULL AND o.settled_at >= m.settled_at) AS others \
             FROM batch_members m WHERE m.batch = $1 AND m.exception = $2 AND m.outcome = 'reopened' \
             AND m.reversal IS NULL",
        )
        .bind::<Text, _>(id.to_string())
        .bind::<Text, _>(exception.to_string())
        .get_result(self.conn())
        .optional()?;
        Ok(row.map(|row| (row.version.map_or(0, counted), row.others > 0)))
    }

    /// Keeps what taking a batch back did to an exception.
    pub fn settle_reversal(
        &mut self,
        (id, exception): (&BatchId, ExceptionId),
        reversal: Reversal,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE batch_members SET reversal = $1 WHERE batch = $2 AND exception = $3";
        let cells = [reversal.as_str().into(), id.to_string().into(), exception.to_string().into()];
        Sql::of(sql, cells).query().execute(self.conn())?;
        Ok(())
    }
}
