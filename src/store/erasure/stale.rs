//! Whether what a reader found of somebody still holds, as the writer asks it: of the leaves and tickets since, and of
//! what its batch has not written yet. Where anything might have changed it, whoever asked is told to ask again.

use std::{collections::BTreeSet, sync::Arc};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use serde_json::Value;

use super::{
    called::texts,
    found::Found,
    leaf::{about, attachments, commitments, kind, names_somebody, read},
};
use crate::{
    domain::roster::InTheWay,
    ledger::Subject,
    store::{backend::Conn, error::StoreError, ledger::big, rows::Cell, tx::Tx},
    words::{ExceptionId, PersonId},
};

/// So many leaves or tickets since are looked at in the writer; where there are more, a reader looks anew.
const MOST: i64 = 1_000;

/// What a reader found of somebody, for the writer.
#[derive(Debug, Clone)]
pub struct Brought {
    /// What is theirs.
    pub found: Found,
    /// What stands in the way in exceptions.
    pub cases: Vec<InTheWay>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Nullable<Text>)]
    actor: Option<String>,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct TicketRow {
    #[diesel(sql_type = Text)]
    said: String,
}

/// How closely a leaf is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Eye {
    /// Whatever happens to an exception of theirs counts: it may go on again.
    All,
    /// Texts and files alone count.
    Texts,
}

impl Found {
    /// Does this leaf change anything of it?
    fn is_changed_by(&self, leaf: &Value, (subject, actor): (&str, Option<&str>), eye: Eye) -> bool {
        let of_roster = Subject::Roster.parts().1 == subject;
        let here = self.touched.contains(subject)
            || subject.parse().is_ok_and(|id: ExceptionId| self.exceptions.contains(&id));
        // Who is called how, who is held and who went decide what is looked for.
        let matters = matches!(kind(leaf), "person_held" | "hold_lifted" | "person.erased") || names_somebody(leaf);
        if eye == Eye::All && (here || (of_roster && matters)) {
            return true;
        }
        let mut said = BTreeSet::new();
        commitments(leaf, &mut said);
        if said.is_empty() {
            return false;
        }
        let is_theirs = |id: &str| self.accounts.iter().any(|account| account.to_string() == id);
        let mut attached = BTreeSet::new();
        attachments(leaf, &mut attached);
        let about = if of_roster { about(leaf) } else { None };
        here || actor.is_some_and(is_theirs)
            || about.is_some_and(is_theirs)
            || attached.iter().any(|(file, _)| self.attached.contains(file))
    }

    /// Did anything since it was looked for change it? Reads what is newer, and of that a bounded number.
    fn is_stale(&self, conn: &mut Conn) -> Result<bool, StoreError> {
        let rows: Vec<Row> = sql_query("SELECT subject, actor, body FROM leaves WHERE idx >= $1 ORDER BY idx LIMIT $2")
            .bind::<BigInt, _>(self.until)
            .bind::<BigInt, _>(MOST)
            .load(conn)?;
        let mut fresh = BTreeSet::new();
        for row in &rows {
            let body = read(&row.body)?;
            if self.is_changed_by(&body, (&row.subject, row.actor.as_deref()), Eye::All) {
                return Ok(true);
            }
            commitments(&body, &mut fresh);
        }
        let kept: Vec<TicketRow> = sql_query(
            "SELECT ticket || ' ' || COALESCE(url, '') AS said FROM tickets WHERE at > $1 ORDER BY at LIMIT $2",
        )
        .bind::<BigInt, _>(self.tickets)
        .bind::<BigInt, _>(MOST)
        .load(conn)?;
        let full = |length: usize| i64::try_from(length).map_or(true, |length| length >= MOST);
        Ok(full(rows.len())
            || full(kept.len())
            || kept.iter().any(|row| self.called.stands_in(&row.said))
            || texts(conn, &fresh)?.iter().any(|row| self.called.stands_in(&row.value)))
    }
}

impl Tx<'_, '_> {
    /// Puts what a reader found of somebody at the disposal of this transaction.
    pub fn bring(&mut self, brought: Arc<Brought>) {
        self.batch().brought.push(brought);
    }

    /// What was brought of whoever has these accounts; nothing where nobody looked for exactly them. `Busy` where
    /// something may have changed it since.
    pub fn brought(&mut self, accounts: &BTreeSet<PersonId>) -> Result<Option<Arc<Brought>>, StoreError> {
        let brought = self.batch().brought.iter().rev().find(|one| one.found.accounts == *accounts).cloned();
        let Some(brought) = brought else { return Ok(None) };
        if brought.found.is_stale(self.conn())? {
            return Err(StoreError::Busy);
        }
        Ok(Some(brought))
    }

    /// What a batch holds in memory is in no table to be found in: nothing of it may change what was found.
    pub fn require_unmoved(&mut self, found: &Found) -> Result<(), StoreError> {
        self.require_settled(found, (Eye::All, None))
    }

    /// The same while it is wiped, where what the erasure itself led to counts no more.
    pub(super) fn require_untold(&mut self, found: &Found, own: u64) -> Result<(), StoreError> {
        self.require_settled(found, (Eye::Texts, Some(own)))
    }

    fn require_settled(&mut self, found: &Found, (eye, own): (Eye, Option<u64>)) -> Result<(), StoreError> {
        let text = |row: &[Cell], at: usize| match row.get(at) {
            Some(Cell::Text(Some(text))) => Some(text.clone()),
            _ => None,
        };
        let mut changed = self.batch().waiting_texts().any(|text| found.called.stands_in(text));
        let own = own.map(big);
        for row in self.batch().waiting_leaves().filter(|row| own.is_none() || row.first() != own.as_ref()) {
            let body = read(&text(row, 8).unwrap_or_default())?;
            let subject = text(row, 3).unwrap_or_default();
            changed |= found.is_changed_by(&body, (&subject, text(row, 6).as_deref()), eye);
        }
        if changed { Err(StoreError::Busy) } else { Ok(()) }
    }
}
