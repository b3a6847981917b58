//! The roster's rules, one story each.

use chrono::Duration;
use uuid::Uuid;

use super::{
    CHANGE_DAYS, EntryStanding, PasswordStatus, ProcedureStanding, RosterAction, RosterCommand, RosterDeed,
    RosterEvent,
    play::{ACCOUNTS, Asked, World, job, person, sealed, token},
};
use crate::{
    domain::{
        person::By,
        refusal::{Refusal, Refused},
    },
    words::{
        ChangeId, ChangeState, DelegationId, EntryKind, EntryRef, GrantId, Hash, Role, Scope, SopRef, TokenId, Weight,
    },
};

type Outcome = Result<Vec<RosterEvent>, Refused>;

fn codes(events: &[RosterEvent]) -> Vec<&'static str> {
    events.iter().map(|event| event.deed.code()).collect()
}

fn code(outcome: Result<Vec<RosterEvent>, Refused>) -> &'static str {
    outcome.expect_err("it is refused").refusal.code()
}

impl World {
    /// Grants `role` to account `n`: proposed by 1, confirmed by 2.
    fn raised(&mut self, n: u8, role: Role) {
        let (proposer, confirmer) = (self.session(1), self.session(2));
        self.acted(proposer, self.grant(n, role)).unwrap();
        self.confirmed(confirmer).unwrap();
    }

    fn delegated(&mut self, from: u8, to: u8, days: i64) -> Result<Vec<RosterEvent>, Refused> {
        let delegation = DelegationId(self.draw());
        let ends = self.now + Duration::days(days);
        self.acted(self.session(from), RosterAction::Delegate { delegation, to: person(to), starts: None, ends })
    }

    fn issued(&mut self, by: By, n: u8, days: i64) -> Result<Vec<RosterEvent>, Refused> {
        let (token, expires_at) = (TokenId(self.draw()), self.now + Duration::days(days));
        let (person, name, scopes) = (person(n), sealed("ci"), [Scope::File].into());
        self.acted(by, RosterAction::IssueToken { token, person, name, scopes, expires_at })
    }

    fn with_service() -> Self {
        let mut world = Self::grown();
        world.added(world.session(1), ACCOUNTS, Some(5)).unwrap();
        world
    }
}

#[test]
fn one_admin_acts_alone_under_a_mark_until_two_govern_and_never_again() {
    let mut world = World::set_up();
    let events = world.acted(world.session(1), world.grant(2, Role::Governance)).unwrap();
    assert_eq!(codes(&events), ["change_proposed", "change_confirmed", "role_granted"]);
    assert!(events.iter().all(|event| event.alone));
    assert!(events[2].citation.as_ref().unwrap().to_string().contains("done alone"));
    world.acted(world.session(1), world.grant(3, Role::Governance)).unwrap();

    let events = world.acted(world.session(1), world.grant(4, Role::Ciso)).unwrap();
    assert_eq!(codes(&events), ["change_proposed"]);
    assert!(!events[0].alone);
    assert!(world.roster.person(person(4)).unwrap().grants.is_empty());

    let events = world.confirmed(world.session(2)).unwrap();
    assert_eq!(codes(&events), ["change_confirmed", "role_granted"]);
    assert_eq!(world.roster.person(person(4)).unwrap().grants[0].leaf, world.leaf - 1);

    for left in [2, 3] {
        world.acted(world.session(1), RosterAction::Leave { person: person(left) }).unwrap();
    }
    let events = world.acted(world.session(1), world.grant(5, Role::Cro)).unwrap();
    assert_eq!(codes(&events), ["change_proposed"], "that two governed is never forgotten");
}

#[test]
fn two_governance_people_merged_into_one_do_not_bring_acting_alone_back() {
    let mut world = World::grown();
    world.raised(4, Role::Governance);
    let merge = RosterAction::Merge { person: person(2), into: person(3) };
    world.acted(world.session(1), merge).unwrap();
    assert_eq!(code(world.confirmed(world.session(2))), "excluded", "not by one of the two");
    world.confirmed(world.session(4)).unwrap();
    let governance = world.roster.governance();
    assert_eq!((governance.humans_ever, governance.humans_now()), (3, 2));
}

