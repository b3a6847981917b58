//! The roster's rows as the database has them, and what they mean. A row that means nothing is refused,
//! not believed.

use std::str::FromStr;

use diesel::prelude::*;

use super::schema::{changes, delegations, grants, people, tokens};
use crate::{
    domain::{
        person::{Absence, Delegation, Grant, Person, Place},
        request::Time,
        roster::{
            Change, DelegationRecord, GrantRecord, LegalHold, PasswordStatus, PersonRecord, Removal, TokenRecord,
        },
    },
    store::error::StoreError,
    words::{ChangeId, DelegationId, GrantId, PersonId, TokenId, canonical},
};

/// The value that a stored text stands for.
pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::Corrupt(format!("the roster has `{text}`: {error}")))
}

pub(super) fn instant(micros: i64) -> Result<Time, StoreError> {
    Time::from_timestamp_micros(micros).ok_or_else(|| StoreError::Corrupt(format!("the roster has the time {micros}")))
}

fn instants(micros: Option<i64>) -> Result<Option<Time>, StoreError> {
    micros.map(instant).transpose()
}

/// A leaf's number as a column holds it.
pub(super) fn column(leaf: u64) -> Result<i64, StoreError> {
    i64::try_from(leaf).map_err(|_| StoreError::Corrupt(format!("no ledger has a leaf {leaf}")))
}

fn leaf(column: i64) -> Result<u64, StoreError> {
    u64::try_from(column).map_err(|_| StoreError::Corrupt(format!("the roster has the leaf {column}")))
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = people)]
pub(super) struct PersonRow {
    pub(super) id: String,
    pub(super) human: String,
    pub(super) responsible: Option<String>,
    pub(super) active: bool,
    pub(super) name_c: String,
    pub(super) email_c: String,
    pub(super) email_key: String,
    pub(super) password: Option<String>,
    pub(super) password_temporary: bool,
    pub(super) added_at: i64,
    pub(super) changed_at: i64,
    pub(super) first_leaf: i64,
    pub(super) away_from: Option<i64>,
    pub(super) away_until: Option<i64>,
    pub(super) stand_in: Option<String>,
    pub(super) away_begun: bool,
    pub(super) unit: Option<String>,
    pub(super) region: Option<String>,
    pub(super) moved_at: Option<i64>,
    pub(super) erased_at: Option<i64>,
    pub(super) held_at: Option<i64>,
    pub(super) hold_c: Option<String>,
}

impl PersonRow {
    /// As the rules see it, with these grants.
    pub(super) fn person(&self, grants: Vec<Grant>) -> Result<Person, StoreError> {
        Ok(Person {
            id: parsed(&self.id)?,
            human: parsed(&self.human)?,
            responsible: self.responsible.as_deref().map(parsed).transpose()?,
            active: self.active,
            absence: self.absence()?,
            place: self.place(),
            moved_at: instants(self.moved_at)?,
            grants,
        })
    }

    /// As the log has it.
    pub(super) fn record(&self) -> Result<(PersonId, PersonRecord), StoreError> {
        let password = match (&self.password, self.password_temporary) {
            (None, _) => PasswordStatus::Unset,
            (Some(_), true) => PasswordStatus::Temporary,
            (Some(_), false) => PasswordStatus::Chosen,
        };
        let record = PersonRecord {
            human: parsed(&self.human)?,
            responsible: self.responsible.as_deref().map(parsed).transpose()?,
            active: self.active,
            absence: self.absence()?,
            place: self.place(),
            moved_at: instants(self.moved_at)?,
            name: parsed(&self.name_c)?,
            email: parsed(&self.email_c)?,
            password,
            added_at: instant(self.added_at)?,
            changed_at: instant(self.changed_at)?,
            first_leaf: leaf(self.first_leaf)?,
            hold: self.hold()?,
            erased_at: instants(self.erased_at)?,
        };
        Ok((parsed(&self.id)?, record))
    }

    fn place(&self) -> Option<Place> {
        self.unit.clone().map(|unit| Place { unit, region: self.region.clone() })
    }

    fn hold(&self) -> Result<Option<LegalHold>, StoreError> {
        let Some((since, reason)) = self.held_at.zip(self.hold_c.as_deref()) else { return Ok(None) };
        Ok(Some(LegalHold { since: instant(since)?, reason: parsed(reason)? }))
    }

    fn absence(&self) -> Result<Option<Absence>, StoreError> {
        let Some((starts, ends)) = self.away_from.zip(self.away_until) else { return Ok(None) };
        let (starts, ends) = (instant(starts)?, instant(ends)?);
        let stand_in = self.stand_in.as_deref().map(parsed).transpose()?;
        Ok(Some(Absence { starts, ends, stand_in, begun: self.away_begun }))
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants)]
pub(super) struct GrantRow {
    pub(super) id: String,
    pub(super) person: String,
    pub(super) human: String,
    pub(super) role: String,
    pub(super) domain: String,
    pub(super) leaf: i64,
    pub(super) granted_at: i64,
    pub(super) removed_leaf: Option<i64>,
    pub(super) removed_at: Option<i64>,
}

