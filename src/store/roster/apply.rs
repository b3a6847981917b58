//! The rows that one event of the roster changes. Secrets come beside the event, since none of them stands
//! in it: an address key, a password's PHC string, a token's hash.

use diesel::prelude::*;

use super::{
    entry::end_sessions_of,
    rows::{ChangeRow, DelegationRow, GrantRow, PersonRow, TokenRow, column},
    schema::{changes, delegations, grants, people, tokens},
};
use crate::{
    domain::{
        person::{Absence, Delegation},
        request::Time,
        roster::{Change, ErasureDeed, OutwardDeed, RosterDeed, RosterEvent},
    },
    store::{
        automation,
        backend::Conn,
        concerns,
        error::StoreError,
        incidents, outbox, preferences, splits,
        webhooks::{self, WebhookKeys},
    },
    words::{ChangeId, ChangeState, Hash, PersonId},
};

/// What an event needs and must not hold. Each is asked for by one kind of event alone.
#[derive(Clone, Default)]
pub struct Secrets {
    /// For `person_added` and an address in `person_updated`: the form in which variants count as one.
    pub email_key: Option<String>,
    /// For `password_set`: the PHC string.
    pub password: Option<String>,
    /// For `token_issued`: the SHA-256 of the token.
    pub token: Option<Hash>,
    /// For what publishes, and for the proposal to: the canonical text.
    pub document: Option<String>,
    /// For what adds, changes or rotates an endpoint: its address and its secret.
    pub webhook: WebhookKeys,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl Secrets {
    fn email_key(&self) -> Result<&str, StoreError> {
        self.email_key.as_deref().ok_or_else(|| missing("an address without its key"))
    }
}

fn missing(what: &str) -> StoreError {
    StoreError::Corrupt(format!("an event of the roster came with {what}"))
}

/// Exactly one row was changed, or the record and the tables differ.
fn one(changed: usize, what: &str) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Corrupt(format!("{changed} rows are that {what}"))) }
}

