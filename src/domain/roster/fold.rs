//! `after`: what the roster is once an event happened. Total, and without a judgement. Secrets (passwords,
//! token and address keys) are not in the log, so they are not here.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        person::{Absence, Delegation, Grant, Person, Place},
        request::Time,
        roster::{AutomationDeed, BatchDeed, Change, ErasureDeed, RosterDeed, RosterEvent, Split, SplitDeed},
    },
    words::{
        BatchId, BatchState, ChangeId, ChangeState, DelegationId, DomainPath, GrantId, Halt, Hash, PersonId, Role,
        Scope, SplitId, TokenId,
    },
};

/// Everyone and everything that was ever on the roster, the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roster {
    /// Everybody, also those who left.
    pub people: BTreeMap<PersonId, PersonRecord>,
    /// Every role that was ever granted.
    pub grants: BTreeMap<GrantId, GrantRecord>,
    /// Every delegation.
    pub delegations: BTreeMap<DelegationId, DelegationRecord>,
    /// Every API token.
    pub tokens: BTreeMap<TokenId, TokenRecord>,
    /// Every change.
    pub changes: BTreeMap<ChangeId, Change>,
    /// What is stopped of that which runs by itself.
    pub halts: BTreeSet<Halt>,
    /// Every split of a procedure.
    pub splits: BTreeMap<SplitId, Split>,
    /// The batches that were stopped or taken back.
    pub resting: BTreeMap<BatchId, BatchState>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// The human it belongs to.
    pub human: PersonId,
    /// For a service account: the human who answers for it.
    pub responsible: Option<PersonId>,
    /// False once the person left.
    pub active: bool,
    /// From when until when they are away, where that was said.
    pub absence: Option<Absence>,
    /// In which business unit and region they work, where that was said.
    pub place: Option<Place>,
    /// When that last became another.
    pub moved_at: Option<Time>,
    /// The commitment of the name.
    pub name: Hash,
    /// The commitment of the address.
    pub email: Hash,
    /// Has it a password?
    pub password: PasswordStatus,
    /// When it was added.
    pub added_at: Time,
    /// When it last changed.
    pub changed_at: Time,
    /// The leaf that added it.
    pub first_leaf: u64,
    /// What forbids to erase it, if anything does.
    pub hold: Option<LegalHold>,
    /// When it was erased.
    pub erased_at: Option<Time>,
}

/// A legal hold: whoever it is on is not erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegalHold {
    /// Since when.
    pub since: Time,
    /// The commitment of why.
    pub reason: Hash,
}

/// What is known of a password without knowing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordStatus {
    /// There is none.
    Unset,
    /// Another person set it; it must be replaced at the next sign-in.
    Temporary,
    /// Its owner chose it.
    Chosen,
}

/// A role that was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// To which account.
    pub person: PersonId,
    /// The human it belonged to then: a later merge does not undo that two humans held a role.
    pub human: PersonId,
    /// Which role.
    pub role: Role,
    /// Where.
    pub domain: DomainPath,
    /// The leaf that granted it.
    pub leaf: u64,
    /// When.
    pub granted_at: Time,
    /// How it ended.
    pub removed: Option<Removal>,
}

/// How a grant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// The leaf that took it away.
    pub leaf: u64,
    /// When.
    pub at: Time,
}

/// A delegation and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationRecord {
    /// The delegation.
    pub delegation: Delegation,
    /// The leaf that made it.
    pub leaf: u64,
    /// When it was ended before its time.
    pub ended_at: Option<Time>,
}

/// An API token, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Whose it is.
    pub person: PersonId,
    /// The commitment of its name.
    pub name: Hash,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was issued.
    pub issued_at: Time,
    /// Until when it may be used.
    pub expires_at: Time,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

impl TokenRecord {
    /// May it be used at `now`?
    pub fn holds_at(&self, now: Time) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

impl Roster {
    /// The account as the rules see it, with the roles that stand.
    pub fn person(&self, id: PersonId) -> Option<Person> {
        let record = self.people.get(&id)?;
        let standing = self.grants.iter().filter(|(_, held)| held.person == id && held.removed.is_none());
        Some(Person {
            id,
            human: record.human,
            responsible: record.responsible,
            active: record.active,
            absence: record.absence.clone(),
            place: record.place.clone(),
            moved_at: record.moved_at,
            grants: standing
                .map(|(id, held)| Grant { id: *id, role: held.role, domain: held.domain.clone(), leaf: held.leaf })
                .collect(),
        })
    }

