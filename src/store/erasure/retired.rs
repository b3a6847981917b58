//! The texts of exceptions that are over for as long as texts are kept: which those are, and what goes with them. Whoever
//! has a part in one and is under a legal hold keeps all of it.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::{
    called::{OpeningRow, texts},
    classes::OVER,
    leaf::{attachments, each_body, leaves, read},
};
use crate::{
    domain::request::Time,
    store::{
        backend::Conn,
        error::StoreError,
        ledger::big,
        rows::{Cell, OnConflict, Rows},
        sql::Sql,
        tx::Tx,
    },
    words::{ExceptionId, Hash, StateName},
};

/// How many exceptions go in one transaction.
pub(super) const PAGE: i64 = 20;

/// Nobody is under a legal hold who has a part in it: as a party, by what they did, or by their approval.
const FREE: &str = "NOT EXISTS (SELECT 1 FROM people p WHERE p.held_at IS NOT NULL AND (\
     EXISTS (SELECT 1 FROM exception_facets f WHERE f.exception = e.id AND f.facet IN ('requester', 'party') \
             AND f.value = p.id) \
     OR EXISTS (SELECT 1 FROM leaves l WHERE l.subject_kind = 'exception' AND l.subject = e.id AND l.actor = p.id) \
     OR EXISTS (SELECT 1 FROM approvals a WHERE a.exception = e.id AND (a.human = p.id OR a.principal = p.id))))";

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct File {
    #[diesel(sql_type = BigInt)]
    leaf: i64,
    #[diesel(sql_type = Text)]
    hash: String,
}

/// A file that went with such texts and is still to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetiredFile {
    /// The leaf that says that they went.
    pub leaf: u64,
    /// Its content.
    pub hash: Hash,
}

/// The next exceptions that are in this state, were last changed before then, and still have their texts.
pub fn over_for_long(conn: &mut Conn, (state, before): (StateName, Time)) -> Result<BTreeSet<ExceptionId>, StoreError> {
    still_over(conn, (state, before), None)
}

fn still_over(
    conn: &mut Conn,
    (state, before): (StateName, Time),
    among: Option<&[String]>,
) -> Result<BTreeSet<ExceptionId>, StoreError> {
    let mut sql = Sql::new(&format!("SELECT e.id AS id FROM exceptions e WHERE e.state IN {OVER} AND e.state = "));
    sql.bind(state.as_str()).push(" AND e.changed_at < ").bind(Cell::BigInt(Some(before.timestamp_micros())));
    // What somebody said of it since its texts went goes as well, and what has none left is not asked for again.
    sql.push(" AND EXISTS (SELECT 1 FROM openings o WHERE o.subject_kind = 'exception' AND o.subject = e.id) AND ");
    sql.push(FREE);
    if let Some(among) = among {
        sql.push(" AND ").one_of("e.id", among);
    }
    let rows: Vec<Id> = sql.push(&format!(" ORDER BY e.changed_at, e.id LIMIT {PAGE}")).query().load(conn)?;
    rows.iter().map(|row| row.id.parse().map_err(|_| StoreError::Corrupt(format!("exception {}", row.id)))).collect()
}

/// Files that are still to be looked at.
pub fn retired_files(conn: &mut Conn) -> Result<Vec<RetiredFile>, StoreError> {
    let rows: Vec<File> =
        Sql::new("SELECT leaf, hash FROM retired_files WHERE removed_at IS NULL ORDER BY leaf").query().load(conn)?;
    let read = |row: File| {
        let broken = |_| StoreError::Corrupt("the hash of a file".to_owned());
        Ok(RetiredFile { leaf: u64::try_from(row.leaf).unwrap_or(0), hash: row.hash.parse().map_err(broken)? })
    };
    rows.into_iter().map(read).collect()
}

/// Those of these files that anybody attached under a name that is left, and how many leaves were looked at.
pub fn kept_elsewhere(conn: &mut Conn, files: &BTreeSet<Hash>) -> Result<(BTreeSet<Hash>, u64), StoreError> {
    let until = leaves(conn)?;
    let mut named = BTreeSet::new();
    each_body(conn, (0, until), "%\"media_type\"%", |body| attachments(body, &mut named))?;
    named.retain(|(hash, _)| files.contains(hash));
    let commitments: BTreeSet<Hash> = named.iter().map(|(_, name)| *name).collect();
    let left: BTreeSet<Hash> = texts(conn, &commitments)?.iter().map(OpeningRow::hash).collect::<Result<_, _>>()?;
    let kept = named.into_iter().filter(|(_, name)| left.contains(name)).map(|(hash, _)| hash).collect();
    Ok((kept, u64::try_from(until).unwrap_or(0)))
}

impl Tx<'_, '_> {
    /// Those of these exceptions that are over for long also now, and to which nothing happens in the same batch.
    pub fn still_over(
        &mut self,
        found: &BTreeSet<ExceptionId>,
        of: (StateName, Time),
    ) -> Result<BTreeSet<ExceptionId>, StoreError> {
        let ids: Vec<String> = found.iter().map(ExceptionId::to_string).collect();
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut over = still_over(self.conn(), of, Some(&ids))?;
        for row in self.batch().waiting_leaves() {
            if let Some(Cell::Text(Some(subject))) = row.get(3) {
                over.retain(|id| id.to_string() != *subject);
            }
        }
        Ok(over)
    }

    /// Deletes what opens the commitments of these exceptions; letters that told of it keep that they were.
    pub(in crate::store) fn retire_texts(
        &mut self,
        exceptions: &BTreeSet<ExceptionId>,
        (leaf, at): (u64, Time),
    ) -> Result<(), StoreError> {
        let ids: Vec<String> = exceptions.iter().map(ExceptionId::to_string).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut attached = BTreeSet::new();
        let mut bodies = Sql::new("SELECT body AS id FROM leaves WHERE subject_kind = 'exception' AND ");
        let rows: Vec<Id> = bodies.one_of("subject", &ids).query().load(self.conn())?;
        for row in rows.iter().filter(|row| row.id.contains("\"media_type\"")) {
            attachments(&read(&row.id)?, &mut attached);
        }
        let mut files = Rows::new("retired_files", &["leaf", "hash"]).on_conflict(OnConflict::Skip);
        let hashes: BTreeSet<Hash> = attached.into_iter().map(|(hash, _)| hash).collect();
        for hash in &hashes {
            files.push([big(leaf), hash.to_string().into()]);
        }
        files.insert(self.conn())?;
        let mut gone = Sql::new("DELETE FROM openings WHERE subject_kind = 'exception' AND ");
        gone.one_of("subject", &ids).query().execute(self.conn())?;
        self.blank_letters("exception", &ids)?;
        let mut rows = Rows::new("retired", &["exception", "leaf", "at"]);
        for id in &ids {
            rows.push([id.as_str().into(), big(leaf), at.timestamp_micros().into()]);
        }
        rows.insert(self.conn())?;
        exceptions.iter().try_for_each(|id| self.rewrite_terms(*id))
    }

    /// Notes that a file is gone, or is another's.
    pub fn retired_file_removed(&mut self, file: RetiredFile) -> Result<(), StoreError> {
        let removed = "UPDATE retired_files SET removed_at = $1 WHERE leaf = $2 AND hash = $3 AND removed_at IS NULL";
        let binds = [self.now().timestamp_micros().into(), big(file.leaf), file.hash.to_string().into()];
        Sql::of(removed, binds).query().execute(self.conn())?;
        Ok(())
    }
}
