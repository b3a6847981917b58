//! The form by which an approver decides, from a mail or from the desk: for whom, which findings they have read, what
//! they decide and why. What may be decided, the door says.

use crate::{
    desk::{Before, Record},
    domain::{
        command::{Approve, Command, ProposedCondition},
        exception::Finding,
        review::Review,
    },
    web::{
        Web,
        problem::{Problem, codes},
    },
    words::{Hash, Opening, PersonId, Sealer, words},
};

use super::{
    dossier::name_of,
    sheet::Fields,
    text::{Said, Tongue},
};

words! {
    /// What an approver says.
    Decision, "decision" {
        Approve = "approve", ApproveWithConditions = "approve_with_conditions", RequestChanges = "request_changes",
        Reject = "reject", Resume = "resume",
    }
}

/// What was typed, and which findings were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) conditions: String,
    pub(super) departure: String,
    pub(super) reason: String,
    /// For whom a delegate decides; blank: for themselves.
    pub(super) on_behalf_of: String,
    read: Vec<String>,
}

/// Somebody for whom one may decide.
pub(super) struct Place {
    /// Their id; blank where that is oneself.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// A finding to be acknowledged.
pub(super) struct Grave {
    pub(super) id: String,
    pub(super) said: String,
    pub(super) read: bool,
}

/// The form as it is shown.
pub(super) struct Ballot {
    tongue: Tongue,
    pub(super) dossier: Hash,
    pub(super) graves: Vec<Grave>,
    /// What a re-review asked and nobody answered yet, in words: until then nobody approves.
    pub(super) awaited: Vec<String>,
    pub(super) places: Vec<Place>,
    /// May they decide for themselves, and so deny too?
    pub(super) own: bool,
    /// Is it about giving effect back, and nobody has approved that yet?
    pub(super) resumes: bool,
    pub(super) typed: Typed,
}

impl Typed {
    /// What a form says.
    pub(super) fn of(sent: &Fields) -> Self {
        Self {
            conditions: sent.text("conditions"),
            departure: sent.text("departure"),
            reason: sent.text("reason"),
            on_behalf_of: sent.text("on_behalf_of"),
            read: sent.all("acknowledged"),
        }
    }
}

/// The decision that a form was sent with.
pub(super) fn decision(sent: &Fields) -> Result<Decision, Problem> {
    sent.text("decision").parse().map_err(|_| {
        let known = Decision::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ");
        Problem::field(codes::INVALID_VALUE, "/decision", format!("a decision is one of {known}"))
    })
}

impl Ballot {
    /// The form for whoever may decide on what lies before them.
    pub(super) fn of(
        record: &Record<Before>,
        (dossier, person): (Hash, PersonId),
        (tongue, typed): (Tongue, Typed),
    ) -> Self {
        let before = &record.what;
        let grave = |finding: &Finding| {
            let id = finding.text.commitment.to_string();
            let text = record.texts.get(&finding.text.commitment).cloned();
            let text = text.unwrap_or_else(|| tongue.say("dossier-erased").to_string());
            let said = format!("{}: {text}", tongue.name("tier", finding.severity));
            Grave { read: typed.read.contains(&id), id, said }
        };
        Self {
            tongue,
            dossier,
            graves: before.exception.grave_findings().map(grave).collect(),
            awaited: before.exception.review().map(|review| awaited(review, tongue)).unwrap_or_default(),
            places: places(before, person, (tongue, &typed.on_behalf_of)),
            own: before.principals.contains(&person),
            resumes: before.exception.state.round().is_none(),
            typed,
        }
    }

