//! A document of calls: how one system is asked to create and to update, as templates.

mod read;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::template::{Shape, Test, Text};
use crate::yaml::DocumentError;

/// How credentials are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Not at all, or in a header of the template.
    None,
    /// A user name and a secret (RFC 7617).
    Basic,
    /// A secret as it is (RFC 6750).
    Bearer,
    /// A token for a client's secret (RFC 6749 §4.4).
    Oauth2,
}

impl Way {
    /// Every word for it.
    pub const WORDS: [&'static str; 4] = ["none", "basic", "bearer", "oauth2"];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Bearer => "bearer",
            Self::Oauth2 => "oauth2",
        }
    }
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Reads.
    Get,
    /// Hands in.
    Post,
    /// Writes.
    Put,
    /// Writes a part.
    Patch,
}

/// What is kept of a created record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// Its id: what happens later updates it.
    #[default]
    Ticket,
    /// Nothing: each event creates anew.
    Nothing,
}

/// What an installation sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// What it is.
    pub about: String,
    /// Does it have to be set?
    #[serde(default)]
    pub required: bool,
    /// What it is when it is not set.
    #[serde(default)]
    pub default: Option<String>,
    /// Is it set for one event at a time, as `name.granted`?
    #[serde(default)]
    pub by_event: bool,
}

/// What an answer to a check must say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Where, as a JSON Pointer.
    pub at: String,
    /// What stands there; anything that is there when neither is said.
    #[serde(default)]
    pub is: Option<Value>,
    /// One of these stands there.
    #[serde(default)]
    pub one_of: Option<Vec<Value>>,
    /// What to do where it does not.
    pub remedy: String,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it is made; of several the first.
    pub test: Option<Test>,
    /// What it does.
    pub method: Method,
    /// Path and query, below the base.
    pub url: Text,
    /// Its headers.
    pub headers: Vec<(String, Text)>,
    /// Its body.
    pub body: Option<Shape>,
    /// Where the answer says the record's id, as a JSON Pointer.
    pub id: Option<String>,
}

/// A call that changes nothing and shows whether the others may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The call.
    pub call: Call,
    /// What its answer must say.
    pub expect: Vec<Expected>,
}

/// How one system is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Which system.
    pub about: String,
    /// Where its interface is documented.
    pub documentation: String,
    /// How credentials are shown unless the configuration says otherwise.
    pub auth: Way,
    /// What stands behind the user's name.
    pub user_suffix: String,
    /// Where a token is asked for, below the base.
    pub token_path: Option<String>,
    /// What happens where a call is repeated.
    pub repeats: String,
    /// What is kept of a created record.
    pub keeps: Keeps,
    /// What an installation sets.
    pub set: BTreeMap<String, Param>,
    /// Looks for a record that was created before.
    pub find: Option<Call>,
    /// Creates; the first whose condition holds.
    pub create: Vec<Call>,
    /// Updates; the first whose condition holds.
    pub update: Vec<Call>,
    /// Where people read the record, below the base.
    pub ticket_url: Option<Text>,
    /// Shows whether the others may be made.
    pub check: Vec<Probe>,
    /// What to do about a status.
    pub remedies: BTreeMap<u16, String>,
}

impl Call {
    /// Every template of the call with its place in the document.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let body = self.body.iter().flat_map(Shape::texts);
        [&self.url].into_iter().chain(self.headers.iter().map(|(_, text)| text)).chain(body)
    }

    /// Everything that it names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let tested = self.test.iter().flat_map(Test::names);
        tested.chain(self.texts().flat_map(Text::names)).map(String::as_str)
    }
}

impl Template {
    /// Reads a document.
    pub fn read(text: &str) -> Result<Self, DocumentError> {
        read::template(text)
    }

    /// Every call that sends something of an event, with the word for it.
    pub fn calls(&self) -> impl Iterator<Item = (&'static str, &Call)> {
        let find = self.find.iter().map(|call| ("find", call));
        let create = self.create.iter().map(|call| ("create", call));
        find.chain(create).chain(self.update.iter().map(|call| ("update", call)))
    }
}
