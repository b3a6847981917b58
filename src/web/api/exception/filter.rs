//! What the list of exceptions is asked: its filters and its order, the same for every form of the list.
//! How they are found is not known here.

use std::str::FromStr;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    domain::request::Time,
    store::listing::{ANYWHERE, Direction, Effect, Facet, Filter, Sort, SortBy},
    web::{
        api::text::{Instant, Name, Slug},
        page,
        query::{number, word, words},
    },
    words::{Kind, PersonId, StateName, Tier},
};

/// Words of a search at most.
const MOST_WORDS: usize = 10;

/// Whose: an id, or whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Whoever asks.
    Me,
    /// This person.
    Person(PersonId),
}

impl FromStr for Whose {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "me" => Ok(Self::Me),
            _ => text.parse().map(Self::Person).map_err(|_| "`me` or a person's id"),
        }
    }
}

impl Whose {
    fn resolved(self, me: PersonId) -> PersonId {
        match self {
            Self::Me => me,
            Self::Person(id) => id,
        }
    }
}

/// `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Yes(bool);

impl FromStr for Yes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_| "write `true` or `false`")
    }
}

/// Where something was imported from.
#[derive(Debug)]
struct Origin(String);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == ANYWHERE {
            return Ok(Self(text.to_owned()));
        }
        text.parse::<Slug>().map(|source| Self(source.as_str().to_owned()))
    }
}

/// Words to search for.
#[derive(Debug)]
struct Search(Vec<String>);

impl FromStr for Search {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = Filter::words(text);
        if words.is_empty() {
            return Err("write a word or its beginning: letters and digits".to_owned());
        }
        if words.len() > MOST_WORDS || text.chars().count() > 200 {
            return Err(format!("at most {MOST_WORDS} words and 200 characters"));
        }
        Ok(Self(words))
    }
}

/// A system by its name, as it is searched.
#[derive(Debug)]
struct SystemName(String);

impl FromStr for SystemName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let said = text.chars().count() <= 200 && text.chars().any(char::is_alphanumeric);
        said.then(|| Self(Filter::system(text))).ok_or("write the name of a system, at most 200 characters")
    }
}

/// How a list is sorted, by its name.
#[derive(Debug, Clone, Copy)]
pub struct Sorted {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub sort: Sort,
}

const fn up(name: &'static str, by: SortBy) -> Sorted {
    Sorted { name, sort: Sort { by, direction: Direction::Ascending } }
}

const fn down(name: &'static str, by: SortBy) -> Sorted {
    Sorted { name, sort: Sort { by, direction: Direction::Descending } }
}

/// Every order; the first is the one of a list that asks for none.
const SORTS: [Sorted; 10] = [
    down("-number", SortBy::Number),
    up("number", SortBy::Number),
    down("-changed_at", SortBy::ChangedAt),
    up("changed_at", SortBy::ChangedAt),
    up("due_at", SortBy::DueAt),
    down("-due_at", SortBy::DueAt),
    up("expires_at", SortBy::ExpiresAt),
    down("-expires_at", SortBy::ExpiresAt),
    up("tier", SortBy::Tier),
    down("-tier", SortBy::Tier),
];

impl FromStr for Sorted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || SORTS.map(|sort| sort.name).join(", ");
        SORTS.into_iter().find(|sort| sort.name == text).ok_or_else(|| format!("one of: {}", names()))
    }
}

