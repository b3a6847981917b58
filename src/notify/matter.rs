//! What a letter is written from: the exception as the event left it, the event, and the texts that may
//! be shown. Nothing is looked up here, and no sentence is written.

use std::collections::{BTreeMap, BTreeSet};

use super::plain;
use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Cause, Exception, Proposal},
        letters::{Addressee, Letter, LetterKind, named_task},
        request::{Period, Time},
        review::ReviewDeed,
        task::{Task, Work},
        upkeep::{Loop, Upkeep},
    },
    tongue::{Said, Tongue},
    words::{ControlId, DomainPath, Hash, Language, PersonId, Role, Sealed, TaskId, Zone},
};

/// What a letter is written from.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The exception as the event left it.
    pub exception: &'a Exception,
    /// The event.
    pub event: &'a Event,
    /// Opened texts by their commitment; what was erased is not there.
    pub texts: &'a BTreeMap<Hash, String>,
    /// The name of whoever monitors it, where that is somebody who can be reached.
    pub monitor: Option<&'a str>,
    /// Where people reach the service, without a slash at the end.
    pub public_url: &'a str,
    /// The reader's language.
    pub language: Language,
    /// The reader's clock.
    pub zone: Zone,
    /// Where its reader decides, where the letter asks for that; it ends with a secret. Without it, who signs in does so.
    pub decide: Option<&'a str>,
}

/// What somebody has to do with an exception: why they get a letter about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// They approved it.
    Approver,
    /// They answer for the service that asked for it.
    AnswersForService,
    /// They asked for it.
    Requester,
    /// It was asked for on their behalf.
    Beneficiary,
    /// They sponsor it.
    Sponsor,
    /// There is work on it that is theirs.
    Worker,
    /// They watch over it.
    MonitoringOwner,
    /// They own one of its controls.
    ControlOwner,
    /// They follow it.
    Watcher,
    /// They took part.
    Former,
    /// They hold a role in these domains; everywhere, where none is named.
    Role(Role, Vec<DomainPath>),
    /// They belong to a team.
    Team(String),
}

/// The commitments that a letter about `event` may open; of a confidential exception none.
pub fn commitments(exception: &Exception, event: &Event) -> Vec<Hash> {
    let request = &exception.request;
    if request.confidential {
        return Vec::new();
    }
    let controls = request.controls.values().map(|control| &control.text);
    let conditions = exception.conditions.iter().map(|condition| &condition.text);
    let shown =
        request.title.iter().chain(controls).chain(conditions).chain(remark(event)).chain(reason_of_round(exception));
    shown.map(|sealed| sealed.commitment).collect()
}

/// Why the open round should move the end.
fn reason_of_round(exception: &Exception) -> Option<&Sealed> {
    let Proposal::End { reason, .. } = &exception.state.round()?.proposal else { return None };
    Some(reason)
}

/// What somebody wrote with the event.
fn remark(event: &Event) -> Option<&Sealed> {
    let deed = &event.deed;
    if let Deed::Rejected { reason: text, .. }
    | Deed::Commented { text, .. }
    | Deed::ClausesAdded { reason: text, .. } = deed
    {
        Some(text)
    } else if let Deed::Review(ReviewDeed::Attested { attestation, .. }) = deed {
        Some(&attestation.statement)
    } else if let Deed::Withdrawn { reason } | Deed::Closed { reason } | Deed::Returned { note: reason, .. } = deed {
        reason.as_ref()
    } else {
        cause(event).and_then(|cause| cause.note.as_ref())
    }
}

/// Why it was reopened, suspended or revoked.
fn cause(event: &Event) -> Option<&Cause> {
    if let Deed::Reopened { cause, .. } | Deed::Suspended { cause } | Deed::Revoked { cause } = &event.deed {
        return Some(cause);
    }
    None
}

