//! The facts for a command on the roster, read in the deciding transaction, and the roster as a whole, to
//! be held against the log.

use diesel::prelude::*;

use super::{
    people::{After, people, person_by_email_key},
    rows::{ChangeRow, DelegationRow, GrantRow, PersonRow, TokenRow, parsed},
    schema::{changes, delegations, grants, people as people_table, tokens},
};
use crate::{
    domain::{
        person::{By, Person},
        request::Time,
        roster::{Change, ErasureFacts, Governance, Office, Roster, RosterAction, RosterCommand, RosterGround},
    },
    store::{
        automation, backend::Conn, batches, concerns, erasure, error::StoreError, incidents, outbox, splits, webhooks,
    },
    words::{BatchId, ChangeId, ChangeState, PersonId, Role},
};

/// Who holds the offices that administer, and who ever did.
pub fn governance(conn: &mut Conn) -> Result<Governance, StoreError> {
    let offices = Office::ROLES.map(Role::as_str);
    let rows: Vec<(GrantRow, String, bool)> = grants::table
        .inner_join(people_table::table)
        .filter(grants::role.eq_any(offices))
        .select((GrantRow::as_select(), people_table::human, people_table::active))
        .load(conn)?;
    let office = |(row, human_now, active): &(GrantRow, String, bool)| {
        let (grant, record) = row.record()?;
        let stands = *active && record.removed.is_none();
        Ok(Office { grant, role: record.role, human_then: record.human, human_now: parsed(human_now)?, stands })
    };
    Ok(Governance::of(rows.iter().map(office).collect::<Result<Vec<_>, StoreError>>()?))
}

/// The facts for `command`, with the key of the address that it names, if it names one. All but
/// `procedure`, which the caller adds where one is published or retired.
pub fn ground(
    conn: &mut Conn,
    (by, now): (&By, Time),
    command: &RosterCommand,
    email_key: Option<&str>,
) -> Result<RosterGround, StoreError> {
    let mut ground = RosterGround::new(by.clone(), now, governance(conn)?);
    if let Some(id) = command.change() {
        ground.change = change(conn, id)?;
    }
    let action = command.action(ground.change.as_ref()).cloned();
    if let Some(action) = &action {
        find_named(conn, action, &mut ground)?;
    }
    let (subject, other) = action.as_ref().map_or((None, None), |action| ground.parties(action));
    let proposer = ground.change.as_ref().and_then(|change| change.proposed_by);
    let found = people(conn, &[by.person(), subject, other, proposer].into_iter().flatten().collect())?;
    let one = |id: Option<PersonId>| found.iter().find(|person| Some(person.id) == id).cloned();
    ground.actor = one(by.person());
    ground.subject = one(subject);
    ground.other = one(other.or(ground.subject.as_ref().and_then(|person| person.responsible)));
    ground.proposer = one(proposer);
    ground.erasure =
        action.as_ref().map_or(Ok(ErasureFacts::NOTHING), |action| erasure::facts(conn, action, [subject, other]))?;
    ground.subject_is_delegate = is_delegate(conn, ground.subject.as_ref(), now)?;
    let holder = email_key.map(|key| person_by_email_key(conn, key)).transpose()?.flatten();
    ground.email_taken = holder.is_some() && holder != subject;
    Ok(ground)
}

/// The delegation or the token that an action names.
fn find_named(conn: &mut Conn, action: &RosterAction, ground: &mut RosterGround) -> Result<(), StoreError> {
    if let RosterAction::EndDelegation { delegation } = action {
        let by_id = delegations::table.find(delegation.to_string()).select(DelegationRow::as_select());
        let row = by_id.first(conn).optional()?;
        ground.delegation = row.map(|row| row.record()).transpose()?.map(|(_, record)| record);
    }
    if let RosterAction::RevokeToken { token } = action {
        let by_id = tokens::table.find(token.to_string()).select(TokenRow::as_select());
        let row = by_id.first(conn).optional()?;
        ground.token = row.map(|row| row.record()).transpose()?.map(|(_, record)| record);
    }
    if let RosterAction::AnswerConcern { concern, .. } = action {
        ground.concern.standing = concerns::concern(conn, *concern)?.map(|kept| kept.standing);
    }
    if let RosterAction::Outward(action) = action {
        ground.outward.letter = action.letter().map(|letter| outbox::state(conn, letter)).transpose()?.flatten();
        ground.outward.webhook = action.webhook().map(|id| webhooks::facts(conn, id)).transpose()?.flatten();
    }
    if let RosterAction::Automation(action) = action {
        let halted = action.scope().map(|scope| automation::is_halted(conn, scope)).transpose()?;
        ground.automation.halted = halted.unwrap_or(false);
        ground.automation.batch = action.batch().map(|id| batches::state(conn, id)).transpose()?.flatten();
        if let Some(BatchId::Incident(id)) = action.batch() {
            ground.automation.place = incidents::incident(conn, *id, None)?.map(|found| found.incident.domain);
        }
    }
    Ok(())
}

