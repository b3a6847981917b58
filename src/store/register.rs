//! The register in its tables: immutable versions, their documents by hash, and the exceptions that a new
//! version touches. It finds and keeps; what follows of a version is decided elsewhere.

use diesel::{
    dsl::{exists, not},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    schema::{documents, ledger_head, register_versions, sop_retirements, sops},
    tx::Tx,
};
use crate::{
    domain::{request::Time, roster::RosterEvent},
    words::{BatchId, EntryKind, EntryRef, ExceptionId, Hash, PersonId, SopRef, StateName, Weight},
};

diesel::alias! {
    const NEWER: Alias<Newer> = register_versions as newer;
}

/// A published version of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Which.
    pub entry: EntryRef,
    /// How much it changed.
    pub weight: Weight,
    /// Its content in canonical JSON.
    pub text: String,
    /// The ledger's leaf that published it.
    pub leaf: u64,
    /// When.
    pub at: Time,
    /// Who published or confirmed it; absent for the service itself.
    pub by: Option<PersonId>,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = register_versions)]
struct VersionRow {
    kind: String,
    id: String,
    version: i32,
    weight: String,
    hash: String,
    leaf: i64,
    published_at: i64,
    published_by: Option<String>,
}

impl VersionRow {
    fn published(self, text: String) -> Result<Published, StoreError> {
        let broken = || StoreError::Corrupt(format!("version {} of {} {}", self.version, self.kind, self.id));
        let hash: Hash = self.hash.parse().map_err(|_| broken())?;
        if Hash::of(text.as_bytes()) != hash {
            return Err(broken());
        }
        Ok(Published {
            entry: EntryRef {
                kind: self.kind.parse().map_err(|_| broken())?,
                id: self.id.clone(),
                version: u32::try_from(self.version).map_err(|_| broken())?,
                hash,
            },
            weight: self.weight.parse().map_err(|_| broken())?,
            text,
            leaf: u64::try_from(self.leaf).map_err(|_| broken())?,
            at: Time::from_timestamp_micros(self.published_at).ok_or_else(broken)?,
            by: self.published_by.as_deref().map(str::parse).transpose().map_err(|_| broken())?,
        })
    }
}

/// The newest version of every entry, or of those of one kind, in the order of kinds and ids. A content
/// that does not have its hash is refused.
pub fn newest_entries(conn: &mut Conn, kind: Option<EntryKind>) -> Result<Vec<Published>, StoreError> {
    let kinds: Vec<&str> = kind.map_or_else(|| EntryKind::CODES.to_vec(), |kind| vec![kind.as_str()]);
    let newer = NEWER
        .filter(NEWER.field(register_versions::kind).eq(register_versions::kind))
        .filter(NEWER.field(register_versions::id).eq(register_versions::id))
        .filter(NEWER.field(register_versions::version).gt(register_versions::version));
    let rows: Vec<(VersionRow, String)> = register_versions::table
        .inner_join(documents::table)
        .filter(register_versions::kind.eq_any(kinds).and(not(exists(newer))))
        .order((register_versions::kind, register_versions::id))
        .select((VersionRow::as_select(), documents::text))
        .load(conn)?;
    rows.into_iter().map(|(row, text)| row.published(text)).collect()
}

/// Every version of one entry, the first first.
pub fn versions_of(conn: &mut Conn, kind: EntryKind, id: &str) -> Result<Vec<Published>, StoreError> {
    let rows: Vec<(VersionRow, String)> = register_versions::table
        .inner_join(documents::table)
        .filter(register_versions::kind.eq(kind.as_str()).and(register_versions::id.eq(id)))
        .order(register_versions::version)
        .select((VersionRow::as_select(), documents::text))
        .load(conn)?;
    rows.into_iter().map(|(row, text)| row.published(text)).collect()
}

/// Every published procedure with its canonical text.
pub fn published_sops(conn: &mut Conn) -> Result<Vec<(SopRef, String)>, StoreError> {
    let rows: Vec<(String, i32, String, String)> = sops::table
        .order((sops::id, sops::version))
        .select((sops::id, sops::version, sops::hash, sops::document))
        .load(conn)?;
    let read = |(id, version, hash, text): (String, i32, String, String)| {
        let broken = |_| StoreError::Corrupt(format!("the published procedure {id}"));
        let hash = hash.parse().map_err(broken)?;
        Ok((SopRef { id, version: u32::try_from(version).unwrap_or(0), hash }, text))
    };
    rows.into_iter().map(read).collect()
}

/// The versions with which procedures were retired; one that has a newer version since is in use again.
pub fn retired_sops(conn: &mut Conn) -> Result<Vec<(String, u32)>, StoreError> {
    let rows: Vec<(String, i32)> =
        sop_retirements::table.select((sop_retirements::id, sop_retirements::version)).load(conn)?;
    Ok(rows.into_iter().map(|(id, version)| (id, u32::try_from(version).unwrap_or(0))).collect())
}

