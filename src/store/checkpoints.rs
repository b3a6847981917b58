//! What was signed of the ledger, and what a signature needs: nodes, exact bodies in order, and whether the
//! tree still leads to what was signed before. It signs nothing.

use std::cell::RefCell;

use diesel::prelude::*;

use super::{
    automation::{Permit, Right},
    backend::Conn,
    error::StoreError,
    rows::{OnConflict, Rows},
    schema::{checkpoints, leaves, ledger_alarm, ledger_head, nodes},
    tx::Tx,
};
use crate::{
    domain::request::Time,
    ledger::{Frontier, NodeId, TreeHead, leaf_hash, root_at},
    words::Hash,
};

/// How many bodies are read at once.
const PAGE: i64 = 1_000;

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The tree.
    pub head: TreeHead,
    /// The checkpoint, as it was signed.
    pub note: String,
    /// When.
    pub at: Time,
}

type Row = (i64, String, String, i64);

fn signed((size, root, note, at): Row) -> Result<Signed, StoreError> {
    let broken = || StoreError::Corrupt(format!("the checkpoint of size {size}"));
    let head = TreeHead { size: number(size)?, root: root.parse().map_err(|_| broken())? };
    Ok(Signed { head, note, at: Time::from_timestamp_micros(at).ok_or_else(broken)? })
}

fn number(count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(|_| StoreError::Corrupt(format!("{count} is no place in the ledger")))
}