fn is_delegate(conn: &mut Conn, subject: Option<&Person>, now: Time) -> Result<bool, StoreError> {
    let Some(subject) = subject else { return Ok(false) };
    let open: Option<String> = delegations::table
        .filter(delegations::to_person.eq(subject.id.to_string()).and(delegations::ended_at.is_null()))
        .filter(delegations::ends.gt(now.timestamp_micros()))
        .select(delegations::id)
        .first(conn)
        .optional()?;
    Ok(open.is_some())
}

/// One change; `None` if there is none.
pub fn change(conn: &mut Conn, id: ChangeId) -> Result<Option<Change>, StoreError> {
    let row = changes::table.find(id.to_string()).select(ChangeRow::as_select()).first(conn).optional()?;
    row.as_ref().map(ChangeRow::change).transpose()
}

/// Changes that stand so at `now`, or all of them, newest first: a page of them.
pub fn changes(
    conn: &mut Conn,
    state: Option<ChangeState>,
    now: Time,
    page: After<ChangeId>,
) -> Result<Vec<Change>, StoreError> {
    let micros = now.timestamp_micros();
    let mut query =
        changes::table.select(ChangeRow::as_select()).order(changes::id.desc()).limit(page.limit).into_boxed();
    if let Some(last) = page.last {
        query = query.filter(changes::id.lt(last.to_string()));
    }
    query = match state {
        None => query,
        Some(ChangeState::Open) => query.filter(changes::state.eq("open").and(changes::expires_at.gt(micros))),
        Some(ChangeState::Lapsed) => query.filter(changes::state.eq("open").and(changes::expires_at.le(micros))),
        Some(state @ (ChangeState::Confirmed | ChangeState::Rejected)) => {
            query.filter(changes::state.eq(state.as_str()))
        }
    };
    let rows: Vec<ChangeRow> = query.load(conn)?;
    rows.iter().map(ChangeRow::change).collect()
}

/// Everything, as the fold of the log has it: the two must be equal.
pub fn roster(conn: &mut Conn) -> Result<Roster, StoreError> {
    let people: Vec<PersonRow> = people_table::table.select(PersonRow::as_select()).load(conn)?;
    let grants: Vec<GrantRow> = grants::table.select(GrantRow::as_select()).load(conn)?;
    let delegations: Vec<DelegationRow> = delegations::table.select(DelegationRow::as_select()).load(conn)?;
    let tokens: Vec<TokenRow> = tokens::table.select(TokenRow::as_select()).load(conn)?;
    let changes: Vec<ChangeRow> = changes::table.select(ChangeRow::as_select()).load(conn)?;
    Ok(Roster {
        people: people.iter().map(PersonRow::record).collect::<Result<_, _>>()?,
        grants: grants.iter().map(GrantRow::record).collect::<Result<_, _>>()?,
        delegations: delegations.iter().map(DelegationRow::record).collect::<Result<_, _>>()?,
        tokens: tokens.iter().map(TokenRow::record).collect::<Result<_, _>>()?,
        changes: changes.iter().map(|row| Ok((parsed(&row.id)?, row.change()?))).collect::<Result<_, StoreError>>()?,
        halts: automation::halts(conn)?.into_iter().map(|halted| halted.scope).collect(),
        splits: splits::all(conn)?.into_iter().map(|split| (split.begins.split, split)).collect(),
        resting: batches::resting(conn)?,
    })
}