#[test]
fn a_confirmation_is_by_another_human_in_a_session_for_exactly_this_payload() {
    let mut world = World::grown();
    world.acted(world.session(1), world.grant(4, Role::Ciso)).unwrap();
    assert_eq!(code(world.confirmed(world.session(1))), "excluded", "not the proposer");
    assert_eq!(code(world.confirmed(world.session(4))), "excluded", "not who gains");
    assert_eq!(code(world.confirmed(token(2))), "needs_person");
    assert_eq!(code(world.confirmed(job("sync"))), "needs_person");
    let change = *world.roster.changes.keys().next_back().unwrap();
    let command = RosterCommand::ConfirmChange { change, hash: Hash::of(b"another") };
    let asked = Asked { by: world.session(2), command, email_key: None };
    assert_eq!(code(world.take(&asked)), "payload_changed");
    world.confirmed(world.session(2)).unwrap();
    assert_eq!(code(world.confirmed(world.session(3))), "change_closed");
}

#[test]
fn an_alias_of_the_proposer_is_the_proposer() {
    let mut world = World::grown();
    world.raised(4, Role::Governance);
    world.acted(world.session(1), RosterAction::Merge { person: person(4), into: person(1) }).unwrap();
    world.confirmed(world.session(2)).unwrap();
    world.acted(world.session(1), world.grant(5, Role::Legal)).unwrap();
    assert_eq!(code(world.confirmed(world.session(4))), "excluded");
    assert_eq!(code(world.acted(world.session(1), world.grant(4, Role::Stakeholder))), "excluded", "nor oneself");
}

#[test]
fn a_change_lapses_is_rejected_and_is_judged_anew() {
    let mut world = World::grown();
    world.acted(world.session(1), world.grant(4, Role::Ciso)).unwrap();
    world.now += Duration::days(CHANGE_DAYS);
    let refused = world.confirmed(world.session(2)).unwrap_err().refusal;
    assert_eq!(refused, Refusal::ChangeClosed { state: ChangeState::Lapsed });

    world.acted(world.session(1), world.grant(4, Role::Ciso)).unwrap();
    let change = *world.roster.changes.keys().next_back().unwrap();
    let command = RosterCommand::RejectChange { change, reason: sealed("not needed") };
    let asked = Asked { by: world.session(1), command, email_key: None };
    assert_eq!(codes(&world.take(&asked).unwrap()), ["change_rejected"]);

    world.acted(world.session(1), world.grant(4, Role::Ciso)).unwrap();
    world.acted(world.session(1), RosterAction::Leave { person: person(4) }).unwrap();
    assert_eq!(code(world.confirmed(world.session(2))), "person_left");
}

#[test]
fn a_proposal_of_somebody_who_left_is_nobodys() {
    let mut world = World::grown();
    world.acted(world.session(1), world.grant(4, Role::Ciso)).unwrap();
    world.acted(world.session(3), RosterAction::Leave { person: person(1) }).unwrap();
    assert_eq!(code(world.confirmed(world.session(2))), "excluded");
    assert_eq!(code(world.acted(world.session(1), world.grant(4, Role::Adviser))), "excluded", "nor do they act");
}

#[test]
fn only_what_lowers_a_protection_takes_two() {
    let mut world = World::grown();
    for role in [Role::PrivacyAssessor, Role::CompletenessReviewer, Role::Stakeholder, Role::Auditor] {
        assert_eq!(codes(&world.acted(world.session(1), world.grant(4, role)).unwrap()), ["role_granted"]);
        world.draw();
    }
    for role in Role::ALL.iter().filter(|role| role.empowers()) {
        assert_eq!(codes(&world.acted(world.session(1), world.grant(4, *role)).unwrap()), ["change_proposed"]);
        world.draw();
    }
    assert_eq!(code(world.acted(world.session(1), world.grant(4, Role::Requester))), "role_implicit");
    assert_eq!(code(world.acted(world.session(1), world.grant(4, Role::Service))), "role_for_services");
    assert_eq!(code(world.acted(world.session(1), world.grant(4, Role::Auditor))), "already_granted");
    assert_eq!(code(world.acted(job("sync"), world.grant(4, Role::Ciso))), "needs_person");
}

