//! The facts that a command on the roster is judged by, all of one moment. They are the same whether
//! they were read from the tables or folded from the log.

use std::collections::BTreeSet;

use crate::{
    domain::{
        person::{By, Delegation, Person},
        request::Time,
        roster::{
            AutomationFacts, Change, ConcernFacts, DelegationRecord, ErasureFacts, IncidentFacts, OutwardFacts, Roster,
            RosterAction, RosterCommand, Split, TokenRecord,
        },
    },
    sop::SplitLimits,
    words::{BatchState, EntryRef, GrantId, PersonId, Role, SopRef},
};

/// What a decision stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterGround {
    /// Who acts.
    pub by: By,
    /// When.
    pub now: Time,
    /// The account that acts; the service itself has none.
    pub actor: Option<Person>,
    /// Whom the action is about: of a token its owner, of a delegation the delegator.
    pub subject: Option<Person>,
    /// The second person: who stays of two, the delegate, or who answers for a service.
    pub other: Option<Person>,
    /// Who proposed the change that is decided.
    pub proposer: Option<Person>,
    /// The change that is decided.
    pub change: Option<Change>,
    /// The delegation that is named.
    pub delegation: Option<DelegationRecord>,
    /// The token that is named.
    pub token: Option<TokenRecord>,
    /// Does another account have this address, even one of somebody who left?
    pub email_taken: bool,
    /// Does an approver let the subject act in their place, now or later?
    pub subject_is_delegate: bool,
    /// Who holds the offices that administer.
    pub governance: Governance,
    /// How the named procedure stands.
    pub procedure: ProcedureStanding,
    /// How the named entry of the register stands.
    pub entry: EntryStanding,
    /// What is known of what leaves the house.
    pub outward: OutwardFacts,
    /// What is known of what runs by itself.
    pub automation: AutomationFacts,
    /// What is known of what an incident touches.
    pub incident: IncidentFacts,
    /// What is known of the concern that is answered.
    pub concern: ConcernFacts,
    /// What is known for an erasure.
    pub erasure: ErasureFacts,
}

/// How a procedure stands before a version of it is published, or it is retired.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcedureStanding {
    /// Its newest version, if there is one.
    pub newest: Option<SopRef>,
    /// Does it take no new requests?
    pub retired: bool,
    /// Do the settings name it for new requests?
    pub named: bool,
    /// The version that is tried without effect, if one is.
    pub shadow: Option<SopRef>,
    /// The split of it that is open, if one is.
    pub split: Option<Split>,
    /// The versions of it that were ever split off.
    pub split_off: Vec<SopRef>,
    /// How far a version that is split off may fall behind, by its newest version.
    pub tolerated: Option<SplitLimits>,
    /// Where the version that is to be split off differs from the newest and may not.
    pub unlike: Vec<String>,
}

/// How an entry of the register stands before a version of it is published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryStanding {
    /// Its newest version, if there is one.
    pub newest: Option<EntryRef>,
    /// Is it no longer to be used?
    pub retired: bool,
    /// Does the new version demand the same as the newest, in other words?
    pub same_demands: bool,
}

/// One grant of `governance` or `admin`, standing or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Office {
    /// The grant.
    pub grant: GrantId,
    /// Which of the two roles.
    pub role: Role,
    /// The human who held it when it was granted.
    pub human_then: PersonId,
    /// The human whom that account belongs to now.
    pub human_now: PersonId,
    /// Is it neither removed nor resting, since its holder left?
    pub stands: bool,
}

impl Office {
    /// The roles that are offices.
    pub const ROLES: [Role; 2] = [Role::Governance, Role::Admin];
}

/// Who holds the offices that administer, and who ever did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Governance {
    /// How many different humans ever held `governance`, anywhere; it never falls.
    pub humans_ever: usize,
    /// Who holds `governance` now, by which grant.
    pub seats: BTreeSet<(GrantId, PersonId)>,
    /// Did nobody ever hold `admin`?
    pub being_set_up: bool,
}

impl Governance {
    /// As these grants say.
    pub fn of(offices: impl IntoIterator<Item = Office>) -> Self {
        let (mut ever, mut seats, mut being_set_up) = (BTreeSet::new(), BTreeSet::new(), true);
        for office in offices {
            being_set_up &= office.role != Role::Admin;
            if office.role == Role::Governance {
                ever.insert(office.human_then);
                seats.extend(office.stands.then_some((office.grant, office.human_now)));
            }
        }
        Self { humans_ever: ever.len(), seats, being_set_up }
    }

    /// How many different humans hold `governance` now.
    pub fn humans_now(&self) -> usize {
        self.humans(None)
    }

    /// How many would without `grant`.
    pub fn humans_without(&self, grant: GrantId) -> usize {
        self.humans(Some(grant))
    }

