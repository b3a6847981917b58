//! A roster to play with in tests: a clock, leaves that count up, and moves that become commands.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration};
use uuid::Uuid;

mod made;

use super::{
    AbsenceAction, Beginning, ErasureAction, ErasureFacts, ProcedureStanding, Roster, RosterAction, RosterCommand,
    RosterEvent, RosterGround, SplitAction, decide_roster,
};
use crate::{
    domain::{
        person::{By, Door},
        refusal::Refused,
        request::Time,
    },
    sop::SplitLimits,
    words::{ChangeId, DelegationId, GrantId, Hash, PersonId, Role, Scope, Sealed, SopRef, SplitId, TokenId},
};

use made::{halt_or_release, is_of_erasure, looked_at, place};

/// How many accounts there are to play with; the last of them is a service.
pub(crate) const ACCOUNTS: u8 = 7;

/// What one move is made of; any bytes are a move.
pub(crate) type Move = [u8; 6];

/// A command with who gives it, and the address key that goes with it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) by: By,
    pub(crate) command: RosterCommand,
    pub(crate) email_key: Option<String>,
}

pub(crate) struct World {
    pub(crate) roster: Roster,
    pub(crate) leaf: u64,
    pub(crate) now: Time,
    /// Everything that happened, each with the address key that came along.
    pub(crate) log: Vec<(RosterEvent, Option<String>)>,
    keys: BTreeMap<String, PersonId>,
    drawn: u128,
}

pub(crate) fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(n)))
}

pub(crate) fn sealed(text: &str) -> Sealed {
    Sealed { commitment: Hash::of(text.as_bytes()), chars: u32::try_from(text.len()).unwrap() }
}

pub(crate) fn job(name: &str) -> By {
    By::System { job: name.to_owned() }
}

pub(crate) fn token(n: u8) -> By {
    By::Person { id: person(n), door: Door::Token(TokenId(Uuid::from_u128(1))) }
}

impl World {
    /// Nobody yet.
    pub(crate) fn empty() -> Self {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        Self { roster: Roster::default(), leaf: 0, now, log: Vec::new(), keys: BTreeMap::new(), drawn: 1000 }
    }

    /// Everybody but the last account, and the first of them an admin.
    pub(crate) fn set_up() -> Self {
        let mut world = Self::empty();
        for n in 1..ACCOUNTS {
            world.added(job("setup"), n, None).unwrap();
        }
        world.acted(job("setup"), world.grant(1, Role::Admin)).unwrap();
        world
    }

    /// The same with two governance people, 2 and 3, so that nobody acts alone any more.
    pub(crate) fn grown() -> Self {
        let mut world = Self::set_up();
        for n in [2, 3] {
            world.acted(world.session(1), world.grant(n, Role::Governance)).unwrap();
        }
        world
    }

    /// The same with an approver, 4, for whom 5 may act.
    pub(crate) fn busy() -> Self {
        let mut world = Self::grown();
        world.acted(world.session(1), world.grant(4, Role::Ciso)).unwrap();
        world.confirmed(world.session(2)).unwrap();
        let (delegation, ends) = (DelegationId(world.draw()), world.now + Duration::days(60));
        let delegate = RosterAction::Delegate { delegation, to: person(5), starts: None, ends };
        world.acted(world.session(4), delegate).unwrap();
        world
    }

    pub(crate) fn session(&self, n: u8) -> By {
        By::Person { id: person(n), door: Door::Session(self.now) }
    }

    pub(crate) fn draw(&mut self) -> Uuid {
        self.drawn += 1;
        Uuid::from_u128(self.drawn)
    }

    pub(crate) fn grant(&self, n: u8, role: Role) -> RosterAction {
        let grant = GrantId(Uuid::from_u128(self.drawn + 500_000));
        RosterAction::GrantRole { grant, person: person(n), role, domain: "/".parse().unwrap() }
    }

    /// Adds account `n` under its own address.
    pub(crate) fn added(&mut self, by: By, n: u8, responsible: Option<u8>) -> Result<Vec<RosterEvent>, Refused> {
        let action = RosterAction::AddPerson {
            person: person(n),
            name: sealed(&format!("name {n}")),
            email: sealed(&format!("address {n}")),
            responsible: responsible.map(person),
        };
        let command = self.command(action);
        self.take(&Asked { by, command, email_key: Some(format!("p{n}@example.org")) })
    }

