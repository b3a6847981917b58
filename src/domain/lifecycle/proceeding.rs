//! An exception under decision: what it is so far, the events that made it so, and the checks of who acts
//! that several commands share.

use chrono::SecondsFormat;

use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        exception::{Exception, Reason},
        facts::facts,
        person::{By, Door, Person},
        refusal::{Refusal, Refused},
        request::Time,
    },
    sop::Gap,
    words::{Citation, Facts, Role, Verb},
};

use super::{Ground, settle, work};

/// An exception under decision.
#[derive(Debug)]
pub(crate) struct Proceeding<'a> {
    pub(super) now: Exception,
    pub(super) ground: Ground<'a>,
    events: Vec<Event>,
    /// Who is the author of what follows: whoever acts, or the service for what was due before that.
    author: By,
}

impl<'a> Proceeding<'a> {
    /// `before` with everything done that is due.
    pub(super) fn settled(before: &Exception, ground: Ground<'a>) -> Self {
        let mut proceeding = Self::new(before.clone(), ground);
        settle::settle(&mut proceeding);
        proceeding
    }

    pub(super) fn new(now: Exception, ground: Ground<'a>) -> Self {
        Self { now, ground, events: Vec::new(), author: clockwork(ground.by) }
    }

    pub(super) fn attribute_to(&mut self, author: By) {
        self.author = author;
    }

    /// Records that something happened, and looks at what the exception is then.
    pub(super) fn tell(&mut self, deed: Deed, citation: Citation) {
        self.record(deed, Some(citation), None);
    }

    /// The same for a deadline that passed at `effective_at`: the service saw to it, whoever came by.
    pub(super) fn tell_since(&mut self, deed: Deed, citation: Citation, effective_at: Time) {
        self.record(deed, Some(citation), Some(effective_at));
    }

    fn record(&mut self, deed: Deed, citation: Option<Citation>, effective_at: Option<Time>) {
        let by = if effective_at.is_some() { clockwork(self.ground.by) } else { self.author.clone() };
        let event = Event { deed, by, at: self.ground.now, effective_at, citation, tasks: TaskChanges::default() };
        self.now = self.now.clone().after(&event);
        self.events.push(event);
    }

    /// How much has happened so far: a later number means that something did.
    pub(super) fn progress(&self) -> usize {
        self.events.len()
    }

    /// Has settling carried out just what the command asks of the clock?
    pub(super) fn has_just_done(&self, verb: Verb) -> bool {
        let happened = |wanted: fn(&Deed) -> bool| self.events.iter().any(|event| wanted(&event.deed));
        (verb == Verb::Activate && happened(|deed| matches!(deed, Deed::Activated { .. })))
            || (verb == Verb::Expire && happened(|deed| matches!(deed, Deed::Expired)))
    }

    /// The events; the last that changes anything carries the work that they opened and closed together.
    pub(super) fn close(mut self) -> Vec<Event> {
        let notes = self.events.iter().rev().take_while(|event| event.deed.is_note()).count();
        let seq = self.now.seq.saturating_sub(u64::try_from(notes).unwrap_or(0));
        if let Some(last) = self.events.iter_mut().rev().find(|event| !event.deed.is_note()) {
            last.tasks = work::changes(&self.now, seq, self.ground);
        }
        self.events
    }

    /// Records what people may do freely, so that there is no rule to cite, save for a job.
    #[expect(clippy::unnecessary_wraps, reason = "the arms of the dispatch have one type")]
    pub(super) fn told(&mut self, deed: Deed) -> Result<(), Refused> {
        let citation = self.author.freely();
        self.record(deed, citation, None);
        Ok(())
    }

    /// What the procedure's expressions see.
    pub(super) fn facts(&self) -> Facts {
        facts(&self.now, self.ground.now)
    }