    fn humans(&self, without: Option<GrantId>) -> usize {
        let seats = self.seats.iter().filter(|(grant, _)| Some(*grant) != without);
        seats.map(|(_, human)| human).collect::<BTreeSet<_>>().len()
    }
}

impl RosterGround {
    /// Nothing but who acts, when, and who administers.
    pub const fn new(by: By, now: Time, governance: Governance) -> Self {
        Self {
            by,
            now,
            actor: None,
            subject: None,
            other: None,
            proposer: None,
            change: None,
            delegation: None,
            token: None,
            email_taken: false,
            subject_is_delegate: false,
            governance,
            procedure: ProcedureStanding {
                newest: None,
                retired: false,
                named: false,
                shadow: None,
                split: None,
                split_off: Vec::new(),
                tolerated: None,
                unlike: Vec::new(),
            },
            entry: EntryStanding { newest: None, retired: false, same_demands: false },
            outward: OutwardFacts { letter: None, webhook: None },
            automation: AutomationFacts { halted: false, batch: None, place: None },
            incident: IncidentFacts { touched: 0, limit: None },
            concern: ConcernFacts { standing: None, figures: Vec::new() },
            erasure: ErasureFacts::NOTHING,
        }
    }

    /// The account that the action is about, and the second one that it names.
    pub fn parties(&self, action: &RosterAction) -> (Option<PersonId>, Option<PersonId>) {
        let delegation: Option<&Delegation> = self.delegation.as_ref().map(|record| &record.delegation);
        let owner = self.token.as_ref().map(|token| token.person);
        let subject = action.subject().or(delegation.map(|given| given.from)).or(owner);
        (subject, action.other().or(delegation.map(|given| given.to)))
    }
}

impl RosterCommand {
    /// What it would do: the action it carries, or the one of the change that it decides.
    pub fn action<'c>(&'c self, change: Option<&'c Change>) -> Option<&'c RosterAction> {
        match self {
            Self::Act { action, .. } => Some(action),
            Self::ConfirmChange { .. } | Self::RejectChange { .. } => change.map(|change| &change.action),
        }
    }
}

impl Roster {
    /// Who holds the offices, as the log says.
    pub fn governance(&self) -> Governance {
        let offices = self.grants.iter().filter(|(_, held)| Office::ROLES.contains(&held.role));
        Governance::of(offices.map(|(grant, held)| {
            let holder = self.people.get(&held.person);
            Office {
                grant: *grant,
                role: held.role,
                human_then: held.human,
                human_now: holder.map_or(held.person, |record| record.human),
                stands: held.removed.is_none() && holder.is_some_and(|record| record.active),
            }
        }))
    }

    /// The split of a procedure that is open, as the log says.
    pub fn open_split(&self, sop: &str) -> Option<&Split> {
        self.splits.values().find(|split| split.begins.sop.id == sop && split.ended.is_none())
    }

    /// The facts for `command` as the log alone gives them: all but address keys and procedures.
    pub fn ground(&self, by: &By, now: Time, command: &RosterCommand) -> RosterGround {
        let mut ground = RosterGround::new(by.clone(), now, self.governance());
        ground.actor = by.person().and_then(|id| self.person(id));
        ground.change = command.change().and_then(|id| self.changes.get(&id).cloned());
        let proposer = ground.change.as_ref().and_then(|change| change.proposed_by);
        ground.proposer = proposer.and_then(|id| self.person(id));
        let Some(action) = command.action(ground.change.as_ref()).cloned() else {
            return ground;
        };
        if let RosterAction::EndDelegation { delegation } = &action {
            ground.delegation = self.delegations.get(delegation).cloned();
        }
        if let RosterAction::RevokeToken { token } = &action {
            ground.token = self.tokens.get(token).cloned();
        }
        if let RosterAction::Automation(action) = &action {
            ground.automation.halted = action.scope().is_some_and(|scope| self.halts.contains(scope));
            // What was never stopped or taken back goes on, as far as the log of the roster says.
            let resting = |batch| self.resting.get(batch).copied().unwrap_or(BatchState::Running);
            ground.automation.batch = action.batch().map(resting);
        }
        let (subject, other) = ground.parties(&action);
        ground.erasure = self.erasure(&action, [subject, other]);
        ground.subject = subject.and_then(|id| self.person(id));
        let other = other.or(ground.subject.as_ref().and_then(|person| person.responsible));
        ground.other = other.and_then(|id| self.person(id));
        ground.subject_is_delegate = subject.is_some_and(|id| self.is_delegate(id, now));
        ground
    }

    fn is_delegate(&self, id: PersonId, now: Time) -> bool {
        let mut open = self.delegations.values().filter(|record| record.ended_at.is_none());
        open.any(|record| record.delegation.to == id && now < record.delegation.ends)
    }
}
