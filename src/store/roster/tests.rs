//! The roster on both databases: the tables are the fold of the log, and the facts those of the log.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::Duration;
use diesel::{
    connection::{Connection, InstrumentationEvent, SimpleConnection},
    prelude::*,
};
use uuid::Uuid;

use super::*;
use crate::{
    domain::roster::{
        RosterAction, RosterCommand, RosterDeed,
        play::{ACCOUNTS, Asked, World, job, person, sealed, some_moves},
    },
    store::{Conn, StoreError, testbed, webhooks::WebhookKeys},
    words::{BatchState, ChangeState, Hash, PersonId, Role, Scope, SessionId, TokenId},
};

/// Applies what happened since `from`, and returns how much happened at all.
fn catch_up(conn: &mut Conn, world: &World, from: usize) -> usize {
    for (leaf, (event, email_key)) in (0..).zip(&world.log).skip(from) {
        let mut token = None;
        if let RosterDeed::TokenIssued { token: issued, .. } = &event.deed {
            token = Some(hash_of(*issued));
        }
        let secrets = Secrets {
            email_key: email_key.clone(),
            password: Some("phc".into()),
            token,
            document: None,
            webhook: WebhookKeys::default(),
        };
        apply(conn, event, leaf, &secrets).unwrap();
    }
    world.log.len()
}

fn hash_of(token: TokenId) -> Hash {
    Hash::of(token.to_string().as_bytes())
}

/// On each database a world that has happened there too.
fn lived(mut life: impl FnMut(&mut World, &mut Conn)) {
    for bed in testbed::beds() {
        let (mut world, mut conn) = (World::busy(), bed.open());
        conn.begin_write().unwrap();
        catch_up(&mut conn, &world, 0);
        life(&mut world, &mut conn);
    }
}

/// What one action does, in the world and in the tables.
fn does(world: &mut World, conn: &mut Conn, n: u8, action: RosterAction) {
    let before = world.log.len();
    world.acted(world.session(n), action).unwrap();
    catch_up(conn, world, before);
}

fn issue(world: &mut World, conn: &mut Conn, n: u8) -> TokenId {
    let (token, expires_at) = (TokenId(world.draw()), world.now + Duration::days(30));
    let (name, scopes) = (sealed("ci"), [Scope::Read, Scope::File].into());
    does(world, conn, n, RosterAction::IssueToken { token, person: person(n), name, scopes, expires_at });
    token
}

fn sign_in(world: &mut World, conn: &mut Conn, n: u8) -> Hash {
    let id = SessionId(world.draw());
    let session =
        Session { id, person: person(n), signed_in_at: world.now, expires_at: world.now + Duration::hours(8) };
    let hash = Hash::of(id.to_string().as_bytes());
    begin_session(conn, &NewSession { session, hash, address: Some("192.0.2.7".into()) }).unwrap();
    assert_eq!(session_by_hash(conn, &hash, world.now).unwrap(), Some(session));
    hash
}

/// How many statements `job` sends.
fn statements(conn: &mut Conn, job: impl FnOnce(&mut Conn)) -> usize {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    job(conn);
    sent.load(Ordering::Relaxed)
}

#[test]
fn the_tables_are_the_fold_of_the_log_and_give_the_same_facts() {
    for bed in testbed::beds() {
        for seed in 0..4 {
            let (mut world, mut conn) = (World::busy(), bed.open());
            conn.begin_write().unwrap();
            let mut done = catch_up(&mut conn, &world, 0);
            for made in some_moves(seed, 150) {
                let asked = world.read(made);
                let facts = ground(&mut conn, (&asked.by, world.now), &asked.command, asked.email_key.as_deref());
                let (mut facts, told) = (facts.unwrap(), world.ground(&asked));
                // Whether something is left of a batch, or ever was, the exceptions say.
                let resting = facts.automation.batch.filter(|state| *state != BatchState::Done);
                facts.automation.batch = resting.or(told.automation.batch.map(|_| BatchState::Running));
                assert_eq!(facts, told, "{asked:?}");
                let _ = world.take(&asked);
                done = catch_up(&mut conn, &world, done);
            }
            assert!(done > 40, "much happened: {done}");
            assert_eq!(roster(&mut conn).unwrap(), world.roster);
            conn.rollback().unwrap();
        }
    }
}

#[test]
fn people_come_with_their_grants_and_who_answers_for_them_in_two_statements() {
    lived(|world, conn| {
        let before = world.log.len();
        world.added(world.session(1), ACCOUNTS, Some(6)).unwrap();
        catch_up(conn, world, before);
        let asked = BTreeSet::from([person(4), person(ACCOUNTS), person(99)]);
        let sent = statements(conn, |conn| {
            let found = people(conn, &asked).unwrap();
            let expected = [4, 6, ACCOUNTS].map(|n| world.roster.person(person(n)).unwrap());
            assert_eq!(found, expected);
        });
        assert_eq!(sent, 2);
        assert!(people(conn, &BTreeSet::new()).unwrap().is_empty());
    });
}