    pub(crate) fn acted(&mut self, by: By, action: RosterAction) -> Result<Vec<RosterEvent>, Refused> {
        let command = self.command(action);
        self.take(&Asked { by, command, email_key: None })
    }

    pub(crate) fn command(&mut self, action: RosterAction) -> RosterCommand {
        RosterCommand::Act { action: Box::new(action), change: ChangeId(self.draw()) }
    }

    /// Confirms the change that was proposed last.
    pub(crate) fn confirmed(&mut self, by: By) -> Result<Vec<RosterEvent>, Refused> {
        let (change, hash) = self.roster.changes.values().map(|change| (change.id, change.hash)).next_back().unwrap();
        self.take(&Asked { by, command: RosterCommand::ConfirmChange { change, hash }, email_key: None })
    }

    pub(crate) fn ground(&self, asked: &Asked) -> RosterGround {
        let mut ground = self.roster.ground(&asked.by, self.now, &asked.command);
        let action = asked.command.action(ground.change.as_ref());
        let whose = action.and_then(RosterAction::subject);
        let holder = asked.email_key.as_ref().and_then(|key| self.keys.get(key));
        ground.email_taken = holder.is_some_and(|holder| Some(*holder) != whose);
        ground
    }

    /// Decides and folds.
    pub(crate) fn take(&mut self, asked: &Asked) -> Result<Vec<RosterEvent>, Refused> {
        let ground = self.ground(asked);
        // Texts are not in the log: what would go is what was looked at.
        let erasure = ErasureFacts { found: Some(looked_at()), ..ground.erasure.clone() };
        let ground = RosterGround { procedure: self.standing(asked), erasure, ..ground };
        let events = decide_roster(&asked.command, &ground)?;
        for event in &events {
            self.roster = std::mem::take(&mut self.roster).after(event, self.leaf);
            self.leaf += 1;
            self.keep_key(asked, event);
            self.log.push((event.clone(), asked.email_key.clone()));
        }
        Ok(events)
    }

    /// How the procedure stands that is to be published or retired; the settings name `default`.
    fn standing(&self, asked: &Asked) -> ProcedureStanding {
        let change = asked.command.change().and_then(|id| self.roster.changes.get(&id));
        let Some(named) = asked.command.action(change).and_then(RosterAction::procedure) else {
            return ProcedureStanding::default();
        };
        let split_off = self.roster.splits.values().map(|split| split.begins.sop.clone());
        let mut standing = ProcedureStanding {
            named: named.id == "default",
            split: self.roster.open_split(&named.id).cloned(),
            split_off: split_off.filter(|sop| sop.id == named.id).collect(),
            ..ProcedureStanding::default()
        };
        for (event, _) in &self.log {
            if let super::RosterDeed::SopPublished { sop, .. } = &event.deed
                && sop.id == named.id
            {
                (standing.newest, standing.retired, standing.shadow) = (Some(sop.clone()), false, None);
            } else if let super::RosterDeed::SopRetired { sop } = &event.deed {
                standing.retired |= sop.id == named.id;
            } else if let super::RosterDeed::Shadow(deed) = &event.deed {
                standing.shadow = match deed {
                    super::ShadowDeed::SopShadowed { sop, .. } => Some(sop.clone()),
                    super::ShadowDeed::ShadowEnded { .. } => None,
                };
            }
        }
        standing
    }

    fn keep_key(&mut self, asked: &Asked, event: &RosterEvent) {
        use super::RosterDeed as D;
        if let (D::PersonAdded { person, .. } | D::PersonUpdated { person, email: Some(_), .. }, Some(key)) =
            (&event.deed, &asked.email_key)
        {
            self.keys.retain(|_, holder| holder != person);
            self.keys.insert(key.clone(), *person);
        }
    }

    /// The command that `made` stands for in this world; time moves on by some hours or days.
    pub(crate) fn read(&mut self, made: Move) -> Asked {
        let [who, door, what, a, b, c] = made;
        self.now += Duration::hours(i64::from(c % 32));
        let n = 1 + who % ACCOUNTS;
        let by = match door % 10 {
            0 => token(n),
            1 => job("sync"),
            _ => self.session(n),
        };
        let hash = |change: &super::Change| if c % 16 == 0 { Hash::of(b"another") } else { change.hash };
        let change = nth(self.roster.changes.values().rev(), a % 4).map(|change| (change.id, hash(change)));
        let command = match (what % 24, change) {
            (16..=21, Some((change, hash))) => RosterCommand::ConfirmChange { change, hash },
            (22, Some((change, _))) => RosterCommand::RejectChange { change, reason: sealed("no") },
            (what, _) => {
                let action = self.action(what % 16, [a, b, c]);
                self.command(action)
            }
        };
        let turns = matches!(&command, RosterCommand::Act { action, .. }
            if matches!(**action, RosterAction::Absence(AbsenceAction::TurnAbsence { .. })));
        let by = if turns && door % 4 > 0 { job("absences") } else { by };
        Asked { by, command, email_key: Some(format!("p{}@example.org", 1 + a % ACCOUNTS)) }
    }

