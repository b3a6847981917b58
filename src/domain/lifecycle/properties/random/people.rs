//! People who change: they lose and get roles, leave, go away, come back, move, and turn out to be one human.

use chrono::Duration;

use super::{APPROVERS, Dice, EVERYONE};
use crate::{
    domain::{
        import::Provenance,
        lifecycle::{due, void_approvals},
        person::Absence,
        testkit::*,
    },
    words::{Role, Standing, Tier},
};

/// Some of what is looked at comes from another register.
pub(super) fn brought(dice: &mut Dice, case: Case) -> Case {
    if dice.below(9) > 0 {
        return case;
    }
    let from = Provenance {
        source: "grc".to_owned(),
        reference: "A-1".to_owned(),
        row: sealed("{}"),
        standing: if dice.below(4) == 0 { dice.one(Standing::ALL) } else { Standing::Live },
        ended_at: (dice.below(2) == 0).then(|| noon() - Duration::days(9)),
        tier: dice.one(&[None, Some(Tier::Low), Some(Tier::Moderate), Some(Tier::High)]),
        ownerless: dice.below(4) == 0,
    };
    case.imported(from)
}

pub(super) fn change(dice: &mut Dice, case: &mut Case) {
    let id = if dice.below(4) == 0 { dice.one(EVERYONE) } else { dice.one(APPROVERS) };
    let role = dice.one(&[Role::BusinessOwner, Role::Ciso, Role::Cro, Role::Legal]);
    // Where nobody can decide, somebody is mostly looked for.
    let what = if case.is.missing.is_empty() || dice.below(4) == 0 { dice.below(11) } else { 5 };
    match what {
        // Somebody is found for what nobody could decide.
        5 | 6 if !case.is.missing.is_empty() => {
            for (found, role) in APPROVERS.iter().zip(Role::APPROVING.iter().cycle()) {
                let person = case.person(*found);
                person.active = true;
                person.grants.push(grant(*role, "/"));
            }
        }
        9 | 10 => {
            let party = dice.one(&[REQUESTER, BENEFICIARY, MONITORING_OWNER]);
            case.person(party).moved_at = Some(case.now);
        }
        7 | 8 if !case.is.uncovered.is_empty() => {
            case.people.iter_mut().for_each(|person| person.absence = None);
        }
        7 | 8 => {
            let (starts, ends) = (case.now, case.now + Duration::days(i64::from(1 + dice.below(30))));
            let who = if dice.below(2) == 0 { dice.one(&[REVIEWER, CONTROL_OWNER, SECURITY]) } else { id };
            let absence = Absence { starts, ends, stand_in: None, begun: true };
            let person = case.person(who);
            person.absence = if person.absence.is_some() { None } else { Some(absence) };
        }
        0 | 1 => case.person(id).grants.clear(),
        2 => {
            let who = dice.one(&[id, id, REQUESTER, MONITORING_OWNER]);
            case.person(who).active ^= true;
        }
        3 => case.person(LEGAL).human = BUSINESS_OWNER,
        4 => case.delegations.clear(),
        _ => case.person(id).grants.push(grant(role, if role == Role::Legal { "eu" } else { "/" })),
    }
    let events = case.on(&clock(), |is, ground| void_approvals(is, id, ground));
    case.happened(events);
    let events = case.on(&clock(), due);
    case.happened(events);
}