    /// What is still to be done before this decision is one, as its field and its words.
    pub(super) fn missing(&self, decision: Decision) -> Option<(&'static str, Said)> {
        let lacks = |text: &str, field, key| text.trim().is_empty().then(|| (field, self.say(key)));
        let unread = || self.graves.iter().any(|one| !one.read).then(|| ("acknowledged", self.say("ballot-unread")));
        match decision {
            Decision::Approve => unread(),
            Decision::ApproveWithConditions => {
                unread().or_else(|| lacks(&self.typed.conditions, "conditions", "ballot-no-condition"))
            }
            Decision::Resume => unread().or_else(|| lacks(&self.typed.reason, "reason", "ballot-no-reason")),
            Decision::RequestChanges | Decision::Reject => {
                let own = self.typed.on_behalf_of.trim().is_empty();
                let others = || (!own).then(|| ("on_behalf_of", self.say("ballot-own")));
                others().or_else(|| lacks(&self.typed.reason, "reason", "ballot-no-reason"))
            }
        }
    }

    /// The command of a decision, with what opens its texts.
    pub(super) fn command(&self, web: &Web, decision: Decision) -> Result<(Command, Vec<Opening>), Problem> {
        let mut salts = web.desk.random().stream().map_err(Problem::internal)?;
        let mut draw = || salts.bytes32();
        let mut sealer = Sealer::new(&mut draw);
        let (typed, dossier) = (&self.typed, self.dossier);
        let command = match decision {
            Decision::Approve => Command::Approve(Box::new(approval(&mut sealer, typed, dossier))),
            Decision::ApproveWithConditions => {
                let lines = typed.conditions.lines().map(str::trim).filter(|line| !line.is_empty());
                let condition =
                    |line: &str| ProposedCondition { text: sealer.seal("condition", line), obligation: None };
                let conditions = lines.map(condition).collect();
                Command::Approve(Box::new(Approve { conditions, ..approval(&mut sealer, typed, dossier) }))
            }
            Decision::Resume => {
                let reason = Some(sealer.seal("reason", typed.reason.trim()));
                Command::Resume(Box::new(Approve { reason, ..approval(&mut sealer, typed, dossier) }))
            }
            Decision::RequestChanges => {
                Command::RequestChanges { dossier, reason: sealer.seal("reason", typed.reason.trim()) }
            }
            Decision::Reject => Command::Reject { dossier, reason: sealer.seal("reason", typed.reason.trim()) },
        };
        Ok((command, sealer.into_openings()))
    }

    /// The message of this key.
    pub(super) fn say(&self, key: &str) -> Said {
        self.tongue.say(key)
    }
}

fn approval(sealer: &mut Sealer<'_>, typed: &Typed, dossier: Hash) -> Approve {
    let departure = Some(typed.departure.trim()).filter(|text| !text.is_empty());
    Approve {
        dossier,
        on_behalf_of: typed.on_behalf_of.parse().ok(),
        delegation: None,
        conditions: Vec::new(),
        acknowledged: typed.read.iter().filter_map(|id| id.parse().ok()).collect(),
        departure: departure.map(|text| sealer.seal("departure", text)),
        reason: None,
    }
}

/// What a re-review still waits for, in words.
pub(super) fn awaited(review: &Review, tongue: Tongue) -> Vec<String> {
    let attests = review.awaits_attestation().then(|| tongue.say("dossier-attested").to_string());
    let assesses = review.unlooked().map(|dimension| tongue.name("dimension", dimension).to_string());
    attests.into_iter().chain(assesses).collect()
}

/// For whom somebody may decide: the first is chosen, unless they chose.
fn places(before: &Before, person: PersonId, (tongue, chosen): (Tongue, &str)) -> Vec<Place> {
    let place = |principal: &PersonId| {
        let own = *principal == person;
        let id = if own { String::new() } else { principal.to_string() };
        let name = if own { tongue.say("ballot-myself").to_string() } else { name_of(before, *principal, tongue) };
        Place { chosen: id == chosen, id, name }
    };
    let mut places: Vec<Place> = before.principals.iter().map(place).collect();
    if !places.iter().any(|place| place.chosen)
        && let Some(first) = places.first_mut()
    {
        first.chosen = true;
    }
    places
}