    fn action(&mut self, what: u8, [a, b, c]: [u8; 3]) -> RosterAction {
        let (person, other) = (person(1 + a % ACCOUNTS), person(1 + b % ACCOUNTS));
        let ends = self.now + Duration::days(i64::from(c) % 120 - 2);
        match what {
            0 => self.addition(a, b),
            1 => RosterAction::UpdatePerson { person, name: None, email: Some(sealed(&format!("address {c}"))) },
            2 if c % 2 == 0 => RosterAction::Leave { person },
            3 | 4 => RosterAction::Return { person },
            5 if c % 4 == 0 => RosterAction::Merge { person, into: other },
            2 | 6 => RosterAction::SetPassword { person },
            5 | 7 => RosterAction::Delegate { delegation: DelegationId(self.draw()), to: other, starts: None, ends },
            8 => {
                let made = nth(self.roster.delegations.keys().rev(), b).copied();
                RosterAction::EndDelegation { delegation: made.unwrap_or(DelegationId(self.draw())) }
            }
            9 => self.token_for(person, ends),
            10 => {
                let issued = nth(self.roster.tokens.keys().rev(), b).copied();
                RosterAction::RevokeToken { token: issued.unwrap_or(TokenId(self.draw())) }
            }
            11 => {
                let held = nth(self.roster.grants.iter().rev(), b).map(|(grant, held)| (*grant, held.person));
                let (grant, person) = held.unwrap_or((GrantId(self.draw()), person));
                RosterAction::RemoveRole { person, grant }
            }
            12 if c % 3 == 0 => self.retirement(b),
            12 => self.publication([a, b, c]),
            13 if c % 2 == 0 => RosterAction::Automation(halt_or_release(b, c)),
            13 if c % 4 == 1 => self.trial(b),
            13 => self.split(b, c),
            15 if c % 4 == 1 => self.split(b, c),
            15 if c % 4 == 0 => RosterAction::Move { person, place: place(b) },
            14 | 15 if is_of_erasure(what, c) => RosterAction::Erasure(self.erasure(person, c)),
            14 if c % 2 == 0 => RosterAction::Absence(self.absence(person, other, c)),
            _ => {
                let role = Role::ALL[usize::from(b) % Role::ALL.len()];
                let role = if c % 3 == 0 { Role::Governance } else { role };
                let domain = ["/", "eu", "eu/retail", "us"][usize::from(c) % 4].parse().unwrap();
                RosterAction::GrantRole { grant: GrantId(self.draw()), person, role, domain }
            }
        }
    }

    fn last(&self, of: fn(&super::RosterDeed) -> Option<&SopRef>, b: u8) -> SopRef {
        let found = self.log.iter().rev().find_map(|(event, _)| of(&event.deed).cloned());
        found.unwrap_or(SopRef { id: "standard".into(), version: u32::from(b), hash: Hash::of(&[b]) })
    }

    fn absence(&self, person: PersonId, other: PersonId, c: u8) -> AbsenceAction {
        let known = self.roster.people.iter().find(|(_, one)| one.absence.is_some()).map(|(id, _)| *id);
        let starts = (c % 16 < 14).then(|| self.now + Duration::hours(i64::from(c / 16)));
        let ends = self.now + Duration::hours(i64::from(c) * 2 - 8);
        let stand_in = c.is_multiple_of(3).then_some(other);
        match c % 16 {
            0 => AbsenceAction::EndAbsence { person: known.unwrap_or(person) },
            2 | 4 | 6 | 8 => AbsenceAction::TurnAbsence { person: known.unwrap_or(person) },
            _ => AbsenceAction::SetAbsence { person, starts, ends, stand_in },
        }
    }