fn place(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The newest checkpoint.
pub fn latest(conn: &mut Conn) -> Result<Option<Signed>, StoreError> {
    let row: Option<Row> = checkpoints::table.order(checkpoints::size.desc()).first(conn).optional()?;
    row.map(signed).transpose()
}

/// The checkpoints after that size, the smallest first, at most `limit`.
pub fn signed_after(conn: &mut Conn, size: u64, limit: i64) -> Result<Vec<Signed>, StoreError> {
    let after = checkpoints::table.filter(checkpoints::size.gt(place(size)));
    let rows: Vec<Row> = after.order(checkpoints::size).limit(limit).load(conn)?;
    rows.into_iter().map(signed).collect()
}

/// Has the ledger grown since the newest checkpoint, which is older than `before`?
pub fn has_unsigned(conn: &mut Conn, before: Time) -> Result<bool, StoreError> {
    let size: i64 = ledger_head::table.find(1).select(ledger_head::size).first(conn)?;
    let newest = latest(conn)?;
    Ok(newest.map_or(size > 0, |newest| number(size).is_ok_and(|size| size > newest.head.size) && newest.at <= before))
}

/// Why nothing is signed, and since when; `None` while all is well.
pub fn alarm(conn: &mut Conn) -> Result<Option<(Time, String)>, StoreError> {
    let columns = (ledger_alarm::at, ledger_alarm::why);
    let row: Option<(i64, String)> = ledger_alarm::table.find(1).select(columns).first(conn).optional()?;
    Ok(row.and_then(|(at, why)| Some((Time::from_timestamp_micros(at)?, why))))
}

/// The hashes of `count` complete subtrees that follow one another, from `first` on.
pub fn hashes(conn: &mut Conn, first: NodeId, count: u64) -> Result<Vec<Hash>, StoreError> {
    let (from, to) = (place(first.index), place(first.index.saturating_add(count)));
    let texts: Vec<String> = if first.level == 0 {
        let span = leaves::table.filter(leaves::idx.ge(from)).filter(leaves::idx.lt(to));
        span.order(leaves::idx).select(leaves::hash).load(conn)?
    } else {
        let level = nodes::table.filter(nodes::level.eq(i32::try_from(first.level).unwrap_or(i32::MAX)));
        let span = level.filter(nodes::idx.ge(from)).filter(nodes::idx.lt(to));
        span.order(nodes::idx).select(nodes::hash).load(conn)?
    };
    texts.iter().map(|text| text.parse().map_err(|_| StoreError::Corrupt("a node of the tree".to_owned()))).collect()
}

/// Answers what asks for nodes of the tree; the store's own failure is kept and told in place of the answer.
pub fn with_nodes<T, E: From<StoreError>>(
    conn: &mut Conn,
    ask: impl FnOnce(&dyn Fn(NodeId) -> Option<Hash>) -> Result<T, E>,
) -> Result<T, E> {
    let (conn, failed) = (RefCell::new(conn), RefCell::new(None));
    let lookup = |node: NodeId| match hashes(&mut conn.borrow_mut(), node, 1) {
        Ok(found) => found.first().copied(),
        Err(error) => {
            failed.borrow_mut().get_or_insert(error);
            None
        }
    };
    let answer = ask(&lookup);
    match failed.into_inner() {
        Some(error) => Err(error.into()),
        None => answer,
    }
}

/// The leaves from number `from` on, with their exact bodies and the hashes that are kept of them, at most `limit`.
pub fn bodies(conn: &mut Conn, from: u64, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
    let span = leaves::table.filter(leaves::idx.ge(place(from))).order(leaves::idx).limit(limit);
    Ok(span.select((leaves::hash, leaves::body)).load(conn)?)
}

/// How far the ledger has come: its head, once every leaf since the newest checkpoint was hashed anew from its
/// body, and the tree still leads to that checkpoint. `Corrupt` says what does not fit.
pub fn derived(conn: &mut Conn) -> Result<(TreeHead, Option<Signed>), StoreError> {
    let newest = latest(conn)?;
    if let Some(newest) = &newest {
        leads_to(conn, newest.head)?;
    }
    let size = newest.as_ref().map_or(0, |newest| newest.head.size);
    let mut tree = with_nodes(conn, |lookup| Frontier::from_nodes(size, lookup).map_err(|error| unfit(&error)))?;
    loop {
        let page = bodies(conn, tree.size(), PAGE)?;
        let Some(grown) = grow(conn, &mut tree, &page)? else { break };
        debug_assert!(grown > 0);
    }
    let kept: String = ledger_head::table.find(1).select(ledger_head::frontier).first(conn)?;
    if tree.size() > 0 && kept != tree.to_string() {
        return Err(StoreError::Corrupt("the ledger's head is not what its leaves lead to".to_owned()));
    }
    Ok((tree.head(), newest))
}

fn unfit(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

/// Does the tree, as it is kept, still begin with what was signed?
pub fn leads_to(conn: &mut Conn, signed: TreeHead) -> Result<(), StoreError> {
    let root = with_nodes(conn, |lookup| root_at(signed.size, &lookup).map_err(|error| unfit(&error)))?;
    if root == signed.root {
        return Ok(());
    }
    let size = signed.size;
    Err(StoreError::Corrupt(format!("the first {size} leaves no longer lead to the root that was signed of them")))
}

/// Appends leaves by their bodies; how many, or nothing where there are no more.
fn grow(conn: &mut Conn, tree: &mut Frontier, page: &[(String, String)]) -> Result<Option<usize>, StoreError> {
    let first = tree.size();
    let mut inner = Vec::new();
    for (kept, body) in page {
        let hash = leaf_hash(body.as_bytes());
        if *kept != hash.to_string() {
            return Err(StoreError::Corrupt(format!("leaf {} does not have the hash that is kept of it", tree.size())));
        }
        inner.extend(tree.append(hash).into_iter().skip(1));
    }
    inner.sort_unstable();
    for level in inner.chunk_by(|(one, _), (other, _)| one.level == other.level) {
        let Some((begins, _)) = level.first() else { continue };
        let kept = hashes(conn, *begins, u64::try_from(level.len()).unwrap_or(0))?;
        if !kept.iter().eq(level.iter().map(|(_, hash)| hash)) {
            return Err(StoreError::Corrupt(format!(
                "a node over the leaves from {first} on is not what they lead to"
            )));
        }
    }
    Ok((!page.is_empty()).then_some(page.len()))
}

/// Whether a checkpoint was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It was, now or before.
    Kept,
    /// The job may not.
    Denied,
}

impl Tx<'_, '_> {
    /// Keeps a checkpoint. Of one size there is one root, whichever replica signed it first: another is refused
    /// as `Corrupt`.
    pub fn keep_checkpoint(&mut self, signed: &Signed, right: Option<&Right>) -> Result<Keeping, StoreError> {
        if let Some(right) = right
            && self.permit(right)? != Permit::Granted
        {
            return Ok(Keeping::Denied);
        }
        let (size, at) = (signed.head.size, self.now().timestamp_micros());
        let mut row = Rows::new("checkpoints", &["size", "root", "note", "at"]).on_conflict(OnConflict::Skip);
        row.push([place(size).into(), signed.head.root.to_string().into(), signed.note.as_str().into(), at.into()]);
        row.insert(self.conn())?;
        let root: String = checkpoints::table.find(place(size)).select(checkpoints::root).first(self.conn())?;
        if root != signed.head.root.to_string() {
            return Err(StoreError::Corrupt(format!("another root was signed of the first {size} leaves")));
        }
        diesel::delete(ledger_alarm::table).execute(self.conn())?;
        Ok(Keeping::Kept)
    }

    /// Notes why nothing is signed any more; the first reason stays until something is.
    pub fn raise_alarm(&mut self, why: &str) -> Result<(), StoreError> {
        let at = self.now().timestamp_micros();
        let mut row = Rows::new("ledger_alarm", &["id", "at", "why"]).on_conflict(OnConflict::Skip);
        row.push([1.into(), at.into(), why.into()]);
        row.insert(self.conn())?;
        Ok(())
    }
}