/// Writes what `event`, which is leaf number `leaf` of the ledger, changes. Call it inside the transaction
/// that appends the leaf; after an error that transaction must be rolled back.
#[expect(clippy::too_many_lines, reason = "a table of all deeds: one line or block each, and nothing decided")]
pub fn apply(conn: &mut Conn, event: &RosterEvent, leaf: u64, secrets: &Secrets) -> Result<(), StoreError> {
    let at = event.at.timestamp_micros();
    match &event.deed {
        RosterDeed::PersonAdded { person, name, email, responsible } => {
            let row = PersonRow {
                id: person.to_string(),
                human: person.to_string(),
                responsible: responsible.map(|answers| answers.to_string()),
                active: true,
                name_c: name.commitment.to_string(),
                email_c: email.commitment.to_string(),
                email_key: secrets.email_key()?.to_owned(),
                password: None,
                password_temporary: false,
                added_at: at,
                changed_at: at,
                first_leaf: column(leaf)?,
                away_from: None,
                away_until: None,
                stand_in: None,
                away_begun: false,
                unit: None,
                region: None,
                moved_at: None,
                erased_at: None,
                held_at: None,
                hold_c: None,
            };
            one(diesel::insert_into(people::table).values(&row).execute(conn)?, "person")
        }
        RosterDeed::PersonUpdated { person, name, email } => {
            let key = email.as_ref().map(|_| secrets.email_key()).transpose()?;
            let changed = (
                name.as_ref().map(|sealed| people::name_c.eq(sealed.commitment.to_string())),
                email.as_ref().map(|sealed| people::email_c.eq(sealed.commitment.to_string())),
                key.map(|key| people::email_key.eq(key)),
                people::changed_at.eq(at),
            );
            one(diesel::update(people::table.find(person.to_string())).set(changed).execute(conn)?, "person")
        }
        RosterDeed::PersonLeft { person } => {
            set_active(conn, *person, false, event.at)?;
            set_absence(conn, *person, None, event.at)?;
            end_what_they_hold(conn, *person, event.at)
        }
        RosterDeed::PersonReturned { person } => set_active(conn, *person, true, event.at),
        RosterDeed::PersonMerged { person, into } => {
            let (given_up, stays) = (human(conn, *person)?, human(conn, *into)?);
            let theirs = people::table.filter(people::human.eq(given_up));
            diesel::update(theirs).set((people::human.eq(stays), people::changed_at.eq(at))).execute(conn)?;
            Ok(())
        }
        RosterDeed::PersonMoved { person, place } => {
            let by_id = || people::table.find(person.to_string());
            let before: Option<String> = by_id().select(people::unit).first(conn)?;
            let changed = (
                people::unit.eq(&place.unit),
                people::region.eq(place.region.as_ref()),
                people::moved_at.eq(before.map(|_| at)),
                people::changed_at.eq(at),
            );
            one(diesel::update(by_id()).set(changed).execute(conn)?, "person")
        }
        RosterDeed::PasswordSet { person, temporary } => {
            let phc = secrets.password.as_deref().ok_or_else(|| missing("no password"))?;
            let changed =
                (people::password.eq(phc), people::password_temporary.eq(*temporary), people::changed_at.eq(at));
            one(diesel::update(people::table.find(person.to_string())).set(changed).execute(conn)?, "person")?;
            end_sessions_of(conn, *person, event.at).map(|_| ())
        }
        RosterDeed::RoleGranted { grant, person, role, domain } => {
            let row = GrantRow {
                id: grant.to_string(),
                person: person.to_string(),
                human: human(conn, *person)?,
                role: role.to_string(),
                domain: domain.to_string(),
                leaf: column(leaf)?,
                granted_at: at,
                removed_leaf: None,
                removed_at: None,
            };
            one(diesel::insert_into(grants::table).values(&row).execute(conn)?, "grant")
        }
        RosterDeed::RoleRemoved { grant, .. } => {
            let standing = grants::table.filter(grants::id.eq(grant.to_string()).and(grants::removed_leaf.is_null()));
            let removed = (grants::removed_leaf.eq(column(leaf)?), grants::removed_at.eq(at));
            one(diesel::update(standing).set(removed).execute(conn)?, "grant")
        }
        RosterDeed::Delegated { delegation } => delegate(conn, delegation, leaf),
        RosterDeed::DelegationEnded { delegation } => {
            let by_id = delegations::table.find(delegation.to_string());
            one(diesel::update(by_id).set(delegations::ended_at.eq(at)).execute(conn)?, "delegation")
        }
        RosterDeed::TokenIssued { token, person, name, scopes, expires_at } => {
            let hash = secrets.token.ok_or_else(|| missing("no token"))?;
            let row = TokenRow {
                id: token.to_string(),
                person: person.to_string(),
                hash: hash.to_string(),
                scopes: scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
                expires_at: expires_at.timestamp_micros(),
                name_c: name.commitment.to_string(),
                issued_at: at,
                revoked_at: None,
                last_used_at: None,
            };
            one(diesel::insert_into(tokens::table).values(&row).execute(conn)?, "token")
        }
        RosterDeed::TokenRevoked { token } => {
            let by_id = tokens::table.find(token.to_string());
            one(diesel::update(by_id).set(tokens::revoked_at.eq(at)).execute(conn)?, "token")
        }
        RosterDeed::ChangeProposed { .. } => {
            let proposed = Change::proposed(event).ok_or_else(|| missing("no change"))?;
            one(diesel::insert_into(changes::table).values(&ChangeRow::of(&proposed)?).execute(conn)?, "change")
        }
        RosterDeed::ChangeConfirmed { change, .. } => close(conn, *change, ChangeState::Confirmed, event),
        RosterDeed::ChangeRejected { change, .. } => close(conn, *change, ChangeState::Rejected, event),
        RosterDeed::Outward(deed) => outward(conn, deed, (leaf, event.at), &secrets.webhook),
        RosterDeed::Absence(deed) => {
            let row: PersonRow =
                people::table.find(deed.person().to_string()).select(PersonRow::as_select()).first(conn)?;
            let absence = deed.leaves(row.record()?.1.absence.as_ref(), event.at);
            set_absence(conn, deed.person(), absence.as_ref(), event.at)
        }
        RosterDeed::Erasure(deed) => erasure(conn, deed, event.at),
        RosterDeed::Automation(deed) => automation::apply(conn, deed, (leaf, event)),
        RosterDeed::IncidentReported { incident } => incidents::insert(conn, incident, (leaf, event)),
        RosterDeed::Concern(deed) => concerns::apply(conn, deed, (leaf, event)),
        RosterDeed::Split(deed) => splits::apply(conn, deed, (leaf, event.at)),
        // A publication's rows are written where its leaf is.
        RosterDeed::SopPublished { .. }
        | RosterDeed::SopRetired { .. }
        | RosterDeed::EntryPublished { .. }
        | RosterDeed::RecordExported { .. }
        | RosterDeed::Shadow(_)
        | RosterDeed::AttemptRefused { .. } => Ok(()),
    }
}

fn outward(conn: &mut Conn, deed: &OutwardDeed, (leaf, at): (u64, Time), keys: &WebhookKeys) -> Result<(), StoreError> {
    match deed {
        OutwardDeed::PreferencesSet { person, preferences: wanted } => preferences::save(conn, (*person, wanted), leaf),
        OutwardDeed::MailHeld { .. } => Ok(()),
        OutwardDeed::Webhook(deed) => webhooks::apply(conn, deed, (leaf, at), keys),
        OutwardDeed::LetterRetried { letter } => one(outbox::retry(conn, *letter, at)?, "letter"),
        OutwardDeed::LetterDiscarded { letter, .. } => one(outbox::discard(conn, *letter)?, "letter"),
    }
}