    /// Somebody who left is erased, or anybody held and released.
    fn erasure(&self, person: PersonId, c: u8) -> ErasureAction {
        let mut left = self.roster.people.iter().filter(|(_, one)| !one.active && one.erased_at.is_none());
        let held = self.roster.people.iter().find(|(_, one)| one.hold.is_some()).map(|(id, _)| *id);
        match c / 4 % 8 {
            0 => ErasureAction::HoldPerson { person, reason: sealed("a court asks") },
            1..=4 => ErasureAction::ReleasePerson { person: held.unwrap_or(person) },
            _ => ErasureAction::ErasePerson { person: left.next().map_or(person, |(id, _)| *id), found: looked_at() },
        }
    }

    fn retirement(&self, b: u8) -> RosterAction {
        let published: fn(&super::RosterDeed) -> Option<&SopRef> =
            |deed| if let super::RosterDeed::SopPublished { sop, .. } = deed { Some(sop) } else { None };
        RosterAction::RetireSop { sop: self.last(published, b) }
    }

    /// A version is published; now and then the one that was split off.
    fn publication(&self, [a, b, c]: [u8; 3]) -> RosterAction {
        let split_off = self.roster.splits.values().last().filter(|_| c % 9 == 1);
        let sop = split_off.map(|split| split.begins.sop.clone());
        let sop = sop.unwrap_or(SopRef { id: "standard".into(), version: u32::from(a), hash: Hash::of(&[b]) });
        RosterAction::PublishSop { sop, text_hash: Hash::of(&[c]) }
    }

    /// A version is split off, held, released, or comes to its end.
    fn split(&mut self, b: u8, c: u8) -> RosterAction {
        let published: fn(&super::RosterDeed) -> Option<&SopRef> =
            |deed| if let super::RosterDeed::SopPublished { sop, .. } = deed { Some(sop) } else { None };
        let over = self.last(published, b);
        let open = self.roster.open_split(&over.id).map(|split| (split.begins.clone(), split.held.is_some()));
        let Some((begins, held)) = open else {
            let version = 300 + u32::try_from(self.leaf).unwrap();
            let sop = SopRef { id: over.id.clone(), version, hash: Hash::of(&[b]) };
            let (split, text_hash) = (SplitId(self.draw()), Hash::of(&[b, 2]));
            let limits = SplitLimits::COMPILED;
            let percent = if c % 16 == 2 { c } else { 1 + c % 99 };
            let begins = Box::new(Beginning { split, over, sop, text_hash, percent, limits });
            return RosterAction::Split(SplitAction::BeginSplit { begins });
        };
        let (split, sop) = (begins.split, begins.sop);
        RosterAction::Split(match (b % 8, held) {
            (0, _) => SplitAction::EndSplit { split, sop },
            (_, true) => SplitAction::ReleaseSplit { split, sop },
            (_, false) => SplitAction::HoldSplit { split, sop },
        })
    }

    /// A version is tried, or is not tried any more.
    fn trial(&self, b: u8) -> RosterAction {
        let shadowed: fn(&super::RosterDeed) -> Option<&SopRef> = |deed| {
            let super::RosterDeed::Shadow(super::ShadowDeed::SopShadowed { sop, .. }) = deed else { return None };
            Some(sop)
        };
        RosterAction::Shadow(if b.is_multiple_of(2) {
            let sop = SopRef { id: "standard".into(), version: u32::from(b) + 100, hash: Hash::of(&[b]) };
            super::ShadowAction::ShadowSop { sop, text_hash: Hash::of(&[b, 1]) }
        } else {
            super::ShadowAction::EndShadow { sop: self.last(shadowed, b) }
        })
    }

    fn addition(&mut self, a: u8, b: u8) -> RosterAction {
        let n = 1 + a % ACCOUNTS;
        RosterAction::AddPerson {
            person: if b.is_multiple_of(2) { person(n) } else { PersonId(self.draw()) },
            name: sealed("somebody"),
            email: sealed("somewhere"),
            responsible: (n == ACCOUNTS).then(|| person(1 + b % ACCOUNTS)),
        }
    }

    fn token_for(&mut self, person: PersonId, expires_at: Time) -> RosterAction {
        let scopes = [Scope::Read, Scope::Work].into();
        RosterAction::IssueToken { token: TokenId(self.draw()), person, name: sealed("ci"), scopes, expires_at }
    }
}

fn nth<T>(mut all: impl Iterator<Item = T>, at: u8) -> Option<T> {
    all.nth(usize::from(at % 4))
}

/// Moves that are the same for the same seed.
pub(crate) fn some_moves(seed: u64, count: usize) -> Vec<Move> {
    let mut state = seed.wrapping_add(7);
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap()
    };
    (0..count).map(|_| std::array::from_fn(|_| byte())).collect()
}