    /// The roster after `event`, which is leaf number `leaf` of the ledger.
    #[must_use]
    pub fn after(mut self, event: &RosterEvent, leaf: u64) -> Self {
        self.apply(event, leaf);
        self
    }

    #[expect(clippy::too_many_lines, reason = "a table of all deeds: one line or block each, and nothing decided")]
    fn apply(&mut self, event: &RosterEvent, leaf: u64) {
        let at = event.at;
        match &event.deed {
            RosterDeed::PersonAdded { person, name, email, responsible } => {
                let added = PersonRecord {
                    human: *person,
                    responsible: *responsible,
                    active: true,
                    absence: None,
                    place: None,
                    moved_at: None,
                    name: name.commitment,
                    email: email.commitment,
                    password: PasswordStatus::Unset,
                    added_at: at,
                    changed_at: at,
                    first_leaf: leaf,
                    hold: None,
                    erased_at: None,
                };
                self.people.insert(*person, added);
            }
            RosterDeed::PersonUpdated { person, name, email } => self.change(*person, at, |record| {
                record.name = name.as_ref().map_or(record.name, |sealed| sealed.commitment);
                record.email = email.as_ref().map_or(record.email, |sealed| sealed.commitment);
            }),
            RosterDeed::PersonLeft { person } => {
                self.change(*person, at, |record| (record.active, record.absence) = (false, None));
                self.end_what_they_hold(*person, at);
            }
            RosterDeed::PersonReturned { person } => self.change(*person, at, |record| record.active = true),
            RosterDeed::PersonMerged { person, into } => self.merge(*person, *into, at),
            RosterDeed::PersonMoved { person, place } => self.change(*person, at, |record| {
                // Where somebody works who worked nowhere yet is no move.
                record.moved_at = record.place.as_ref().map(|_| at);
                record.place = Some(place.clone());
            }),
            RosterDeed::PasswordSet { person, temporary } => self.change(*person, at, |record| {
                record.password = if *temporary { PasswordStatus::Temporary } else { PasswordStatus::Chosen };
            }),
            RosterDeed::RoleGranted { grant, person, role, domain } => {
                let human = self.people.get(person).map_or(*person, |record| record.human);
                let (person, role, domain) = (*person, *role, domain.clone());
                let held = GrantRecord { person, human, role, domain, leaf, granted_at: at, removed: None };
                self.grants.insert(*grant, held);
            }
            RosterDeed::RoleRemoved { grant, .. } => {
                if let Some(held) = self.grants.get_mut(grant) {
                    held.removed = Some(Removal { leaf, at });
                }
            }
            RosterDeed::Delegated { delegation } => {
                let made = DelegationRecord { delegation: delegation.clone(), leaf, ended_at: None };
                self.delegations.insert(delegation.id, made);
            }
            RosterDeed::DelegationEnded { delegation } => {
                if let Some(made) = self.delegations.get_mut(delegation) {
                    made.ended_at = Some(at);
                }
            }
            RosterDeed::TokenIssued { token, person, name, scopes, expires_at } => {
                let issued = TokenRecord {
                    person: *person,
                    name: name.commitment,
                    scopes: scopes.clone(),
                    issued_at: at,
                    expires_at: *expires_at,
                    revoked_at: None,
                };
                self.tokens.insert(*token, issued);
            }
            RosterDeed::TokenRevoked { token } => {
                if let Some(issued) = self.tokens.get_mut(token) {
                    issued.revoked_at = Some(at);
                }
            }
            RosterDeed::ChangeProposed { change, .. } => {
                self.changes.extend(Change::proposed(event).map(|proposed| (*change, proposed)));
            }
            RosterDeed::ChangeConfirmed { change, .. } => self.close(*change, ChangeState::Confirmed, event),
            RosterDeed::ChangeRejected { change, .. } => self.close(*change, ChangeState::Rejected, event),
            RosterDeed::SopPublished { .. }
            | RosterDeed::SopRetired { .. }
            | RosterDeed::EntryPublished { .. }
            | RosterDeed::IncidentReported { .. }
            | RosterDeed::AttemptRefused { .. }
            | RosterDeed::RecordExported { .. }
            | RosterDeed::Shadow(_)
            | RosterDeed::Concern(_)
            | RosterDeed::Outward(_)
            | RosterDeed::Automation(AutomationDeed::JobAsked { .. } | AutomationDeed::SettingsReloaded { .. }) => {}
            RosterDeed::Absence(deed) => self.change(deed.person(), at, |record| {
                record.absence = deed.leaves(record.absence.as_ref(), at);
            }),
            RosterDeed::Erasure(deed) => self.erase(deed, at),
            RosterDeed::Split(SplitDeed::SplitBegun { begins }) => {
                self.splits.insert(begins.split, Split::begun((**begins).clone(), at));
            }
            RosterDeed::Split(deed) => {
                if let Some(split) = self.splits.get_mut(&deed.split()) {
                    split.take(deed, at);
                }
            }
            RosterDeed::Automation(AutomationDeed::AutomationHalted { scope, .. }) => {
                self.halts.insert(scope.clone());
            }
            RosterDeed::Automation(AutomationDeed::AutomationReleased { scope }) => {
                self.halts.remove(scope);
            }
            RosterDeed::Automation(AutomationDeed::Batch(deed)) => self.rest(deed),
        }
    }