impl Matter<'_> {
    /// Where the exception is read.
    pub(super) fn link(&self) -> String {
        format!("{}/exceptions/{}", self.public_url, self.exception.number)
    }

    /// Where one field of the request is changed, by its JSON Pointer.
    pub(super) fn field(&self, pointer: &str) -> String {
        let safe = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-');
        let name: String = pointer.chars().filter(safe).take(plain::TITLE).collect();
        format!("{}/request/{}?field={name}", self.public_url, self.exception.number)
    }

    /// Who monitors it, as a point of a list.
    pub(super) fn monitor(&self) -> Vec<String> {
        let request = &self.exception.request;
        let said = |name: Option<&str>| match name {
            _ if request.confidential => self.say("letter-confidential-text").to_string(),
            Some(name) => plain::line(name, plain::TITLE),
            None => self.erased(),
        };
        request.monitoring_owner.map(|_| said(self.monitor)).into_iter().collect()
    }

    /// The title in one line. Of a confidential request none: mail is no place for it.
    pub(super) fn title(&self) -> String {
        if self.exception.request.confidential {
            return self.say("letter-confidential").to_string();
        }
        match self.exception.request.title.as_ref() {
            Some(title) => self.text(title).map_or_else(|| self.erased(), |text| plain::line(text, plain::TITLE)),
            None => self.say("letter-untitled").to_string(),
        }
    }

    /// Something that somebody wrote, as a quotation.
    fn quote(&self, sealed: &Sealed) -> String {
        if self.exception.request.confidential {
            return self.say("letter-confidential-text").to_string();
        }
        self.text(sealed).map_or_else(|| self.erased(), plain::quoted)
    }

    /// Something that somebody wrote, as a sentence of a list.
    pub(super) fn sentence(&self, sealed: &Sealed) -> String {
        if self.exception.request.confidential {
            return self.say("letter-confidential-text").to_string();
        }
        self.text(sealed).map_or_else(|| self.erased(), plain::sentence)
    }

    /// The reader's language and clock.
    pub(super) const fn tongue(&self) -> Tongue {
        Tongue { language: self.language, zone: self.zone }
    }

    /// The message of this key.
    pub(super) fn say(&self, key: impl AsRef<str>) -> Said {
        self.tongue().say(key)
    }

    fn erased(&self) -> String {
        self.say("letter-erased").to_string()
    }

    /// An instant as its reader says it.
    pub(super) fn when(&self, time: Time) -> String {
        self.tongue().instant(&time)
    }

    fn text(&self, sealed: &Sealed) -> Option<&str> {
        self.texts.get(&sealed.commitment).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// What somebody wrote with the event, as a quotation.
    pub(super) fn remarks(&self) -> Vec<String> {
        remark(self.event).map(|text| self.quote(text)).into_iter().collect()
    }

    /// Why the open round should move the end, as a quotation.
    pub(super) fn reason_of_round(&self) -> Vec<String> {
        reason_of_round(self.exception).map(|text| self.quote(text)).into_iter().collect()
    }

    /// Why it was reopened, suspended or revoked.
    pub(super) fn cause(&self) -> Option<&Cause> {
        cause(self.event)
    }

    /// The task of which somebody was reminded, or that was escalated.
    pub(super) fn named_task(&self) -> Option<&Task> {
        self.task(named_task(&self.event.deed)?)
    }

    /// When it lapses unless somebody touches it, where the letter tells of that.
    pub(super) fn lapses_at(&self) -> Option<Time> {
        let Deed::Upkeep(Upkeep::LapseNear { end, .. }) = &self.event.deed else { return None };
        Some(*end)
    }

    /// The loop that goes round no more, and how often it did.
    pub(super) fn limit(&self) -> Option<(Loop, u32)> {
        let Deed::Upkeep(Upkeep::LimitReached { what, limit }) = &self.event.deed else { return None };
        Some((*what, *limit))
    }

    /// When what happened took effect.
    pub(super) fn since(&self) -> Time {
        self.event.effective_at.unwrap_or(self.event.at)
    }

    /// The period of the decision that stands.
    pub(super) fn period(&self) -> Option<Period> {
        self.exception.state.authority().map(|authority| authority.period)
    }

    /// The open work of this sort.
    pub(super) fn tasks(&self, work: Work) -> impl Iterator<Item = &Task> {
        self.exception.tasks.iter().filter(move |task| task.work == work)
    }

    /// By when work of this sort is due, if any is open.
    pub(super) fn due(&self, work: Work) -> Option<Time> {
        self.tasks(work).map(|task| task.due_at).min()
    }

    fn task(&self, id: TaskId) -> Option<&Task> {
        self.exception.tasks.iter().find(|task| task.id == id)
    }

    /// Is it about another dossier than the one that the round began with?
    pub(super) fn asks_again(&self) -> bool {
        !self.event.tasks.opened.iter().any(|task| task.work == Work::Decide)
    }

    /// The work that `letter` brings its reader.
    pub(super) fn work(&self, letter: &Letter, wanted: &[Work]) -> Vec<&Task> {
        if let Deed::Assigned { task, to: Some(to) } = &self.event.deed
            && letter.to == Addressee::Person(*to)
        {
            return self.task(*task).into_iter().collect();
        }
        // Whoever is asked again is asked for work that is open already.
        let opened = &self.event.tasks.opened;
        let tasks = if opened.is_empty() { &self.exception.tasks } else { opened };
        tasks.iter().filter(|task| wanted.contains(&task.work) && is_for(task, &letter.to)).collect()
    }

    /// The conditions, each as a sentence.
    pub(super) fn conditions(&self) -> Vec<String> {
        self.exception.conditions.iter().map(|condition| self.sentence(&condition.text)).collect()
    }

    /// What a control asks for.
    pub(super) fn control(&self, id: ControlId) -> String {
        let proposed = self.exception.request.controls.get(&id);
        proposed.map_or_else(|| format!("{id}."), |control| self.sentence(&control.text))
    }

    /// What its reader has to do with it.
    pub(super) fn part(&self, letter: &Letter) -> Part {
        match &letter.to {
            Addressee::Person(_) if letter.kind == LetterKind::ApprovalVoided => Part::Approver,
            Addressee::Person(person) => self.part_of(*person),
            Addressee::Role(role, domains) => {
                let named: BTreeSet<&DomainPath> =
                    domains.iter().filter(|domain| **domain != DomainPath::root()).collect();
                Part::Role(*role, named.into_iter().cloned().collect())
            }
            Addressee::Team(team) => Part::Team(plain::line(team, plain::TITLE)),
        }
    }

    fn part_of(&self, person: PersonId) -> Part {
        let (exception, request) = (self.exception, &self.exception.request);
        if exception.requester == person {
            if exception.filed_by_agent { Part::AnswersForService } else { Part::Requester }
        } else if request.beneficiary == Some(person) {
            Part::Beneficiary
        } else if request.sponsor == Some(person) {
            Part::Sponsor
        } else if exception.tasks.iter().any(|task| task.assignee == Some(person)) {
            Part::Worker
        } else if request.monitoring_owner == Some(person) {
            Part::MonitoringOwner
        } else if exception.controls.iter().any(|control| control.owner == Some(person)) {
            Part::ControlOwner
        } else if exception.watchers.contains(&person) {
            Part::Watcher
        } else {
            Part::Former
        }
    }
}

fn is_for(task: &Task, to: &Addressee) -> bool {
    match to {
        Addressee::Person(person) => task.assignee == Some(*person),
        Addressee::Role(role, _) => task.assignee.is_none() && task.roles.contains(role),
        Addressee::Team(_) => false,
    }
}