#[test]
fn the_last_two_governance_people_stay_unless_two_agree() {
    let mut world = World::grown();
    world.raised(4, Role::Governance);
    let removal = |world: &World, n: u8| {
        let grant = world.roster.person(person(n)).unwrap().grants[0].id;
        RosterAction::RemoveRole { person: person(n), grant }
    };
    assert_eq!(codes(&world.acted(world.session(1), removal(&world, 4)).unwrap()), ["role_removed"]);
    assert_eq!(codes(&world.acted(world.session(1), removal(&world, 3)).unwrap()), ["change_proposed"]);
    assert_eq!(codes(&world.confirmed(world.session(3)).unwrap()), ["change_confirmed", "role_removed"]);
    let gone = RosterAction::RemoveRole { person: person(2), grant: GrantId(Uuid::from_u128(9)) };
    assert_eq!(code(world.acted(world.session(1), gone)), "no_such");
}

#[test]
fn nobody_takes_an_approvers_account_over_alone() {
    let mut world = World::grown();
    world.raised(4, Role::Ciso);
    world.delegated(4, 5, 10).unwrap();
    for n in [2, 4, 5] {
        let password = RosterAction::SetPassword { person: person(n) };
        assert_eq!(codes(&world.acted(world.session(1), password).unwrap()), ["change_proposed"], "{n}");
        let update = RosterAction::UpdatePerson { person: person(n), name: None, email: Some(sealed("mine")) };
        assert_eq!(codes(&world.acted(world.session(1), update).unwrap()), ["change_proposed"], "{n}");
    }
    let own = world.acted(world.session(4), RosterAction::SetPassword { person: person(4) }).unwrap();
    assert_eq!(own[0].deed, RosterDeed::PasswordSet { person: person(4), temporary: false });
    assert_eq!(code(world.acted(token(4), RosterAction::SetPassword { person: person(4) })), "needs_person");
    let other = world.acted(world.session(1), RosterAction::SetPassword { person: person(6) }).unwrap();
    assert_eq!(other[0].deed, RosterDeed::PasswordSet { person: person(6), temporary: true });
    assert_eq!(world.roster.people[&person(6)].password, PasswordStatus::Temporary);
}

#[test]
fn who_left_comes_back_to_an_approving_role_by_two_people() {
    let mut world = World::grown();
    world.raised(4, Role::Ciso);
    for (n, expected) in [(4, vec!["change_proposed"]), (5, vec!["person_returned"])] {
        world.acted(world.session(1), RosterAction::Leave { person: person(n) }).unwrap();
        let events = world.acted(world.session(1), RosterAction::Return { person: person(n) }).unwrap();
        assert_eq!(codes(&events), expected);
    }
    world.confirmed(world.session(3)).unwrap();
    assert!(world.roster.person(person(4)).unwrap().grant_in(Role::Ciso, &"eu".parse().unwrap()).is_some());
    assert_eq!(code(world.acted(world.session(1), RosterAction::Return { person: person(4) })), "not_left");
}

#[test]
fn a_created_again_account_is_refused_even_after_leaving() {
    let mut world = World::grown();
    world.acted(world.session(1), RosterAction::Leave { person: person(6) }).unwrap();
    let action = RosterAction::AddPerson {
        person: person(40),
        name: sealed("the same"),
        email: sealed("the same address"),
        responsible: None,
    };
    let command = world.command(action);
    let asked = Asked { by: world.session(1), command, email_key: Some("p6@example.org".into()) };
    let refused = world.take(&asked).unwrap_err().refusal;
    assert_eq!((refused.code(), refused.pointer()), ("email_taken", Some("/email")));
    assert!(refused.to_string().contains("take its person back"), "it says what to do: {refused}");
}