    /// Of whoever is erased the log keeps that there was somebody, and what they did.
    fn erase(&mut self, deed: &ErasureDeed, at: Time) {
        match deed {
            ErasureDeed::PersonErased { accounts, .. } => {
                for account in accounts {
                    self.change(*account, at, |record| {
                        (record.active, record.password, record.erased_at) = (false, PasswordStatus::Unset, Some(at));
                        (record.absence, record.place, record.moved_at, record.hold) = (None, None, None, None);
                    });
                    self.end_what_they_hold(*account, at);
                }
            }
            ErasureDeed::PersonHeld { person, reason } => self.change(*person, at, |record| {
                record.hold = Some(LegalHold { since: at, reason: reason.commitment });
            }),
            ErasureDeed::HoldLifted { person } => self.change(*person, at, |record| record.hold = None),
            ErasureDeed::TextsRetired { .. } => {}
        }
    }

    fn rest(&mut self, deed: &BatchDeed) {
        let state = match deed {
            BatchDeed::BatchHeld { .. } => Some(BatchState::Held),
            BatchDeed::BatchReleased { .. } => None,
            BatchDeed::BatchReverted { .. } => Some(BatchState::Reverted),
        };
        self.resting.remove(deed.batch());
        self.resting.extend(state.map(|state| (deed.batch().clone(), state)));
    }

    fn change(&mut self, person: PersonId, at: Time, how: impl FnOnce(&mut PersonRecord)) {
        if let Some(record) = self.people.get_mut(&person) {
            how(record);
            record.changed_at = at;
        }
    }

    /// Who leaves takes no token and no delegation along, neither theirs nor one to them.
    fn end_what_they_hold(&mut self, person: PersonId, at: Time) {
        let tokens = self.tokens.values_mut().filter(|issued| issued.person == person);
        for issued in tokens {
            issued.revoked_at.get_or_insert(at);
        }
        for made in self.delegations.values_mut() {
            if made.delegation.from == person || made.delegation.to == person {
                made.ended_at.get_or_insert(at);
            }
        }
    }

    fn merge(&mut self, person: PersonId, into: PersonId, at: Time) {
        let human = |id: PersonId| self.people.get(&id).map_or(id, |record| record.human);
        let (given_up, stays) = (human(person), human(into));
        for record in self.people.values_mut().filter(|record| record.human == given_up) {
            record.human = stays;
            record.changed_at = at;
        }
    }

    fn close(&mut self, change: ChangeId, decided: ChangeState, event: &RosterEvent) {
        if let Some(open) = self.changes.get_mut(&change) {
            open.decided = decided;
            open.decided_by = event.by.person();
            open.decided_at = Some(event.at);
        }
    }
}