#[test]
fn holders_are_those_whose_grant_stands() {
    lived(|world, conn| {
        let ids = |found: Vec<crate::domain::person::Person>| found.iter().map(|held| held.id).collect::<Vec<_>>();
        assert_eq!(ids(holders(conn, &[Role::Ciso, Role::Governance]).unwrap()), [person(2), person(3), person(4)]);
        let grant = world.roster.person(person(4)).unwrap().grants[0].id;
        does(world, conn, 1, RosterAction::RemoveRole { person: person(4), grant });
        assert_eq!(holders(conn, &[Role::Ciso]).unwrap(), []);
        let history = grants_of(conn, person(4)).unwrap();
        assert_eq!(history.iter().map(|(id, held)| (*id, held.removed.is_some())).collect::<Vec<_>>(), [(grant, true)]);
        let delegations = delegations_to(conn, &BTreeSet::from([person(5)])).unwrap();
        assert_eq!(delegations.iter().map(|given| given.from).collect::<Vec<_>>(), [person(4)]);
        assert_eq!(delegations_of(conn, person(4)).unwrap().len(), 1);
    });
}

#[test]
fn merged_accounts_are_one_human_and_who_governed_is_not_forgotten() {
    lived(|world, conn| {
        does(world, conn, 1, RosterAction::Merge { person: person(2), into: person(6) });
        let before = world.log.len();
        world.confirmed(world.session(3)).unwrap();
        catch_up(conn, world, before);
        does(world, conn, 1, RosterAction::Merge { person: person(6), into: person(5) });
        let before = world.log.len();
        world.confirmed(world.session(3)).unwrap();
        catch_up(conn, world, before);
        let found = people(conn, &BTreeSet::from([person(2), person(6)])).unwrap();
        assert!(found.iter().all(|one| one.human == person(5)), "{found:?}");
        let counted = governance(conn).unwrap();
        assert_eq!((counted.humans_ever, counted.humans_now(), counted.being_set_up), (2, 2, false));
    });
}

#[test]
fn a_password_ends_sessions_and_leaving_ends_tokens_and_delegations_too() {
    lived(|world, conn| {
        let token = issue(world, conn, 5);
        let first = sign_in(world, conn, 5);
        let others = sign_in(world, conn, 6);
        does(world, conn, 5, RosterAction::SetPassword { person: person(5) });
        assert_eq!(session_by_hash(conn, &first, world.now).unwrap(), None);
        assert!(token_by_hash(conn, &hash_of(token)).unwrap().unwrap().record.holds_at(world.now));
        let found = sign_in_by_email_key(conn, "p5@example.org").unwrap().unwrap();
        assert_eq!((found.person, found.may, found.temporary), (person(5), true, false));

        let second = sign_in(world, conn, 5);
        does(world, conn, 1, RosterAction::Leave { person: person(5) });
        assert_eq!(session_by_hash(conn, &second, world.now).unwrap(), None);
        assert!(!token_by_hash(conn, &hash_of(token)).unwrap().unwrap().record.holds_at(world.now));
        assert!(delegations_to(conn, &BTreeSet::from([person(5)])).unwrap().is_empty());
        assert!(!sign_in_by_email_key(conn, "p5@example.org").unwrap().unwrap().may);
        assert!(session_by_hash(conn, &others, world.now).unwrap().is_some(), "others stay signed in");
    });
}

#[test]
fn a_session_ends_by_time_by_its_owner_or_with_all_of_them() {
    lived(|world, conn| {
        let hash = sign_in(world, conn, 6);
        let session = session_by_hash(conn, &hash, world.now).unwrap().unwrap();
        assert_eq!(session_by_hash(conn, &hash, session.expires_at).unwrap(), None);
        assert!(end_session(conn, session.id, world.now).unwrap());
        assert!(!end_session(conn, session.id, world.now).unwrap());
        assert_eq!(session_by_hash(conn, &hash, world.now).unwrap(), None);
        sign_in(world, conn, 6);
        sign_in(world, conn, 6);
        assert_eq!(end_sessions_of(conn, person(6), world.now).unwrap(), 2);
    });
}

#[test]
fn the_use_of_a_token_is_noted_once_a_minute() {
    lived(|world, conn| {
        let token = issue(world, conn, 6);
        let now = world.now;
        let noted =
            [0, 59, 60, 100, 120].map(|second| touch_token(conn, token, now + Duration::seconds(second)).unwrap());
        assert_eq!(noted, [true, false, true, false, true]);
        let held = tokens_of(conn, person(6)).unwrap();
        assert_eq!(held[0].last_used_at, Some(now + Duration::seconds(120)));
        assert_eq!(held[0].record, world.roster.tokens[&token]);
    });
}