#[test]
fn a_delegation_is_an_approvers_own_to_another_human_and_ends() {
    let mut world = World::grown();
    world.raised(4, Role::Ciso);
    world.added(world.session(1), ACCOUNTS, Some(5)).unwrap();
    assert_eq!(code(world.delegated(5, 6, 10)), "role_missing", "nothing of one's own to pass on");
    assert_eq!(code(world.delegated(4, 4, 10)), "excluded");
    assert_eq!(code(world.delegated(4, ACCOUNTS, 10)), "no_active_human");
    assert_eq!(code(world.delegated(4, 5, 91)), "delegation_too_long");
    assert_eq!(code(world.delegated(4, 5, 0)), "ends_before_start");
    world.delegated(4, 5, 90).unwrap();
    assert_eq!(code(world.delegated(5, 6, 10)), "role_missing", "a delegate passes nothing on");

    let (delegation, now) = (*world.roster.delegations.keys().next().unwrap(), world.now);
    let starts = Some(now - Duration::seconds(1));
    let early = RosterAction::Delegate { delegation, to: person(5), starts, ends: now + Duration::days(1) };
    assert_eq!(code(world.acted(world.session(4), early)), "back_dated");
    let end = RosterAction::EndDelegation { delegation };
    assert_eq!(code(world.acted(world.session(6), end.clone())), "not_yours");
    world.acted(world.session(5), end.clone()).unwrap();
    assert_eq!(code(world.acted(world.session(4), end)), "already_ended");
}

#[test]
fn who_leaves_takes_no_token_and_no_delegation_along() {
    let mut world = World::grown();
    world.raised(4, Role::Ciso);
    world.delegated(4, 5, 20).unwrap();
    world.issued(world.session(5), 5, 30).unwrap();
    world.acted(world.session(1), RosterAction::Leave { person: person(5) }).unwrap();
    assert!(world.roster.tokens.values().all(|token| !token.holds_at(world.now)));
    assert!(world.roster.delegations.values().all(|made| made.ended_at.is_some()));
}

#[test]
fn a_token_is_ones_own_or_a_services() {
    let mut world = World::with_service();
    world.issued(world.session(6), 6, 366).unwrap();
    assert_eq!(code(world.issued(world.session(1), 6, 30)), "not_yours", "not even by an admin");
    assert_eq!(code(world.issued(token(6), 6, 30)), "needs_person", "a token begets no token");
    assert_eq!(code(world.issued(world.session(6), 6, 367)), "expiry_out_of_range");
    assert_eq!(code(world.issued(world.session(6), 6, 0)), "expiry_out_of_range");
    world.issued(world.session(5), ACCOUNTS, 30).unwrap();
    world.issued(world.session(1), ACCOUNTS, 30).unwrap();
    assert_eq!(code(world.issued(world.session(6), ACCOUNTS, 30)), "not_yours");
    let token = *world.roster.tokens.keys().next().unwrap();
    let revoke = RosterAction::RevokeToken { token };
    assert_eq!(code(world.acted(world.session(5), revoke.clone())), "not_yours");
    world.acted(world.session(1), revoke.clone()).unwrap();
    assert_eq!(code(world.acted(world.session(6), revoke)), "already_revoked");
}

#[test]
fn a_service_never_approves_assesses_or_administers() {
    let mut world = World::with_service();
    for role in [Role::Ciso, Role::Governance, Role::Admin, Role::PrivacyAssessor] {
        assert_eq!(code(world.acted(world.session(1), world.grant(ACCOUNTS, role))), "role_for_humans");
    }
    world.acted(world.session(1), world.grant(ACCOUNTS, Role::Service)).unwrap();
    let password = RosterAction::SetPassword { person: person(ACCOUNTS) };
    assert_eq!(code(world.acted(world.session(1), password)), "service_has_no_password");
    let merge = RosterAction::Merge { person: person(ACCOUNTS), into: person(1) };
    assert_eq!(code(world.acted(world.session(1), merge)), "service_is_nobody");
}

