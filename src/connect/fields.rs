//! What a template may name: the fields of an event and its exception, one table. Nothing is looked up or
//! opened that no template names; of a confidential exception no text and nobody is told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::people::Mapping;
use crate::{
    domain::{
        event::{Deed, Event},
        exception::Exception,
        request::Time,
    },
    words::{Hash, PersonId, Sealed},
};

/// What stands for a text that a confidential exception keeps to itself.
const WITHHELD: &str = "(confidential)";
/// What stands for a text that was erased.
const ERASED: &str = "(erased)";

/// One field.
#[derive(Debug)]
pub struct Field {
    /// Its name in templates.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    sort: Sort,
}

#[derive(Debug)]
enum Sort {
    /// A code, number, time or address of ours.
    Plain(fn(&Matter<'_>) -> Value),
    /// What somebody wrote.
    Text(fn(&Matter<'_>) -> Option<Sealed>),
    /// The same, more than one.
    Texts(fn(&Matter<'_>) -> Vec<Sealed>),
    /// Somebody, by one of their names.
    Person(fn(&Matter<'_>) -> Option<PersonId>, Facet),
}

#[derive(Debug, Clone, Copy)]
enum Facet {
    Name,
    Email,
    External,
}

/// What fields are read from: the exception as the event left it.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The exception.
    pub exception: &'a Exception,
    /// The event.
    pub event: &'a Event,
    /// Its number within the exception.
    pub seq: u64,
    /// Where people reach the service, without a slash at the end.
    pub public_url: &'a str,
}

/// Somebody, as far as their account tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Their name.
    pub name: Option<String>,
    /// Their mail address.
    pub email: Option<String>,
}

/// What was opened for the fields that a template names.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    /// Texts by their commitment; what was erased is not there.
    pub texts: BTreeMap<Hash, String>,
    /// People by their account; who left is not there.
    pub people: BTreeMap<PersonId, Named>,
}

macro_rules! person {
    ($who:literal, $about:literal, $read:expr) => {
        [
            Field {
                name: concat!($who, ".name"),
                about: concat!("The name of ", $about),
                sort: Sort::Person($read, Facet::Name),
            },
            Field {
                name: concat!($who, ".email"),
                about: concat!("The mail address of ", $about),
                sort: Sort::Person($read, Facet::Email),
            },
            Field {
                name: concat!($who, ".external_id"),
                about: concat!("What the other system calls ", $about),
                sort: Sort::Person($read, Facet::External),
            },
        ]
    };
}

const fn plain(name: &'static str, about: &'static str, read: fn(&Matter<'_>) -> Value) -> Field {
    Field { name, about, sort: Sort::Plain(read) }
}

const fn text(name: &'static str, about: &'static str, read: fn(&Matter<'_>) -> Option<Sealed>) -> Field {
    Field { name, about, sort: Sort::Text(read) }
}

fn instant(time: Option<Time>) -> Value {
    json!(time.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)))
}

const PLAIN: &[Field] = &[
    plain("event.id", "The event, the same for ever", |m| json!(format!("{}/{}", m.exception.id, m.seq))),
    plain("event.kind", "What happened, such as exception.granted", |m| {
        json!(format!("exception.{}", m.event.deed.code()))
    }),
    plain("event.at", "When it happened", |m| instant(Some(m.event.at))),
    plain("exception.id", "The exception's id", |m| json!(m.exception.id)),
    plain("exception.number", "The exception's number", |m| json!(m.exception.number)),
    plain("exception.link", "Where people read the exception", |m| {
        json!(format!("{}/exceptions/{}", m.public_url, m.exception.number))
    }),
    plain("exception.state", "Where it is", |m| json!(m.exception.state.name())),
    plain("exception.tier", "Its tier, once it is known", |m| json!(m.exception.tier())),
    plain("exception.kind", "What sort of deviation", |m| json!(m.exception.request.kind)),
    plain("exception.confidential", "May only its parties see it?", |m| json!(m.exception.request.confidential)),
    plain("exception.filed_by_agent", "Was it filed by an agent?", |m| json!(m.exception.filed_by_agent)),
    plain("exception.submitted_at", "When it was last submitted", |m| instant(m.exception.submitted_at)),
    plain("exception.effective_until", "Until when it has effect", |m| instant(m.exception.effective_until())),
    plain("exception.business_unit", "The business unit", |m| json!(m.exception.request.scope.business_unit)),
    plain("exception.regions", "The regions", |m| json!(m.exception.request.scope.regions)),
    plain("exception.data_classes", "Classes of data", |m| json!(m.exception.request.scope.data_classes)),
    plain("exception.clauses", "The policy clauses deviated from", |m| json!(m.exception.request.clauses)),
    plain("exception.regulations", "Regulations touched", |m| json!(m.exception.request.regulations)),
    plain("exception.sop", "The procedure it runs through", |m| json!(m.exception.sop.id)),
];

const TEXTS: &[Field] = &[
    text("event.reason", "What somebody wrote with the event", |m| reason(m.event)),
    text("exception.title", "The title", |m| m.exception.request.title.clone()),
    text("exception.justification", "Why the business needs it", |m| m.exception.request.justification.clone()),
    text("exception.alternatives", "What else was considered", |m| m.exception.request.alternatives.clone()),
    text("exception.purpose", "What it is used for", |m| m.exception.request.scope.purpose.clone()),
    text("exception.impact_if_denied", "What happens if it is denied", |m| {
        m.exception.request.impact_if_denied.clone()
    }),
    Field {
        name: "exception.systems",
        about: "The names of AI systems, models and tools",
        sort: Sort::Texts(|m| m.exception.request.scope.systems.iter().map(|system| system.name.clone()).collect()),
    },
    Field {
        name: "exception.conditions",
        about: "What it is bound to",
        sort: Sort::Texts(|m| m.exception.conditions.iter().map(|condition| condition.text.clone()).collect()),
    },
];

const PEOPLE: &[[Field; 3]] = &[
    person!("requester", "whoever asked for it", |m| Some(m.exception.requester)),
    person!("beneficiary", "whom it is for", |m| m.exception.request.beneficiary),
    person!("sponsor", "who answers for it in the business", |m| m.exception.request.sponsor),
    person!("monitoring_owner", "who watches it", |m| m.exception.request.monitoring_owner),
    person!("actor", "whoever did it", |m| m.event.by.person()),
];

/// Every field, in the order of the documentation.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    PLAIN.iter().chain(TEXTS).chain(PEOPLE.iter().flatten())
}

fn find(name: &str) -> Option<&'static Field> {
    fields().find(|field| field.name == name)
}

/// Is there such a field?
pub fn is_field(name: &str) -> bool {
    find(name).is_some()
}

/// Does the field tell of a person, or hold what somebody wrote?
pub fn is_personal(name: &str) -> bool {
    find(name).is_some_and(|field| !matches!(field.sort, Sort::Plain(_)))
}

/// What somebody wrote with the event.
fn reason(event: &Event) -> Option<Sealed> {
    let deed = &event.deed;
    if let Deed::Rejected { reason: text, .. } | Deed::Commented { text, internal: false } = deed {
        Some(text.clone())
    } else if let Deed::Withdrawn { reason } | Deed::Closed { reason } | Deed::Returned { note: reason, .. } = deed {
        reason.clone()
    } else if let Deed::Reopened { cause, .. } | Deed::Suspended { cause } | Deed::Revoked { cause } = deed {
        cause.note.clone()
    } else {
        None
    }
}

/// The fields of these names.
fn named(names: &BTreeSet<String>) -> impl Iterator<Item = &'static Field> {
    names.iter().filter_map(|name| find(name))
}

impl Matter<'_> {
    fn tells(&self) -> bool {
        !self.exception.request.confidential
    }

    /// The commitments of the texts among these fields.
    pub fn commitments(&self, names: &BTreeSet<String>) -> Vec<Hash> {
        let sealed = |field: &Field| match field.sort {
            Sort::Text(read) => read(self).into_iter().collect(),
            Sort::Texts(read) => read(self),
            Sort::Plain(_) | Sort::Person(..) => Vec::new(),
        };
        let all = named(names).filter(|_| self.tells()).flat_map(sealed);
        all.map(|sealed| sealed.commitment).collect()
    }

    /// The people among these fields.
    pub fn people(&self, names: &BTreeSet<String>) -> BTreeSet<PersonId> {
        let who = |field: &Field| match field.sort {
            Sort::Person(read, _) => read(self),
            Sort::Plain(_) | Sort::Text(_) | Sort::Texts(_) => None,
        };
        named(names).filter(|_| self.tells()).filter_map(who).collect()
    }

    /// These fields and no other, as one object: `exception.title` is the member `title` of `exception`. What
    /// is not there is null.
    pub fn told(&self, names: &BTreeSet<String>, opened: &Opened, mapping: &Mapping) -> Value {
        let mut told = Map::new();
        for field in named(names) {
            let (group, name) = field.name.split_once('.').unwrap_or(("", field.name));
            let value = self.value(field, opened, mapping);
            if let Value::Object(members) = told.entry(group).or_insert_with(|| json!({})) {
                members.insert(name.to_owned(), value);
            }
        }
        Value::Object(told)
    }

    fn value(&self, field: &Field, opened: &Opened, mapping: &Mapping) -> Value {
        let open = |sealed: &Sealed| match opened.texts.get(&sealed.commitment) {
            Some(_) | None if !self.tells() => WITHHELD.to_owned(),
            Some(text) => text.clone(),
            None => ERASED.to_owned(),
        };
        match field.sort {
            Sort::Plain(read) => read(self),
            Sort::Text(read) => json!(read(self).as_ref().map(open)),
            Sort::Texts(read) => json!(read(self).iter().map(open).collect::<Vec<_>>()),
            Sort::Person(read, facet) => {
                let found = read(self).filter(|_| self.tells()).and_then(|who| opened.people.get(&who));
                json!(found.and_then(|found| facet.of(found, mapping)))
            }
        }
    }
}

impl Facet {
    fn of(self, found: &Named, mapping: &Mapping) -> Option<String> {
        match self {
            Self::Name => found.name.clone(),
            Self::Email => found.email.clone(),
            Self::External => found.email.as_deref().and_then(|email| mapping.external(email)).map(str::to_owned),
        }
    }
}