/// What a list is filtered and sorted by. All filters must hold; of values separated by commas, any.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// States.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "active,re_review")]
    state: Vec<StateName>,
    /// Tiers.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "high,critical")]
    tier: Vec<Tier>,
    /// Kinds.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "ai_usage")]
    kind: Vec<Kind>,
    /// Policies of which a clause is deviated from.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "AIP-2,AIP-3")]
    policy: Vec<Name>,
    /// Clauses that are deviated from.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "AIP-2.1")]
    clause: Vec<Name>,
    /// Business units.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "retail")]
    business_unit: Vec<Slug>,
    /// Regions.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "eu,us")]
    region: Vec<Slug>,
    /// Regulations that are touched.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "gdpr")]
    regulation: Vec<Slug>,
    /// Systems by their whole name; case, accents and punctuation do not matter.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "Example LLM")]
    system: Vec<SystemName>,
    /// Who asked for it: people's ids, or `me`.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "me")]
    requester: Vec<Whose>,
    /// Who has an open task of it: people's ids, or `me`.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "me")]
    assignee: Vec<Whose>,
    /// With a task due before this instant.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    due_before: Option<Instant>,
    /// Without effect from before this instant on.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    expires_before: Option<Instant>,
    /// Has it effect at this moment?
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<bool>)]
    effective: Option<Yes>,
    /// Is it confidential?
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<bool>)]
    confidential: Option<Yes>,
    /// Registers that it was imported from, or `*` for any.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "grc-2025")]
    imported: Vec<Origin>,
    /// Words, or their beginnings, that all stand in its title, justification, purpose, number, clauses or systems.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, max_length = 200, example = "ticket summar")]
    q: Option<Search>,
    /// The order, with `-` for the greatest first. Those without the value are left out.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, pattern = "^-?(number|changed_at|due_at|expires_at|tier)$", default = "-number")]
    sort: Option<Sorted>,
    /// The `next_cursor` of the page before, with the same filters and the same sort.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>)]
    pub(in crate::web) cursor: Option<String>,
    /// At most so many.
    #[serde(deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    pub(in crate::web) limit: Option<i64>,
}

impl ListQuery {
    /// The order that counts.
    pub(in crate::web) fn sorted(&self) -> Sorted {
        self.sort.unwrap_or(SORTS[0])
    }

    /// What must hold, as whoever asks means it at `now`.
    pub(in crate::web) fn filter(&self, me: PersonId, now: Time) -> Filter {
        let people =
            |whose: &[Whose]| whose.iter().map(|whose| whose.resolved(me).to_string()).collect::<Vec<String>>();
        let effect = |yes: Yes| if yes.0 { Effect::InForce(now) } else { Effect::NotInForce(now) };
        Filter {
            any_of: vec![
                (Facet::State, texts(&self.state, |one| one.as_str())),
                (Facet::Tier, texts(&self.tier, |one| one.as_str())),
                (Facet::Kind, texts(&self.kind, |one| one.as_str())),
                (Facet::Policy, texts(&self.policy, Name::as_str)),
                (Facet::Clause, texts(&self.clause, Name::as_str)),
                (Facet::BusinessUnit, texts(&self.business_unit, Slug::as_str)),
                (Facet::Region, texts(&self.region, Slug::as_str)),
                (Facet::Regulation, texts(&self.regulation, Slug::as_str)),
                (Facet::Requester, people(&self.requester)),
                (Facet::Assignee, people(&self.assignee)),
                (Facet::Imported, texts(&self.imported, |origin| &origin.0)),
                (Facet::Confidential, self.confidential.iter().map(|yes| yes.0.to_string()).collect()),
            ],
            systems: texts(&self.system, |name| &name.0),
            words: self.q.as_ref().map(|search| search.0.clone()).unwrap_or_default(),
            due_before: self.due_before.map(|instant| instant.0),
            expires_before: self.expires_before.map(|instant| instant.0),
            effect: self.effective.map(effect),
        }
    }

    /// What a cursor of this list belongs to: its order and its filters, whenever they are asked for.
    pub(in crate::web) fn binding(&self, me: PersonId) -> String {
        page::binding(self.sorted().name, &self.filter(me, Time::UNIX_EPOCH))
    }
}

/// Values as texts, in one order and each once, so that the order in which they are written does not matter.
fn texts<T>(values: &[T], text: impl Fn(&T) -> &str) -> Vec<String> {
    let mut found: Vec<String> = values.iter().map(|value| text(value).to_owned()).collect();
    found.sort_unstable();
    found.dedup();
    found
}