/// Of whoever is erased a row stays without anything that says who they were.
fn erasure(conn: &mut Conn, deed: &ErasureDeed, at: Time) -> Result<(), StoreError> {
    match deed {
        ErasureDeed::PersonErased { accounts, .. } => accounts.iter().try_for_each(|account| {
            set_absence(conn, *account, None, at)?;
            end_what_they_hold(conn, *account, at)?;
            let changed = (
                people::active.eq(false),
                people::email_key.eq(format!("erased:{account}")),
                (people::password.eq(None::<String>), people::password_temporary.eq(false)),
                (people::unit.eq(None::<String>), people::region.eq(None::<String>)),
                (people::moved_at.eq(None::<i64>), people::held_at.eq(None::<i64>), people::hold_c.eq(None::<String>)),
                people::erased_at.eq(at.timestamp_micros()),
            );
            one(diesel::update(people::table.find(account.to_string())).set(changed).execute(conn)?, "person")
        }),
        ErasureDeed::PersonHeld { person, reason } => set_hold(conn, *person, Some(reason.commitment), at),
        ErasureDeed::HoldLifted { person } => set_hold(conn, *person, None, at),
        ErasureDeed::TextsRetired { .. } => Ok(()),
    }
}

fn set_hold(conn: &mut Conn, person: PersonId, reason: Option<Hash>, at: Time) -> Result<(), StoreError> {
    let changed = (
        people::held_at.eq(reason.map(|_| at.timestamp_micros())),
        people::hold_c.eq(reason.map(|reason| reason.to_string())),
        people::changed_at.eq(at.timestamp_micros()),
    );
    one(diesel::update(people::table.find(person.to_string())).set(changed).execute(conn)?, "person")
}

fn human(conn: &mut Conn, person: PersonId) -> Result<String, StoreError> {
    Ok(people::table.find(person.to_string()).select(people::human).first(conn)?)
}

fn set_active(conn: &mut Conn, person: PersonId, active: bool, at: Time) -> Result<(), StoreError> {
    let changed = (people::active.eq(active), people::changed_at.eq(at.timestamp_micros()));
    one(diesel::update(people::table.find(person.to_string())).set(changed).execute(conn)?, "person")
}

fn set_absence(conn: &mut Conn, person: PersonId, absence: Option<&Absence>, at: Time) -> Result<(), StoreError> {
    let changed = (
        people::away_from.eq(absence.map(|absence| absence.starts.timestamp_micros())),
        people::away_until.eq(absence.map(|absence| absence.ends.timestamp_micros())),
        people::stand_in.eq(absence.and_then(|absence| absence.stand_in).map(|id| id.to_string())),
        people::away_begun.eq(absence.is_some_and(|absence| absence.begun)),
        people::changed_at.eq(at.timestamp_micros()),
    );
    one(diesel::update(people::table.find(person.to_string())).set(changed).execute(conn)?, "person")
}

/// Who leaves takes no session, no token and no delegation along, neither theirs nor one to them.
fn end_what_they_hold(conn: &mut Conn, person: PersonId, at: Time) -> Result<(), StoreError> {
    end_sessions_of(conn, person, at)?;
    let (id, at) = (person.to_string(), at.timestamp_micros());
    let theirs = tokens::table.filter(tokens::person.eq(&id).and(tokens::revoked_at.is_null()));
    diesel::update(theirs).set(tokens::revoked_at.eq(at)).execute(conn)?;
    let side = delegations::from_person.eq(&id).or(delegations::to_person.eq(&id));
    let open = delegations::table.filter(delegations::ended_at.is_null().and(side));
    diesel::update(open).set(delegations::ended_at.eq(at)).execute(conn)?;
    Ok(())
}

fn delegate(conn: &mut Conn, delegation: &Delegation, leaf: u64) -> Result<(), StoreError> {
    let row = DelegationRow {
        id: delegation.id.to_string(),
        from_person: delegation.from.to_string(),
        to_person: delegation.to.to_string(),
        starts: delegation.starts.timestamp_micros(),
        ends: delegation.ends.timestamp_micros(),
        leaf: column(leaf)?,
        ended_at: None,
    };
    one(diesel::insert_into(delegations::table).values(&row).execute(conn)?, "delegation")
}

fn close(conn: &mut Conn, id: ChangeId, decided: ChangeState, event: &RosterEvent) -> Result<(), StoreError> {
    let open = changes::table.filter(changes::id.eq(id.to_string()).and(changes::state.eq("open")));
    let closed = (
        changes::state.eq(decided.as_str()),
        changes::decided_by.eq(event.by.person().map(|person| person.to_string())),
        changes::decided_at.eq(event.at.timestamp_micros()),
    );
    one(diesel::update(open).set(closed).execute(conn)?, "open change")
}