#[test]
fn lists_come_in_pages() {
    lived(|world, conn| {
        let mut seen = Vec::new();
        while let Some((last, _)) = {
            let page = After { last: seen.last().copied(), limit: 4 };
            let found: Vec<(PersonId, _)> = list_people(conn, page).unwrap();
            seen.extend(found.iter().map(|(id, _)| *id));
            found.last().cloned()
        } {
            assert_eq!(seen.last(), Some(&last));
        }
        assert_eq!(seen, (1..ACCOUNTS).map(person).collect::<Vec<_>>());

        does(world, conn, 1, world.grant(6, Role::Legal));
        let page = After { last: None, limit: 100 };
        let open = changes(conn, Some(ChangeState::Open), world.now, page).unwrap();
        let newest = *world.roster.changes.keys().next_back().unwrap();
        assert_eq!(open.iter().map(|change| change.id).collect::<Vec<_>>(), [newest]);
        assert!(!open[0].alone);
        let later = world.now + Duration::days(14);
        assert_eq!(changes(conn, Some(ChangeState::Open), later, page).unwrap(), []);
        assert_eq!(changes(conn, Some(ChangeState::Lapsed), later, page).unwrap(), open);
        let all = changes(conn, None, world.now, page).unwrap();
        assert_eq!(all.len(), world.roster.changes.len());
        let rest = changes(conn, None, world.now, After { last: Some(newest), limit: 100 }).unwrap();
        assert_eq!(rest, all[1..]);
    });
}

#[test]
fn one_address_is_one_account_for_ever() {
    lived(|world, conn| {
        does(world, conn, 1, RosterAction::Leave { person: person(6) });
        assert_eq!(person_by_email_key(conn, "p6@example.org").unwrap(), Some(person(6)));
        let action = RosterAction::AddPerson {
            person: PersonId(Uuid::from_u128(77)),
            name: sealed("again"),
            email: sealed("again"),
            responsible: None,
        };
        let command = world.command(action);
        let asked = Asked { by: world.session(1), command, email_key: Some("p6@example.org".into()) };
        let facts = ground(conn, (&asked.by, world.now), &asked.command, asked.email_key.as_deref()).unwrap();
        assert!(facts.email_taken);
        let RosterCommand::Act { action, .. } = &asked.command else { panic!("it is an action") };
        let RosterAction::AddPerson { person, name, email, responsible } = (**action).clone() else { panic!() };
        let (deed, by) = (RosterDeed::PersonAdded { person, name, email, responsible }, job("careless"));
        let event = crate::domain::roster::RosterEvent { deed, by, at: world.now, alone: false, citation: None };
        let secrets = Secrets { email_key: asked.email_key, ..Secrets::default() };
        let outcome = apply(conn, &event, 999, &secrets);
        assert!(matches!(outcome, Err(StoreError::Database(_))), "the database refuses it too: {outcome:?}");
    });
}

#[test]
fn an_event_without_its_secret_is_not_applied() {
    lived(|world, conn| {
        world.acted(world.session(6), RosterAction::SetPassword { person: person(6) }).unwrap();
        let (event, _) = world.log.last().unwrap();
        let outcome = apply(conn, event, 999, &Secrets::default());
        assert!(matches!(outcome, Err(StoreError::Corrupt(_))), "{outcome:?}");
    });
}

#[test]
fn the_database_repeats_the_rules() {
    let confirm_alone =
        "UPDATE changes SET state = 'confirmed', decided_by = proposed_by, decided_at = 1 WHERE state = 'open'";
    let refused = [
        "DELETE FROM people",
        "DELETE FROM grants",
        "DELETE FROM delegations",
        "DELETE FROM changes",
        "UPDATE grants SET role = 'ciso'",
        "UPDATE changes SET state = 'open', decided_at = NULL WHERE state = 'confirmed'",
        "UPDATE changes SET action = '{}' WHERE state = 'open'",
        confirm_alone,
    ];
    for sql in refused {
        lived(|world, conn| {
            does(world, conn, 1, world.grant(6, Role::Legal));
            assert!(conn.batch_execute(sql).is_err(), "{sql}");
        });
    }
}

#[test]
fn an_edited_change_is_refused_and_not_believed() {
    lived(|world, conn| {
        does(world, conn, 1, world.grant(6, Role::Legal));
        let id = *world.roster.changes.keys().next_back().unwrap();
        let row: super::rows::ChangeRow = super::schema::changes::table
            .find(id.to_string())
            .select(super::rows::ChangeRow::as_select())
            .first(conn)
            .unwrap();
        assert_eq!(Some(&row.change().unwrap()), world.roster.changes.get(&id));
        let action = row.action.replace("legal", "ciso");
        let edited = super::rows::ChangeRow { action, ..row };
        assert!(matches!(edited.change(), Err(StoreError::Corrupt(why)) if why.contains("another hash")));
    });
}