#[test]
fn while_nobody_administers_the_first_admin_is_made_by_the_service_or_themself() {
    let mut world = World::empty();
    for n in [1, 2] {
        world.added(job("setup"), n, None).unwrap();
    }
    assert_eq!(code(world.acted(world.session(1), world.grant(2, Role::Admin))), "role_missing");
    assert_eq!(code(world.acted(world.session(1), world.grant(1, Role::Governance))), "excluded");
    let events = world.acted(world.session(1), world.grant(1, Role::Admin)).unwrap();
    assert!(events.iter().all(|event| event.alone));
    assert_eq!(code(world.acted(job("setup"), world.grant(2, Role::Admin))), "needs_person");
    assert_eq!(code(world.acted(world.session(2), world.grant(2, Role::Admin))), "excluded");
}

#[test]
fn a_procedure_is_published_by_two_people_in_a_higher_version() {
    let mut world = World::grown();
    let sop = |version| SopRef { id: "standard".into(), version, hash: Hash::of(b"sop") };
    let publish = |version| RosterAction::PublishSop { sop: sop(version), text_hash: Hash::of(b"text") };
    assert_eq!(codes(&world.acted(world.session(2), publish(2)).unwrap()), ["change_proposed"]);
    assert_eq!(codes(&world.confirmed(world.session(3)).unwrap()), ["change_confirmed", "sop_published"]);
    let command = RosterCommand::Act { action: Box::new(publish(2)), change: ChangeId(Uuid::from_u128(3)) };
    let asked = Asked { by: world.session(2), command, email_key: None };
    let ground = super::RosterGround {
        procedure: ProcedureStanding { newest: Some(sop(2)), ..ProcedureStanding::default() },
        ..world.ground(&asked)
    };
    assert_eq!(code(super::decide_roster(&asked.command, &ground)), "version_not_newer");
}

/// Publishes version `version` of a policy, whose newest version has this number.
fn policy(world: &mut World, (by, weight): (By, Weight), (newest, version): (u32, u32)) -> Outcome {
    let entry = |version| EntryRef { kind: EntryKind::Policy, id: "AIP-1".into(), version, hash: Hash::of(b"x") };
    let action = RosterAction::PublishEntry { entry: entry(version), weight, retires: false };
    let asked = Asked { by, command: world.command(action), email_key: None };
    let same_demands = weight == Weight::Editorial && newest != 9;
    let newest = (newest > 0).then(|| entry(newest));
    let standing = EntryStanding { newest, retired: false, same_demands };
    let ground = super::RosterGround { entry: standing, ..world.ground(&asked) };
    super::decide_roster(&asked.command, &ground)
}

#[test]
fn what_the_register_demands_takes_two_people_and_its_wording_one() {
    let mut world = World::grown();
    let material = (world.session(2), Weight::Material);
    assert_eq!(codes(&policy(&mut world, material.clone(), (1, 2)).unwrap()), ["change_proposed"]);
    assert_eq!(codes(&policy(&mut world, material.clone(), (0, 1)).unwrap()), ["change_proposed"], "a new policy too");
    let editorial = (world.session(2), Weight::Editorial);
    assert_eq!(codes(&policy(&mut world, editorial.clone(), (1, 2)).unwrap()), ["entry_published"]);
    assert_eq!(code(policy(&mut world, editorial, (9, 10))), "not_editorial");
    for odd in [(1, 1), (1, 3), (0, 2)] {
        assert_eq!(code(policy(&mut world, material.clone(), odd)), "version_not_next", "{odd:?}");
    }
}

#[test]
fn the_service_puts_first_versions_in_place_and_no_others() {
    let mut world = World::grown();
    let install = (job("install"), Weight::Material);
    let made = policy(&mut world, install.clone(), (0, 1)).unwrap();
    assert_eq!((codes(&made), made[0].alone), (vec!["entry_published"], false));
    assert_eq!(code(policy(&mut world, install, (1, 2))), "needs_person");
}

#[test]
fn an_action_is_called_as_its_verb() {
    let mut world = World::grown();
    for made in 0..=u8::MAX {
        if let RosterCommand::Act { action, .. } = world.read([1, 2, made, made, 0, 4]).command {
            let text = serde_json::to_value(&action).unwrap();
            assert_eq!(text["kind"], action.verb().as_str());
            assert_eq!(serde_json::from_value::<RosterAction>(text).unwrap(), *action);
        }
    }
}