    /// The account that acts; the service itself has none.
    pub(super) fn actor(&self) -> Option<&'a Person> {
        self.ground.by.person().and_then(|id| self.ground.people.find(id))
    }

    /// Does whoever acts hold one of `roles` where the exception is? No job and no service account does.
    pub(super) fn require_role(&self, roles: &[Role], rule: &str) -> Result<&'a Person, Refused> {
        let domains = self.now.request.domains();
        let holds = |person: &&Person| !person.is_service() && roles.iter().any(|role| person.holds(*role, &domains));
        self.actor().filter(holds).ok_or_else(|| {
            let held = self.actor().map(|person| codes(person.grants.iter().map(|grant| grant.role)));
            let citation = self
                .cite(rule, "this is for the role that the procedure names")
                .with("roles", codes(roles.iter().copied()))
                .with("held", held);
            Refusal::RoleMissing { roles: roles.to_vec() }.citing(citation)
        })
    }

    /// A human in an interactive session; no token, no service, no job.
    pub(super) fn require_person(&self) -> Result<(&'a Person, Time), Refused> {
        match (self.ground.by, self.actor()) {
            (By::Person { door: Door::Session(since), .. }, Some(person)) if person.active && !person.is_service() => {
                Ok((person, *since))
            }
            (By::Person { .. } | By::System { .. }, _) => {
                let citation = Citation::rule(6, "machines prepare, people decide");
                Err(Refusal::NeedsPerson.citing(citation.with("door", self.ground.by.door())))
            }
        }
    }

    /// Keeps the requester and the beneficiary out.
    pub(super) fn require_outsider(&self, why: &'static str) -> Result<(), Refused> {
        let (requester, beneficiary) = (self.now.requester, self.now.request.beneficiary);
        let parties = self.ground.people.humans([Some(requester), beneficiary].into_iter().flatten());
        match self.actor() {
            Some(person) if parties.contains(&person.human) => {
                let citation = Citation::rule(1, "neither requester nor beneficiary")
                    .with("human", person.human.to_string())
                    .with("requester", requester.to_string())
                    .with("beneficiary", beneficiary.map(|id| id.to_string()));
                Err(Refusal::Excluded { who: "the person who acts", why }.citing(citation))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Cites the gates that failed and the fields that are missing in that step, with what was looked at.
    pub(super) fn cite_failed(&self, step: &str, reasons: &[Reason]) -> Citation {
        let named = |reason: &Reason| {
            let place = reason.gate.as_ref().or(reason.pointer.as_ref());
            place.map_or_else(|| reason.code.clone(), |place| format!("{place} {}", reason.code))
        };
        let failed: Vec<String> = reasons.iter().map(named).collect();
        let rule = reasons.iter().find_map(|reason| reason.gate.as_deref()).unwrap_or(step);
        let fields: Vec<String> =
            reasons.iter().filter(|one| one.gate.is_none()).filter_map(|one| one.pointer.clone()).collect();
        let cited = self.cite(rule, format!("does not hold: {}", failed.join(", ")));
        let cited = cited.with_all(reasons.iter().map(|reason| &reason.looked_at));
        if fields.is_empty() { cited } else { cited.with("fields", fields) }
    }

    /// Cites the rules of that step that could not be evaluated, with what was looked at.
    pub(super) fn cite_gaps(&self, step: &str, gaps: &[Gap]) -> Citation {
        let found: Vec<String> = gaps.iter().map(|gap| format!("{} ({})", gap.rule, gap.why)).collect();
        let rule = gaps.first().map_or(step, |gap| gap.rule.as_str());
        let cited = self.cite(rule, format!("could not be evaluated: {}; governance settles it", found.join(", ")));
        cited.with_all(gaps.iter().map(|gap| &gap.looked_at))
    }

    pub(super) fn cite(&self, rule: &str, text: impl Into<String>) -> Citation {
        Citation::sop(&self.now.sop, rule, text)
    }
}

/// Roles as a fact.
pub(super) fn codes(roles: impl IntoIterator<Item = Role>) -> Vec<&'static str> {
    roles.into_iter().map(Role::as_str).collect()
}

/// A time as a fact (RFC 3339, UTC).
pub(super) fn stamp(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn clockwork(by: &By) -> By {
    match by {
        By::System { .. } => by.clone(),
        By::Person { .. } => By::System { job: "settle".to_owned() },
    }
}