impl GrantRow {
    pub(super) fn grant(&self) -> Result<Grant, StoreError> {
        let (id, role, domain) = (parsed(&self.id)?, parsed(&self.role)?, parsed(&self.domain)?);
        Ok(Grant { id, role, domain, leaf: leaf(self.leaf)? })
    }

    pub(super) fn record(&self) -> Result<(GrantId, GrantRecord), StoreError> {
        let removed = match self.removed_leaf.zip(self.removed_at) {
            Some((place, at)) => Some(Removal { leaf: leaf(place)?, at: instant(at)? }),
            None => None,
        };
        let record = GrantRecord {
            person: parsed(&self.person)?,
            human: parsed(&self.human)?,
            role: parsed(&self.role)?,
            domain: parsed(&self.domain)?,
            leaf: leaf(self.leaf)?,
            granted_at: instant(self.granted_at)?,
            removed,
        };
        Ok((parsed(&self.id)?, record))
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = delegations)]
pub(super) struct DelegationRow {
    pub(super) id: String,
    pub(super) from_person: String,
    pub(super) to_person: String,
    pub(super) starts: i64,
    pub(super) ends: i64,
    pub(super) leaf: i64,
    pub(super) ended_at: Option<i64>,
}

impl DelegationRow {
    pub(super) fn record(&self) -> Result<(DelegationId, DelegationRecord), StoreError> {
        let delegation = Delegation {
            id: parsed(&self.id)?,
            from: parsed(&self.from_person)?,
            to: parsed(&self.to_person)?,
            starts: instant(self.starts)?,
            ends: instant(self.ends)?,
        };
        let (leaf, ended_at) = (leaf(self.leaf)?, instants(self.ended_at)?);
        Ok((delegation.id, DelegationRecord { delegation, leaf, ended_at }))
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = tokens)]
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) person: String,
    pub(super) hash: String,
    pub(super) scopes: String,
    pub(super) expires_at: i64,
    pub(super) name_c: String,
    pub(super) issued_at: i64,
    pub(super) revoked_at: Option<i64>,
    pub(super) last_used_at: Option<i64>,
}

impl TokenRow {
    pub(super) fn record(&self) -> Result<(TokenId, TokenRecord), StoreError> {
        let record = TokenRecord {
            person: parsed(&self.person)?,
            name: parsed(&self.name_c)?,
            scopes: self.scopes.split(' ').map(parsed).collect::<Result<_, _>>()?,
            issued_at: instant(self.issued_at)?,
            expires_at: instant(self.expires_at)?,
            revoked_at: instants(self.revoked_at)?,
        };
        Ok((parsed(&self.id)?, record))
    }

    pub(super) fn last_used_at(&self) -> Result<Option<Time>, StoreError> {
        instants(self.last_used_at)
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = changes)]
pub(super) struct ChangeRow {
    pub(super) id: String,
    pub(super) action: String,
    pub(super) hash: String,
    pub(super) proposed_by: Option<String>,
    pub(super) proposed_at: i64,
    pub(super) expires_at: i64,
    pub(super) state: String,
    pub(super) decided_by: Option<String>,
    pub(super) decided_at: Option<i64>,
    pub(super) alone: bool,
}

impl ChangeRow {
    pub(super) fn of(change: &Change) -> Result<Self, StoreError> {
        let action = canonical(&change.action).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Self {
            id: change.id.to_string(),
            action,
            hash: change.hash.to_string(),
            proposed_by: change.proposed_by.map(|person| person.to_string()),
            proposed_at: change.proposed_at.timestamp_micros(),
            expires_at: change.expires_at.timestamp_micros(),
            state: change.decided.to_string(),
            decided_by: change.decided_by.map(|person| person.to_string()),
            decided_at: change.decided_at.map(|at| at.timestamp_micros()),
            alone: change.alone,
        })
    }

    /// An action that is not the one of its hash is refused: somebody edited the database.
    pub(super) fn change(&self) -> Result<Change, StoreError> {
        let broken = |why: String| StoreError::Corrupt(format!("change {}: {why}", self.id));
        let change = Change {
            id: parsed::<ChangeId>(&self.id)?,
            action: serde_json::from_str(&self.action).map_err(|error| broken(error.to_string()))?,
            hash: parsed(&self.hash)?,
            proposed_by: self.proposed_by.as_deref().map(parsed).transpose()?,
            proposed_at: instant(self.proposed_at)?,
            expires_at: instant(self.expires_at)?,
            decided: parsed(&self.state)?,
            decided_by: self.decided_by.as_deref().map(parsed).transpose()?,
            decided_at: instants(self.decided_at)?,
            alone: self.alone,
        };
        if change.action.hash() == change.hash { Ok(change) } else { Err(broken("its action has another hash".into())) }
    }
}
