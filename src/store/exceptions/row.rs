//! The row of an exception: what of it stands in columns, and the statement that writes those which changed.

use diesel::Insertable;

use crate::{
    domain::{exception::Exception, request::Time},
    store::{ends::period_end, error::StoreError, orders::places, rows::Cell, schema::exceptions, sql::Sql},
};

/// The row of an exception.
#[derive(Debug, Clone, Insertable, PartialEq, Eq)]
#[diesel(table_name = exceptions)]
pub(super) struct Row {
    id: String,
    number: String,
    seq: i64,
    version: i64,
    state: String,
    tier: Option<String>,
    kind: Option<String>,
    requester: String,
    business_unit: Option<String>,
    confidential: bool,
    sop: String,
    sop_version: i32,
    drafted_at: i64,
    changed_at: i64,
    due_at: Option<i64>,
    starts_at: Option<i64>,
    effective_until: Option<i64>,
    ends_at: Option<i64>,
    authority_round: Option<i32>,
    authority_dossier: Option<String>,
    title: Option<String>,
    body: String,
    severity: Option<i64>,
}

impl Row {
    /// Without its text, of an exception as it is.
    pub(super) fn of(after: &Exception) -> Self {
        let micros = |time: Time| time.timestamp_micros();
        let [changed_at, due_at, effective_until, severity] = places(after);
        let authority = after.state.authority();
        let living = after.effective_until().and(authority);
        Self {
            id: after.id.to_string(),
            number: after.number.clone(),
            seq: signed(after.seq),
            version: signed(after.version),
            state: after.state.name().to_string(),
            tier: after.tier().map(|tier| tier.to_string()),
            kind: after.request.kind.map(|kind| kind.to_string()),
            requester: after.requester.to_string(),
            business_unit: after.request.scope.business_unit.clone(),
            confidential: after.request.confidential,
            sop: after.sop.id.clone(),
            sop_version: i32::try_from(after.sop.version).unwrap_or(i32::MAX),
            drafted_at: micros(after.drafted_at),
            changed_at: changed_at.unwrap_or_default(),
            due_at,
            starts_at: living.map(|authority| micros(authority.period.start)),
            effective_until,
            ends_at: period_end(after),
            authority_round: authority.map(|authority| i32::try_from(authority.round).unwrap_or(i32::MAX)),
            authority_dossier: authority.map(|authority| authority.dossier.to_string()),
            title: after.request.title.as_ref().map(|title| title.commitment.to_string()),
            body: String::new(),
            severity,
        }
    }

    /// The same with the text of that exception.
    pub(super) fn whole(is: &Exception) -> Result<Self, StoreError> {
        let body = serde_json::to_string(is).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Self { body, ..Self::of(is) })
    }

    /// The columns and what stands in them, all but the one it is found by.
    fn cells(self) -> [(&'static str, Cell); 22] {
        [
            ("number", self.number.into()),
            ("seq", self.seq.into()),
            ("version", self.version.into()),
            ("state", self.state.into()),
            ("tier", self.tier.into()),
            ("kind", self.kind.into()),
            ("requester", self.requester.into()),
            ("business_unit", self.business_unit.into()),
            ("confidential", self.confidential.into()),
            ("sop", self.sop.into()),
            ("sop_version", self.sop_version.into()),
            ("drafted_at", self.drafted_at.into()),
            ("changed_at", self.changed_at.into()),
            ("due_at", self.due_at.into()),
            ("starts_at", self.starts_at.into()),
            ("effective_until", self.effective_until.into()),
            ("ends_at", self.ends_at.into()),
            ("authority_round", self.authority_round.into()),
            ("authority_dossier", self.authority_dossier.into()),
            ("title", self.title.into()),
            ("body", self.body.into()),
            ("severity", self.severity.into()),
        ]
    }

    /// The beginning of the statement that makes a row of what it was into this one, up to the last of the columns that
    /// changed: each index of a column that is named is written, whether it says something else or not.
    pub(super) fn change_from(self, before: &Exception) -> Sql {
        let mut sql = Sql::new("UPDATE exceptions SET ");
        let mut named = false;
        for ((column, was), (_, is)) in Self::of(before).cells().into_iter().zip(self.cells()) {
            if was != is {
                sql.push(if named { ", " } else { "" }).push(column).push(" = ").bind(is);
                named = true;
            }
        }
        sql
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