/// Notes that this version is retired.
pub(super) fn retire(conn: &mut Conn, sop: &SopRef, (leaf, at): (u64, Time)) -> Result<(), StoreError> {
    diesel::insert_into(sop_retirements::table)
        .values((
            sop_retirements::id.eq(&sop.id),
            sop_retirements::version.eq(i32::try_from(sop.version).unwrap_or(i32::MAX)),
            sop_retirements::leaf.eq(i64::try_from(leaf).unwrap_or(i64::MAX)),
            sop_retirements::retired_at.eq(at.timestamp_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The text of this hash, if it was kept.
pub fn document(conn: &mut Conn, hash: Hash) -> Result<Option<String>, StoreError> {
    Ok(documents::table.find(hash.to_string()).select(documents::text).first(conn).optional()?)
}

/// Which laws hold in this snapshot: the same text, the same laws.
pub fn laws(conn: &mut Conn) -> Result<String, StoreError> {
    Ok(ledger_head::table.find(1).select(ledger_head::laws).first(conn)?)
}

pub(super) fn insert(
    conn: &mut Conn,
    entry: &EntryRef,
    weight: Weight,
    (leaf, event): (u64, &RosterEvent),
) -> Result<(), StoreError> {
    sql_query(
        "INSERT INTO register_versions (kind, id, version, weight, hash, leaf, published_at, published_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<Text, _>(entry.kind.as_str())
    .bind::<Text, _>(&entry.id)
    .bind::<Integer, _>(i32::try_from(entry.version).unwrap_or(i32::MAX))
    .bind::<Text, _>(weight.as_str())
    .bind::<Text, _>(entry.hash.to_string())
    .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
    .bind::<BigInt, _>(event.at.timestamp_micros())
    .bind::<Nullable<Text>, _>(event.by.person().map(|person| person.to_string()))
    .execute(conn)?;
    Ok(())
}

/// What of a request a version touches: a facet, and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// `clause`, `screened`, `regulation` or `system`.
    pub facet: &'static str,
    /// Any of these.
    pub value: String,
}

/// An exception that a material version made stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Which exception.
    pub exception: ExceptionId,
    /// What got a new version.
    pub kind: EntryKind,
    /// Which entry.
    pub id: String,
    /// Which version made it so.
    pub version: u32,
}

impl Stale {
    /// The batch that it is of.
    pub fn batch(&self) -> BatchId {
        BatchId::Entry { kind: self.kind, id: self.id.clone(), version: self.version }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct StaleRow {
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// What waits to be reopened, in the order of exceptions: all but what has yet to come into effect.
pub fn stale(conn: &mut Conn, limit: i64) -> Result<Vec<Stale>, StoreError> {
    let rows: Vec<StaleRow> = sql_query(
        "SELECT s.exception AS exception, s.kind AS kind, s.id AS id, s.version AS version FROM stale s \
         JOIN exceptions e ON e.id = s.exception WHERE e.state <> 'implementation' AND NOT EXISTS \
         (SELECT 1 FROM batches b WHERE b.kind = s.kind AND b.name = s.id AND b.version = s.version \
         AND b.held_at IS NOT NULL) ORDER BY s.exception, s.kind, s.id LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    let read = |row: StaleRow| {
        let broken = || StoreError::Corrupt(format!("what made {} stale", row.exception));
        Ok(Stale {
            exception: row.exception.parse().map_err(|_| broken())?,
            kind: row.kind.parse().map_err(|_| broken())?,
            version: u32::try_from(row.version).map_err(|_| broken())?,
            id: row.id.clone(),
        })
    };
    rows.into_iter().map(read).collect()
}

/// How much of it there is.
pub fn count_stale(conn: &mut Conn) -> Result<u64, StoreError> {
    let rows: Count = sql_query(
        "SELECT COUNT(*) AS count FROM stale s JOIN exceptions e ON e.id = s.exception WHERE e.state <> 'implementation'",
    )
    .get_result(conn)?;
    Ok(u64::try_from(rows.count).unwrap_or(0))
}

/// The exceptions in these states that are touched.
pub fn touched_in(conn: &mut Conn, touched: &Touched, states: &[StateName]) -> Result<Vec<ExceptionId>, StoreError> {
    let text = format!(
        "SELECT DISTINCT e.id AS id FROM exceptions e JOIN exception_facets f ON f.exception = e.id \
         WHERE f.facet = $1 AND f.value = $2 AND e.state IN ({}) ORDER BY 1",
        listed(states)
    );
    let rows: Vec<Id> = sql_query(text).bind::<Text, _>(touched.facet).bind::<Text, _>(&touched.value).load(conn)?;
    Ok(rows.iter().filter_map(|row| row.id.parse().ok()).collect())
}

impl Tx<'_, '_> {
    /// Which laws hold in this transaction: the same text, the same laws.
    pub fn laws(&mut self) -> String {
        self.batch().laws().to_owned()
    }

    /// The text of this hash, if it was kept.
    pub fn document(&mut self, hash: Hash) -> Result<Option<String>, StoreError> {
        document(self.conn(), hash)
    }

    /// Keeps a text under its hash, which must be its own.
    pub(super) fn keep_document(&mut self, hash: Hash, text: &str) -> Result<(), StoreError> {
        if Hash::of(text.as_bytes()) != hash {
            return Err(StoreError::Corrupt(format!("a document that is not {hash}")));
        }
        sql_query("INSERT INTO documents (hash, text) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
            .bind::<Text, _>(hash.to_string())
            .bind::<Text, _>(text)
            .execute(self.conn())?;
        Ok(())
    }

    /// Lets the clock look at once at the exceptions in these states that are touched.
    pub fn wake_touched(&mut self, touched: &Touched, states: &[StateName]) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        let text = format!(
            "UPDATE exceptions SET wake_at = $1 WHERE state IN ({}) AND id IN \
             (SELECT exception FROM exception_facets WHERE facet = $2 AND value = $3)",
            listed(states)
        );
        sql_query(text)
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(touched.facet)
            .bind::<Text, _>(&touched.value)
            .execute(self.conn())?;
        Ok(())
    }

    /// Lets the clock look now at the exceptions in this state that run by an older version of a procedure.
    pub fn wake_older(&mut self, sop: &SopRef, state: StateName) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query("UPDATE exceptions SET wake_at = $1 WHERE state = $2 AND sop = $3 AND sop_version < $4")
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(state.as_str())
            .bind::<Text, _>(&sop.id)
            .bind::<Integer, _>(i32::try_from(sop.version).unwrap_or(i32::MAX))
            .execute(self.conn())?;
        Ok(())
    }

    /// Lets the clock look now at whatever waits for a quorum, or is on its way to one.
    pub fn wake_undecided(&mut self) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query(
            "UPDATE exceptions SET wake_at = $1 WHERE state IN \
             ('completeness_review', 'returned', 'assessment', 'stakeholder_input', 'decision') \
             OR id IN (SELECT exception FROM tasks WHERE work = 'decide' AND closed_at IS NULL)",
        )
        .bind::<BigInt, _>(now)
        .execute(self.conn())?;
        Ok(())
    }

    /// Lets the clock look now at every exception on which there is work that somebody has, or may do by a role.
    pub fn wake_work_of(&mut self, person: PersonId) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query(
            "UPDATE exceptions SET wake_at = $1 WHERE id IN \
             (SELECT exception FROM tasks WHERE closed_at IS NULL AND (assignee = $2 OR id IN \
             (SELECT s.task FROM task_seats s JOIN grants g ON g.role = s.role \
             WHERE g.person = $2 AND g.removed_leaf IS NULL) \
             OR (work = 'confirm_control' AND EXISTS (SELECT 1 FROM grants g WHERE g.person = $2 \
             AND g.role = 'control_owner' AND g.removed_leaf IS NULL))))",
        )
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(person.to_string())
        .execute(self.conn())?;
        Ok(())
    }

    /// Notes the exceptions in these states that are touched as stale because of `entry`.
    pub fn mark_stale(&mut self, entry: &EntryRef, touched: &Touched, states: &[StateName]) -> Result<(), StoreError> {
        let text = format!(
            "INSERT INTO stale (exception, kind, id, version) SELECT f.exception, $1, $2, $3 \
             FROM exception_facets f JOIN exceptions e ON e.id = f.exception \
             WHERE f.facet = $4 AND f.value = $5 AND e.state IN ({}) \
             ON CONFLICT (exception, kind, id) DO UPDATE SET version = excluded.version",
            listed(states)
        );
        sql_query(text)
            .bind::<Text, _>(entry.kind.as_str())
            .bind::<Text, _>(&entry.id)
            .bind::<Integer, _>(i32::try_from(entry.version).unwrap_or(i32::MAX))
            .bind::<Text, _>(touched.facet)
            .bind::<Text, _>(&touched.value)
            .execute(self.conn())?;
        Ok(())
    }

    /// Takes an exception off the list of stale ones.
    pub fn settle_stale(&mut self, done: &Stale) -> Result<(), StoreError> {
        sql_query("DELETE FROM stale WHERE exception = $1 AND kind = $2 AND id = $3 AND version = $4")
            .bind::<Text, _>(done.exception.to_string())
            .bind::<Text, _>(done.kind.as_str())
            .bind::<Text, _>(&done.id)
            .bind::<Integer, _>(i32::try_from(done.version).unwrap_or(i32::MAX))
            .execute(self.conn())?;
        Ok(())
    }
}

/// The codes of a closed set, as SQL takes them.
pub(super) fn listed(states: &[StateName]) -> String {
    states.iter().map(|state| format!("'{state}'")).collect::<Vec<_>>().join(", ")
}
